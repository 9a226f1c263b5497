# bridge-up.sh and bridge-down.sh: what they make, complete, refuse and leave.

cd "$box/sets/three-guests"
clean=$(state)

# taken NAME: an interface of that name that is neither bridge nor TAP.
taken() {
  ip link add "$1" type veth peer name peer
}

does 'bridge-up.sh makes the bridge' ./bridge-up.sh
details=$(ip -d -j link show qvm0)
has 'the bridge has a MAC address of its own' "$details" '"address":"52:54:00:2a:00:01"'
has 'the bridge does without STP' "$details" '"stp_state":0'
same 'the bridge has the gateway address' 10.42.0.1/24 "$(ip -4 -o addr show dev qvm0 | awk '{print $4}')"
same 'the three TAPs are its ports' 'qvm0tap0 qvm0tap1 qvm0tap2' "$(cd /sys/class/net/qvm0/brif && echo *)"
for tap in qvm0tap{0,1,2}; do
  same "$tap belongs to the user" "$user" "$(<"/sys/class/net/$tap/owner")"
  same "$tap can be opened without queues=N" 0 "$(($(<"/sys/class/net/$tap/tun_flags") & 0x100))"
  fact "$tap is up" grep -q UP <(ip -o link show dev $tap)
done
for name in qvm0 qvm0tap{0,1,2}; do
  same "$name has no IPv6" 1 "$(<"/proc/sys/net/ipv6/conf/$name/disable_ipv6")"
done
twice 'bridge-up.sh twice changes nothing' ./bridge-up.sh
does 'bridge-down.sh takes it away' ./bridge-down.sh
unchanged 'after bridge-down.sh the host is as before' "$clean"
twice 'bridge-down.sh with nothing there' ./bridge-down.sh

# The owner.
refuses 'without a user there are no TAPs' QVM_USER env -u SUDO_UID ./bridge-up.sh
refuses 'an unknown user' 'no user nobody-here' env QVM_USER=nobody-here ./bridge-up.sh
refuses 'the number that the kernel takes for nobody' "4294967295 is nobody's number" env QVM_USER=4294967295 ./bridge-up.sh
refuses 'a number that is none' 'is no number of a user' env QVM_USER=99999999999 ./bridge-up.sh
does 'a number may begin with zeros' env QVM_USER=00100 ./tap-up.sh
twice 'also the second time' env QVM_USER=00100 ./tap-up.sh
same 'and counts by ten' 100 "$(</sys/class/net/qvm0tap0/owner)"
./tap-down.sh
# In a container's namespace, the kernel may not know the user.
# shellcheck disable=SC2016  # expanded inside
refuses 'a user whom the kernel does not take' 'failed: ioctl(TUNSETOWNER): Invalid argument' unshare --user --map-root-user --net --mount bash -c '
  mount -t sysfs sysfs /sys
  QVM_USER=1000 ./tap-up.sh
  status=$?
  [[ ! -e /sys/class/net/qvm0tap0 ]] || echo "the TAP is still there" >&2
  exit $status'
does 'QVM_USER may be a name' env -u SUDO_UID QVM_USER=nobody ./bridge-up.sh
same 'and is the owner then' "$(id -u nobody)" "$(</sys/class/net/qvm0tap0/owner)"
does 'and the TAPs go away as any' ./bridge-down.sh

