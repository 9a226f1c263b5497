# A run that is interrupted, or fails half-way, leaves the host as it was. Each script is broken at every call of a tool.

# shellcheck source=../lib/broken.sh
source "$here/lib/broken.sh"
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
