# run-guest.sh by QEMU itself: processors, memory, UUID, and a disk that is made from an image once and never again.

cd "$box/sets/columns"
chmod 755 "$box" "$box/sets"
./bridge-up.sh
chown "$user" "$QVM_DIR"
as_user mkdir "$QVM_DIR/disks"
mkdir -m 1777 "$box/qmp"

# An image whose first sector says so at the serial port, and halts.
python3 - "$box/base.raw" <<'PROGRAM'
import sys
code = bytes.fromhex("31c08ed8be157cac84c07406baf803eeebf5f4ebfd") + b"the image has booted\r\n\0"
open(sys.argv[1], "wb").write(code.ljust(510, b"\0") + b"\x55\xaa" + bytes(1 << 20))
PROGRAM
# start GUEST [QEMU-ARGUMENT...]: until its disk has booted; leaves in $found what QEMU says it is.
start() {
  local guest=$1
  shift
  as_user timeout 120 ./run-guest.sh "$guest" -qmp "unix:$box/qmp/$guest,server=on,wait=off" "$@" </dev/null &>"$box/$guest" &
  fact "$guest boots from its disk" timeout 100 sh -c 'until grep -qa "the image has booted" "$1"; do sleep 0.2; done' _ "$box/$guest"
  found=$(python3 "$here/lib/qmp.py" "$box/qmp/$guest" 2>&1) || not_ok "$guest says what it is" "$found" "$(<"$box/$guest")"
  wait $! || true
}
disk=$QVM_DIR/disks/a.qcow2

refuses 'without the image there is no disk' "there is no $QVM_DIR/disks/base.raw: download the image" as_user ./run-guest.sh a
refuses 'nor without one in the document' "there is no $QVM_DIR/disks/own.qcow2: make it with qemu-img create, or name an Image" as_user ./run-guest.sh b
install -o "$user" -m 444 "$box/base.raw" "$QVM_DIR/disks/base.raw"
before=$(sha256sum "$QVM_DIR/disks/base.raw")
has 'a dry run says that it would make it' "$(as_user ./run-guest.sh --dry-run a 2>&1)" "# qemu-img create -q -f qcow2 -F raw -b $QVM_DIR/disks/base.raw $disk"
no 'and does not' test -e "$disk"
start a
same 'with the processors and the memory of the document, and a disk of its own' "3 256 $disk" "$(awk '{print $1, $2, $4}' <<<"$found")"
uuid=$(awk '{print $3}' <<<"$found")
same 'the disk is what was made' "$QVM_DIR/disks/base.raw" "$(qemu-img info --output=json "$disk" | python3 -c 'import json, sys; print(json.load(sys.stdin)["backing-filename"])')"
same 'from an image that stays as it is' "$before" "$(sha256sum "$QVM_DIR/disks/base.raw")"
inode=$(stat -c '%i %W' "$disk")
start a
same 'it is the same disk the next time' "$inode" "$(stat -c '%i %W' "$disk")"
same 'and the same machine' "$uuid" "$(awk '{print $3}' <<<"$found")"

as_user qemu-img convert -q -O qcow2 "$box/base.raw" "$QVM_DIR/disks/own.qcow2"
before=$(sha256sum "$QVM_DIR/disks/own.qcow2")
start b
same 'a disk of that name is found below QVM_DIR/disks' "2 2048 $QVM_DIR/disks/own.qcow2" "$(awk '{print $1, $2, $4}' <<<"$found")"
same 'and stays as it is' "$before" "$(sha256sum "$QVM_DIR/disks/own.qcow2")"
no 'each guest is a machine of its own' test "$uuid" = "$(awk '{print $3}' <<<"$found")"
install -o "$user" -m 600 "$QVM_DIR/disks/own.qcow2" /run/c.qcow2
start c -m 128
same 'an absolute disk, and QEMU’s own arguments, which come last' '2 128 /run/c.qcow2' "$(awk '{print $1, $2, $4}' <<<"$found")"
./bridge-down.sh
