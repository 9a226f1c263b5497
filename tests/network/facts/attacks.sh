# What a guest, or a user of the host, could try against others: each has failed against no rule but those of the scripts.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/three-guests"
./setup-host.sh
./bridge-up.sh
./gen-ca-keypair.sh && ./gen-ca-cert.sh && ./gen-host-cert.sh
./svc-up.sh
make_station cp 52:54:00:2a:00:0a qvm0tap0
make_station wk-1 52:54:00:2a:00:0b qvm0tap1
give_address cp 10.42.0.10/24 10.42.0.1
give_address wk-1 10.42.0.11/24 10.42.0.1

# fetch GUEST [CURL-ARGUMENT...]: the seed of cp; prints the status, 000 if there is no answer.
fetch() {
  at "$1" curl -sS -m "${patience:-10}" -o "$box/stolen" -w '%{http_code}' "${@:2}" http://10.42.0.2:8080/cp/vendor-data 2>/dev/null || true
}
counted() {
  ./status.sh 2>/dev/null | grep -o "dropped as $1: [0-9]*" || true
}
same 'cp gets its seed' 200 "$(fetch cp)"
same 'wk-1 does not' 404 "$(fetch wk-1)"

# With cp's address.
at wk-1 ip addr add 10.42.0.10/32 dev eth0
same 'wk-1 with a second address, that of cp, gets no answer' 000 "$(patience=2 fetch wk-1 --interface 10.42.0.10)"
has 'and status.sh has counted it' "$(counted other-address)" other-address
at wk-1 ip route replace 10.42.0.2/32 via 10.42.0.1 src 10.42.0.10
same 'by way of the host' 000 "$(patience=2 fetch wk-1 --interface 10.42.0.10)"
at wk-1 ip route del 10.42.0.2/32

# through TAP MAC SOURCE TARGET arp: a frame as a guest would send it.
through() {
  as_user timeout 60 python3 "$here/lib/tap.py" "${patience:-20}" "$@"
}
same 'an ARP request of wk-2 as cp gets no answer' silence "$(patience=1 through qvm0tap2 52:54:00:2a:00:0c 10.42.0.10 10.42.0.2 arp)"
same 'nor one of another address of the network towards a service' silence "$(patience=1 through qvm0tap2 52:54:00:2a:00:0c 10.42.0.77 10.42.0.2 arp)"
for tags in 1 2; do
  same "with $tags tags for no VLAN, neither an ARP request as cp" silence "$(patience=1 TAGS=$tags through qvm0tap2 52:54:00:2a:00:0c 10.42.0.10 10.42.0.2 arp)"
  same 'nor a ping' silence "$(patience=1 TAGS=$tags through qvm0tap2 52:54:00:2a:00:0c 10.42.0.10 10.42.0.2 ping 52:54:00:2a:00:02)"
done
has 'which is counted' "$(counted tagged)" tagged
same 'its own does' answered "$(through qvm0tap2 52:54:00:2a:00:0c 10.42.0.12 10.42.0.2 arp)"
same 'QEMU with another MAC address than the document’s gets no answer' silence "$(patience=1 through qvm0tap2 52:54:00:12:34:56 10.42.0.12 10.42.0.2 arp)"
has 'and status.sh says how many frames were dropped where' "$(./status.sh 2>/dev/null | grep 'other-mac on')" 'dropped as other-mac on qvm0tap2: '
at wk-1 ip link set eth0 address 52:54:00:2a:00:0a
same 'wk-1 with the MAC and IP address of cp gets no answer' 000 "$(patience=2 fetch wk-1 --interface 10.42.0.10)"
at wk-1 ip link set eth0 address 52:54:00:2a:00:0b
at wk-1 ip addr del 10.42.0.10/32 dev eth0
at wk-1 ip route replace default via 10.42.0.1

