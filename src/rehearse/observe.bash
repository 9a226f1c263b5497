# Read by every bash of a rehearsal before its script: writes down where a script fails, and changes nothing else.
#
# A line is: status, how it was noticed, the command, then FILE:LINE of the command and of each call that led to it.
set -o errtrace

rehearsal_note() {
  local status=$1 how=$2 line=$3 command=${4%%$'\n'*} at record
  record="$status"$'\t'"$how"$'\t'"${command//$'\t'/ }"
  for ((at = 2; at < ${#BASH_SOURCE[@]}; at++)); do
    record+=$'\t'"${BASH_SOURCE[at]}:$line"
    line=${BASH_LINENO[at]}
  done
  printf '%s\n' "$record" >>"$REHEARSAL_FAILURES"
} 2>/dev/null

rehearsal_error() { rehearsal_note "$1" error "$2" "$3"; }

trap 'rehearsal_error "$?" "$LINENO" "$BASH_COMMAND"' ERR

exit() {
  local status=$?
  (($# == 0)) || status=$1
  [[ $status == 0 ]] || rehearsal_note "$status" exit "${BASH_LINENO[0]}" "exit $status"
  builtin exit "$status"
} 2>/dev/null
