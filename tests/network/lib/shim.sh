#!/usr/bin/env bash
# Stands in for a tool, and counts the calls of all of them. At call number $SHIM_AT it fails (mode "fail"), or does its
# work and then sends the script the signal that is the mode.

name=${0##*/}
count=$(($(<"$SHIM/count") + 1))
echo "$count" >"$SHIM/count"
PATH=${PATH#"$SHIM":}
if ((count == SHIM_AT)) && [[ $SHIM_MODE == fail ]]; then
  echo "$name: refused by the test" >&2
  exit 1
fi
"$name" "$@"
status=$?
if ((count == SHIM_AT)); then
  kill "-$SHIM_MODE" "$(<"$SHIM/pid")"
fi
exit $status
