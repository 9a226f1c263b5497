# The range for machines that the document does not know: what they get, what they reach, and that it goes again.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/as-people-have-them" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
service=10.99.8.2 leases=/var/lib/qvm/lab8/dnsmasq.leases
does 'the network comes up' ./up.sh
make_neighbour one 02:00:00:00:00:01 lab8
make_neighbour two 02:00:00:00:00:02 lab8
make_neighbour three 02:00:00:00:00:03 lab8
has 'a stranger gets an address of the range, the router and the nameserver' "$(lease one)" '/24 router=10.99.8.1 dns=10.99.8.2'
has 'and another one the other' "$(lease two)" 'ip=10.99.8.10'
same 'they have the two that there are' '10.99.8.100 10.99.8.101' "$(awk '{ print $3 }' $leases | sort | xargs)"
same 'a third gets none, not even a reserved one' '' "$(tries=2 lease three)"
same 'a stranger finds names' 10.99.8.10 "$(at one python3 "$here/lib/ask.py" cp.lab8.lan $service 53)"
same 'and reaches the outside' $uplink "$(at one curl -sS -m 20 http://$outside/)"
no 'but no seed' at one curl -sS -m 3 http://$service:8080/cp/meta-data
same 'and chooses no name' NXDOMAIN "$(at one busybox udhcpc -i eth0 -n -q -f -t 5 -T 1 -x hostname:chosen -s /bin/true &>/dev/null
  at one python3 "$here/lib/ask.py" chosen.lab8.lan $service 53)"
make_station station 52:54:00:63:08:0a lab8tap0
has 'a guest gets its own' "$(lease station)" 'ip=10.99.8.10/24'
before=$(<"$leases")
twice 'up.sh again changes nothing' ./up.sh
same 'and leaves the leases' "$before" "$(<"$leases")"
# The day after: there is one machine less, and then none.
sed -i 's/10.99.8.101/10.99.8.100/' network.sh dnsmasq.conf
no 'status.sh sees another configuration' ./status.sh
does 'up.sh with a smaller range' ./up.sh
same 'forgets what is outside of it' '10.99.8.10 10.99.8.100' "$(awk '{ print $3 }' $leases | sort -V | xargs)"
sed -i '/^dhcp_first/d' network.sh
sed -i '/^dhcp-range=10.99.8.100/d; /^dhcp-ignore/d' dnsmasq.conf
does 'up.sh without a range' ./up.sh
same 'forgets all but the guest' 10.99.8.10 "$(awk '{ print $3 }' $leases | xargs)"
same 'and a stranger gets nothing' '' "$(tries=2 lease one)"
remove_station one
remove_station two
remove_station three
fact 'every fact holds' ./status.sh
