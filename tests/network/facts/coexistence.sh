# Beside Docker, firewalld and NetworkManager.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/three-guests"
start_world_servers
reaches_outside() {
  [[ $(at station curl -sS -m 10 http://$outside/) == "$uplink" ]]
}
./bridge-up.sh
make_station station 52:54:00:2a:00:0a qvm0tap0
at station ip addr add 10.42.0.10/24 dev eth0
make_station second 52:54:00:2a:00:0b qvm0tap1
at second ip addr add 10.42.0.11/24 dev eth0
# Bridged frames cross the hooks of iptables and firewalld here.
reaches_another() {
  [[ $(</proc/sys/net/bridge/bridge-nf-call-iptables) == 1 ]] && soon at station busybox ping -c 1 -W 1 10.42.0.11
}
at station ip route add default via 10.42.0.1

# iptables and Docker, as Docker leaves them.
iptables -P FORWARD DROP
clean=$(state)
does 'setup-host.sh beside iptables that drops what is forwarded' ./setup-host.sh
fact 'guests reach the outside' reaches_outside
fact 'guests reach the host' soon at station busybox ping -c 1 -W 1 10.42.0.1
no 'the outside does not reach guests' ip netns exec world busybox ping -c 1 -W 1 10.42.0.10
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
does 'setup-host.sh --down' ./setup-host.sh --down
echo 0 >/proc/sys/net/ipv4/ip_forward
unchanged 'takes its iptables rules away' "$clean"
iptables -N DOCKER-USER
iptables -A DOCKER-USER -j RETURN
iptables -A FORWARD -j DOCKER-USER
clean=$(state)
does 'setup-host.sh beside Docker' ./setup-host.sh
fact 'guests reach the outside' reaches_outside
fact 'guests reach each other' reaches_another
has 'by a rule where Docker leaves room for it' "$(iptables -S DOCKER-USER)" '-i qvm0 -m comment --comment "qvm-tangle:qvm0" -j ACCEPT'
no 'and nowhere else' grep -q qvm0 <(iptables -S FORWARD)
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
(cd ../second-network && ./setup-host.sh && ./setup-host.sh --down)
fact 'a second network that comes and goes leaves it' reaches_outside
does 'setup-host.sh --down' ./setup-host.sh --down
echo 0 >/proc/sys/net/ipv4/ip_forward
unchanged 'takes its rules away from Docker' "$clean"
iptables -P FORWARD ACCEPT
iptables -F
iptables -X
iptables -A FORWARD -j REJECT
clean=$(state)
does 'setup-host.sh beside iptables whose last rule takes all the rest' ./setup-host.sh
fact 'guests reach the outside' reaches_outside
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
does 'setup-host.sh --down' ./setup-host.sh --down
echo 0 >/proc/sys/net/ipv4/ip_forward
unchanged 'takes its rules away' "$clean"
iptables -F
does 'setup-host.sh beside iptables that drops nothing' ./setup-host.sh
no 'adds nothing there' grep -q qvm0 <(iptables -S)
./setup-host.sh --down

# A message bus of our own, for what comes now.
mkdir -p /run/dbus /var/lib/dbus
dbus-uuidgen --ensure
dbus-daemon --system --fork --nopidfile

firewalld --nofork --nopid &>"$box/firewalld" </dev/null &
soon firewall-cmd --state
nft -f network.nft
echo 1 >/proc/sys/net/ipv4/ip_forward
no 'firewalld cuts off guests whose bridge is in no zone' reaches_outside
./setup-host.sh --down
clean=$(state)
does 'setup-host.sh beside firewalld' ./setup-host.sh
fact 'guests reach the outside' reaches_outside
fact 'guests reach each other' reaches_another
same 'the bridge is in a zone of its own' q-qvm0 "$(firewall-cmd --get-zone-of-interface=qvm0)"
python3 -m http.server 9090 --bind 10.42.0.1 &>/dev/null </dev/null &
soon eval "[[ -n \$(ss -Hltn 'sport = :9090') ]]"
no 'a guest reaches no port of the host' at station curl -sS -m 2 -o /dev/null http://10.42.0.1:9090/
kill %%
at station python3 "$here/lib/mirror.py" 10.42.0.10 443 &>/dev/null </dev/null &
soon eval "[[ -n \$(at station ss -Hltn 'sport = :443') ]]"
firewall-cmd --add-forward-port=port=8443:proto=tcp:toport=443:toaddr=10.42.0.10 >/dev/null
same 'a port that firewalld forwards arrives at the guest' 198.51.100.1 "$(ip netns exec world curl -sS -m 20 http://$uplink:8443/)"
firewall-cmd --remove-forward-port=port=8443:proto=tcp:toport=443:toaddr=10.42.0.10 >/dev/null
kill %%
twice 'setup-host.sh twice changes nothing' ./setup-host.sh
firewall-cmd --reload &>/dev/null
fact 'guests reach the outside after a reload' reaches_outside
fact 'our table outlives the reload' nft list table inet qvm0
does 'setup-host.sh --down' ./setup-host.sh --down
# Chains of a zone that is no longer in use stay until then.
firewall-cmd --reload &>/dev/null
unchanged 'takes the bridge out of the zone' "$clean"
no 'for good' firewall-cmd --permanent --info-zone=q-qvm0
kill %firewalld
remove_station second
remove_station station
./bridge-down.sh

# NetworkManager. Where /sys can be written it waits for udev, which there is none of here.
mount -o remount,bind,ro /sys
cat >/etc/NetworkManager/NetworkManager.conf <<'CONFIGURATION'
[main]
plugins=keyfile
[keyfile]
unmanaged-devices=interface-name:wan0
CONFIGURATION
NetworkManager --no-daemon &>"$box/manager" </dev/null &
soon eval '[[ $(nmcli -g RUNNING general) == running ]]'
clean=$(state)
does 'bridge-up.sh beside NetworkManager' ./bridge-up.sh
managed() {
  nmcli -t -f DEVICE,STATE device | grep '^qvm0' | grep -v ':unmanaged$'
}
soon eval '[[ $(nmcli -g DEVICE device | grep -c ^qvm0) == 4 ]]'
same 'which leaves all of it alone' '' "$(managed)"
twice 'bridge-up.sh twice changes nothing' ./bridge-up.sh
./svc-up.sh &>/dev/null
soon eval '[[ $(nmcli -g DEVICE device | grep -c ^qvm0) == 5 ]]'
same 'and the services as well' '' "$(managed)"
same 'the bridge keeps its address' 10.42.0.1/24 "$(ip -4 -o addr show dev qvm0 | awk '{print $4}')"
./svc-down.sh
rm -r /var/lib/qvm/*
does 'bridge-down.sh' ./bridge-down.sh
unchanged 'tells it that all is gone' "$clean"
does 'tap-up.sh tells it too' ./tap-up.sh
same 'and it leaves the TAPs alone' '' "$(managed)"
does 'tap-down.sh takes that back' ./tap-down.sh
unchanged 'and nothing is left' "$clean"
