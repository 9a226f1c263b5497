# Facts: each prints one line, "ok" or "not ok", and never ends the run.

# The user whom the TAPs are for, as sudo would tell.
export SUDO_UID=1000 SUDO_GID=1000
readonly user=1000

ok() {
  printf 'ok %s\n' "$*"
}

not_ok() {
  printf 'not ok %s\n' "$1"
  shift
  (($# == 0)) || printf '%s\n' "$@" | sed 's/^/#   /'
}

# fact NAME COMMAND...: holds if the command succeeds.
fact() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "\$ $*" "$said"; fi
}

# no NAME COMMAND...: holds if the command fails.
no() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then not_ok "$name" "\$ $*" "$said"; else ok "$name"; fi
}

# same NAME EXPECTED FOUND
same() {
  if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "expected: $2" "found:    $3"; fi
}

# has NAME TEXT PART: the text has the part.
has() {
  if [[ $2 == *"$3"* ]]; then ok "$1"; else not_ok "$1" "no: $3" "in: $2"; fi
}

# does NAME COMMAND...: the command ends with status 0 and says nothing but what it runs.
does() {
  local name=$1 said status=0
  shift
  said=$("$@" 2>&1) || status=$?
  said=$(unshown "$said")
  if [[ $status == 0 && -z $said ]]; then ok "$name"; else not_ok "$name" "\$ $*" "status $status" "$said"; fi
}

# unshown TEXT: less the commands that a script shows as it runs them.
unshown() {
  grep -v '^# ' <<<"$1" || true
}

# refuses NAME PART COMMAND...: status 1, one line on standard error with that part, nothing on standard output, and the
# machine is as it was.
refuses() {
  local name=$1 part=$2 before said status=0
  shift 2
  before=$(state)
  said=$("$@" 2>&1 >"$box/out") || status=$?
  said=$(unshown "$said")
  if [[ $status != 1 ]]; then
    not_ok "$name" "\$ $*" "status $status, not 1" "$said"
  elif [[ $said != *"$part"* || $said == *$'\n'* || -s $box/out ]]; then
    not_ok "$name" "\$ $*" "expected one line with: $part" "$said" "$(<"$box/out")"
  else
    unchanged "$name" "$before"
  fi
}

# unchanged NAME BEFORE: the machine is as it was when `state` gave BEFORE.
unchanged() {
  local difference
  if difference=$(diff <(printf '%s\n' "$2") <(state)); then ok "$1"; else not_ok "$1" 'the state has changed:' "$difference"; fi
}

# twice NAME COMMAND...: does it again, and nothing changes, nor is anything run that could.
twice() {
  local name=$1 before said status=0
  shift
  before=$(state)
  said=$("$@" 2>&1) || status=$?
  if [[ $status != 0 || -n $said ]]; then
    not_ok "$name" "\$ $*" "status $status" "$said"
  else
    unchanged "$name" "$before"
  fi
}

# Everything that a run must not change by the way; see state.py.
state() {
  python3 "$here/lib/state.py"
}

# as_user COMMAND...: without root.
as_user() {
  setpriv --reuid "$user" --regid "$user" --clear-groups env -u SUDO_UID "$@"
}

# soon COMMAND...: tries until it succeeds, for up to half a minute, since machines that run tests are busy.
soon() {
  local end=$((SECONDS + 30))
  until "$@" &>/dev/null; do
    ((SECONDS < end)) || {
      echo "not within 30 s: $*"
      return 1
    }
    sleep 0.1
  done
}
