# The tutorial of the book: its page is run from top to bottom, as a person with sudo. What differs from a reader's machine: the
# packages are there, `curl` brings an empty image, and QEMU starts the system of busybox in place of Debian, where commands by
# the second serial port do what cloud-init does with a seed.

# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
home=$box/home
chmod 755 "$box"
rm -r "$home/.ssh"
make_guest_image "$box" curl dropbear dropbearconvert
kvm=
if kvm_boots "$box"; then kvm=yes; else echo '# without KVM'; fi
# A namespace of the person's own may have a proc only where there is one that nothing covers.
mkdir "$box/proc" "$box/bin" "$box/guests"
mount -t proc proc "$box/proc"
chmod 1777 "$box/guests"
cat >/etc/sudoers.d/person <<SUDOERS
Defaults secure_path = "$box/bin:/usr/sbin:/usr/bin:/sbin:/bin"
person ALL = (ALL) NOPASSWD: ALL
SUDOERS
echo 'person:*:20000::::::' >>/etc/shadow
printf 'person:200000:65536\n' | tee /etc/subuid >/etc/subgid

cp "$(realpath "$box/sets/program")" "$box/bin/qvm-tangle"
cat >"$box/bin/apt-get" <<'STAND_IN'
#!/bin/sh
# apt-get install -y PACKAGE...: each has to be there.
shift 2
dpkg-query --show "$@" >/dev/null
STAND_IN
cat >"$box/bin/curl" <<'STAND_IN'
#!/bin/sh
# curl -fsSL --create-dirs -o FILE ADDRESS, for an image; else the real one.
[ "$2" = --create-dirs ] || exec /usr/bin/curl "$@"
mkdir -p "${4%/*}"
qemu-img create -q -f qcow2 "$4" 1M
STAND_IN
cat >"$box/bin/qemu" <<STAND_IN
#!/bin/sh
# qemu -name GUEST ...: started again where take_seed ends it.
set -- qemu-system-x86_64 "\$@" -m 256 -no-reboot -kernel $box/vmlinuz -initrd $box/initrd -append 'console=ttyS0 quiet no_timer_check panic=-1' \\
  -serial stdio -serial "unix:$box/guests/\$2.shell,server=on,wait=off" -monitor none
"\$@" || "\$@"
STAND_IN
chmod 755 "$box"/bin/*

# take_seed GUEST: address, files and keys as cloud-init takes them, and a way to log in. On a busy machine an emulated guest may
# come up without its network: it is started a second time.
take_seed() {
  until [[ -S $box/guests/$1.shell ]]; do sleep 1; done
  seed_script "$1" && return
  pkill -KILL -f "^qemu-system-x86_64 -name $1 "
  seed_script "$1"
}
seed_script() {
  patience=120 in_guest "$1" '
    udhcpc -i eth0 -n -q -f -t 6 -T 5 -O search -s /lease || exit 1
    seed=$(sed "s/.*;s=//" /sys/class/dmi/id/product_serial)
    wget -q -O /seed "${seed}vendor-data"
    part() { awk -v name="$1" "index(\$0, name) { found = 1 } found && /^--qvm/ { exit } found && started { print } found && /^\r?\$/ { started = 1 }" /seed | base64 -d; }
    part 30-files | sh
    part 20-ssh >/ssh
    hostname "$(wget -q -O - "${seed}meta-data" | sed -n "s/^local-hostname: //p")"
    mkdir -p -m 700 /root/.ssh
    sed -n "/ssh_authorized_keys/,/]/s/^ *\"\(ssh-[^\"]*\)\".*/\1/p" /ssh >/root/.ssh/authorized_keys
    printf "%b" "$(sed -n "s/.*ed25519_private\": \"\(.*\)\".*/\1/p" /ssh)" >/host_key
    dropbearconvert openssh dropbear /host_key /host_key.dropbear
    echo root:x:0:0:root:/root:/bin/sh >/etc/passwd
    printf "#!/bin/sh\n(sleep 1; poweroff -f) >/dev/null 2>&1 </dev/null &\n" >/bin/systemctl
    chmod +x /bin/systemctl
    /usr/sbin/dropbear -s -r /host_key.dropbear'
}
start_world_servers
clean=$(state)
for guest in one two; do
  take_seed $guest &>"$box/guests/$guest.seed" &
done

cp "$here/../../docs/src/tutorial.md" "$box"
groups=(--clear-groups)
[[ -z $kvm ]] || groups=(--groups "$(stat -c %g /dev/kvm)")
cd "$home"
python3 "$here/../book/page.py" "$box/tutorial.md" setpriv --reuid "$user" --regid "$user" "${groups[@]}" env -i HOME="$home" \
  USER=person LC_ALL=C QVM_QEMU="$box/bin/qemu" PATH="$box/bin:/usr/bin:/bin" ||
  tail -n 20 "$box"/guests/*.seed "$home"/lab/*.log 2>&1 | sed 's/^/#   /' || true
rm -rf /var/lib/qvm/*
echo 0 >/proc/sys/net/ipv4/ip_forward
unchanged 'the host is as it was before, but that it forwards' "$clean"
