# Networks of one document: each by itself, all by the scripts above them, and two that reach each other.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/two-labs" "$box/labs"
cd "$box/labs"
start_world_servers
chown "$user" "$QVM_DIR"
hosts=$QVM_DIR/certs/hosts
clean=$(state)

has 'help tells of the options' "$(./up.sh --help)" 'sudo ./up.sh [--dry-run]'
no 'an option that is none is refused' ./up.sh --nothing
same 'once' 1 "$(./up.sh --nothing 2>&1 | wc -l)"
does 'up.sh brings all networks up' ./up.sh
twice 'a second time nothing changes' ./up.sh
said=$(./status.sh 2>&1) || true
same 'every fact of each holds' '' "$(grep '^no ' <<<"$said")"
same 'and is told under its network' '# lab7 # lab8 # lab80' "$(grep '^#' <<<"$said" | xargs)"
same 'status.sh --json is one object' 'lab7 lab8 lab80' "$(./status.sh --json | python3 -c 'import json, sys; print(*json.load(sys.stdin))')"
same 'the host knows the guests of each' '10.7.0.6 10.8.0.6 10.80.0.6' \
  "$(for name in web.lab7.lan db.lab8.lan spy.lab80.lan; do getent ahostsv4 $name | awk 'NR == 1 { print $1 }'; done | xargs)"

# One authority for all.
for guest in gw web db spy; do
  fact "the authority's certificate is good for $guest" openssl verify -x509_strict -purpose sslserver -CAfile "$QVM_DIR/certs/ca/cert.pem" "$hosts/$guest/cert.pem"
done
for name in gw.lab7.lan gw.lab8.lan relay.example; do
  fact "a guest in two networks is certified as $name" openssl verify -x509_strict -verify_hostname $name -CAfile "$QVM_DIR/certs/ca/cert.pem" "$hosts/gw/cert.pem"
done
for address in 10.7.0.5 10.8.0.5 fd07::5 fd08::5; do
  fact "and as $address" openssl verify -x509_strict -verify_ip $address -CAfile "$QVM_DIR/certs/ca/cert.pem" "$hosts/gw/cert.pem"
done
for network in lab7 lab8; do
  same "ssh knows it in $network by one key" "$(cut -d ' ' -f 2 "$hosts/gw/ssh_host_ed25519_key.pub")" \
    "$(awk -v name=gw.$network.lan '$1 == name { print $3 }' "$QVM_DIR/ssh/$network.known_hosts")"
done

# It is one machine.
has 'a guest in two networks has a TAP in each' "$(as_user ./run-guest.sh --print gw)" 'ifname=l7gw,'
has 'and the other' "$(as_user ./run-guest.sh --print gw)" 'ifname=l8gw,script=no,downscript=no -device virtio-net-pci,netdev=n1,mac=52:54:00:08:00:55'
has 'its seed is that of the first' "$(as_user ./run-guest.sh --print gw)" 's=http://10.7.0.2:8080/gw/'
has 'the second network says where it is started' "$(as_user lab8/run-guest.sh gw 2>&1)" "$box/labs/lab7/run-guest.sh gw"
has 'a guest of the second is started by the script above' "$(as_user ./run-guest.sh --print db)" 'ifname=l8db,'
has 'who is no guest is told the guests' "$(as_user ./run-guest.sh --print nobody 2>&1)" 'name a guest: '

make_station gw7 52:54:00:07:00:05 l7gw
make_station gw8 52:54:00:08:00:55 l8gw
make_station web 52:54:00:07:00:06 l7web
make_station db 52:54:00:08:00:06 l8db
make_station spy 52:54:00:50:00:06 l80spy
has 'DHCP knows it in the first network' "$(lease gw7)" 'ip=10.7.0.5/24'
has 'and in the second' "$(lease gw8)" 'ip=10.8.0.5/24'
for guest in web db spy; do lease $guest >/dev/null; done