# Half a network is completed, if it is ours.
ip link add qvm0 type bridge stp_state 1
refuses 'a bare bridge is somebody else’s' 'qvm0 is there, and these scripts did not make it' ./bridge-up.sh
no 'bridge-down.sh leaves it alone' ./bridge-down.sh
fact 'so it is still there' test -e /sys/class/net/qvm0
ip link set qvm0 alias qvm-tangle:qvm0
does 'one with our mark is completed' ./bridge-up.sh
details=$(ip -d -j link show qvm0)
has 'its MAC address is fixed' "$details" '"address":"52:54:00:2a:00:01"'
has 'its STP is turned off' "$details" '"stp_state":0'
ip link set qvm0tap1 nomaster
ip link set qvm0tap2 down
ip link delete qvm0tap0
ip addr flush dev qvm0
does 'a damaged network is completed' ./bridge-up.sh
same 'all ports are back' 'qvm0tap0 qvm0tap1 qvm0tap2' "$(cd /sys/class/net/qvm0/brif && echo *)"
same 'the address is back' 10.42.0.1/24 "$(ip -4 -o addr show dev qvm0 | awk '{print $4}')"
fact 'the TAP is up again' grep -q ,UP <(ip -o link show dev qvm0tap2)
does 'bridge-down.sh after that' ./bridge-down.sh
does 'tap-up.sh alone' ./tap-up.sh
does 'bridge-up.sh takes over TAPs that are there' ./bridge-up.sh
does 'bridge-down.sh takes them away' ./bridge-down.sh

# Faults: each is refused before anything is changed.
taken qvm0
refuses 'a name that something else has' 'qvm0 is there and is no bridge' ./bridge-up.sh
fact 'bridge-down.sh says so' eval '! ./bridge-down.sh && [[ -e /sys/class/net/qvm0 ]]'
ip link delete qvm0
ip link add qvm0 type bridge
# Else it gets an IPv6 address of its own, some time after it is up.
echo 1 >/proc/sys/net/ipv6/conf/qvm0/disable_ipv6
ip link set wan0 master qvm0
ip addr del $uplink/24 dev wan0
ip addr add $uplink/24 dev qvm0
ip link set qvm0 up
ip route add default via 198.51.100.1
refuses 'a bridge through which the host reaches the outside' "qvm0 has the address $uplink/24" ./bridge-up.sh
refuses 'and bridge-down.sh leaves it' 'left alone, since these scripts did not make them: qvm0' ./bridge-down.sh
no 'as does down.sh' ./down.sh --quiet
fact 'so the host reaches the outside still' soon busybox ping -c 1 -W 1 $outside
ip link delete qvm0
ip addr add $uplink/24 dev wan0
ip route add default via 198.51.100.1
ip link add qvm0 type bridge
ip addr add 10.42.0.1/16 dev qvm0
refuses 'a bridge with another prefix' 'qvm0 has the address 10.42.0.1/16' ./bridge-up.sh
ip addr flush dev qvm0
ip addr add 192.168.9.1/24 dev qvm0
refuses 'a bridge with another address' 'qvm0 has the address 192.168.9.1/24' ./bridge-up.sh
ip link delete qvm0
taken other
ip addr add 10.42.0.1/32 dev other
refuses 'an address that another interface has' 'other has the address 10.42.0.1/32' ./bridge-up.sh
ip addr flush dev other
ip addr add 10.42.0.11/32 dev other
refuses 'a guest’s address that the host has' 'other has the address 10.42.0.11/32' ./bridge-up.sh
ip addr flush dev other
ip link set other up
ip route add 10.42.0.0/25 dev other
refuses 'a route that would lead guests astray' '10.42.0.0/25 is routed to other' ./bridge-up.sh
ip link delete other
taken qvm0tap1
refuses 'a TAP name that something else has' 'qvm0tap1 is there and is no TAP' ./bridge-up.sh
fact 'bridge-down.sh leaves it alone' eval '! ./bridge-down.sh && [[ -e /sys/class/net/qvm0tap1 ]]'
ip link delete qvm0tap1
ip tuntap add dev qvm0tap1 mode tun user $user
refuses 'a TUN device' 'qvm0tap1 is there and is no TAP' ./bridge-up.sh
ip link delete qvm0tap1
ip tuntap add dev qvm0tap1 mode tap user 1001
refuses 'a TAP of another owner' 'qvm0tap1 belongs to uid 1001' ./bridge-up.sh
ip link delete qvm0tap1
ip tuntap add dev qvm0tap1 mode tap
refuses 'a TAP that is open to everyone' 'qvm0tap1 belongs to nobody' ./bridge-up.sh
ip link delete qvm0tap1
ip tuntap add dev qvm0tap1 mode tap user $user multi_queue
refuses 'a TAP with several queues' 'qvm0tap1 has several queues' ./bridge-up.sh
ip link delete qvm0tap1
ip link add virbr9 type bridge
ip tuntap add dev qvm0tap1 mode tap user $user
ip link set qvm0tap1 master virbr9
refuses 'a TAP of another bridge' 'qvm0tap1 is a port of virbr9' ./bridge-up.sh
fact 'which bridge-down.sh leaves alone' eval '! ./bridge-down.sh && [[ -e /sys/class/net/qvm0tap1 ]]'
ip link delete qvm0tap1
ip link delete virbr9
ip link add virbr9 type bridge
ip link add qvm0svc type veth peer name peer
ip link set qvm0svc master virbr9
./bridge-up.sh
same 'what looks like the services’ cable but is in another bridge stays there' virbr9 "$(basename "$(readlink /sys/class/net/qvm0svc/master)")"
ip link set qvm0svc nomaster
ip link delete qvm0svc
ip link add qvm0svc type bridge
does 'so does what is no cable at all' ./bridge-up.sh
no 'in no bridge' test -e /sys/class/net/qvm0svc/master
./bridge-down.sh
ip link delete qvm0svc
ip link delete virbr9
unchanged 'after all faults the host is as before' "$clean"

