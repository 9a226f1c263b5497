# svc-up.sh and svc-down.sh: DHCP, DNS, seeds and NFS, as a guest meets them.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/three-guests"
start_world_servers
state=/run/qvm/qvm0/services
service=10.42.0.2

ask() {
  python3 "$here/lib/ask.py" "$@"
}

pids() {
  cat "$state/$1.pid"
}

refuses 'no services without the bridge' 'there is no bridge qvm0: run bridge-up.sh first' ./svc-up.sh
./gen-ca-keypair.sh && ./gen-ca-cert.sh && ./gen-host-cert.sh
./setup-host.sh
./bridge-up.sh
before=$(state)
# A host may have an interface of the inner end's name, as containers do.
ip link add veth0 type veth peer name veth1
does 'svc-up.sh brings the services up' ./svc-up.sh
twice 'svc-up.sh twice changes nothing, and the processes stay' ./svc-up.sh
same 'the inner end is in the namespace' 'veth0' "$(ip -n qvm-svc -br link show type veth | cut -d@ -f1)"
has 'with the MAC address of the rule' "$(ip -n qvm-svc link show veth0)" 52:54:00:2a:00:02
same 'the outer end is a port of the bridge' qvm0 "$(basename "$(readlink /sys/class/net/qvm0svc/master)")"
same 'no IPv6 on the outer end' 1 "$(</proc/sys/net/ipv6/conf/qvm0svc/disable_ipv6)"
same 'no IPv6 in the namespace' '' "$(ip -n qvm-svc -6 addr)"

# DHCP.
make_station station 52:54:00:2a:00:0a qvm0tap0
same 'DHCP gives the guest its address, router, nameserver, domain and name' \
  'ip=10.42.0.10/24 router=10.42.0.1 dns=10.42.0.2 domain=qvm0.lan search=qvm0.lan hostname=cp lease=43200' \
  "$(lease station)"
make_neighbour stranger 02:00:00:00:00:99 qvm0
same 'DHCP gives a stranger nothing' '' "$(tries=2 lease stranger)"
remove_station stranger

# DNS.
for port in 53 5300; do
  for protocol in udp tcp; do
    same "a guest asks DNS at $port by $protocol" 10.42.0.11 "$(at station python3 "$here/lib/ask.py" wk-1.qvm0.lan $service $port $protocol)"
    same "the host asks DNS at $port by $protocol" 10.42.0.12 "$(ask wk-2.qvm0.lan $service $port $protocol)"
  done
done
same 'the second name' 10.42.0.10 "$(ask cp.qvm0 $service 53)"
same 'an unknown name of our domain' NXDOMAIN "$(ask nobody.qvm0.lan $service 53)"
same 'a name without a domain' NXDOMAIN "$(ask nobody $service 53)"
same 'a name of the outside' $outside "$(at station python3 "$here/lib/ask.py" www.example.net $service 53)"

# The outside, behind the host's address.
same 'a guest reaches the outside, masqueraded' $uplink "$(at station curl -sS -m 20 http://$outside/)"
no 'the outside does not reach a guest' ip netns exec world busybox ping -c 1 -W 1 10.42.0.10
fact 'the host reaches a guest' soon busybox ping -c 1 -W 1 10.42.0.10

# Seeds.
seed() {
  at station curl -sS -m 5 -o "$box/seed" -w '%{http_code}' "http://$service:8080$1"
}
same 'a guest gets its meta-data' 200 "$(seed /cp/meta-data)"
has 'with its name' "$(<"$box/seed")" 'local-hostname: cp.qvm0.lan'
has 'and an instance-id of its own' "$(<"$box/seed")" 'instance-id: cp-'
same 'a guest gets its user-data' 200 "$(seed /cp/user-data)"
same 'which is empty unless a block fills it' '#cloud-config' "$(<"$box/seed")"
same 'a guest gets its network-config' 200 "$(seed /cp/network-config)"
has 'with its address' "$(<"$box/seed")" '10.42.0.10/24'
same 'a guest gets its vendor-data' 200 "$(seed /cp/vendor-data)"
cp "$box/seed" "$box/vendor-data"
# unpack: what its parts leave in a guest, here below a folder.
unpack() {
  rm -rf "$box/guest"
  mkdir -p "$box/guest/root"
  /usr/bin/python3 "$here/lib/unpack.py" "$box/vendor-data" "$box/guest" && sed "s,/root,$box/guest/root,g" "$box/guest/30-files.sh" | sh
}
fact 'whose parts can be read' unpack
for part in 10-common 20-ssh; do
  fact "cloud-init takes its part $part" cloud-init schema --config-file "$box/guest/$part"
