# setup-host.sh: routing, masquerading, and what guests cannot do.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/three-guests"
start_world_servers
nft add table inet other
nft add chain inet other forward '{ type filter hook forward priority 10; policy accept; }'
clean=$(state)

does 'setup-host.sh loads the rules' ./setup-host.sh
same 'forwarding is on' 1 "$(</proc/sys/net/ipv4/ip_forward)"
same 'its tables are named after the bridge' 'table inet qvm0 table bridge qvm0' "$(nft list tables | grep qvm0 | xargs)"
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
does 'setup-host.sh --down takes the rules away' ./setup-host.sh --down
same 'forwarding stays on, since others may need it' 1 "$(</proc/sys/net/ipv4/ip_forward)"
echo 0 >/proc/sys/net/ipv4/ip_forward
unchanged 'nothing else has changed' "$clean"
twice 'setup-host.sh --down with nothing there' ./setup-host.sh --down
older() {
  nft -f - <<RULES
table inet qvm0 {
  ${1-}
  chain forward {
    type filter hook forward priority 5; policy drop;
    counter
  }
}
RULES
}
older 'comment "qvm-tangle:qvm0"'
does 'older rules are replaced, even with another priority' ./setup-host.sh
same 'by just the new ones' "$(nft -s list table inet qvm0)" "$(nft -f "$PWD/network.nft" && nft -s list table inet qvm0)"
./setup-host.sh --down
older
refuses 'a table of somebody else stays' 'there is a table inet qvm0 that these scripts did not make' ./setup-host.sh
does 'setup-host.sh --down leaves it alone' ./setup-host.sh --down
fact 'so it is still there' nft list table inet qvm0
does 'unless it is to be taken over' ./setup-host.sh --adopt
twice 'and then it is ours' ./setup-host.sh
cp network.nft "$box/network.nft"
sed -i 's/masquerade$/masquerade nonsense/' network.nft
refuses 'rules that nft refuses change nothing' 'nft refuses network.nft' ./setup-host.sh
printf 'table ip mine {\n\tchain c {\n\t\tcounter\n\t}\n}\n' >network.nft
does 'what a block has put into network.nft is loaded' ./setup-host.sh
same 'and nothing else' 'table ip mine' "$(nft list tables | grep -v other)"
does 'and goes again' ./setup-host.sh --down
no 'for good' nft list table ip mine
cp "$box/network.nft" .
./setup-host.sh

./bridge-up.sh
holds() {
  grep -x "ok  the rules for qvm0 are those of network.nft" <(./status.sh 2>/dev/null)
}
fact 'status.sh knows the rules' holds
nft add rule inet qvm0 forward accept
no 'and sees one too many' holds
./setup-host.sh
nft delete element bridge qvm0 macs '{ "qvm0tap0" . 52:54:00:2a:00:0a }'
no 'or one too few' holds
iptables -P FORWARD DROP
has 'and that iptables drops what is forwarded' "$(./status.sh 2>/dev/null)" 'no  iptables lets the network through: run sudo ./setup-host.sh'
iptables -P FORWARD ACCEPT
./setup-host.sh
./bridge-down.sh

