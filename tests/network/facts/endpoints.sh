# Services on two interfaces, at addresses and ports of their own.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/other-names"
start_world_servers
./setup-host.sh
./bridge-up.sh
(./gen-ca-keypair.sh && ./gen-ca-cert.sh && ./gen-host-cert.sh) 2>&1
does 'svc-up.sh' ./svc-up.sh
make_station station 02:00:00:00:00:01 _tap.a-b_c
same 'DHCP at the first interface names the DNS at the second' \
  'ip=172.20.0.1/16 router=172.20.255.254 dns=172.20.0.6 domain=Example-Lab.test search=example-lab.test hostname=a lease=43200' \
  "$(lease station)"
ask() {
  at station python3 "$here/lib/ask.py" "$@"
}
same 'DNS answers at its port' 172.20.3.4 "$(ask done.Example-Lab.test 172.20.0.6 5353)"
same 'and at 53' 172.20.3.4 "$(ask done.Example-Lab.test 172.20.0.6 53)"
same 'whatever the case' 172.20.3.4 "$(ask DONE.example-lab.TEST 172.20.0.6 53)"
no 'nobody answers DNS at the first interface' ask done.Example-Lab.test 172.20.0.5 53
same 'a name of the outside' $outside "$(ask www.example.net 172.20.0.6 53)"
same 'seeds come at port 80' 200 "$(at station curl -sS -m 20 -o /dev/null -w '%{http_code}' http://172.20.0.6/a/user-data)"
fact 'NFS listens at an address of its own' at station python3 -c 'import socket; socket.create_connection(("172.20.0.7", 2049), 3)'
# Each interface answers for its own addresses alone: neighbours must not be sent to the other.
neighbour() {
  at station busybox ping -c 1 -W 2 "$1" >/dev/null
  at station ip -4 neigh show "$1" | awk '{print $5}'
}
same 'the first address is at the first interface' "$(ip -n back_office link show eth0 | awk '/ether/{print $2}')" "$(neighbour 172.20.0.5)"
same 'the second is at the second' "$(ip -n back_office link show eth1 | awk '/ether/{print $2}')" "$(neighbour 172.20.0.6)"
same 'and so is the third' "$(ip -n back_office link show eth1 | awk '/ether/{print $2}')" "$(neighbour 172.20.0.7)"
same 'a service that is not ours to run claims no address' '172.20.0.5/16 172.20.0.6/16 172.20.0.7/16' \
  "$(ip -n back_office -4 -o addr show scope global | awk '{print $4}' | sort | xargs)"
no 'and nobody answers for it' at station busybox arping -f -c 2 -w 2 -I eth0 172.20.0.8
fact 'status.sh finds every fact' ./status.sh
twice 'svc-up.sh twice changes nothing' ./svc-up.sh
does 'svc-down.sh' ./svc-down.sh
