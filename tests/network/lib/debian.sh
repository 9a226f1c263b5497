# Images of Debian 12, made by debootstrap from the mirror that apt has: a guest with NetworkManager, one with netplan,
# systemd-networkd and systemd-resolved as Debian's own cloud images have them, and a host with firewalld, NetworkManager and
# systemd-resolved.

# make_debian_images: once for each recipe; later runs find them in /var/tmp. They are made outside of the tests' machine,
# which has no way out.
make_debian_images() {
  local root
  [[ ! -s $images/host.img ]] || return 0
  rm -rf /var/tmp/qvm-tangle-debian*
  mkdir "$images"
  root=$images/tree
  fill "$root" fill_base && cp -a "$root" "$root.cloud" && fill "$root.cloud" fill_cloud && pack "$root.cloud" cloud &&
    fill "$root" fill_guest && pack "$root" guest && fill "$root" fill_host && pack "$root" host
}

# fill ROOT STEP: in a mount namespace, so that nothing stays mounted, and a pid namespace, so that nothing stays running.
fill() {
  unshare --mount --pid --fork --kill-child=KILL --propagation private bash -euo pipefail -c "
    $(declare -f in_tree add_packages "$2")
    $2 $1"
}

pack() {
  truncate -s 3G "$images/$2.new"
  mkfs.ext4 -q -d "$1" "$images/$2.new"
  chmod 644 "$images/$2.new"
  mv "$images/$2.new" "$images/$2.img"
  [[ $2 == guest ]] || rm -rf "$1"
}

in_tree() { chroot "$root" "$@"; }

# Services would start in the tree, but for policy-rc.d.
add_packages() {
  cp /etc/resolv.conf "$root/run/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  [[ -L $root/etc/resolv.conf ]] || ln -sf ../run/resolv.conf "$root/etc/resolv.conf"
  DEBIAN_FRONTEND=noninteractive in_tree apt-get install -y -qq --no-install-recommends "$@"
  umount "$root/proc" "$root/dev"
  rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/* "$root/etc/resolv.conf" "$root/run/resolv.conf"
}

# Bootstrapped bare, since packages that need a running bus are left unconfigured otherwise.
fill_base() {
  local root=$1 mirror release
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | sed -n 1p)
  debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}"
  cp -r /etc/apt/apt.conf.d "$root/etc/apt/"
  release=$(basename "$(printf '%s\n' /boot/vmlinuz-*-cloud-* | sort -V | tail -n 1)")
  mkdir -p "$root/lib/modules"
  cp -r "/lib/modules/${release#vmlinuz-}" "$root/lib/modules/"
  : >"$root/etc/fstab"
  add_packages systemd-sysv udev kmod dbus polkitd iproute2 iputils-ping openssl curl ca-certificates openssh-server
  # The command channel; see guest.py.
  cat >"$root/usr/local/sbin/channel" <<'CHANNEL'
#!/bin/bash
stty -F /dev/ttyS1 raw -echo
while read -r token command; do
  echo "@begin$token@"
  base64 -d <<<"$command" >/run/command
  bash /run/command </dev/null 2>&1
  echo "@end$token@$?@"
done </dev/ttyS1 >/dev/ttyS1
CHANNEL
  chmod +x "$root/usr/local/sbin/channel"
  cat >"$root/etc/systemd/system/channel.service" <<'UNIT'
[Service]
ExecStart=/usr/local/sbin/channel
Restart=always
[Install]
WantedBy=multi-user.target
UNIT
  in_tree systemctl enable -q channel.service
  in_tree systemctl mask -q serial-getty@ttyS1.service getty@tty1.service apt-daily.timer apt-daily-upgrade.timer
}

# As a cloud image: no password, no key of anybody, no host keys.
fill_guest() {
  local root=$1
  add_packages cloud-init network-manager
  rm -f "$root"/etc/ssh/ssh_host_*
  # Debian orders cloud-init before NetworkManager, so that it never finds its seed where that is the only network
  # service. As in Fedora, it has to come after.
  sed -e '/^Before=sysinit.target/d' -e '/^DefaultDependencies=no/d' \
    -e 's/^After=systemd-networkd-wait-online.service/After=NetworkManager-wait-online.service/' \
    "$root/lib/systemd/system/cloud-init.service" >"$root/etc/systemd/system/cloud-init.service"
  # There are no locales to choose from in so small a system.
  printf 'datasource_list: [NoCloud, None]\nlocale: false\n' >"$root/etc/cloud/cloud.cfg.d/90-tests.cfg"
  in_tree systemctl enable -q NetworkManager-wait-online.service
}

# The same with what Debian's cloud images have for networks.
fill_cloud() {
  local root=$1
  add_packages cloud-init netplan.io systemd-resolved
  rm -f "$root"/etc/ssh/ssh_host_*
  printf 'datasource_list: [NoCloud, None]\nlocale: false\n' >"$root/etc/cloud/cloud.cfg.d/90-tests.cfg"
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
}

# A laptop: systemd-resolved and firewalld run, and a person may call sudo.
fill_host() {
  local root=$1
  touch "$root/etc/cloud/cloud-init.disabled"
  add_packages sudo procps nftables iptables firewalld systemd-resolved dnsmasq-base nfs-ganesha nfs-ganesha-vfs python3 \
    ethtool busybox-static openssh-client
  in_tree systemctl disable -q nfs-ganesha.service nftables.service ssh.service
  in_tree useradd --create-home --shell /bin/bash --uid 1000 person
  echo 'person ALL = (ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/person"
  printf 'host\n' >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 host\n' >"$root/etc/hosts"
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
}

images=/var/tmp/qvm-tangle-debian-$(declare -f pack in_tree add_packages fill_base fill_guest fill_cloud fill_host | sha256sum | cut -c 1-8)
readonly images
