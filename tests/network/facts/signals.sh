# TERM at any moment: a run is either done, or has left nothing. Nothing here depends on how fast the machine is.

cd "$box/sets/three-guests"
(./gen-ca-keypair.sh && ./gen-ca-cert.sh && ./gen-host-cert.sh) 2>&1

# survives NAME UNDO COMMAND...: with TERM at eight moments, spread over the time that a whole run takes.
survives() {
  local name=$1 undo=$2 before start took moment status pid difference wrong=()
  shift 2
  before=$(state)
  start=${EPOCHREALTIME/./}
  "$@" &>"$box/out"
  took=$((${EPOCHREALTIME/./} - start))
  eval "$undo" &>/dev/null
  for moment in {0..7}; do
    "$@" &>"$box/out" &
    pid=$!
    sleep "$(printf '%d.%06d' $((took * moment / 8 / 1000000)) $((took * moment / 8 % 1000000)))"
    kill -TERM $pid 2>/dev/null || true
    status=0
    wait $pid || status=$?
    if ((status == 0)); then
      eval "$undo" &>/dev/null
    # Before bash has read the script it ends as any program does.
    elif ((status != 1 && status != 143)); then
      wrong+=("at moment $moment: status $status: $(<"$box/out")")
    fi
    difference=$(diff <(printf '%s\n' "$before") <(state)) || wrong+=("at moment $moment, with status $status: $difference")
  done
  if ((${#wrong[@]} == 0)); then
    ok "$name, with TERM at any moment, is done or has left nothing"
  else
    not_ok "$name, with TERM" "${wrong[@]}"
  fi
}

survives tap-up.sh ./tap-down.sh ./tap-up.sh
survives bridge-up.sh ./bridge-down.sh ./bridge-up.sh
survives setup-host.sh './setup-host.sh --down; echo 0 >/proc/sys/net/ipv4/ip_forward' ./setup-host.sh
mv "$QVM_DIR/certs/hosts" "$box/hosts"
survives gen-host-cert.sh 'rm -r "$QVM_DIR/certs/hosts"' ./gen-host-cert.sh
mv "$box/hosts" "$QVM_DIR/certs/hosts"
./bridge-up.sh
survives svc-up.sh './svc-down.sh; rm -rf /var/lib/qvm/*' ./svc-up.sh
