# Pods: a range that is routed to a guest. Its pods are reached from everywhere in the network, and reach what they may.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/kubernetes" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
service=10.99.9.2

# make_node NAME MAC TAP POD: a guest with one pod, plugged into it by a veth pair, as a plain CNI plugin does it.
make_node() {
  make_station "$1" "$2" "$3"
  lease "$1" >"$box/lease"
  echo 1 | at "$1" tee /proc/sys/net/ipv4/ip_forward >/dev/null
  ip netns add "$1-pod"
  ip -n "$1" link add pods type veth peer name eth0 netns "$1-pod"
  ip -n "$1" addr add "${4%.*}.1/24" dev pods
  ip -n "$1" link set pods up
  ip -n "$1-pod" addr add "$4/24" dev eth0
  ip -n "$1-pod" link set eth0 up
  ip -n "$1-pod" route add default via "${4%.*}.1"
}
# serve NAME TEXT: it answers every connection to port 80 with the text and who asks.
serve() {
  at "$1" python3 -c '
import socketserver, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(f"{sys.argv[1]} to {self.client_address[0]}".encode())
socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(("", 80), Answer).serve_forever()' "$2" </dev/null &>/dev/null 9<&- &
  soon at "$1" sh -c '[ -n "$(ss -Hltn sport 80)" ]'
}
# get NAME ADDRESS [PORT]: what it answers to a guest or pod.
get() { at "$1" python3 -c "$client" "$2" "${3:-80}" 2>&1 | tail -n 1; }
from_here() { python3 -c "$client" "$1" 80 2>&1 | tail -n 1; }
client='
import socket, sys
print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 4).recv(99).decode())'
does 'the network comes up' ./up.sh
fact 'every fact holds' ./status.sh
twice 'up.sh again changes nothing' ./up.sh
make_node node-0 52:54:00:63:09:14 kt0 10.200.0.5
make_node node-1 52:54:00:63:09:15 kt1 10.200.1.5
make_station server 52:54:00:63:09:0a kts
lease server >"$box/lease"
serve node-0-pod zero
serve node-1-pod one
serve server server
same 'a pod reaches one of another guest, as itself' 'one to 10.200.0.5' "$(get node-0-pod 10.200.1.5)"
same 'and the other way round' 'zero to 10.200.1.5' "$(get node-1-pod 10.200.0.5)"
same 'a guest reaches a pod, though nobody gave it a route' 'one to 10.99.9.10' "$(get server 10.200.1.5)"
same 'a pod reaches a guest, whose answer takes another way' 'server to 10.200.0.5' "$(get node-0-pod 10.99.9.10)"
same 'the host reaches a pod' 'zero to 10.99.9.1' "$(from_here 10.200.0.5)"
same 'a pod asks DNS' 10.99.9.10 "$(at node-0-pod python3 "$here/lib/ask.py" server.kubernetes.lab $service 53)"
same 'also by TCP' 10.99.9.10 "$(at node-0-pod dig +tcp +short +time=10 server.kubernetes.lab @$service)"
same 'a pod reaches the outside, masqueraded' $uplink "$(at node-1-pod curl -sS -m 20 http://$outside/)"
for address in 10.99.9.1 198.51.100.2; do
  same "a pod reaches a published port at $address" 'server to 10.99.9.1' "$(get node-0-pod $address 8080)"
done
no 'a pod gets no seed' at node-0-pod curl -sS -m 3 http://$service:8080/node-0/meta-data
no 'nor the seed of another' at node-0-pod curl -sS -m 3 http://$service:8080/server/meta-data
no 'nor shared files' at node-0-pod timeout 3 bash -c "exec 3<>/dev/tcp/$service/2049"
same 'its guest gets them' 200 "$(at node-0 curl -sS -m 20 -o /dev/null -w '%{http_code}' http://$service:8080/node-0/meta-data)"
no 'the outside does not reach a pod' ip netns exec world timeout 3 bash -c 'exec 3<>/dev/tcp/10.200.0.5/80'

# A guest that sends with the address of another one's pod.
counted() { nft list counter bridge kube0 other-address | sed -n 's/.*packets \([0-9]*\) .*/\1/p'; }
before=$(counted)
ip -n server addr add 10.200.1.5/32 dev lo
no 'an address of the pods of another guest is of no use' at server busybox ping -c 1 -W 2 -I 10.200.1.5 10.99.9.1
fact 'as its counter says' test "$(counted)" -gt "$before"
ip -n server addr delete 10.200.1.5/32 dev lo

# firewalld and others drop what belongs to no connection that they have seen begin.
nft -f - <<'RULES'
table inet strict {
  chain forward {
    type filter hook forward priority 10; policy accept;
    ct state invalid counter drop
  }
}
RULES
# With Docker on the host, the firewall sees frames between guests as well.
for shown in 0 1; do
  [[ ! -d /proc/sys/net/bridge ]] || echo $shown | tee /proc/sys/net/bridge/bridge-nf-call-* >/dev/null
  same 'a firewall that drops what it has not seen begin does not stand in the way' 'server to 10.200.0.5' "$(get node-0-pod 10.99.9.10)"
  same 'nor between pods' 'one to 10.200.0.5' "$(get node-0-pod 10.200.1.5)"
  same 'nor of a guest' 'one to 10.99.9.10' "$(get server 10.200.1.5)"
done
nft delete table inet strict

# The day after: a range moves, and then goes.
ip route add 10.201.7.0/24 via 10.99.9.20 dev kube0
sed -i 's,10.200.1.0/24,10.200.2.0/24,' network.sh network.nft
no 'status.sh sees that the range is another' ./status.sh
does 'up.sh routes the other range' ./up.sh
fact 'every fact holds' ./status.sh
same 'and no more the old one' '10.200.0.0/24 10.200.2.0/24' "$(ip -4 route show dev kube0 proto 113 | awk '{ print $1 }' | xargs)"
same 'a route of somebody else stays' 1 "$(ip -4 route show 10.201.7.0/24 | wc -l)"
sed -i '/^pods/d' network.sh
does 'up.sh without pods' ./up.sh
same 'routes none' '' "$(ip -4 route show proto 113)"
same 'a route of somebody else stays' 1 "$(ip -4 route show 10.201.7.0/24 | wc -l)"
echo 'pods     node-0 10.201.7.0/24' >>network.sh
has 'what somebody else routes to a guest is refused' "$(./bridge-up.sh 2>&1)" '10.201.7.0/24 is routed to kube0: remove that route'
sed -i '/^pods/d' network.sh
echo 'pods     node-0 198.51.100.0/24' >>network.sh
has 'and what is routed elsewhere' "$(./bridge-up.sh 2>&1)" 'is routed to'
sed -i '/^pods/d' network.sh
