#!/usr/bin/env bash
# Stands in for a tool, and counts the calls of all of them. At call number $SHIM_AT it fails (mode "fail"), or does its
# work and then sends the script the signal that is the mode. A service, which leads a session of its own, never ends:
# there the signal comes when it starts.

name=${0##*/}
# A service calls tools beside its script: each waits for the number of its call, and none sees the file half-written.
{
  flock 0
  read -r count
  count=$((count + 1))
  echo "$count" 1<>"$SHIM/count"
} <"$SHIM/count"
PATH=${PATH#"$SHIM":}
if ((count == SHIM_AT)) && [[ $SHIM_MODE == fail ]]; then
  echo "$name: refused by the test" >&2
  exit 1
fi
((count == SHIM_AT)) || exec "$name" "$@"
if [[ $(ps -o sid= -p $$) -eq $$ ]]; then
  kill "-$SHIM_MODE" "$(<"$SHIM/pid")"
  exec "$name" "$@"
fi
"$name" "$@"
status=$?
kill "-$SHIM_MODE" "$(<"$SHIM/pid")"
exit $status
