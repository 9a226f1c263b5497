# svc-up.sh and the down scripts: a run that is interrupted, fails half-way or is killed leaves nothing that nobody owns.

# shellcheck source=../lib/broken.sh
source "$here/lib/broken.sh"
cd "$box/sets/three-guests"
mkdir -p /run/NetworkManager
./gen-ca-keypair.sh && ./gen-ca-cert.sh
./bridge-up.sh
./gen-host-cert.sh
holds_when_broken svc-up.sh 9 './svc-down.sh; rm -rf /var/lib/qvm/*' ./svc-up.sh

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

# kill -9 lets nobody take anything back: the next run completes what is there, and down leaves nothing of it.
./svc-down.sh && ./bridge-down.sh
for at in 2 5 8 11; do
  broken KILL $at ./bridge-up.sh &>/dev/null || true
  does "bridge-up.sh completes a run that was killed at call $at" ./bridge-up.sh
  broken KILL $((at * 3)) ./svc-up.sh &>/dev/null || true
  does 'and so does svc-up.sh' ./svc-up.sh
  broken KILL 3 ./svc-down.sh &>/dev/null || true
  does 'svc-down.sh' ./svc-down.sh
  broken KILL 3 ./bridge-down.sh &>/dev/null || true
  does 'bridge-down.sh' ./bridge-down.sh
  same 'nothing is left' '' "$(find /sys/class/net -name 'qvm0*'; ip netns | grep qvm; grep qvm /etc/hosts)"
done
broken KILL 3 ./bridge-up.sh &>/dev/null || true
does 'bridge-down.sh alone takes away what a killed run has made' ./bridge-down.sh
same 'nothing is left' '' "$(find /sys/class/net -name 'qvm0*')"
