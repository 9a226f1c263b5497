# A guest of Debian 12 with cloud-init and NetworkManager, made by debootstrap.

# make_debian_image: once for each recipe; later runs find it in /var/tmp. It is made outside of the tests' machine, which has no way out.
make_debian_image() {
  local root
  [[ ! -s $debian_image ]] || return 0
  root=$(mktemp -d /var/tmp/qvm-tangle-debian.XXXXXX)
  # A mount namespace, so that nothing stays mounted, and a pid namespace, so that nothing stays running.
  unshare --mount --pid --fork --kill-child=KILL --propagation private bash -euo pipefail -c "
    $(declare -f fill_debian)
    fill_debian $root" || {
    rm -rf "$root"
    return 1
  }
  truncate -s 2G "$debian_image.new"
  mkfs.ext4 -q -d "$root" "$debian_image.new"
  rm -rf "$root"
  chmod 644 "$debian_image.new"
  mv "$debian_image.new" "$debian_image"
}

# The tree: bootstrapped bare, since packages that need a running bus are left unconfigured otherwise.
fill_debian() {
  local root=$1 release
  debootstrap --variant=minbase bookworm "$root"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp -r /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d "$root/etc/apt/" || true
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  export DEBIAN_FRONTEND=noninteractive
  chroot "$root" apt-get update -qq
  chroot "$root" apt-get install -y -qq --no-install-recommends \
    systemd-sysv udev dbus polkitd network-manager cloud-init iproute2 openssl curl iputils-ping
  umount "$root/proc" "$root/dev"
  rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root/etc/resolv.conf"
  release=$(basename "$(printf '%s\n' /boot/vmlinuz-*-cloud-* | sort -V | tail -n 1)")
  mkdir -p "$root/lib/modules"
  cp -r "/lib/modules/${release#vmlinuz-}" "$root/lib/modules/"
  : >"$root/etc/fstab"
  # Debian orders cloud-init before NetworkManager, so that it never finds its seed where that is the only network
  # service. As in Fedora, it has to come behind.
  sed -e '/^Before=sysinit.target/d' -e '/^DefaultDependencies=no/d' \
    -e 's/^After=systemd-networkd-wait-online.service/After=NetworkManager-wait-online.service/' \
    "$root/lib/systemd/system/cloud-init.service" >"$root/etc/systemd/system/cloud-init.service"
  # There are no locales to choose from in so small a system.
  printf 'datasource_list: [NoCloud, None]\nlocale: false\n' >"$root/etc/cloud/cloud.cfg.d/90-tests.cfg"
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
  chroot "$root" systemctl enable -q channel.service NetworkManager-wait-online.service
  chroot "$root" systemctl mask -q serial-getty@ttyS1.service getty@tty1.service apt-daily.timer apt-daily-upgrade.timer
}

debian_image=/var/tmp/qvm-tangle-debian-12-$(declare -f fill_debian | sha256sum | head -c 8).img
readonly debian_image
