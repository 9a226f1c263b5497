# A cluster that is set up by hand: nodes whose pods are reached from everywhere, and a server with further names.

# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
cd "$box/sets/kubernetes"
chmod 755 "$box" "$box/sets"
chown "$user" "$QVM_DIR"
start_world_servers
does 'up.sh, before any guest runs' ./up.sh
boot_guests server node-0 node-1
for guest in server node-0 node-1; do
  has "$guest gets its address" "$(take_lease $guest)" "/24 10.99.9.1 10.99.9.2 kubernetes.lab $guest"
done
# A node has a pod, with an address of its range, and a way on for it.
for node in 0 1; do
  in_guest node-$node "ip addr add 10.200.$node.5/32 dev lo; echo 1 >/proc/sys/net/ipv4/ip_forward"
done
as_pod() { in_guest node-$1 "ip route replace $2/32 $4 src 10.200.$1.5; $3"; }
fact 'the server reaches a pod' in_guest server 'ping -c 1 -W 5 10.200.1.5'
fact 'the host reaches a pod' soon busybox ping -c 1 -W 1 10.200.0.5
fact 'a node reaches a pod of the other' in_guest node-1 'ping -c 1 -W 5 10.200.0.5'
fact 'a pod reaches one of the other node' in_guest node-0 'ping -c 1 -W 5 -I 10.200.0.5 10.200.1.5'
fact 'a pod reaches the server' in_guest node-1 'ping -c 1 -W 5 -I 10.200.1.5 10.99.9.10'
has 'a pod asks DNS for a further name of the server' \
  "$(as_pod 0 10.99.9.2 'nslookup kubernetes.kubernetes.lab 10.99.9.2' 'dev eth0')" 'Address: 10.99.9.10'
no 'a pod gets no seed' as_pod 0 10.99.9.2 'printf "GET /node-0/meta-data HTTP/1.0\r\n\r\n" | nc -w 5 10.99.9.2 8080' 'dev eth0'
same 'a pod reaches the outside, masqueraded' $uplink \
  "$(as_pod 1 $outside "printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 10 $outside 80 | tail -n 1" 'via 10.99.9.1')"
no 'the outside does not reach a pod' ip netns exec world busybox ping -c 1 -W 2 10.200.0.5
no 'a node cannot send as a pod of the other' in_guest node-0 'ip addr add 10.200.1.9/32 dev lo; ping -c 1 -W 2 -I 10.200.1.9 10.99.9.1'
has 'and is counted' "$(./status.sh)" 'dropped as other-address'
fact 'every fact holds' ./status.sh
