# A virtual machine that plays the host, in a machine of namespaces that plays the house around it: a network with DHCP and
# a way to the outside. What is run in it comes with a second disk, which is a tar archive.

readonly house=192.0.2.1 laptop=192.0.2.50

make_house() {
  ip tuntap add dev house mode tap user "$user"
  ip addr add $house/24 dev house
  ip link set house up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  ip -n world route add 192.0.2.0/24 via $uplink
  start_house_dhcp $outside
}

# start_house_dhcp NAMESERVER: which the laptop is told.
start_house_dhcp() {
  dnsmasq --conf-file=/dev/null --port=0 --interface=house --bind-interfaces --dhcp-range=$laptop,$laptop,1h --dhcp-authoritative \
    --dhcp-option=option:router,$house --dhcp-option=option:dns-server,"$1" --dhcp-leasefile="$box/house.leases" --pid-file="$box/house.pid"
}

# make_host: its disk, and the tests as they come with it.
make_host() {
  install -m 644 "$(printf '%s\n' /boot/initrd.img-*-cloud-* | sort -V | tail -n 1)" "$box/initrd"
  qemu-img create -q -f qcow2 -b "$images/host.img" -F raw "$box/host.qcow2"
  mkdir "$box/network"
  cp -r "$here/lib" "$here/systemd" "$box/sets" "$box/network"
  tar -C "$box" -cf "$box/tests.tar" network
  truncate -s %512 "$box/tests.tar"
  mkdir "$box/guests"
  chown "$user" "$box"/{host.qcow2,tests.tar,guests}
}

# start_host: its processor is QEMU's own where there is no KVM.
start_host() {
  local groups=(--clear-groups) accelerator=tcg
  [[ -z $kvm ]] || groups=(--groups "$(stat -c %g /dev/kvm)") accelerator=kvm
  rm -f "$box/guests/host.shell"
  setpriv --reuid "$user" --regid "$user" "${groups[@]}" qemu-system-x86_64 -accel $accelerator -cpu max -smp 2 -m 1G -nographic \
    -kernel "$box/vmlinuz" -initrd "$box/initrd" -append 'root=/dev/vda rw console=ttyS0 quiet no_timer_check' \
    -drive "file=$box/host.qcow2,if=virtio" -drive "file=$box/tests.tar,if=virtio,format=raw,readonly=on" \
    -netdev tap,id=n0,ifname=house,script=no,downscript=no -device virtio-net-pci,netdev=n0 \
    -serial "file:$box/guests/host.console" -serial "unix:$box/guests/host.shell,server=on,wait=off" -monitor none \
    </dev/null &>"$box/guests/host.qemu" &
}

# reboot_host: from inside, as a person does; nothing is called afterwards.
reboot_host() {
  local before
  before=$(patience=30 in_guest host 'cat /proc/sys/kernel/random/boot_id')
  in_guest host 'nohup sh -c "sleep 1; systemctl reboot" >/dev/null 2>&1 &' >/dev/null
  for _ in {1..120}; do
    [[ $(patience=5 in_guest host 'cat /proc/sys/kernel/random/boot_id') == "$before" ]] || break
    sleep 2
  done
  boots host 600
}