# With the address of the services, or the gateway.
at wk-1 ip addr add 10.42.0.2/32 dev eth0
at wk-1 python3 "$here/lib/mirror.py" 10.42.0.2 8080 &>/dev/null </dev/null &
soon eval "[[ -n \$(at wk-1 ss -Hltn 'sport = :8080') ]]"
for _ in {1..3}; do
  at wk-1 busybox arping -U -c 1 -w 1 -I eth0 10.42.0.2 &>/dev/null || true
  at wk-1 busybox arping -A -c 1 -w 1 -I eth0 10.42.0.2 &>/dev/null || true
done
at cp ip neigh flush all
same 'wk-1 answers for the services: cp still gets its own seed from them' 200 "$(fetch cp)"
same 'whose MAC address it has found' 52:54:00:2a:00:02 "$(at cp ip -4 neigh show 10.42.0.2 | awk '{print $5}')"
kill %%
at wk-1 ip addr del 10.42.0.2/32 dev eth0

# Addresses that nobody owns pass between guests.
at wk-1 ip addr add 10.42.0.200/32 dev eth0
fact 'an address of a load balancer is reached' soon at cp busybox ping -c 1 -W 1 10.42.0.200
no 'but asks no service anything' at wk-1 python3 "$here/lib/ask.py" cp.qvm0.lan 10.42.0.2 53 --from 10.42.0.200
at wk-1 ip addr del 10.42.0.200/32 dev eth0

# DHCP on behalf of another.
at wk-1 ip addr flush dev eth0
at wk-1 ip addr add 10.42.0.11/24 dev eth0
for kind in decline release; do
  at wk-1 python3 "$here/lib/dhcp.py" $kind 52:54:00:2a:00:0a 10.42.0.10
done
at wk-1 python3 "$here/lib/dhcp.py" decline 52:54:00:2a:00:0b 10.42.0.10
has 'cp has its address after wk-1 has declined it' "$(lease cp)" ip=10.42.0.10/24
has 'and status.sh has counted it' "$(counted dhcp)" 'dhcp: 3'

# More than its share of connections.
at wk-1 ip addr flush dev eth0
at wk-1 ip addr add 10.42.0.11/24 dev eth0
at wk-1 python3 - >"$box/greedy" <<'PROGRAM' &
import socket, time
connections = []
for _ in range(1025):
    try:
        connections.append(socket.create_connection(("10.42.0.2", 8080), 1))
    except OSError:
        pass
print(len(connections), flush=True)
time.sleep(60)
PROGRAM
soon test -s "$box/greedy"
same 'a guest that opens 1,025 connections has 16' 16 "$(<"$box/greedy")"
same 'and cp gets its seed' 200 "$(fetch cp)"
kill %%
burst() {
  local n
  for n in {1..60}; do
    ip netns exec qvm-svc curl -sS -m 60 -o /dev/null -w '%{http_code}\n' http://10.42.0.2:8080/ 2>/dev/null &
  done
  wait $(jobs -p | tail -n 60)
}
same 'sixty at once are all answered' '60 404' "$(burst | sort | uniq -c | xargs)"

# A user of the host, and what is plugged in beside the guests.
reached() {
  python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)' "$@" 2>&1 | tail -n 1
}
has 'a user of the host does not reach the shared files' "$(as_user python3 -c 'import socket; socket.create_connection(("10.42.0.2", 2049), 3)' 2>&1)" 'Connection refused'
no 'nor the folder that they are in' as_user ls /var/lib/qvm/qvm0/nfs/shared
make_neighbour neighbour 02:00:00:00:00:77 qvm0
at neighbour ip addr add 10.42.0.10/24 dev eth0
same 'what is plugged in beside the guests gets no seed, whatever its address' 000 "$(patience=2 fetch neighbour)"
no 'and no files' at neighbour python3 -c 'import socket; socket.create_connection(("10.42.0.2", 2049), 2)'
remove_station neighbour

# Pods, routed by their guest without hiding them.
at wk-1 ip addr add 10.244.1.1/32 dev eth0
no 'a pod gets no seed' at wk-1 curl -sS -m 2 -o /dev/null --interface 10.244.1.1 http://10.42.0.2:8080/wk-1/meta-data
remove_station cp
remove_station wk-1
./svc-down.sh && ./bridge-down.sh && ./setup-host.sh --down
