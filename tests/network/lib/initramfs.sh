# A guest: Debian's kernel and an initramfs of busybox, some modules and openssl.

# make_guest_image FOLDER [PROGRAM...]: leaves vmlinuz and initrd there, for everyone to read.
make_guest_image() {
  local folder=$1 root=$1/root kernel release file module program
  shift
  kernel=$(printf '%s\n' /boot/vmlinuz-*-cloud-* | sort -V | tail -n 1)
  release=${kernel#/boot/vmlinuz-}
  mkdir -p "$root"/{bin,dev,proc,sys,mnt,tmp,modules,root,etc}
  cp "$(command -v busybox)" "$root/bin/busybox"
  # Each module once, after those it needs.
  for module in virtio_pci virtio_net nfsv4; do
    modprobe -S "$release" -D "$module"
  done | awk '/^insmod/ && !seen[$2]++ { print $2 }' >"$root/modules/paths"
  while read -r module; do
    cp "$module" "$root/modules/"
    basename "$module"
  done <"$root/modules/paths" >"$root/modules/order"
  for program in openssl "$@"; do
    program=$(command -v "$program")
    for file in "$program" $(ldd "$program" | grep -o '/[^ ]*'); do
      mkdir -p "$root${file%/*}"
      cp -L "$file" "$root$file"
    done
  done
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
ip link set lo up
ip link set eth0 up
stty -F /dev/ttyS1 raw -echo
echo booted
# The command channel; see guest.py.
while read -r token command; do
  echo "@begin$token@"
  echo "$command" | base64 -d >/tmp/command
  sh /tmp/command </dev/null 2>&1
  echo "@end$token@$?@"
done </dev/ttyS1 >/dev/ttyS1
INIT
  cat >"$root/lease" <<'LEASE'
#!/bin/sh
[ "$1" = bound ] || exit 0
echo "$ip/$mask $router $dns $domain $hostname"
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
ip route add default via $router
echo "nameserver $dns" >/etc/resolv.conf
echo "search $search" >>/etc/resolv.conf
LEASE
  chmod +x "$root/init" "$root/lease"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$folder/initrd"
  cp "$kernel" "$folder/vmlinuz"
  chmod 644 "$folder/vmlinuz" "$folder/initrd"
  rm -r "$root"
}

# Whether this kernel boots under KVM: a /dev/kvm that opens may still hang before the first line.
kvm_boots() {
  local folder=$1
  [[ -c /dev/kvm ]] || return 1
  grep -q booted <(timeout 10 qemu-system-x86_64 -accel kvm -m 192 -nographic -no-reboot -net none -kernel "$folder/vmlinuz" \
    -initrd "$folder/initrd" -append 'console=ttyS0 quiet no_timer_check' </dev/null 2>/dev/null)
}
