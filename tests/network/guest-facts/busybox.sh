# Three guests of busybox: DHCP, DNS, the outside, seeds, HTTPS and NFS, as they see them.

# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
cd "$box/sets/repository"
clean=$(state)
chmod 755 "$box" "$box/sets"
chown "$user" "$QVM_DIR"
start_world_servers
does 'up.sh, before any guest runs' ./up.sh
boot_guests cp wk-1 wk-2

number=10
for guest in cp wk-1 wk-2; do
  same "$guest has the MAC address of the rule" "52:54:00:2a:00:$(printf %02x $number)" "$(in_guest $guest 'cat /sys/class/net/eth0/address')"
  same "$guest gets its own address by DHCP" "10.42.0.$number/24 10.42.0.1 10.42.0.2 qvm0.lan $guest" \
    "$(take_lease $guest)"
  same "$guest is told its seed by the machine" "ds=nocloud-net;s=http://10.42.0.2:8080/$guest/" \
    "$(in_guest $guest 'cat /sys/class/dmi/id/product_serial')"
  number=$((number + 1))
done
twice 'svc-up.sh twice changes nothing' ./svc-up.sh
twice 'bridge-up.sh twice changes nothing' ./bridge-up.sh

# DNS and the ways between them.
fact 'a guest reaches another by its name' in_guest wk-1 'ping -c 1 -W 5 cp.qvm0.lan'
fact 'by its second name' in_guest wk-1 'ping -c 1 -W 5 wk-2.qvm0'
fact 'by its first name alone' in_guest wk-2 'ping -c 1 -W 5 cp'
no 'an unknown name is unknown' in_guest wk-1 'nslookup nobody.qvm0.lan'
fact 'a guest reaches the host' in_guest cp 'ping -c 1 -W 5 10.42.0.1'
fact 'the host reaches a guest' soon busybox ping -c 1 -W 1 10.42.0.12
fetch='fetch() { printf "GET $3 HTTP/1.0\r\n\r\n" | nc -w 10 $1 $2; }'
same 'a guest reaches the outside by name, masqueraded' $uplink "$(in_guest cp "$fetch; fetch www.example.net 80 / | tail -n 1")"
no 'the outside does not reach a guest' ip netns exec world busybox ping -c 1 -W 2 10.42.0.10

# Seeds and HTTPS.
has 'a guest fetches its meta-data' "$(in_guest wk-1 "$fetch; fetch 10.42.0.2 8080 /wk-1/meta-data")" 'local-hostname: wk-1.qvm0.lan'
has 'but not that of another' "$(in_guest wk-1 "$fetch; fetch 10.42.0.2 8080 /cp/user-data")" ' 404 '
# The part of a seed that brings files is a script, which the guest runs.
unpack='unpack() { awk "/30-files/ { found = 1 } found && /^--qvm/ { exit } found && started { print } found && /^\r?\$/ { started = 1 }" /seed | base64 -d | sh; }'
for guest in cp wk-1; do
  fact "$guest takes its certificates from its vendor-data" in_guest $guest "$fetch; $unpack
    fetch 10.42.0.2 8080 /$guest/vendor-data >/seed; unpack
    for file in priv cert qvm-ca; do [ -s /root/cert/\$file.pem ] || exit 1; done"
  in_guest $guest 'openssl s_server -quiet -accept 443 -cert /root/cert/cert.pem -key /root/cert/priv.pem -www >/dev/null 2>&1 &' >/dev/null
done
for guest in cp wk-1; do
  soon curl -sS -m 10 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://$guest.qvm0.lan
done
fact 'the host: curl --cacert' curl -sS -m 20 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://cp.qvm0.lan
fact 'the host: curl with SSL_CERT_DIR' env SSL_CERT_DIR="$QVM_DIR/ca-cert" curl -sS -m 20 https://wk-1.qvm0.lan
fact 'the host: by the second name' curl -sS -m 20 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://cp.qvm0
no 'the host: not without the authority' curl -sS -m 20 https://cp.qvm0.lan
fact 'a guest verifies another' in_guest wk-1 'openssl s_client -connect cp.qvm0.lan:443 -CAfile /root/cert/qvm-ca.pem -verify_hostname cp.qvm0.lan -verify_return_error -x509_strict'
no 'and does not take it for a third' in_guest wk-1 'openssl s_client -connect cp.qvm0.lan:443 -CAfile /root/cert/qvm-ca.pem -verify_hostname wk-2.qvm0.lan -verify_return_error'

# NFS.
for guest in cp wk-2; do
  fact "$guest mounts the shared folder" in_guest $guest \
    'mount -t nfs4 -o vers=4.2,addr=10.42.0.2,clientaddr=0.0.0.0 10.42.0.2:/qvm /mnt'
done
fact 'a guest writes there' in_guest cp 'echo hello from cp >/mnt/greeting'
same 'another reads it' 'hello from cp' "$(in_guest wk-2 'cat /mnt/greeting')"
shared=/var/lib/qvm/qvm0/nfs/shared
same 'the host has it, for a number without an account' '60802 hello from cp' "$(stat -c %u $shared/greeting) $(<$shared/greeting)"

# What a guest cannot do.
forge='ip link set eth0 down; ip link set eth0 address 52:54:00:2a:00:0b; ip link set eth0 up; ip addr add 10.42.0.11/24 dev eth0'
in_guest wk-2 "umount /mnt; $forge" >/dev/null
no 'a guest that takes another MAC address is cut off' in_guest wk-2 'ping -c 2 -W 2 10.42.0.1'
has 'and the other keeps its traffic' "$(in_guest wk-1 "ping -c 2 -W 5 10.42.0.1")" '2 packets received'
fact 'status.sh finds every fact' ./status.sh

refuses 'down.sh does not cut off guests' 'a guest runs on qvm0tap' ./down.sh
for guest in cp wk-1 wk-2; do
  in_guest $guest 'poweroff -f' >/dev/null 2>&1 &
done
soon eval '! pgrep -u $user qemu' || pkill -u $user qemu
does 'svc-down.sh' ./svc-down.sh
does 'bridge-down.sh' ./bridge-down.sh
does 'setup-host.sh --down' ./setup-host.sh --down
echo 0 >/proc/sys/net/ipv4/ip_forward
rm -rf "${QVM_DIR:?}"/* /var/lib/qvm/*
unchanged 'nothing is left' "$clean"
