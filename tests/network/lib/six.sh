# A world with IPv6, and guests that use it.

far=2001:db8:ff::10

# The world has IPv6, and the host an address and a way out by what the world's router says.
ip netns exec world sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.all.forwarding=1
ip -n world addr add 2001:db8:1::1/64 dev wan0 nodad
ip -n world addr add $far/128 dev lo nodad
start_router() {
  ip netns exec world dnsmasq --conf-file=/dev/null --keep-in-foreground --port=0 --interface=wan0 --bind-interfaces --enable-ra \
    --dhcp-range=2001:db8:1::,ra-only --pid-file --log-facility=- &>/dev/null </dev/null &
  router=$!
  soon leads_out
}
leads_out() { grep -q 'dev wan0 proto ra' <(ip -6 route show default); }
echo 0 >/proc/sys/net/ipv6/conf/wan0/disable_ipv6
start_router
soon eval 'grep -q 2001:db8:1: <(ip -6 -o addr show dev wan0 scope global -tentative)'
wan=$(ip -6 -o addr show dev wan0 scope global | sed 's/.* inet6 \([^/]*\).*/\1/')
ip netns exec world python3 "$here/lib/mirror.py" $far 80 &>/dev/null </dev/null &

# dual NAME MAC TAP: a station with IPv6, which makes its link-local address of the MAC address.
dual() {
  make_station "$1" "$2" "$3"
  lease "$1" >"$box/lease"
  at "$1" sysctl -qw net.ipv6.conf.eth0.{addr_gen_mode=0,accept_dad=0} net.ipv6.conf.all.disable_ipv6=0
}
dropped() {
  nft list counters | grep -A 1 "counter $1 {" | grep -o 'packets [0-9]*'
}
has_moved() { [[ $(dropped "$1") != "$2" ]]; }
# counts NAME COUNTER COMMAND...: the counter moves.
counts() {
  local before
  before=$(dropped "$2")
  "${@:3}"
  if soon has_moved "$2" "$before"; then ok "$1"; else not_ok "$1" "\$ ${*:3}" "$2: $before"; fi
}
# sends STATION ...: one frame; see six.py.
sends() {
  at "$1" python3 "$here/lib/six.py" "${@:2}"
}