done
has 'with the keys of the person, who may log in' "$(<"$box/guest/20-ssh")" 'person@host'
same 'it carries the key, for root alone' "600 $(<"$QVM_DIR/certs/hosts/cp/priv.pem")" "$(stat -c %a "$box/guest/root/cert/priv.pem") $(<"$box/guest/root/cert/priv.pem")"
same 'the certificate' "$(<"$QVM_DIR/certs/hosts/cp/cert.pem")" "$(<"$box/guest/root/cert/cert.pem")"
same 'the authority' "$(<"$QVM_DIR/certs/ca/cert.pem")" "$(<"$box/guest/root/cert/qvm-ca.pem")"
same 'and setup-guest.sh, with its own row alone' "$(grep -v '^  wk-' setup-guest.sh)" "$(<"$box/guest/root/setup-guest.sh")"
same 'which the last part runs' 'exec bash /root/setup-guest.sh' "$(tail -n 1 "$box/guest/40-set-up.sh")"
for path in /wk-1/user-data / /cp/ /cp /guests /cp/../wk-1/user-data /cp/%2e%2e/wk-1/user-data  /cp/user-data/ /cp/priv.pem; do
  same "a guest does not get $path" 404 "$(at station curl -sS -m 5 --path-as-is -o /dev/null -w '%{http_code}' "http://$service:8080$path")"
done
has 'the host does not get a seed' "$(curl -sS -m 5 -o /dev/null http://$service:8080/cp/user-data 2>&1)" '(7) Failed to connect'
same 'seeds are for root and the server alone' '750 640 60801' "$(stat -c %a "$state/seeds" "$state/seeds/cp/user-data" | xargs) $(stat -c %g "$state/seeds/cp/user-data")"
for name in dnsmasq seeds; do
  no "$name is not root" test "$(stat -c %u "/proc/$(pids $name)")" = 0
done

# NFS: the server answers a NULL call of version 4, and refuses version 3.
rpc() {
  at station python3 - "$1" <<'PROGRAM'
import socket, struct, sys
call = struct.pack(">10I", 7, 0, 2, 100003, int(sys.argv[1]), 0, 0, 0, 0, 0)
connection = socket.create_connection(("10.42.0.2", 2049), 3)
connection.sendall(struct.pack(">I", 0x80000000 | len(call)) + call)
reply = connection.recv(4096)
print(struct.unpack(">I", reply[24:28])[0])
PROGRAM
}
same 'NFS answers version 4' 0 "$(rpc 4)"
same 'NFS refuses version 3' 2 "$(rpc 3)"
same 'a guest makes a folder in the shared one' 0 "$(at station python3 "$here/lib/nfs.py" $service qvm folder)"
same 'which belongs to no account' 60802 "$(stat -c %u /var/lib/qvm/qvm0/nfs/shared/folder)"

# confinement NAME: the user, whether it may gain privileges, and the capabilities that it has or could ever have.
confinement() {
  awk '/^Uid/ { user = $3 } /^NoNewPrivs/ { print user, $2, effective, bounding } /^CapEff/ { effective = $2 } /^CapBnd/ { bounding = $2 }' "/proc/$(pids "$1")/status"
}
dnsmasq_uid=$(id -u dnsmasq 2>/dev/null || id -u nobody)
same 'dnsmasq is not root, and keeps net_bind_service, net_admin and net_raw at most' \
  "$dnsmasq_uid 1 0000000000003000" "$(confinement dnsmasq | awk '{print $1, $2, $3}')"
same 'the seed server is nobody, without any capability' '60801 1 0000000000000000 0000000000000000' "$(confinement seeds)"
same 'NFS is nobody with dac_read_search, setuid and setgid, without which it serves nothing' \
  '60802 1 00000000000000c4 00000000000000c4' "$(confinement nfs)"
same 'the shared folder belongs to no account, below a folder of root alone' '700 0 60802' \
  "$(stat -c '%a %u' /var/lib/qvm/qvm0/nfs) $(stat -c %u /var/lib/qvm/qvm0/nfs/shared)"

# Only what has changed is started again.
dnsmasq=$(pids dnsmasq) seeds=$(pids seeds) nfs=$(pids nfs)
sed -i 's/^10.42.0.12/10.42.0.99/' hosts
does 'svc-up.sh with another DNS record' ./svc-up.sh
same 'which now answers' 10.42.0.99 "$(ask wk-2.qvm0.lan $service 53)"
same 'the others stayed' "$seeds $nfs" "$(pids seeds) $(pids nfs)"
no 'dnsmasq did not' test "$dnsmasq" = "$(pids dnsmasq)"
kill -KILL "$(pids seeds)"
dnsmasq=$(pids dnsmasq)
does 'svc-up.sh after the seed server was killed' ./svc-up.sh
same 'it serves again' 200 "$(seed /cp/meta-data)"
same 'and the others stayed' "$dnsmasq $nfs" "$(pids dnsmasq) $(pids nfs)"
instance=$(grep instance-id "$state/seeds/cp/meta-data")
seeds=$(pids seeds)
rm "$QVM_DIR/certs/hosts/cp/"*
./gen-host-cert.sh
does 'svc-up.sh after gen-host-cert.sh' ./svc-up.sh
seed /cp/vendor-data >/dev/null
cp "$box/seed" "$box/vendor-data"
unpack
same 'the seed has the new certificate' "$(<"$QVM_DIR/certs/hosts/cp/cert.pem")" "$(<"$box/guest/root/cert/cert.pem")"
no 'and is another instance' test "$instance" = "$(grep instance-id "$state/seeds/cp/meta-data")"
same 'without a new process' "$seeds" "$(pids seeds)"

