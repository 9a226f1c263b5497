# up.sh and down.sh: the whole network at once, again, by two at a time, after edits, over what an older edition has made.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/three-guests"
chown "$user" "$QVM_DIR"
start_world_servers
ask() {
  python3 "$here/lib/ask.py" "$@"
}
holds() {
  ./status.sh >"$box/status" 2>&1 || grep '^no' "$box/status"
}

before=$(state)
said=$(as_user ./up.sh --dry-run 2>&1) || true
has 'a dry run shows what would be done' "$said" '# ip link add name qvm0 address 52:54:00:2a:00:01 type bridge'
has 'in all parts' "$said" '# ip netns exec qvm-svc nft -f'
unchanged 'and does nothing' "$before"
does 'up.sh does it all' ./up.sh
same 'then every fact holds' '' "$(holds)"
same 'keys and certificates are the person’s' "$user" "$(find "$QVM_DIR" -printf '%U\n' | sort -u)"
twice 'up.sh twice changes nothing' ./up.sh
same 'the host knows a guest by name' 10.42.0.10 "$(getent hosts cp.qvm0.lan | cut -d' ' -f1)"
does 'down.sh takes it all away' ./down.sh
echo 0 >/proc/sys/net/ipv4/ip_forward
same 'nothing is left but what lasts' '' "$(diff <(echo "$before") <(state) | grep '^[<>]' | grep -v " file $QVM_DIR\| file /var/lib/qvm")"
twice 'down.sh with nothing there' ./down.sh
before=$(state)
same 'up.sh --quiet says nothing' '' "$(./up.sh --quiet 2>&1)"
./down.sh --quiet
echo 0 >/proc/sys/net/ipv4/ip_forward
rm -f /var/lib/qvm/qvm0/dnsmasq.leases
unchanged 'up and down leave the host as it was' "$(grep -v dnsmasq.leases <<<"$before")"

# From anywhere, by a link.
ln -s "$PWD/up.sh" "$box/link"
does 'a link to up.sh works from another folder' eval "cd / && $box/link"
does 'down.sh --purge' ./down.sh --purge
no 'takes what lasts as well' test -e /var/lib/qvm/qvm0

# Two at once.
pair() {
  local first status=0
  "$1" >"$box/first" 2>&1 &
  first=$!
  "$1" >"$box/second" 2>&1 || status=$?
  wait $first || status=$?
  return $status
}
for script in ./bridge-up.sh ./bridge-up.sh ./bridge-down.sh ./up.sh ./up.sh ./down.sh; do
  fact "$script twice at once: both succeed" pair $script
done
exec 8<>/run/qvm.lock
no 'a user cannot hold the lock' as_user flock --nonblock /run/qvm.lock true
exec 8<&-

# All or nothing.
echo 0 >/proc/sys/net/ipv4/ip_forward
before=$(state)
ip addr add 10.42.0.2/32 dev lo
status=0
./up.sh >"$box/out" 2>&1 || status=$?
same 'up.sh fails where a part fails' 1 "$status"
ip addr del 10.42.0.2/32 dev lo
unchanged 'and takes back what the others have made' "$before"

# The person's own scripts for certificates, which may not work here.
printf '#!/bin/sh\necho "no such option" >&2\nexit 1\n' >gen-host-cert.sh
rm -r "$QVM_DIR/certs/hosts"
status=0
said=$(./up.sh 2>&1) || status=$?
same 'without certificates the status is 1' 1 "$status"
has 'and the script is named' "$said" 'gen-host-cert.sh did not work'
same 'but DNS answers' 10.42.0.11 "$(ask wk-1.qvm0.lan 10.42.0.2 53)"
cp ../repository/gen-host-cert.sh .
does 'with a script that works all is well' ./up.sh
same 'and every fact holds' '' "$(holds)"

# The host comes to another network.
echo 'nameserver 198.51.100.99' >"$box/resolv.conf"
./svc-up.sh
echo "nameserver $outside" >"$box/resolv.conf"
same 'DNS asks the nameserver that the host has by now' $outside "$(ask www.example.net 10.42.0.2 53)"

