# A station: a namespace in the place of a guest. Its cable is the guest's own TAP, or one into the bridge beside it.

# make_station NAME MAC TAP: in the place of the guest that has the TAP.
make_station() {
  bare_station "$1"
  python3 "$here/lib/cable.py" "$3" "$1" eth0 "$2" </dev/null >"$box/cable.$1" 2>&1 9<&- &
  echo "$!" >"$box/cable.$1.pid"
  soon grep -q plugged "$box/cable.$1"
  soon grep -qx 3 "/sys/class/net/$3/brport/state"
}

# make_neighbour NAME MAC BRIDGE: what somebody else has plugged into the bridge.
make_neighbour() {
  bare_station "$1"
  ip link add "$1-port" type veth peer name eth0 address "$2" netns "$1"
  echo 1 >"/proc/sys/net/ipv6/conf/$1-port/disable_ipv6"
  ip link set "$1-port" master "$3" up
  ip -n "$1" link set eth0 up
}

bare_station() {
  ip netns add "$1"
  # An IPv6 address would come by itself some time later, and states could not be compared.
  ip netns exec "$1" tee /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/default/disable_ipv6 <<<1 >/dev/null
  ip -n "$1" link set lo up
}

# at NAME COMMAND...: runs it in the station.
at() {
  local name=$1
  shift
  ip netns exec "$name" "$@"
}

# give_address NAME ADDRESS/LENGTH GATEWAY: without asking DHCP.
give_address() {
  at "$1" ip addr add "$2" dev eth0
  at "$1" ip route add default via "$3"
}

# Of three requests without an answer udhcpc makes a failure, and a busy machine may take longer than a second for each.
# lease NAME: asks for an address by DHCP, $tries times where that is set, and takes it; prints what came with it.
lease() {
  cat >"$box/udhcpc" <<'SCRIPT'
#!/bin/sh
[ "$1" = bound ] || exit 0
echo "ip=$ip/$mask router=$router dns=$dns domain=$domain search=$search hostname=$hostname lease=$lease"
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
ip route add default via $router
SCRIPT
  chmod +x "$box/udhcpc"
  at "$1" busybox udhcpc -i eth0 -n -q -f -t "${tries:-6}" -T 5 -O search -s "$box/udhcpc" 2>/dev/null
}

remove_station() {
  if [[ -e $box/cable.$1.pid ]]; then
    kill "$(<"$box/cable.$1.pid")"
    wait "$(<"$box/cable.$1.pid")" || true
    rm "$box/cable.$1.pid"
  else
    ip link delete "$1-port"
  fi
  ip netns delete "$1"
} 2>/dev/null
