# A run that is interrupted, or fails half-way, leaves the host as it was. Each script is broken at every call of a tool.

export SHIM=$box/shim
mkdir "$SHIM"
for tool in ip nft tee mkdir mv dd chmod chown openssl iptables dnsmasq cmp; do
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
      elif [[ $status != 1 || $said == *$'\n'* || -z $said ]]; then
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

cd "$box/sets/three-guests"
mkdir -p /run/NetworkManager
holds_when_broken tap-up.sh 1 './tap-down.sh' ./tap-up.sh qvm0tap0
for at in 2 3; do
  ./tap-up.sh
  broken TERM $at ./tap-down.sh &>/dev/null || true
  does "tap-down.sh does the rest of a run that was broken at call $at" ./tap-down.sh
  same 'nothing is left' '' "$(find /sys/class/net -name 'qvm0*')"
done
holds_when_broken bridge-up.sh 1 './bridge-down.sh' ./bridge-up.sh
iptables -P FORWARD DROP
holds_when_broken setup-host.sh 1 './setup-host.sh --down; echo 0 >/proc/sys/net/ipv4/ip_forward' ./setup-host.sh
for at in 2 4; do
  ./setup-host.sh
  broken TERM $at ./setup-host.sh --down &>/dev/null || true
  does "setup-host.sh --down does the rest of a run that was broken at call $at" ./setup-host.sh --down
  same 'nothing is left' '' "$(nft list tables | grep qvm0; iptables -S | grep qvm0)"
done
echo 0 >/proc/sys/net/ipv4/ip_forward
holds_when_broken gen-ca-keypair.sh 1 'rm -r "$QVM_DIR/certs"' ./gen-ca-keypair.sh
./gen-ca-keypair.sh
holds_when_broken gen-ca-cert.sh 1 'rm -r "$QVM_DIR/ca-cert" "$QVM_DIR/certs/ca/cert.pem"' ./gen-ca-cert.sh
./gen-ca-cert.sh
holds_when_broken gen-host-cert.sh 1 'rm -r "$QVM_DIR/certs/hosts"' ./gen-host-cert.sh cp
./bridge-up.sh
./gen-host-cert.sh
holds_when_broken svc-up.sh 5 './svc-down.sh; rm -r "$QVM_DIR/svc"' ./svc-up.sh

# A run that changes what is there already takes back only its own part.
./svc-up.sh
ip -n qvm-svc addr add 10.42.0.77/24 dev veth0
ip link set qvm0svc nomaster
before=$(state)
for at in 12 18; do
  status=0
  broken TERM $at ./svc-up.sh >"$box/said" || status=$?
  same "svc-up.sh broken at call $at of a repair fails" 1 "$status"
  unchanged 'and leaves what was there' "$before"
done
does 'svc-up.sh repairs it all' ./svc-up.sh
./svc-down.sh

# Going down half-way is no fault: the next run does the rest.
for mode in TERM fail; do
  for at in 2 5 8; do
    ./svc-up.sh
    broken $mode $at ./svc-down.sh &>/dev/null || true
    broken $mode $at ./bridge-down.sh &>/dev/null || true
    does "svc-down.sh does the rest of a run broken by $mode at call $at" ./svc-down.sh
    does 'and so does bridge-down.sh' ./bridge-down.sh
    same 'nothing is left' '' "$(find /sys/class/net -name 'qvm0*')"
    ./bridge-up.sh
  done
done
