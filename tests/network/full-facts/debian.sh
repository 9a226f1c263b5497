# Guests of Debian, whose disks run-guest.sh makes: cloud-init fetches their seeds, and a person logs in to them by ssh.

# shellcheck source=../lib/debian.sh
source "$here/lib/debian.sh"
# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
cp -r "$box/sets/login" "$box/generated"
cd "$box/generated"
chmod 755 "$box" "$box/sets"
make_guest_image "$box"
kvm=
if kvm_boots "$box"; then kvm=yes; else echo '# without KVM'; fi
initrd=$(printf '%s\n' /boot/initrd.img-*-cloud-* | sort -V | tail -n 1)
install -m 644 "$initrd" "$box/initrd"

mkdir -p "$QVM_DIR/disks" "$QVM_DIR/keys"
ln -s "$images"/{guest,cloud}.img "$QVM_DIR/disks"
ssh-keygen -q -t ed25519 -N '' -f "$QVM_DIR/keys/lab"
chown -R "$user" "$QVM_DIR"
start_world_servers
does 'up.sh' ./up.sh

boot() { start_guest "$1" -kernel "$box/vmlinuz" -initrd "$box/initrd" -append 'root=/dev/vda rw console=ttyS0 quiet no_timer_check'; }

# login GUEST COMMAND...: as the person does. Without a terminal, ssh fails where it would ask.
login() { as_user setsid ssh -n -F ssh_config -o ConnectTimeout=20 "$@"; }

# The boot before this one may have left the same.
boot_of() { login "$1" cat /proc/sys/kernel/random/boot_id; }

# awaits_login GUEST: the time until cloud-init is done is the emulator's.
awaits_login() {
  local try
  for try in {1..90}; do
    login "$1" cloud-init status --wait &>/dev/null && return
    sleep 10
  done
  return 1
}

# is_as_described GUEST ADDRESS: all that the document says of a guest, as one sees it who has logged in.
is_as_described() {
  local guest=$1 address=$2 other=cp
  [[ $guest != cp ]] || other=wk-1
  if ! awaits_login "$guest"; then
    patience=30
    not_ok "one can log in to $guest" "$(login "$guest" cloud-init status --long 2>&1)" "$(in_guest "$guest" 'ip addr; cloud-init status --long; journalctl -b -u cloud-init -u cloud-final -u ssh --no-pager | tail -n 40')" \
      "$(tail -n 30 "$box/guests/$guest.console" "$box/guests/$guest.qemu")"
    return
  fi
  same "ssh -F ssh_config $guest connects and asks nothing" '' "$(login "$guest" true 2>&1)"
  same "cloud-init of $guest is done" 'status: done' "$(login "$guest" cloud-init status)"
  has "$guest found its seed" "$(login "$guest" cat /run/cloud-init/result.json)" 'DataSourceNoCloudNet'
  same "$guest has its host name" "$guest.qvm0.lan" "$(login "$guest" hostname)"
  same 'its address and no other' "$address/24" "$(login "$guest" "ip -4 -o addr show scope global | awk '{print \$4}'")"
  if login "$guest" test -e /usr/bin/nmcli; then
    same 'by the profile of setup-guest.sh' qvm0 "$(login "$guest" 'nmcli -g GENERAL.CONNECTION device show $(nmcli -g DEVICE,TYPE device | sed -n "s/:ethernet//p")')"
    same 'of which there is one' 1 "$(login "$guest" nmcli -g NAME connection show | grep -c '^qvm0$')"
  fi
  same 'its way out' 'default via 10.42.0.1' "$(login "$guest" ip route show default | cut -d' ' -f1-3)"
  same 'its own certificate' "$(<"$QVM_DIR/certs/hosts/$guest/cert.pem")" "$(login "$guest" cat /root/cert/cert.pem)"
  same 'and key, for root alone' '644 600 644' "$(login "$guest" stat -c %a /root/cert/{cert,priv,qvm-ca}.pem | xargs)"
  fact 'which its trust store knows' login "$guest" openssl verify /root/cert/cert.pem
  has 'DNS knows the others' "$(login "$guest" getent hosts $other.qvm0.lan)" 10.42.0.1
  has 'by their first names as well' "$(login "$guest" getent hosts $other)" 10.42.0.1
  same 'it reaches the outside by name, masqueraded' $uplink "$(login "$guest" curl -sS -m 20 http://www.example.net/)"
}

started=$SECONDS
for guest in cp wk-1 wk-2; do boot $guest; done
is_as_described cp 10.42.0.10
is_as_described wk-1 10.42.0.11
is_as_described wk-2 10.42.0.12
echo "# three guests in $((SECONDS - started)) s"
same 'setup-guest.sh finds all as it should be' '' "$(login cp bash /root/setup-guest.sh 2>&1)"
same 'also where there is no NetworkManager' '' "$(login wk-1 bash /root/setup-guest.sh 2>&1)"
fact 'status.sh finds every fact' ./status.sh

login cp 'nohup openssl s_server -quiet -accept 443 -cert /root/cert/cert.pem -key /root/cert/priv.pem -www >/dev/null 2>&1 &'
soon curl -sS -m 20 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://cp.qvm0.lan
fact 'the host: curl --cacert' curl -sS -m 20 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://cp.qvm0.lan
fact 'the host: curl with SSL_CERT_DIR' env SSL_CERT_DIR="$QVM_DIR/ca-cert" curl -sS -m 20 https://cp.qvm0.lan
fact 'a guest: curl, with its own trust store' login wk-1 curl -sS -m 20 https://cp.qvm0.lan

# Rebooted from inside: QEMU goes on.
declare -A before=()
for guest in cp wk-1; do
  before[$guest]=$(boot_of $guest)
  login $guest systemctl reboot &>/dev/null || true
done
started=$SECONDS
for guest in cp wk-1; do
  until [[ $(boot_of $guest 2>/dev/null) != @(|"${before[$guest]}") ]] || ((SECONDS - started > 900)); do sleep 5; done
done
is_as_described cp 10.42.0.10
is_as_described wk-1 10.42.0.11
echo "# a reboot in $((SECONDS - started)) s"

# The document changes: wk-2 gets another address, and with it another MAC address, though its disk has a profile for the old
# one; and there is one guest more.
login wk-2 systemctl poweroff &>/dev/null || true
for _ in {1..120}; do
  [[ -e /proc/$(<"$box/guests/wk-2.pid") ]] || break
  sleep 2
done
cp -r "$box/sets/login-edited/." .
rm -r "$QVM_DIR/certs/hosts/wk-1"/{cert,priv}.pem
does 'up.sh after an edit of the document' ./up.sh
fact 'who runs on stays reachable' login cp true
started=$SECONDS
boot wk-2
boot wk-3
is_as_described wk-2 10.42.0.22
is_as_described wk-3 10.42.0.13
before[wk-1]=$(boot_of wk-1)
login wk-1 systemctl reboot &>/dev/null || true
until [[ $(boot_of wk-1 2>/dev/null) != @(|"${before[wk-1]}") ]] || ((SECONDS - started > 900)); do sleep 5; done
is_as_described wk-1 10.42.0.11
fact 'status.sh finds every fact again' ./status.sh
