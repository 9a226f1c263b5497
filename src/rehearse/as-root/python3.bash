#!/bin/bash
# Stands in for python3 where there is one user alone: runs the program without giving files to another group.
while [[ $1 == -* ]]; do shift; done
exec /rehearsal/tools/python3.real -I -c 'import os, runpy, sys
os.chown = lambda *_, **__: None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")' "$@"
