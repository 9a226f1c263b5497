# An IPv6 prefix that is routed to this host, with guests that are held to their own addresses.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/routed-prefix" "$box/routed"
cd "$box/routed"
start_world_servers
chown "$user" "$QVM_DIR"
# shellcheck source=../lib/six.sh
source "$here/lib/six.sh"

does 'the network comes up' ./up.sh
twice 'a second time nothing changes' ./up.sh
same 'every fact holds' '' "$(./status.sh 2>&1 | grep '^no ')"
# take NAME ADDRESS: as a guest that is set up by hand.
take() { at "$1" ip -6 addr add "$2/64" dev eth0 nodad && at "$1" ip -6 route replace default via fd67:7::1; }
dual cp 52:54:00:43:00:0a rtd0tap0
dual wk-1 52:54:00:43:00:0b rtd0tap1
take cp fd67:7::a
take wk-1 fd67:7::b
no 'without a route back, the outside does not answer' at cp curl -sS -m 2 -o /dev/null "http://[$far]/"
ip -n world -6 route add fd67:7::/64 via $wan
same 'with one, it sees the address of the guest' fd67:7::a "$(at cp curl -sS -m 20 "http://[$far]/" 2>&1)"
no 'it does not reach a guest unasked' ip netns exec world busybox ping6 -c 1 -W 1 fd67:7::a
no 'which is counted' grep -qx 'packets 0' <(dropped from-outside)
same 'IPv4 is masqueraded as ever' "$uplink" "$(at cp curl -sS -m 20 http://$outside/)"

# Nobody has this address, and the guest no right to it.
at wk-1 ip -6 addr add fd67:7::77/128 dev lo
no 'a guest sends from no other address' at wk-1 busybox ping6 -c 1 -W 1 -I fd67:7::77 fd67:7::a
counts 'which is counted' other-address sends wk-1 ping fd67:7::77 fd67:7::a mac=52:54:00:43:00:0a
counts 'nor from a link-local one that is not of its MAC address' other-address sends wk-1 ping fe80::77 fd67:7::a mac=52:54:00:43:00:0a
counts 'nor does it tell of one' neighbour sends wk-1 advert fe80::5054:ff:fe43:b ff02::1 target=fd67:7::77 link=52:54:00:43:00:0b
fact 'from its own it does' soon at wk-1 busybox ping6 -c 1 -W 1 -I fd67:7::b fd67:7::a
at wk-1 sysctl -qw net.ipv6.conf.eth0.accept_dad=1
before=$(dropped neighbour)
at wk-1 sh -c 'ip -6 addr flush dev eth0 scope global && ip -6 addr add fd67:7::b/64 dev eth0'
fact 'also after it has looked whether that is free' soon at wk-1 busybox ping6 -c 1 -W 1 -I fd67:7::b fd67:7::a
same 'which is not dropped' "$before" "$(dropped neighbour)"
does 'down.sh' ./down.sh --force
