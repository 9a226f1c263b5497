# IPv6: addresses, names both ways, the outside, and that it is no way around what holds for IPv4.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/dual-stack" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
service=fd66:6::2 gateway=fd66:6::1
router_address=fe80::5054:ff:fe42:2 svc=52:54:00:42:00:02
hosts=$QVM_DIR/certs/hosts ca=$QVM_DIR/certs/ca

# shellcheck source=../lib/six.sh
source "$here/lib/six.sh"

# lease6 NAME: asks for an address by DHCPv6 and takes it, as its system would.
lease6() {
  cat >"$box/dhclient" <<'SCRIPT'
#!/bin/sh
[ -z "$new_ip6_address" ] || [ "$reason" != BOUND6 ] || {
  ip -6 addr replace "$new_ip6_address/64" dev "$interface" nodad
  echo "$new_ip6_address dns=$new_dhcp6_name_servers search=$new_dhcp6_domain_search" >&3
}
SCRIPT
  chmod +x "$box/dhclient"
  at "$1" timeout 40 dhclient -6 -1 -nw -d -sf "$box/dhclient" -lf "$box/leases.$1" -pf "$box/pid.$1" eth0 3>&1 >/dev/null 2>&1 &
  local client=$!
  soon eval "[[ -n \$(at $1 ip -6 -o addr show dev eth0 scope global) ]]"
  kill $client 2>/dev/null
}

does 'the network comes up' ./up.sh
twice 'a second time nothing changes' ./up.sh
said=$(./status.sh 2>&1) || true
same 'every fact holds' '' "$(grep '^no ' <<<"$said")"
has 'a lease of DHCPv6 would be given' "$said" 'ok  cp is offered a lease of fd66:6::a'
same 'the host forwards IPv6' 1 "$(cat /proc/sys/net/ipv6/conf/{six0,wan0}/{force_forwarding,forwarding} 2>/dev/null | sort -u | tail -n 1)"
comes_to_another_network() {
  kill $router
  ip -6 route del default
  start_router
}
fact 'and still takes its way out from the router of whatever network it comes to' comes_to_another_network

# What a guest gets.
dual cp 52:54:00:42:00:0a six0tap0
dual wk-1 52:54:00:42:00:0b six0tap1
same 'DHCPv6 gives a guest the address made from the other one' 'fd66:6::a dns=fd66:6::2 search=six0.lan.' "$(lease6 cp)"
has 'and another one the address that it has in the document' "$(lease6 wk-1)" 'fd66:6::beef dns='
fact 'a router is told of' soon eval 'grep -q fe80::5054:ff:fe42:2 <(at cp ip -6 route show default)'
same 'and nobody makes an address by it' fd66:6::a "$(at cp ip -6 -o addr show dev eth0 scope global | awk '{ sub("/.*", "", $4); print $4 }' | xargs)"
has 'the prefix is on the link' "$(at cp ip -6 route show)" 'fd66:6::/64 dev eth0'
at wk-1 ip -6 route replace default via $gateway
# Its system asks now and then whether the router is there, and gives it up when the answer comes from no router.
asks_its_router() {
  at cp ip -6 neigh change $router_address lladdr $svc dev eth0 router nud probe
  soon eval "grep -q 'router REACHABLE' <(at cp ip -6 neigh show $router_address)" &&
    grep -q $router_address <(at cp ip -6 route show default)
}
fact 'which it stays when it is asked' asks_its_router

# Names, both ways.
ask6() {
  at cp busybox nslookup -type=aaaa "$1" $service 2>/dev/null | sed -n 's/^Address: *//p' | tail -n 1
}
same 'a name has its IPv6 address, asked over IPv6' fd66:6::beef "$(ask6 wk-1.six0.lan)"
same 'a further name as well' fd66:6::a "$(ask6 api.six0.lan)"
same 'and the address its name' wk-1.six0.lan \
  "$(at cp busybox nslookup fd66:6::beef $service 2>/dev/null | sed -n 's/.*name = //p')"