# Each file is the one that is used.
make_station station 52:54:00:2a:00:0a qvm0tap0
at station ip addr add 10.42.0.10/24 dev eth0
seed() {
  at station curl -sS -m 5 "http://10.42.0.2:8080/cp/$1"
}
parts() {
  seed vendor-data >"$box/vendor-data"
  /usr/bin/python3 "$here/lib/unpack.py" "$box/vendor-data" "$box"
}
# cloud-init's own reading of the seed tries again for ten seconds where it gets a 404.
/usr/bin/python3 - <<'PROGRAM' >"$box/read" 2>&1 || true
import os, subprocess, sys, time
handle = os.open("/run/netns/station", os.O_RDONLY)
import ctypes
ctypes.CDLL(None).setns(handle, 0)
from cloudinit import util
started = time.monotonic()
found = util.read_seeded("http://10.42.0.2:8080/cp/")
print(found["meta-data"]["local-hostname"] if isinstance(found, dict) else found[0]["local-hostname"], time.monotonic() - started < 1)
PROGRAM
same 'read_seeded() of cloud-init takes less than a second' 'cp.qvm0.lan True' "$(tail -n 1 "$box/read")"
no 'nothing that it asks for is missing' grep -q '^10.42.0.10 .* 404 ' /run/qvm/qvm0/services/seeds.log
instance=$(seed meta-data | grep instance-id)
echo 'host-record=extra.qvm0.lan,10.42.0.99' >>dnsmasq.conf
echo '10.42.0.98 more.qvm0.lan' >>hosts
printf '#cloud-config\nruncmd: [[touch, /run/mine]]\nwrite_files: [{path: /run/mine, content: x}]\n' >cloud-init/user-data
sed -i 's/^exec bash/echo here\n&/' cloud-init/vendor-script.sh
echo '# here' >>setup-guest.sh
sed -i 's/^version: 2$/&  # here/' cloud-init/cp/network-config
sed -i 's/text\/plain/text\/here/' seed-server.py
sed -i 's/over 16 /over 15 /' services.nft
echo '# here' >>cloud-init/vendor-config
does 'up.sh after edits of all files' ./up.sh
same 'dnsmasq.conf' 10.42.0.99 "$(ask extra.qvm0.lan 10.42.0.2 53)"
same 'hosts, for DNS' 10.42.0.98 "$(ask more.qvm0.lan 10.42.0.2 53)"
same 'and for the host' 10.42.0.98 "$(getent hosts more.qvm0.lan | cut -d' ' -f1)"
has 'cloud-init/user-data' "$(seed user-data)" /run/mine
mkdir -p cloud-init/cp && printf '#cloud-config\nhostname: own\n' >cloud-init/cp/user-data
./svc-up.sh
has 'cloud-init/cp/user-data goes before it' "$(seed user-data)" 'hostname: own'
has 'cloud-init/cp/network-config' "$(seed network-config)" '# here'
parts
has 'cloud-init/vendor-script.sh' "$(<"$box/40-set-up.sh")" 'echo here'
has 'cloud-init/vendor-config' "$(<"$box/10-common")" '# here'
has 'setup-guest.sh' "$(sed -n '/setup-guest.sh.new <</,/^END/{/<<\|^END/!p}' "$box/30-files.sh" | base64 -d)" '# here'
has 'seed-server.py' "$(at station curl -sSi -m 5 http://10.42.0.2:8080/cp/meta-data)" text/here
has 'services.nft' "$(ip netns exec qvm-svc nft list ruleset)" 'over 15'
no 'a changed seed is another instance' test "$instance" = "$(seed meta-data | grep instance-id)"
same 'and every fact holds' '' "$(holds)"

# A guest leaves the document.
make_station third 52:54:00:2a:00:0c qvm0tap2
has 'wk-2 has a lease' "$(lease third)" ip=10.42.0.12
sed -i '/wk-2/d' network.sh hosts dnsmasq.conf setup-guest.sh ssh_config
sed -i '/qvm0tap2/d; /^\t\t\t10.42.0.12,/d' network.nft
rm -r cloud-init/wk-2
has 'status.sh names what is left of it' "$(./status.sh 2>&1)" 'no  of what has gone from the document there is none, not qvm0tap2'
refuses 'while it runs it is not cut off' 'a guest runs on qvm0tap2' ./bridge-up.sh
status=0
./up.sh &>/dev/null || status=$?
same 'nor by up.sh' '1 yes' "$status $(test -e /sys/class/net/qvm0tap2 && echo yes)"
does 'unless it must be' ./up.sh --force
no 'then its TAP is gone' test -e /sys/class/net/qvm0tap2
no 'its lease' grep 10.42.0.12 /var/lib/qvm/qvm0/dnsmasq.leases
no 'its seed' test -e /run/qvm/qvm0/services/seeds/wk-2
no 'its name' getent hosts wk-2.qvm0.lan
same 'and every fact holds, without another guest having to boot' '' "$(holds)"
remove_station third || true
refuses 'down.sh does not cut a guest off' 'a guest runs on qvm0tap0' ./down.sh
remove_station station
does 'once it has ended it does' ./down.sh
no 'nothing is left' eval 'ip link | grep qvm0 || ip netns | grep qvm'

# A network of the first edition.
cd "$box/sets/second-network"
rm -r "$QVM_DIR"/*
ip link add name qvm1 address 52:54:00:2b:00:01 type bridge stp_state 0 forward_delay 0
ip addr add 10.43.0.1/24 brd + dev qvm1
ip link set qvm1 up
for tap in qvm1tap0 qvm1tap1; do
  ip tuntap add dev $tap mode tap user "$user" vnet_hdr
  ip link set $tap master qvm1 up
done
ip netns add qvm1-svc
ip netns exec qvm1-svc sleep 1000 </dev/null &>/dev/null &
ip link add name qvm1svc type veth peer name veth0 address 52:54:00:2b:00:02 netns qvm1-svc
ip link set qvm1svc master qvm1 up
nft -f - <<<'table inet qvm1 { chain c { accept; }; }'
for script in setup-host.sh bridge-up.sh svc-up.sh; do
  refuses "$script refuses what it has not made" 'take it over with --adopt' ./$script
done
does 'up.sh --adopt takes it over' ./up.sh --adopt
same 'and every fact holds' '' "$(holds)"
twice 'for good' ./up.sh
does 'so down.sh takes it away' ./down.sh
no 'nothing is left' eval 'ip link | grep qvm1 || ip netns | grep qvm || nft list tables | grep qvm1'
