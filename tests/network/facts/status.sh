# status.sh: each of its facts can fail. Each is broken, is the only thing that does not hold then, and is repaired.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/three-guests"
start_world_servers
(./gen-ca-keypair.sh && ./gen-ca-cert.sh && ./gen-host-cert.sh) 2>&1
./setup-host.sh
./bridge-up.sh
./svc-up.sh 2>&1
./status.sh >"$box/said" 2>&1 || true
grep '^ok  ' "$box/said" >"$box/facts"
same 'all facts hold' '' "$(grep '^no' "$box/said")"
seen=()

# breaks WHAT... -- COMMAND...: after the command just these facts do not hold.
breaks() {
  local wanted=() found
  while [[ $1 != -- ]]; do
    wanted+=("$1")
    shift
  done
  shift
  eval "$*"
  found=$( (./status.sh 2>"$box/errors" || true) | sed -n 's/^no  //p' | sed 's/: \(run\|boot\) .*//')
  seen+=("${wanted[@]}")
  same "after: $*" "$(printf '%s\n' "${wanted[@]}")" "$found"
  same 'the last line counts them' "status.sh: ${#wanted[@]} of $(wc -l <"$box/facts") facts do not hold" "$(<"$box/errors")"
}

# end_service NAME SIGNAL: what has ended but was not waited for has no namespaces any more.
end_service() {
  local pid
  pid=$(</run/qvm/qvm0/services/$1.pid)
  kill "-$2" "$pid"
  soon test ! -e "/proc/$pid/ns/net"
}

# What a guest cannot ask for where its way to the services is cut.
asked=('cp is offered a lease of 10.42.0.10' 'cp.qvm0.lan is found at 10.42.0.10' 'dnsmasq finds the names of the outside')
breaks 'qvm0 is up' "${asked[@]}" -- ip link set qvm0 down
ip link set qvm0 up
# Links that go down take routes with them.
./svc-up.sh
breaks 'qvm0 has the address 10.42.0.1/24, not 10.42.0.9/24' "${asked[0]}" "${asked[2]}" -- 'ip addr flush dev qvm0; ip addr add 10.42.0.9/24 dev qvm0'
breaks 'qvm0 has the address 10.42.0.1/24, not 10.42.0.1/24 10.42.0.9/24' -- ip addr add 10.42.0.1/24 dev qvm0
ip addr flush dev qvm0
ip addr add 10.42.0.1/24 brd + dev qvm0
breaks 'qvm0 has the MAC address 52:54:00:2a:00:01, not 02:00:00:00:00:07' -- ip link set qvm0 address 02:00:00:00:00:07
ip link set qvm0 address 52:54:00:2a:00:01
breaks 'qvm0 does without STP' -- ip link set qvm0 type bridge stp_state 1
ip link set qvm0 type bridge stp_state 0
breaks 'qvm0tap1 is up' -- ip link set qvm0tap1 down
breaks 'qvm0tap1 is up' 'qvm0tap1 is a port of qvm0' -- ip link set qvm0tap1 nomaster
ip link set qvm0tap1 up
ip link add other type bridge
breaks 'qvm0tap1 is a port of qvm0, not other' -- ip link set qvm0tap1 master other
ip link delete other
ip link delete qvm0tap1
breaks 'qvm0tap1 belongs to a user' -- 'ip tuntap add dev qvm0tap1 mode tap; ip link set qvm0tap1 master qvm0 up; echo 1 >/proc/sys/net/ipv6/conf/qvm0tap1/disable_ipv6'
ip link delete qvm0tap1
breaks 'qvm0tap1 is a TAP' 'qvm0tap1 belongs to a user' -- 'ip link add qvm0tap1 type veth peer name other; echo 1 >/proc/sys/net/ipv6/conf/qvm0tap1/disable_ipv6; ip link set qvm0tap1 master qvm0 up'
ip link delete qvm0tap1
./bridge-up.sh
breaks 'the interfaces of the network take packets of 1500 bytes' -- ip link set qvm0tap1 mtu 1400
./bridge-up.sh
breaks 'no interface of the network has IPv6' -- 'echo 0 >/proc/sys/net/ipv6/conf/qvm0tap2/disable_ipv6'
./bridge-up.sh

