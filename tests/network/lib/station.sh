# A station: a namespace with a cable into the bridge, in the place of a guest. It has the guest's MAC address, but not
# its TAP.

# make_station NAME MAC BRIDGE
make_station() {
  local name=$1 mac=$2 bridge=$3
  ip netns add "$name"
  ip link add "$name-port" type veth peer name eth0 address "$mac" netns "$name"
  echo 1 >"/proc/sys/net/ipv6/conf/$name-port/disable_ipv6"
  # An IPv6 address would come by itself some time later, and states could not be compared.
  ip netns exec "$name" tee /proc/sys/net/ipv6/conf/all/disable_ipv6 <<<1 >/dev/null
  ip link set "$name-port" master "$bridge" up
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 up
}

# at NAME COMMAND...: runs it in the station.
at() {
  local name=$1
  shift
  ip netns exec "$name" "$@"
}

# lease NAME: asks for an address by DHCP and takes it; prints what came with it.
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
  at "$1" busybox udhcpc -i eth0 -n -q -f -t 5 -T 1 -O search -s "$box/udhcpc" 2>/dev/null
}

remove_station() {
  ip link delete "$1-port"
  ip netns delete "$1"
}
