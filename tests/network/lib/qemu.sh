# Guests that run-guest.sh starts, as the unprivileged user.

# start_guest NAME QEMU-ARGUMENT...
start_guest() {
  local name=$1 groups=(--clear-groups)
  shift
  [[ -z $kvm ]] || groups=(--groups "$(stat -c %g /dev/kvm)")
  mkdir -p "$box/guests"
  chmod 1777 "$box/guests"
  setpriv --reuid "$user" --regid "$user" "${groups[@]}" env -u SUDO_UID ./run-guest.sh "$name" \
    -serial "file:$box/guests/$name.console" -serial "unix:$box/guests/$name.shell,server=on,wait=off" -monitor none "$@" \
    </dev/null &>"$box/guests/$name.qemu" &
  echo "$!" >"$box/guests/$name.pid"
}

# boot_guests NAME...: of busybox, all at once, until each is offered a lease. On a busy machine an emulated guest may come up
# without its network, or not at all: it is started a second time, and what the first one said is shown.
boot_guests() {
  local guest
  make_guest_image "$box"
  kvm=
  if kvm_boots "$box"; then kvm=yes; else echo '# without KVM'; fi
  for guest in "$@"; do
    start_busybox "$guest"
  done
  for guest in "$@"; do
    patience=150 in_guest "$guest" 'udhcpc -i eth0 -n -q -f -t 6 -T 5 -s /bin/true' >"$box/out" 2>&1 || {
      echo "# $guest did not come up with its network, and is started again"
      tail -n 30 "$box/out" "$box/guests/$guest.console" "$box/guests/$guest.qemu" | sed 's/^/#   /'
      kill "$(<"$box/guests/$guest.pid")" 2>/dev/null || true
      wait "$(<"$box/guests/$guest.pid")" || true
      kvm=
      start_busybox "$guest"
    }
    boots "$guest" 150
  done
}

start_busybox() {
  start_guest "$1" -no-reboot -m 192 -kernel "$box/vmlinuz" -initrd "$box/initrd" -append 'console=ttyS0 quiet no_timer_check panic=-1'
}

# take_lease NAME: prints what came with it.
take_lease() { in_guest "$1" 'udhcpc -i eth0 -n -q -f -t 6 -T 5 -O search -s /lease 2>/dev/null'; }

# in_guest NAME COMMAND: runs a shell command there.
in_guest() {
  python3 "$here/lib/guest.py" "$box/guests/$1.shell" "${patience:-60}" "$2"
}

# boots NAME SECONDS: the fact that it does; without it, nothing that follows has a meaning.
boots() {
  if patience=$2 in_guest "$1" true >"$box/out" 2>&1; then
    ok "$1 boots, with its TAP opened by an ordinary user"
  else
    not_ok "$1 boots" "$(tail -n 30 "$box/guests/$1.console" "$box/guests/$1.qemu")"
    exit 1
  fi
}
