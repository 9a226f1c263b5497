# Breaks a script at calls of the tools that it uses: shim.sh stands in for each of them.

export SHIM=$box/shim
mkdir "$SHIM"
for tool in ip nft tee mkdir mv install sysctl chgrp openssl iptables dnsmasq cmp; do
  install -m 755 "$here/lib/shim.sh" "$SHIM/$tool"
done

# broken MODE AT COMMAND...: the status, and on standard output what the script said.
broken() {
  local mode=$1 at=$2
  shift 2
  echo 0 >"$SHIM/count"
  # shellcheck disable=SC2016  # expanded inside
  SHIM_MODE=$mode SHIM_AT=$at PATH=$SHIM:$PATH bash -c 'echo $$ >"$SHIM/pid"; exec "$@"' _ "$@" 2>&1
}

# holds_when_broken NAME STEP UNDO COMMAND...: at call 1, 1+STEP, 1+2*STEP and so on; UNDO brings back the state before.
holds_when_broken() {
  local name=$1 step=$2 undo=$3 mode at status said before wrong runs
  shift 3
  before=$(state)
  for mode in TERM fail; do
    wrong=() runs=0
    for ((at = 1; at < 500; at += step)); do
      status=0
      said=$(broken "$mode" "$at" "$@") || status=$?
      runs=$((runs + 1))
      if ((status == 0)); then
        eval "$undo" || true
        (($(<"$SHIM/count") >= at)) || break
      elif said=$(unshown "$said") && [[ $status != 1 || $said == *$'\n'* || -z $said ]]; then
        wrong+=("at call $at: status $status: $said")
      fi
      difference=$(diff <(printf '%s\n' "$before") <(state)) || wrong+=("at call $at, with status $status: $difference")
    done
    if ((${#wrong[@]} == 0 && runs > 1)); then
      ok "$name, broken by $mode at $((runs - 1)) calls, leaves nothing"
    else
      not_ok "$name, broken by $mode" "${wrong[@]}"
      eval "$undo" || true
    fi
  done
}
