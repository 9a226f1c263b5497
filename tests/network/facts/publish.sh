# Published ports: from outside, from the host by each of its addresses, from guests; that nothing else is open, that they
# go with their rows, and what is refused. By nftables alone, and beside Docker and firewalld.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/publish" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
clean=$(state)
does 'setup-host.sh publishes' ./setup-host.sh
does 'bridge-up.sh makes the bridge' ./bridge-up.sh
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
make_station cp 52:54:00:63:06:0a lab6tap0
make_station wk 52:54:00:63:06:0b lab6tap1
give_address cp 10.99.6.10/24 10.99.6.1
give_address wk 10.99.6.11/24 10.99.6.1
# serve STATION ADDRESS PORT
serve() {
  at "$1" python3 "$here/lib/mirror.py" "$2" "$3" &>/dev/null </dev/null &
  soon eval "[[ -n \$(at $1 ss -Hltn 'sport = :$3') ]]"
}
serve cp 10.99.6.10 443
serve cp 10.99.6.10 22
serve cp 10.99.6.10 8080
serve wk 10.99.6.11 80
at wk python3 -c 'import socket
echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
echo.bind(("10.99.6.11", 53))
while True:
    echo.sendto(*echo.recvfrom(99))' &>/dev/null </dev/null &
soon eval "[[ -n \$(at wk ss -Hlun 'sport = :53') ]]"
# ask ADDRESS:PORT [COMMAND...]: whom the server sees when the command asks it; nothing if none answers.
ask() {
  "${@:2}" curl -sS -m "${patience:-10}" "http://$1/" 2>/dev/null || true
}
world() {
  ip netns exec world "$@"
}

same 'the outside reaches the guest, which sees who it is' 198.51.100.1 "$(ask $uplink:8443 world)"
same 'so do programs of the host, by its address outside' $uplink "$(ask $uplink:8443)"
same 'by that on the bridge' 10.99.6.1 "$(ask 10.99.6.1:8443)"
same 'and by 127.0.0.1' 10.99.6.1 "$(ask 127.0.0.1:8443)"
same 'another guest reaches it by the host' 10.99.6.1 "$(ask $uplink:8443 at wk)"
same 'at any address of it' 10.99.6.1 "$(ask 10.99.6.1:8443 at wk)"
# Where frames cross the hooks of iptables, which the facts so far were found with, the bridge sends none back to where it
# came from.
echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
same 'where bridged frames cross no hooks of iptables, too, and it reaches itself' '10.99.6.1 10.99.6.1' \
  "$(ask $uplink:8443 at wk) $(ask $uplink:8443 at cp)"
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
same 'a port at one address is reached there' 198.51.100.1 "$(ask $uplink:81 world)"
same 'and at no other' '' "$(patience=2 ask 10.99.6.1:81)$(patience=2 ask 127.0.0.1:81)$(patience=2 ask 10.99.6.1:81 at cp)"
same 'UDP as well' ping "$(world timeout 30 python3 -c 'import socket, sys
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.settimeout(20)
asking.sendto(b"ping", (sys.argv[1], 5353))
print(asking.recv(99).decode())' $uplink)"
same 'a port at a loopback address is reached there' 10.99.6.1 "$(ask 127.0.0.1:222)"
same 'and from nowhere else' '' "$(patience=2 ask $uplink:222)$(patience=2 ask $uplink:222 world)$(patience=2 ask $uplink:222 at wk)$(patience=2 ask 10.99.6.1:222 at wk)"
no 'the kernel routes no loopback address' grep -qx 1 /proc/sys/net/ipv4/conf/lab6/route_localnet
same 'the rules count each' '1 1' "$(nft list chain inet lab6 published | sed -n 's/.*dport \(81\|5353\) .*packets \([0-9]*\) .*/\2/p' | sort -r | xargs)"

