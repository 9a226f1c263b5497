# Host access: what guests may reach on the host itself; off is in rules.sh. By nftables alone, and beside firewalld.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
chown "$user" "$QVM_DIR"
start_world_servers
for port in 9090 9091; do
  python3 -m http.server $port &>/dev/null </dev/null &
done
soon eval "[[ -n \$(ss -Hltn 'sport = :9091') ]]"

# reaches ADDRESS PORT
reaches() {
  at station curl -sS -m 2 -o /dev/null "http://$1:$2/"
}
# plug_in SET TAP MAC ADDRESS GATEWAY
plug_in() {
  cd "$box/sets/$1"
  ./setup-host.sh && ./bridge-up.sh
  make_station station "$3" "$2"
  give_address station "$4/24" "$5"
}
unplug() {
  remove_station station
  ./bridge-down.sh && ./setup-host.sh --down
}
a_list() {
  plug_in columns made0tap 52:54:00:42:00:0a 10.66.0.10 10.66.0.1
  fact "a port of the list is reached $1" reaches 10.66.0.1 9090
  fact 'at any address of the host' reaches $uplink 9090
  no 'another one is not' reaches 10.66.0.1 9091
  no 'at any address of the host' reaches $uplink 9091
  fact 'the host is seen by ping' soon at station busybox ping -c 1 -W 1 10.66.0.1
}
all_of_it() {
  plug_in second-network qvm1tap0 52:54:00:2b:00:0a 10.43.0.10 10.43.0.1
  fact "with Host access :: on every port is reached $1" eval 'reaches 10.43.0.1 9090 && reaches 10.43.0.1 9091'
}
a_list 'by nftables alone'
unplug
all_of_it 'by nftables alone'
unplug

mkdir -p /run/dbus /var/lib/dbus
dbus-uuidgen --ensure
dbus-daemon --system --fork --nopidfile
firewalld --nofork --nopid &>"$box/firewalld" </dev/null &
soon firewall-cmd --state
echo 0 >/proc/sys/net/ipv4/ip_forward
clean=$(state)
a_list 'beside firewalld'
twice 'setup-host.sh twice changes nothing there' ./setup-host.sh
has 'status.sh finds it so' "$(./status.sh 2>/dev/null)" 'ok  firewalld lets the network through'
firewall-cmd --quiet --permanent --zone=q-made0 --remove-port=9090/tcp
has 'and a port that is missing' "$(./status.sh 2>/dev/null)" 'no  firewalld lets the network through'
does 'which setup-host.sh puts back' ./setup-host.sh
fact 'so that it is reached again' reaches 10.66.0.1 9090
unplug
all_of_it 'beside firewalld'
has 'by a policy of its own' "$(firewall-cmd --info-policy=h-qvm1)" 'egress-zones: HOST'
unplug
firewall-cmd --reload &>/dev/null
echo 0 >/proc/sys/net/ipv4/ip_forward
unchanged 'all of it goes again' "$clean"
mkdir -p /etc/firewalld/zones
echo '<zone/>' >/etc/firewalld/zones/q-qvm1.xml
refuses 'a zone of somebody else is left alone' 'that these scripts did not make' ./setup-host.sh
kill %firewalld
