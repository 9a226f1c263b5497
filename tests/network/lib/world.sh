# The outside world: a namespace behind a cable, with a web server and a nameserver.

readonly outside=203.0.113.10 uplink=198.51.100.2

make_world() {
  ip link set lo up
  ip netns add world
  ip link add wan0 type veth peer name wan0 netns world
  echo 1 >/proc/sys/net/ipv6/conf/wan0/disable_ipv6
  ip addr add $uplink/24 dev wan0
  ip link set wan0 up
  ip route add default via 198.51.100.1
  ip -n world link set lo up
  ip -n world addr add 198.51.100.1/24 dev wan0
  ip -n world addr add $outside/32 dev lo
  ip -n world link set wan0 up
  # Honest about what comes in: the world knows a way to every network of the tests.
  for subnet in 10.42.0.0/24 10.43.0.0/24 172.20.0.0/16 192.168.77.0/30 10.7.0.0/24 10.99.0.0/16 10.66.0.0/24; do
    ip -n world route add $subnet via $uplink
  done
  echo "nameserver $outside" >$box/resolv.conf
  mount --bind $box/resolv.conf /etc/resolv.conf
}

# Started where they are used: they take a moment.
start_world_servers() {
  ip netns exec world dnsmasq --keep-in-foreground --no-resolv --no-hosts --listen-address=$outside --bind-interfaces \
    --user=root --host-record=www.example.net,example.com,$outside --pid-file --log-facility=- &>/dev/null </dev/null &
  ip netns exec world python3 "$here/lib/mirror.py" $outside 80 &>/dev/null </dev/null &
  soon eval "[[ -n \$(ip netns exec world ss -Hltn 'sport = :80') && -n \$(ip netns exec world ss -Hlun 'sport = :53') ]]"
}