# The host's own names, on a disk where ours have no room any more.
mkdir "$box/full"
mount -t tmpfs -o size=8k full "$box/full"
{ cat /etc/hosts && printf '# There is no more room (%d).\n' {1..200}; } >"$box/full/hosts"
truncate -s 4060 "$box/full/hosts"
echo >>"$box/full/hosts"
cp "$box/full/hosts" "$box/hosts"
head -c 4096 /dev/zero >"$box/full/rest"
mount --bind "$box/full/hosts" /etc/hosts
refuses 'a full disk' '/etc/hosts stays as it was' ./bridge-up.sh
rm "$box/full/rest"
does 'with room on it, bridge-up.sh' ./bridge-up.sh
same 'adds a line for each guest' '3 3' "$(grep -c '# qvm-tangle:qvm0$' /etc/hosts) $(diff "$box/hosts" /etc/hosts | grep -c '^>')"
printf '192.0.2.7 another\n\n\n' | tee -a "$box/hosts" >>/etc/hosts
does 'bridge-down.sh takes them away' ./bridge-down.sh
fact 'and nothing else, down to empty lines at the end' cmp "$box/hosts" /etc/hosts
umount /etc/hosts
umount "$box/full"

# tap-up.sh and tap-down.sh.
does 'tap-up.sh makes the TAPs' ./tap-up.sh
same 'and no bridge' 0 "$(find /sys/class/net -name qvm0 | wc -l)"
twice 'tap-up.sh twice changes nothing' ./tap-up.sh
does 'tap-down.sh takes one away' ./tap-down.sh qvm0tap1
fact 'and only that' eval '[[ ! -e /sys/class/net/qvm0tap1 && -e /sys/class/net/qvm0tap2 ]]'
does 'tap-up.sh with names' ./tap-up.sh qvm0tap1 extra.1
same 'any name will do' "$user" "$(</sys/class/net/extra.1/owner)"
does 'tap-down.sh takes all of the table away' ./tap-down.sh
does 'and those named' ./tap-down.sh extra.1
twice 'tap-down.sh with nothing there' ./tap-down.sh
refuses 'a bad name' 'cannot be the name of a TAP' ./tap-up.sh good1 'a b'
refuses 'a name that is too long' 'cannot be the name of a TAP' ./tap-up.sh good1 a123456789012345
taken wlan7
refuses 'a name that is taken' 'wlan7 is there and is no TAP' ./tap-up.sh good1 wlan7
refuses 'tap-down.sh leaves others alone' 'left alone, since these scripts did not make them: wlan7' ./tap-down.sh wlan7
ip link delete wlan7
unchanged 'after all TAPs the host is as before' "$clean"
