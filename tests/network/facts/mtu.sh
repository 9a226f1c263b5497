# The term MTU: large packets pass between guests and to the services, TCP to an outside that takes less works at once, and
# all is as usual again without the term.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/mtu" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
does 'the network comes up' ./up.sh
twice 'a second time nothing changes' ./up.sh
mtu_of() {
  "${@:2}" cat "/sys/class/net/$1/mtu"
}
same 'all interfaces take as much' '9000 9000 9000 9000 9000' \
  "$(for name in lab4 lab4tap0 lab4tap1 lab4svc; do mtu_of $name; done | xargs) $(mtu_of veth0 ip netns exec lab4-svc)"
make_station cp 52:54:00:63:04:0a lab4tap0
make_station wk 52:54:00:63:04:0b lab4tap1
same 'the bridge still takes as much' 9000 "$(mtu_of lab4)"
printf '#!/bin/sh\n[ "$1" != bound ] || echo "$mtu"\n' >"$box/told"
chmod +x "$box/told"
for station in cp wk; do
  same 'a guest is told by DHCP' 9000 "$(at $station busybox udhcpc -i eth0 -n -q -f -t 5 -T 1 -O mtu -s "$box/told" 2>/dev/null)"
  lease $station >/dev/null
  at $station ip link set eth0 mtu 9000
done
# pings NAME BYTES ADDRESS: a packet of this many bytes that may not be divided is answered.
pings() {
  at "$1" python3 "$here/lib/large.py" "$2" "$3"
}
fact 'the largest packet passes between guests' pings cp 9000 10.99.4.11
fact 'to the host' pings cp 9000 10.99.4.1
fact 'and to the services' pings cp 9000 10.99.4.2
same 'cloud-init is told as well' 9000 "$(sed -n 's/.*mtu: \([0-9]*\).*/\1/p' cloud-init/cp/network-config)"
has 'so is QEMU' "$(as_user ./run-guest.sh --print cp)" 'mac=52:54:00:63:04:0a,host_mtu=9000'

# The outside takes less than both ends, and says so to nobody.
ip link set wan0 mtu 1400
ip -n world route replace 10.99.0.0/16 via $uplink mtu lock 9000
ip -n world link set wan0 mtu 9000
nft -f - <<'END'
table inet silent {
  chain output {
    type filter hook output priority 0
    icmp type destination-unreachable drop
  }
}
END
ip netns exec world python3 -c 'import socket
server = socket.create_server(("203.0.113.10", 99))
while True:
    client, _ = server.accept()
    size = 0
    while data := client.recv(65536):
        size += len(data)
    client.sendall(str(size).encode())
    client.close()' &>/dev/null </dev/null &
soon eval "[[ -n \$(ip netns exec world ss -Hltn 'sport = :99') ]]"
upload() {
  at cp timeout 10 python3 -c 'import socket
there = socket.create_connection(("203.0.113.10", 99), 5)
there.sendall(bytes(400000))
there.shutdown(socket.SHUT_WR)
print(there.recv(99).decode())'
}
same 'TCP to an outside that takes less goes through at once' 400000 "$(upload 2>/dev/null)"
nft delete table inet lab4
no 'which the rules have made so' upload
nft delete table inet silent
does 'setup-host.sh puts them back' ./setup-host.sh
fact 'every fact holds' eval './status.sh | grep -v "^ok  the nameserver" >/dev/null; [[ ${PIPESTATUS[0]} == 0 ]]'
ip link set lab4tap1 mtu 1500
has 'status.sh sees an interface that takes less' "$(./status.sh 2>/dev/null)" 'no  the interfaces of the network take packets of 9000 bytes'
no 'through which large packets do not pass' pings cp 9000 10.99.4.11
does 'bridge-up.sh repairs it' ./bridge-up.sh
fact 'so that they do' pings cp 9000 10.99.4.11

# The day after: another number, and then none.
sed -i 's/^mtu=9000/mtu=4000/' network.sh
does 'up.sh with another one' ./up.sh
same 'has changed all' '4000 4000 4000' "$(mtu_of lab4) $(mtu_of lab4tap0) $(mtu_of veth0 ip netns exec lab4-svc)"
sed -i '/^mtu=/d' network.sh
sed -i '/option:mtu/d' dnsmasq.conf
sed -i '/maxseg/d' network.nft
does 'up.sh without the term' ./up.sh
same 'all is as usual' '1500 1500 1500 1500' "$(mtu_of lab4) $(mtu_of lab4tap0) $(mtu_of lab4svc) $(mtu_of veth0 ip netns exec lab4-svc)"
fact 'every fact holds' eval './status.sh >/dev/null'
