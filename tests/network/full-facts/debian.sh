# Three Debian guests: cloud-init fetches their seeds, and setup-guest.sh in them gives NetworkManager their addresses.

# shellcheck source=../lib/debian.sh
source "$here/lib/debian.sh"
# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
cd "$box/sets/repository"
chmod 755 "$box" "$box/sets"
make_guest_image "$box"
kvm=
if kvm_boots "$box"; then kvm=yes; else echo '# without KVM'; fi
initrd=$(printf '%s\n' /boot/initrd.img-*-cloud-* | sort -V | tail -n 1)
install -m 644 "$initrd" "$box/initrd"

chown "$user" "$QVM_DIR"
(as_user ./gen-ca-keypair.sh && as_user ./gen-ca-cert.sh && as_user ./gen-host-cert.sh) 2>&1
start_world_servers
does 'setup-host.sh' ./setup-host.sh
does 'bridge-up.sh' ./bridge-up.sh
does 'svc-up.sh' ./svc-up.sh

# boot GUEST: with a disk of its own above the common one.
boot() {
  [[ -e $box/$1.qcow2 ]] || qemu-img create -q -f qcow2 -b "$debian_image" -F raw "$box/$1.qcow2"
  chown "$user" "$box/$1.qcow2"
  start_guest "$1" -m 768 -kernel "$box/vmlinuz" -initrd "$box/initrd" -append 'root=/dev/vda rw console=ttyS0 quiet' \
    -drive "file=$box/$1.qcow2,if=virtio"
}
for guest in cp wk-1 wk-2; do
  boot $guest
done
for guest in cp wk-1 wk-2; do
  boots $guest 900
done
patience=900
# The profile of the one interface.
active='nmcli -g GENERAL.CONNECTION device show $(nmcli -g DEVICE,TYPE device | sed -n "s/:ethernet//p")'
number=10
for guest in cp wk-1 wk-2; do
  same "cloud-init of $guest is done" 'status: done' "$(in_guest $guest 'cloud-init status --wait | tail -n 1')"
  has "$guest found its seed" "$(in_guest $guest 'cloud-init query ds 2>/dev/null; cloud-init status --long')" 'DataSourceNoCloudNet'
  same "$guest has its host name" $guest.qvm0.lan "$(in_guest $guest 'uname -n')"
  same "$guest has the profile of setup-guest.sh" qvm0 "$(in_guest $guest "$active")"
  same "with its own address" "10.42.0.$number/24" "$(in_guest $guest 'nmcli -g ipv4.addresses connection show qvm0')"
  same 'which the interface has, and no other' "10.42.0.$number/24" "$(in_guest $guest "ip -4 -o addr show scope global | awk '{print \$4}'")"
  same 'the certificates are in /root/cert' '644 600 644' "$(in_guest $guest 'stat -c %a /root/cert/cert.pem /root/cert/priv.pem /root/cert/qvm-ca.pem' | xargs)"
  number=$((number + 1))
done
has 'setup-guest.sh ended well' "$(in_guest cp 'bash -x /root/setup-guest.sh; echo status $?')" 'status 0'
same 'and made no twin of the profile' 1 "$(in_guest cp 'nmcli -g NAME connection show | grep -c ^qvm0$')"
fact 'a guest reaches another by its name' in_guest wk-1 'ping -c 1 -W 5 cp.qvm0.lan'
same 'a guest reaches the outside, masqueraded' $uplink "$(in_guest wk-2 'curl -sS -m 20 http://www.example.net/')"

in_guest cp 'cd /tmp; nohup openssl s_server -quiet -accept 443 -cert /root/cert/cert.pem -key /root/cert/priv.pem -www >/dev/null 2>&1 &' >/dev/null
echo 'nameserver 10.42.0.2' >"$box/resolv.conf"
soon curl -sS -m 20 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://cp.qvm0.lan
fact 'the host: curl --cacert' curl -sS -m 20 --cacert "$QVM_DIR/ca-cert/qvm-ca.pem" https://cp.qvm0.lan
fact 'the host: curl with SSL_CERT_DIR' env SSL_CERT_DIR="$QVM_DIR/ca-cert" curl -sS -m 20 https://cp.qvm0.lan
fact 'a guest: curl with its own copy of the authority' in_guest wk-1 'curl -sS -m 20 --cacert /root/cert/qvm-ca.pem https://cp.qvm0.lan'
echo "nameserver $outside" >"$box/resolv.conf"

# A new certificate reaches the guest with its next boot, and the profile still wins over cloud-init's own: where
# cloud-init runs anew, and where it has nothing to do.
as_user rm -r "$QVM_DIR/certs/hosts/wk-1"
as_user ./gen-host-cert.sh wk-1
does 'svc-up.sh after a new certificate' ./svc-up.sh
for guest in wk-1 wk-2; do
  in_guest $guest 'nohup sh -c "sleep 1; systemctl poweroff" >/dev/null 2>&1 &' >/dev/null
done
for _ in {1..300}; do
  pgrep -u "$user" -f 'name wk-[12]' >/dev/null || break
  sleep 1
done
for guest in wk-1 wk-2; do
  rm -f "$box/guests/$guest.shell"
  boot $guest
done
boots wk-1 900
boots wk-2 900
same 'cloud-init is done again' 'status: done' "$(in_guest wk-1 'cloud-init status --wait | tail -n 1')"
same 'it has the new certificate' "$(<"$QVM_DIR/certs/hosts/wk-1/cert.pem")" "$(in_guest wk-1 'cat /root/cert/cert.pem')"
for guest in wk-1 wk-2; do
  in_guest $guest 'cloud-init status --wait' >/dev/null
  same "$guest has its profile still" qvm0 "$(in_guest $guest "$active")"
done
same 'and no address by DHCP' 10.42.0.12/24 "$(in_guest wk-2 "ip -4 -o addr show scope global | awk '{print \$4}'")"
