#!/bin/bash
# Stands in for setpriv where there is one user alone: starts the program without becoming another user.
while (($# > 0)); do
  case $1 in
    --reuid | --regid | --groups) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec "$@"