mkdir "$state/seeds/gone"
does 'svc-up.sh after a guest has left the document' ./svc-up.sh
no 'its seed is gone' test -e "$state/seeds/gone"

# Half-made things are repaired.
ip -n qvm-svc link delete veth0
does 'svc-up.sh after the cable was cut' ./svc-up.sh
same 'DNS answers again' 10.42.0.10 "$(ask cp.qvm0.lan $service 53)"
ip -n qvm-svc addr add 10.42.0.77/24 dev veth0
ip -n qvm-svc route del default
does 'svc-up.sh with an address too many and without its route' ./svc-up.sh
same 'only its own address is left' 10.42.0.2/24 "$(ip -n qvm-svc -4 -o addr show dev veth0 | awk '{print $4}')"
has 'and the route is back' "$(ip -n qvm-svc route)" 'default via 10.42.0.1'
refuses 'bridge-down.sh does not cut off a guest' 'a guest runs on qvm0tap0: shut it down first, or cut it off with --force' ./bridge-down.sh
remove_station station
./bridge-down.sh
does 'bridge-up.sh below running services' ./bridge-up.sh
same 'plugs them in again' 10.42.0.10 "$(ask cp.qvm0.lan $service 53)"
echo 'nameserver 127.0.0.53' >"$box/resolv.conf"
has 'a host with nothing but a resolver of its own' "$(./svc-up.sh 2>&1)" "guests' names are all it knows"
echo "nameserver $outside" >"$box/resolv.conf"
./svc-up.sh

# A resolver that does not answer, and a host that does not know its own name.
echo 'nameserver 198.51.100.99' >"$box/resolv.conf"
sed -i '/127.0.1.1/d' /etc/hosts
kill "$(pids nfs)" "$(pids seeds)"
does 'svc-up.sh does not wait for a silent resolver' ./svc-up.sh
echo '127.0.1.1 host' >>/etc/hosts
echo "nameserver $outside" >"$box/resolv.conf"

pids=$(ip netns pids qvm-svc | xargs)
does 'svc-down.sh takes the services away' env -u QVM_DIR ./svc-down.sh
no 'the namespace is gone' test -e /run/netns/qvm-svc
no 'the cable is gone' test -e /sys/class/net/qvm0svc
same 'there were processes, and none is left' '3 0' "$(wc -w <<<"$pids") $(ps -o pid= -p "${pids// /,}" | wc -l)"
twice 'svc-down.sh with nothing there' ./svc-down.sh
ip link delete veth0
rm -r "$QVM_DIR/certs/hosts"
touch /run/netns/qvm-svc
does 'a name without a namespace is no fault' eval './svc-up.sh 2>/dev/null'
has 'without certificates the seeds say so' "$(./svc-up.sh 2>&1)" 'no certificate for cp wk-1 wk-2: run gen-host-cert.sh'
does 'svc-down.sh again' ./svc-down.sh
touch /run/netns/qvm-svc
does 'svc-down.sh takes a bare name away' ./svc-down.sh
ip netns add qvm-svc
ip netns exec qvm-svc sleep 1000 &
ip link add qvm0svc type veth peer name veth0 netns qvm-svc
ip link set qvm0svc alias qvm-tangle:qvm0
ip netns delete qvm-svc
does 'svc-down.sh after a namespace was deleted under a process' ./svc-down.sh
no 'the cable is gone' test -e /sys/class/net/qvm0svc
kill %%

# Faults.
ip netns add qvm-svc
ip netns exec qvm-svc sleep 1000 &
refuses 'a namespace of somebody else' 'there is a namespace qvm-svc that these scripts did not make' ./svc-up.sh
refuses 'svc-down.sh leaves it alone' 'left alone, since these scripts did not make them: the namespace qvm-svc' ./svc-down.sh
fact 'with what runs there' kill -0 %%
kill %%
ip netns delete qvm-svc
ip link add qvm0svc type veth peer name theirs
refuses 'a cable of somebody else' 'qvm0svc is there, and these scripts did not make it' ./svc-up.sh
refuses 'which svc-down.sh leaves alone' 'did not make them: qvm0svc' ./svc-down.sh
ip link delete qvm0svc
ip link add qvm0svc type bridge
refuses 'a name that something else has' 'qvm0svc is there and is no veth' ./svc-up.sh
ip link delete qvm0svc
ip addr add 10.42.0.2/32 dev lo
refuses 'an address that is taken' '10.42.0.2 is already the address of lo' ./svc-up.sh
ip addr del 10.42.0.2/32 dev lo