# Nothing else.
same 'other ports of a guest stay closed to the outside' '' "$(patience=2 ask 10.99.6.10:8080 world)$(patience=2 ask 10.99.6.10:443 world)$(patience=2 ask $uplink:443 world)"
python3 "$here/lib/mirror.py" 127.0.0.1 9090 &>/dev/null </dev/null &
python3 "$here/lib/mirror.py" 0.0.0.0 9091 &>/dev/null </dev/null &
soon eval "[[ -n \$(ss -Hltn 'sport = :9091') && -n \$(ss -Hltn 'sport = :9090') ]]"
at wk ip route add 127.0.0.2/32 via 10.99.6.1 2>/dev/null || true
same "nor do guests reach the host's own" '' "$(patience=2 ask 10.99.6.1:9091 at wk)$(patience=2 ask $uplink:9090 at wk)"
forwarder() {
  cat /run/qvm/lab6/published/published.pid
}
same 'the forwarder is nobody, with no more than it needs' '60803 60803 0000000000000400' \
  "$(awk '/^(Uid|Gid)/ { print $3 } /^CapEff/ { print $2 }' "/proc/$(forwarder)/status" | xargs)"
same 'and can gain nothing' '1' "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$(forwarder)/status")"
twice 'setup-host.sh twice changes nothing while it is used' ./setup-host.sh

# What the host listens on is its own.
status() {
  ./status.sh 2>/dev/null | grep -E 'published|leads to|forwarded'
}
same 'status.sh tries what can be tried' '' "$(status | grep -v '^ok')"
has 'a port that a guest serves' "$(status)" 'ok  8443/tcp leads to port 443 of cp'
has 'one at a loopback address' "$(status)" 'ok  127.0.0.1:222/tcp leads to port 22 of cp'
python3 "$here/lib/mirror.py" $uplink 8443 &>/dev/null </dev/null &
mirror=$!
soon eval "[[ -n \$(ss -Hltn 'src $uplink:8443') ]]"
has 'status.sh sees who else wants a port' "$(status)" 'no  beside what is published at 8443/tcp there is nothing, not python3'
refuses 'a port at which the host listens is refused' "port 8443/tcp is published for cp, but python3 (process $mirror) listens there" ./setup-host.sh
kill $mirror
soon eval "[[ -z \$(ss -Hltn 'src $uplink:8443') ]]"
cp -r . ../twin
sed -i 's/lab6/lab5/g; s/10\.99\.6\./10.99.5./g; s/52:54:00:63:06/52:54:00:63:05/g; s/ 8443\/tcp/ 192.0.2.9:8443\/tcp/; /^forward/d; /222/d; /5353/d' ../twin/network.*
refuses 'so is one that another network publishes' 'the network lab6 publishes it as well' ../twin/setup-host.sh
for free in '127.0.0.1 81' '127.0.0.53 5353 udp' '127.0.0.2 8443'; do
  read -r address port protocol <<<"$free"
  python3 -c 'import socket, sys, time
kind = socket.SOCK_DGRAM if sys.argv[3:] else socket.SOCK_STREAM
it = socket.socket(socket.AF_INET, kind)
it.bind((sys.argv[1], int(sys.argv[2])))
sys.argv[3:] or it.listen()
time.sleep(60)' "$address" "$port" $protocol </dev/null &>/dev/null &
  soon eval "[[ -n \$(ss -Hln \"--${protocol:-tcp}\" 'src $address:$port') ]]"
done
twice 'what listens where nothing is published is no matter' ./setup-host.sh

# The forwarder comes to an end.
kill -9 "$(forwarder)"
soon eval '! is_there() { [[ -e /proc/$(forwarder)/exe ]]; }; ! is_there'
has 'status.sh says so' "$(status)" 'no  loopback addresses are forwarded to guests'
does 'setup-host.sh starts it again' ./setup-host.sh
same 'and it forwards' 10.99.6.1 "$(ask 127.0.0.1:222)"