same 'the host knows it' fd66:6::beef "$(getent ahostsv6 wk-1.six0.lan | awk 'NR == 1 { print $1 }')"

# Who reaches whom.
fact 'guests reach each other' soon at cp busybox ping6 -c 1 -W 1 fd66:6::beef
fact 'and the host' soon at cp busybox ping6 -c 1 -W 1 $gateway
fact 'the host reaches a guest' soon busybox ping6 -c 1 -W 1 fd66:6::a
same 'the outside sees the address of the host' $wan "$(at cp curl -sS -m 20 "http://[$far]/" 2>&1)"
same 'also by a fixed way out' $wan "$(at wk-1 curl -sS -m 20 "http://[$far]/" 2>&1)"
ip -n world -6 route add fd66:6::/64 via $wan
no 'the outside does not reach a guest' ip netns exec world busybox ping6 -c 1 -W 1 fd66:6::a
no 'which is counted' grep -qx 'packets 0' <(dropped from-outside)
python3 -m http.server --bind :: 9090 -d "$box/lab" &>/dev/null &
soon eval "[[ -n \$(ss -Hltn 'sport = :9090') ]]"
no 'a guest reaches nothing else of the host' at cp curl -sS -m 2 -o /dev/null "http://[$gateway]:9090/"
no 'nor by its other address' at cp curl -sS -m 2 -o /dev/null "http://[$wan]:9090/"
no 'nor by its link-local one' at cp curl -sS -m 2 -o /dev/null "http://[fe80::5054:ff:fe42:1%eth0]:9090/"
kill %%
for port in 8080 2049; do
  no "seeds and shared files are not there for IPv6 ($port)" at cp curl -sS -m 2 -o /dev/null "http://[$service]:$port/cp/meta-data"
done
same 'a guest gets its seed by IPv4' 200 "$(at cp curl -sS -m 20 -o /dev/null -w '%{http_code}' http://10.66.0.2:8080/cp/meta-data)"

# Certificates.
fact 'a certificate is for the IPv6 address' openssl verify -x509_strict -purpose sslserver -verify_ip fd66:6::beef \
  -CAfile "$ca/cert.pem" "$hosts/wk-1/cert.pem"
no 'and for no other one' openssl verify -x509_strict -verify_ip fd66:6::a -CAfile "$ca/cert.pem" "$hosts/wk-1/cert.pem"
has 'the authority may speak for the subnet' "$(openssl x509 -in "$ca/cert.pem" -noout -ext nameConstraints)" 'IP:FD66:6:0:0:0:0:0:0/FFFF'