# Who reaches whom. What a guest gets is its own address at the other end.
listens() {
  at "$1" python3 "$here/lib/mirror.py" 0.0.0.0 80 &
  mirrors+=($!)
  soon eval "[[ -n \$(at $1 ss -Hltn 'sport = :80') ]]"
}
mirrors=()
listens web
listens db
listens spy
asks() { at "$1" curl -sS -m "${patience:-10}" "http://$2/" 2>&1; }
same 'a guest reaches another network by its own address' 10.8.0.6 "$(asks db 10.7.0.6)"
same 'and is reached from there, though one of the two lists says so' 10.7.0.6 "$(asks web 10.8.0.6)"
has 'a network that no list names is apart' "$(patience=2 asks web 10.80.0.6)" 'timed out'
has 'from it, too' "$(patience=2 asks spy 10.7.0.6)" 'timed out'
has 'and to the other' "$(patience=2 asks spy 10.8.0.6)" 'timed out'
no 'services of another network are each one’s own: DNS' at db busybox nslookup web.lab7.lan 10.7.0.2:5300
no 'also by ping' at db busybox ping -c 1 -W 1 10.7.0.2
no 'and seeds' at db curl -sS -m 2 -o /dev/null http://10.7.0.2:8080/web/meta-data
same 'all reach the outside behind the host' "$uplink $uplink" "$(for guest in web spy; do at $guest curl -sS -m 20 http://$outside/; echo; done | xargs)"
# A guest of one network with the address of the other.
at db ip addr add 10.7.0.77/32 dev lo
# It knows where its gateway is: its question for that by the other address would be dropped for itself.
fact 'the gateway answers by its own address' soon at db busybox ping -c 1 -W 1 10.8.0.1
has 'a forged address of the other network does not pass' "$(at db curl -sS -m 2 --interface 10.7.0.77 http://10.7.0.6/ 2>&1)" 'timed out'
fact 'which is counted' grep -q 'packets [1-9]' <(nft list counter inet lab8 foreign-source)

# IPv6, by addresses that stations take by themselves.
six() {
  at "$1" sysctl -qw net.ipv6.conf.eth0.{addr_gen_mode=0,accept_dad=0,accept_ra=0} net.ipv6.conf.all.disable_ipv6=0
  at "$1" ip -6 addr add "$2/64" dev eth0 nodad
  at "$1" ip -6 route add default via "$3"
}
six web fd07::6 fd07::1
six db fd08::6 fd08::1
fact 'so do their IPv6 addresses' soon at db busybox ping6 -c 1 -W 1 fd07::6
fact 'both ways' soon at web busybox ping6 -c 1 -W 1 fd08::6
no 'but not to the services' at db busybox ping6 -c 1 -W 1 fd07::2

# One comes and goes, the others stay.
does 'down.sh of one network' lab8/down.sh --force
same 'takes its own' '' "$(ls -d /sys/class/net/{lab8,lab8svc,l8gw,l8db} 2>/dev/null)"
same 'the other ones keep theirs' '' "$(lab7/status.sh 2>&1 | grep '^no ')"
same 'also one whose name begins with the name of the one that went' '' "$(lab80/status.sh 2>&1 | grep '^no ')"
same 'and reach the outside' "$uplink" "$(asks spy $outside)"
does 'up.sh above brings it back' ./up.sh
fact 'guests that were cut off are reached again' soon at web busybox ping -c 1 -W 1 10.8.0.1

# What fails in one network keeps no other.
lab80/down.sh --force --quiet
rm lab7/network.nft
no 'a network that cannot come up makes it fail' ./up.sh
fact 'but the others come up' lab80/status.sh
cp "$box/sets/two-labs/lab7/network.nft" lab7
no 'down.sh waits for guests' ./down.sh
kill "${mirrors[@]}"
for station in gw7 gw8 web db spy; do remove_station $station; done
does 'down.sh takes all networks away' ./down.sh --purge
echo 0 >/proc/sys/net/ipv4/ip_forward
echo 0 | tee /proc/sys/net/ipv6/conf/all/forwarding >/dev/null
rm -r "$QVM_DIR"/*
unchanged 'nothing is left' "$clean"