# The day after: a port changes, one goes, and then all.
sed -i 's/ 8443\/tcp/ 8444\/tcp/; s/127.0.0.1:8443/127.0.0.1:8444/; /222/d' network.sh
sed -i 's/dport 8443/dport 8444/' network.nft
has 'status.sh sees another document' "$(./status.sh 2>/dev/null)" 'no  the rules for lab6 are those of network.nft'
does 'setup-host.sh publishes the new one' ./setup-host.sh
same 'which is reached' "198.51.100.1 $uplink 10.99.6.1" "$(ask $uplink:8444 world) $(ask $uplink:8444) $(ask 127.0.0.1:8444)"
same 'and the old one no more' '' "$(patience=2 ask $uplink:8443 world)$(patience=2 ask $uplink:8443)$(patience=2 ask 127.0.0.1:8443)$(patience=2 ask $uplink:8443 at wk)"
same 'nor what has gone' '' "$(patience=2 ask 127.0.0.1:222)"
sed -i '/^publish\|^forward/d' network.sh
sed -i '/dport/{/dnat/d}' network.nft
cp "$box/sets/three-guests/setup-host.sh" .
./setup-host.sh &>/dev/null
no 'without any row no program is left' ls /run/qvm/lab6/published
same 'nor an open port' '' "$(patience=2 ask $uplink:8444 world)$(patience=2 ask 127.0.0.1:8444)"
cp "$box/sets/publish"/{network.*,setup-host.sh} .
does 'with the rows they are back' ./setup-host.sh

# Beside Docker, whose iptables drop what is forwarded, and which publishes ports of its own.
iptables -P FORWARD DROP
iptables -N DOCKER-USER
iptables -A DOCKER-USER -j RETURN
iptables -A FORWARD -j DOCKER-USER
does 'setup-host.sh beside Docker' ./setup-host.sh
same 'the outside reaches the guest' 198.51.100.1 "$(ask $uplink:8443 world)"
same 'so does another guest' 10.99.6.1 "$(ask $uplink:8443 at wk)"
same 'and nothing else' '' "$(patience=2 ask 10.99.6.10:8080 world)"
iptables -t nat -N DOCKER
iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 172.17.0.2:80
refuses 'a port that Docker publishes is refused' 'port 8443/tcp is published for cp, but iptables leads it elsewhere' ./setup-host.sh
# More than a pipe holds comes after the rule in question.
iptables-restore --noflush < <(
  echo '*nat'
  for number in {1..2000}; do echo "-A DOCKER -p tcp -m tcp --dport $number -m comment --comment one-of-many -j RETURN"; done
  echo COMMIT
)
refuses 'also among thousands of rules' 'port 8443/tcp is published for cp, but iptables leads it elsewhere' ./setup-host.sh
iptables -t nat -F
iptables -t nat -X DOCKER
iptables -P FORWARD ACCEPT
./setup-host.sh --down &>/dev/null
iptables -F
iptables -X

mkdir -p /run/dbus /var/lib/dbus
dbus-uuidgen --ensure
dbus-daemon --system --fork --nopidfile
firewalld --nofork --nopid &>"$box/firewalld" </dev/null &
soon firewall-cmd --state
does 'setup-host.sh beside firewalld' ./setup-host.sh
same 'the outside reaches the guest' 198.51.100.1 "$(ask $uplink:8443 world)"
same 'so do the host and another guest' "$uplink 10.99.6.1 10.99.6.1" "$(ask $uplink:8443) $(ask 127.0.0.1:222) $(ask $uplink:8443 at wk)"
same 'and nothing else' '' "$(patience=2 ask 10.99.6.10:8080 world)$(patience=2 ask $uplink:9091 world)"
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
./setup-host.sh --down &>/dev/null
firewall-cmd --reload &>/dev/null
kill %firewalld
remove_station cp
remove_station wk
does 'bridge-down.sh' ./bridge-down.sh
echo 0 >/proc/sys/net/ipv4/ip_forward
# Of the facts' own there are servers, and what iptables has made.
still() {
  grep -E '^(host|forward|namespace|hosts) ' | grep -v '"family": "ip"'
}
same 'nothing is left' "$(still <<<"$clean")" "$(state | still)"
same 'no program either' '' "$(ps -o pid= -U 60803)"
