#!/bin/bash
# Stands in for install where there is one user alone: makes files and folders without giving them to another user.
words=()
while (($# > 0)); do
  case $1 in
    -g | -o) shift 2 ;;
    *) words+=("$1") && shift ;;
  esac
done
PATH=${PATH#*:}
exec install "${words[@]}"