breaks 'of what has gone from the document there is none, not qvm0tap9' -- 'ip tuntap add dev qvm0tap9 mode tap; ip link set qvm0tap9 alias qvm-tangle:qvm0'
./bridge-up.sh
no 'what has gone from the document goes from the host' test -e /sys/class/net/qvm0tap9
ip link set qvm0 alias theirs
breaks 'qvm0 is ours' -- true
ip link set qvm0 alias qvm-tangle:qvm0
breaks 'the host knows the guests by name' -- "sed '/wk-1/d' /etc/hosts >$box/hosts; cat $box/hosts >/etc/hosts"
./bridge-up.sh
breaks 'the host forwards' "${asked[2]}" -- 'echo 0 >/proc/sys/net/ipv4/ip_forward'
breaks 'the host forwards' 'the rules for qvm0 are those of network.nft' "${asked[2]}" -- nft add rule inet qvm0 forward accept
./setup-host.sh
breaks 'the rules for qvm0 are those of network.nft' -- nft delete table bridge qvm0
./setup-host.sh
breaks 'iptables lets the network through' "${asked[2]}" -- iptables -P FORWARD DROP
iptables -P FORWARD ACCEPT
breaks 'iptables lets the network through' "${asked[2]}" -- iptables -A FORWARD -j REJECT
./setup-host.sh
fact 'setup-host.sh repairs it' ./status.sh
iptables -F FORWARD

breaks 'qvm0svc is up' 'qvm-svc has its way out by 10.42.0.1' "${asked[@]}" -- 'ip link set qvm0svc down; ip -n qvm-svc route flush default'
./svc-up.sh
breaks 'qvm0svc is a port of qvm0' "${asked[@]}" -- ip link set qvm0svc nomaster
breaks 'qvm0svc is a port of qvm0' 'veth0 in qvm-svc has the MAC address 52:54:00:2a:00:02, not 02:00:00:00:00:07' "${asked[@]}" -- ip -n qvm-svc link set veth0 address 02:00:00:00:00:07
./svc-up.sh
breaks 'veth0 in qvm-svc has the address 10.42.0.2/24, not 10.42.0.2/24 10.42.0.3/24' -- ip -n qvm-svc addr add 10.42.0.3/24 dev veth0
./svc-up.sh
breaks 'veth0 in qvm-svc has the MTU 1500, not 1400' -- ip -n qvm-svc link set veth0 mtu 1400
./svc-up.sh
breaks 'the rules of the services are those of services.nft' -- ip netns exec qvm-svc nft flush ruleset
./svc-up.sh
breaks 'dnsmasq runs' 'dnsmasq listens at udp:67 udp:5300 tcp:5300' "${asked[@]}" -- end_service dnsmasq TERM
./svc-up.sh
breaks 'seeds runs' 'seeds listens at tcp:8080' 'a guest is served its seed' -- end_service seeds TERM
./svc-up.sh
breaks 'nfs runs' 'nfs listens at tcp:2049' -- end_service nfs KILL
./svc-up.sh

breaks 'the names that dnsmasq knows are those of the document' -- sed -i /wk-2/d /run/qvm/qvm0/services/hosts
./svc-up.sh
mv /var/lib/qvm/qvm0/nfs/shared "$box/shared"
breaks 'the shared folder /var/lib/qvm/qvm0/nfs/shared is there' -- true
mv "$box/shared" /var/lib/qvm/qvm0/nfs/shared
breaks 'the configuration of dnsmasq is that of the document' -- sed -i /wk-2/d /run/qvm/qvm0/services/dnsmasq.conf
./svc-up.sh
certs=$QVM_DIR/certs
make_station station 52:54:00:2a:00:0a qvm0tap0
has 'a lease is noted' "$(lease station >/dev/null && ./status.sh)" 'cp has a lease of 10.42.0.10 until 20'
has 'and the end of a certificate' "$(./status.sh)" "cp has a certificate until $(date -d '+365 days' +%Y-%m-%d)"
at station curl -sS -m 5 -o /dev/null http://10.42.0.2:8080/cp/vendor-data
fact 'a guest that has its newest seed is no fault' ./status.sh
rm "$certs/hosts/cp/cert.pem"
./gen-host-cert.sh && ./svc-up.sh
breaks 'cp runs with its newest seed, if it runs' -- true
at station curl -sS -m 5 -o /dev/null http://10.42.0.2:8080/cp/vendor-data
remove_station station
same 'as JSON it says the same' "$(./status.sh | sed 's/^\(ok\|no\)  //')" \
  "$(./status.sh --json | python3 -c 'import json, sys; print("\n".join(it["says"] for it in json.load(sys.stdin)))')"