# As guests see it. The namespace is new, so bridged frames cross the hooks of iptables: the harder case.
./bridge-up.sh
same 'bridged frames cross the forward hook' 1 "$(</proc/sys/net/bridge/bridge-nf-call-iptables)"
make_station station 52:54:00:2a:00:0a qvm0tap0
make_station second 52:54:00:2a:00:0b qvm0tap1
give_address station 10.42.0.10/24 10.42.0.1
give_address second 10.42.0.11/24 10.42.0.1
same 'a guest reaches the outside, masqueraded' $uplink "$(at station curl -sS -m 20 http://$outside/)"
fact 'a guest reaches another' soon at station busybox ping -c 1 -W 1 10.42.0.11
fact 'a guest reaches the host' soon at station busybox ping -c 1 -W 1 10.42.0.1
fact 'the host reaches a guest' soon busybox ping -c 1 -W 1 10.42.0.10
no 'the outside does not reach a guest' ip netns exec world busybox ping -c 1 -W 1 10.42.0.10
ip netns exec world nft -f - <<'RULES'
table ip seen {
  counter forged { }
  chain input {
    type filter hook input priority 0; policy accept;
    ip saddr 10.77.0.1 counter name forged
  }
}
RULES
seen() {
  ip netns exec world nft list counter ip seen forged | grep -o 'packets [0-9]*'
}
at station ip addr add 10.77.0.1/32 dev lo
at station busybox ping -c 2 -W 1 -I 10.77.0.1 $outside &>/dev/null || true
same 'a forged source does not leave the host' 'packets 0' "$(seen)"
./setup-host.sh --down
at station busybox ping -c 2 -W 1 -I 10.77.0.1 $outside &>/dev/null || true
same 'which it does without the rules' 'packets 2' "$(seen)"
fact 'without the rules the outside reaches a guest' soon ip netns exec world busybox ping -c 1 -W 1 10.42.0.10
./setup-host.sh
python3 -m http.server 9090 --bind 10.42.0.1 &>/dev/null </dev/null &
soon eval "[[ -n \$(ss -Hltn 'sport = :9090') ]]"
no 'a guest reaches no port of the host' at station curl -sS -m 2 -o /dev/null http://10.42.0.1:9090/
no 'nor at another of its addresses' at station curl -sS -m 2 -o /dev/null http://$uplink:9090/
has 'and status.sh says how many it tried' "$(./status.sh 2>/dev/null)" 'dropped as to-host: '
kill %%
# A port that somebody publishes, as firewalld and Docker do.
nft -f - <<RULES
table ip published {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr $uplink tcp dport 8443 dnat to 10.42.0.10:443
  }
}
RULES
at station python3 "$here/lib/mirror.py" 10.42.0.10 443 &>/dev/null </dev/null &
soon eval "[[ -n \$(at station ss -Hltn 'sport = :443') ]]"
same 'a published port reaches the guest' 198.51.100.1 "$(ip netns exec world curl -sS -m 20 http://$uplink:8443/)"
kill %%
nft delete table ip published
ip link add docker0 type bridge
ip addr add 172.17.0.1/24 dev docker0
ip link set docker0 up
ip netns add container
ip link add to-container type veth peer name eth0 netns container
ip link set to-container master docker0 up
ip -n container addr add 172.17.0.2/24 dev eth0
ip -n container link set eth0 up
ip -n container route add default via 172.17.0.1
soon busybox ping -c 1 -W 1 172.17.0.2
no 'a guest does not reach a container' at station busybox ping -c 1 -W 1 172.17.0.2
ip netns delete container
ip link delete docker0
remove_station station
remove_station second

# What a guest sends through its TAP.
through() {
  as_user timeout 60 python3 "$here/lib/tap.py" "${patience:-20}" "$@"
}
gateway_mac=52:54:00:2a:00:01
same 'the user opens the TAP, and the host answers' answered "$(through qvm0tap0 52:54:00:2a:00:0a 10.42.0.10 10.42.0.1 arp)"
same 'by ping as well' answered "$(through qvm0tap0 52:54:00:2a:00:0a 10.42.0.10 10.42.0.1 ping $gateway_mac)"
same 'another MAC address gets no answer' silence "$(patience=1 through qvm0tap0 52:54:00:2a:00:0b 10.42.0.10 10.42.0.1 arp)"
same 'another IP address does, since pods have their own' answered "$(through qvm0tap0 52:54:00:2a:00:0a 10.42.0.200 10.42.0.1 arp)"
no 'another user cannot open the TAP' setpriv --reuid 1001 --clear-groups python3 "$here/lib/tap.py" 1 qvm0tap0 52:54:00:2a:00:0a 10.42.0.10 10.42.0.1 arp
./bridge-down.sh
./setup-host.sh --down

cd "$box/sets/other-names"
./setup-host.sh
./bridge-up.sh
twice 'with Pin :: address, setup-host.sh twice changes nothing' ./setup-host.sh
gateway_mac=$(</sys/class/net/br_lan.5/address)
same 'with Pin :: address the own address is answered' answered "$(through _tap.a-b_c 02:00:00:00:00:01 172.20.0.1 172.20.255.254 arp)"
same 'and by ping' answered "$(through _tap.a-b_c 02:00:00:00:00:01 172.20.0.1 172.20.255.254 ping "$gateway_mac")"
same 'the question whether an address is free, too' answered "$(through _tap.a-b_c 02:00:00:00:00:01 0.0.0.0 172.20.255.254 arp)"
same 'another IP address is not, by ARP' silence "$(patience=1 through _tap.a-b_c 02:00:00:00:00:01 172.20.0.9 172.20.255.254 arp)"
same 'nor by ping' silence "$(patience=1 through _tap.a-b_c 02:00:00:00:00:01 172.20.0.9 172.20.255.254 ping "$gateway_mac")"
same 'another MAC address is not' silence "$(patience=1 through _tap.a-b_c 02:00:00:00:00:02 172.20.0.1 172.20.255.254 arp)"
./bridge-down.sh
./setup-host.sh --down

cd "$box/sets/one-guest"
./setup-host.sh
./bridge-up.sh
same 'with Pin :: off any MAC address is answered' answered "$(through lab70 02:00:00:00:00:42 192.168.77.2 192.168.77.1 arp)"
same 'but not the one that the host has' silence "$(patience=1 through lab70 "$(</sys/class/net/lab7/address)" 192.168.77.2 192.168.77.1 arp)"
fact 'and status.sh finds every fact' env -u QVM_DIR ./status.sh
./bridge-down.sh
./setup-host.sh --down