# What a guest could try. wk-1 is hostile.
bridge=52:54:00:42:00:01 cp=52:54:00:42:00:0a own=fe80::5054:ff:fe42:b
at wk-1 ip -6 addr add fd66:6::a/128 dev eth0 nodad
no 'with the address of another it reaches nobody' at wk-1 busybox ping6 -c 1 -W 1 -I fd66:6::a fd66:6::c
counts 'which is counted' other-address sends wk-1 ping fd66:6::a $service mac=$svc
at wk-1 ip -6 addr del fd66:6::a/128 dev eth0
counts 'nor with the link-local one of another' other-address sends wk-1 ping fe80::5054:ff:fe42:a fe80::5054:ff:fe42:2 mac=$svc
counts 'nor with the gateway’s' other-address sends wk-1 ping $gateway fd66:6::a mac=$cp
counts 'nor with that of the services, by way of the host' other-address sends wk-1 ping $service $far mac=$bridge
counts 'a service is not asked from an address that nobody owns' stranger sends wk-1 ping fd66:6::77 $service mac=$svc
counts 'nor by way of the host' stranger sends wk-1 ping fd66:6::77 $service mac=$bridge
counts 'nor from a link-local one that is not of the MAC address' stranger sends wk-1 ping fe80::77 fe80::5054:ff:fe42:2 mac=$svc
counts 'a foreign source does not leave' foreign-source sends wk-1 ping 2001:db8:7::7 $far mac=$bridge
at cp ip -6 neigh flush all
counts 'it speaks for no other’s address' neighbour sends wk-1 advert $own ff02::1 target=fd66:6::c link=52:54:00:42:00:0b
counts 'nor for the gateway’s' neighbour sends wk-1 advert $own ff02::1 target=$gateway link=52:54:00:42:00:0b
counts 'nor behind another header' neighbour sends wk-1 advert $own ff02::1 target=$gateway link=52:54:00:42:00:0b hide=yes
counts 'nor in fragments' hidden sends wk-1 advert $own ff02::1 target=$gateway link=52:54:00:42:00:0b split=yes
counts 'nor claims it while another looks whether it is free' neighbour sends wk-1 solicit :: ff02::1:ff00:a target=fd66:6::a
fact 'the gateway is where it was' soon at cp busybox ping6 -c 1 -W 1 $gateway
same 'by its own MAC address' $bridge "$(at cp ip -6 neigh show $gateway | awk '{ print $5 }')"
counts 'it is no router' router sends wk-1 router $own ff02::1 link=52:54:00:42:00:0b
counts 'nor in fragments' hidden sends wk-1 router $own ff02::1 link=52:54:00:42:00:0b split=yes
counts 'and sends nobody elsewhere' router sends wk-1 redirect $own fd66:6::a mac=$cp target=$own
counts 'nor asks who listens' router sends wk-1 query $own ff02::1
same 'a guest has the one router' fe80::5054:ff:fe42:2 "$(at cp ip -6 route show default | awk '{ print $3 }' | sort -u | xargs)"
counts 'towards the services it has no other MAC address' neighbour sends wk-1 solicit $own ff02::1:ff42:2 target=fe80::5054:ff:fe42:2 link=$cp
counts 'nor says so in an answer' neighbour sends wk-1 advert $own fe80::5054:ff:fe42:2 mac=$svc target=$own link=$cp
counts 'it declines no address' dhcp sends wk-1 decline $own ff02::1:2
counts 'nor relays for others' dhcp sends wk-1 relay $own ff02::1:2
counts 'nor gives addresses' dhcp sends wk-1 offer $own ff02::1
at cp ip -6 addr flush dev eth0 scope global
has 'cp gets its address after all that' "$(lease6 cp)" 'fd66:6::a dns='

# The day after: IPv6 leaves the document.
twice 'up.sh with leases changes nothing' ./up.sh
said=$(./status.sh 2>/dev/null) || true
has 'status.sh tells of the lease' "$said" 'has a lease of fd66:6::a until'
has 'and of what was dropped' "$said" 'dropped as neighbour: '
cp -r "$box/sets/dual-stack-off/." .
does 'up.sh without Subnet6' ./up.sh
same 'every fact holds' '' "$(./status.sh 2>&1 | grep '^no ')"
same 'no interface of ours has IPv6' '' "$(ip -6 -o addr show dev six0; ip netns exec six-svc ip -6 -o addr)"
same 'no lease of it is left' '' "$(grep fd66 /var/lib/qvm/six0/dnsmasq.leases)"
same 'nor a name' '' "$(grep fd66 /etc/hosts)"
no 'nor a certificate' openssl verify -verify_ip fd66:6::beef -CAfile "$ca/cert.pem" "$hosts/wk-1/cert.pem"
remove_station cp
remove_station wk-1
does 'down.sh' ./down.sh

# A kernel that knows no other way to forward than to be a router.
sysctl -qw net.ipv6.conf.{all,default,wan0}.force_forwarding=0
cp -r "$box/sets/dual-stack/." .
sed -i 's/force_forwarding/there_is_none/' lib.sh
does 'an older kernel: the host is set up' ./setup-host.sh
same 'it forwards, and listens to routers all the same' '1 2' "$(cat /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv6/conf/wan0/accept_ra | xargs)"
fact 'its way out is still there' leads_out
fact 'as in any other network' comes_to_another_network
twice 'a second time nothing changes' ./setup-host.sh
./setup-host.sh --down