same 'and which facts hold' "$(wc -l <"$box/facts")" "$(./status.sh --json | grep -c '"holds": true')"
status=0
ip link set qvm0tap1 down
./status.sh --json >"$box/json" 2>/dev/null || status=$?
ip link set qvm0tap1 up
has 'one that does not' "$status $(<"$box/json")" '1 [{"holds": true, "says": "qvm0 is a bridge"}'
has 'with what to run' "$(<"$box/json")" '{"holds": false, "says": "qvm0tap1 is up: run sudo ./bridge-up.sh"}'
breaks 'wk-2 has a seed with its certificate' -- rm -r /run/qvm/qvm0/services/seeds/wk-2
./svc-up.sh
breaks 'wk-1 has a certificate that is good for 30 more days, but a client refuses it: Hostname mismatch, certificate is not valid for '\''wk-1.qvm0.lan'\''.' 'wk-1 has a seed with its certificate' -- cp -r "$certs/hosts/cp/." "$certs/hosts/wk-1"
./gen-host-cert.sh && ./svc-up.sh
breaks 'cp has a certificate that is good for 30 more days, but it does not go with its key, or with the authority' 'cp has a seed with its certificate' -- : '>"$certs/hosts/cp/priv.pem"'
breaks 'cp has a certificate that is good for 30 more days, but there is none' 'cp has a seed with its certificate' -- rm "$certs/hosts/cp/cert.pem"
./gen-host-cert.sh && ./svc-up.sh
breaks 'clients are given its certificate' 'cp has a seed with its certificate' 'wk-1 has a seed with its certificate' 'wk-2 has a seed with its certificate' -- : '>"$QVM_DIR/ca-cert/qvm-ca.pem"'
./gen-ca-cert.sh
mv "$certs/ca/priv.pem" "$box/kept"
breaks 'the certificate authority is good for 30 more days' -- true
mv "$box/kept" "$certs/ca/priv.pem"
fact 'all is repaired' ./status.sh

# With a message bus of our own, firewalld's fact; without the namespace and the bridge, all of theirs.
has 'without a bridge' "$(./bridge-down.sh; ./status.sh 2>&1)" 'no  qvm0 is a bridge: run sudo ./bridge-up.sh'
has 'without the services' "$(./svc-down.sh; ./status.sh 2>&1)" 'no  qvm-svc is a network namespace of ours: run sudo ./svc-up.sh'
same 'it goes on to the end all the same' "$(wc -l <"$box/facts")" "$(./status.sh 2>/dev/null | grep -c '^\(ok\|no\)  ')"
seen+=('qvm0 is a bridge' 'qvm-svc is a network namespace of ours')
# One fact of each kind is enough.
kinds() {
  sed -E 's/^ok  //; s/, (not|but) .*//; s/qvm0tap[0-9]/TAP/; s/^(cp|wk-[12])/GUEST/' | sort -u
}
same 'no fact is left that was not broken, but firewalld’s, which stands beside it' 'firewalld lets the network through' \
  "$(comm -23 <(kinds <"$box/facts") <(printf '%s\n' "${seen[@]}" | kinds))"
has 'without root it cannot look at rules' "$(as_user ./status.sh 2>&1)" 'no  the rules for qvm0 are those of network.nft'
