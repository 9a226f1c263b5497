# A host with systemd, firewalld, NetworkManager and systemd-resolved: a virtual machine, which is rebooted twice.

# shellcheck source=../lib/debian.sh
source "$here/lib/debian.sh"
# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
# shellcheck source=../lib/host.sh
source "$here/lib/host.sh"
make_guest_image "$box"
kvm=
if kvm_boots "$box"; then kvm=yes; else echo '# without KVM'; fi
chmod 755 "$box"
start_world_servers
ip netns exec world ip addr add 203.0.113.20/32 dev lo
ip netns exec world dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --listen-address=203.0.113.20 --bind-interfaces --user=root \
  --host-record=www.example.net,203.0.113.20 --pid-file
make_house
make_host
patience=2400

# facts_of NAME: what is run in the virtual machine.
facts_of() {
  local started=$SECONDS
  in_guest host "bash /root/network/systemd/run.sh $1" 2>&1 || not_ok "$1.sh ended early, with status $?"
  echo "# $1 in $((SECONDS - started)) s"
}

started=$SECONDS
start_host
boots host 600
echo "# booted in $((SECONDS - started)) s"
in_guest host 'tar -C /root -xf /dev/vdb --no-same-owner && cp -r /root/network/sets/repository /home/person/generated && chown -R person: /home/person/generated'
facts_of first-boot
ip route add 10.42.0.0/24 via $laptop
fact 'the forwarded port arrives' curl -sS -k -m 60 https://$laptop:8443
no 'no other does' curl -sS -k -m 5 https://$laptop:8444
no 'nor does one reach a guest by its own address' curl -sS -k -m 5 https://10.42.0.10
facts_of troubles
reboot_host
facts_of second-boot
reboot_host
facts_of third-boot
