# The export table: each folder is mounted by its guests alone, and written to where the document says so.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/exports" "$box/lab"
cd "$box/lab"
chown "$user" "$QVM_DIR"
# What the machine shares with the real one is left alone.
mount -t tmpfs tmpfs /mnt
nfs=/var/lib/qvm/lab3/nfs
./setup-host.sh &>/dev/null
./bridge-up.sh &>/dev/null
said=$(./svc-up.sh 2>&1) || true
has 'a folder that is not there is named' "$said" 'there is no folder /mnt/qvm-disk to share: make it, then run this script again'
mkdir /mnt/elsewhere
ln -s elsewhere /mnt/qvm-disk
refuses 'a link is not shared' '/mnt/qvm-disk leads to /mnt/elsewhere' ./svc-up.sh
rm /mnt/qvm-disk
mkdir /mnt/qvm-disk
has 'nor one that cannot be written to without a word' "$(./svc-up.sh 2>&1)" 'guests cannot write to /mnt/qvm-disk: sudo chown 60802'
chown 60802 /mnt/qvm-disk
does 'svc-up.sh shares what is there' ./svc-up.sh
twice 'svc-up.sh twice changes nothing' ./svc-up.sh
make_station cp 52:54:00:63:03:0a lab3tap0
make_station wk1 52:54:00:63:03:0b lab3tap1
make_station wk2 52:54:00:63:03:0c lab3tap2
for station in cp:10 wk1:11 wk2:12; do
  at ${station%:*} ip addr add 10.99.3.${station#*:}/24 dev eth0
done
# makes STATION EXPORT: what becomes of a folder that it makes there, as NFS names it.
makes() {
  case $(at "$1" python3 "$here/lib/nfs.py" 10.99.3.2 "$2" "by-$1" 2>/dev/null) in
    0) echo made ;;
    2) echo nothing there ;;
    13) echo not allowed ;;
    30) echo read only ;;
    *) echo no answer ;;
  esac
}
# The server takes a moment to export after it listens.
soon eval '[[ $(makes cp all) == made ]]'
rmdir $nfs/everybody/by-cp
for station in cp wk1 wk2; do
  same "$station writes to what is for all" made "$(makes $station all)"
  same "and reads what is to be read" 'read only' "$(makes $station read)"
done
same 'those who are named write to what is for some' 'made made' "$(makes cp some) $(makes wk1 some)"
same 'another one finds nothing there' 'nothing there' "$(makes wk2 some)"
same 'one writes to a folder of the host' made "$(makes cp disk)"
same 'which others may read by another name' 'read only read only' "$(makes wk1 old) $(makes wk2 old)"
same 'and not by that one' 'nothing there nothing there' "$(makes wk1 disk) $(makes wk2 disk)"
same 'nor the first one by theirs' 'nothing there' "$(makes cp old)"
same 'there is nothing else' 'nothing there' "$(makes cp qvm)"
same 'what was made is there' '/mnt/qvm-disk/by-cp for/some/by-cp for/some/by-wk1' \
  "$(echo /mnt/qvm-disk/*) $(cd $nfs && echo for/some/* | xargs)"
same 'and belongs to no account' '60802' "$(stat -c %u /mnt/qvm-disk/by-cp)"
no 'no user of the host gets into the own folders' as_user ls $nfs/for/some
no 'the host itself mounts nothing' python3 "$here/lib/nfs.py" 10.99.3.2 all by-host
has 'status.sh sees the folders' "$(./status.sh 2>/dev/null)" 'ok  the shared folder /mnt/qvm-disk is there'

# The day after: one is no longer among those who are named, and a folder is no longer shared.
sed -i 's/10.99.3.10, 10.99.3.11/10.99.3.10/' ganesha.conf
sed -i '/Export_Id = 1;/,/^}/d; s/^EXPORT {$/EXPORT { # /' ganesha.conf
sed -i '0,/EXPORT { # /{/EXPORT { # /d}; s/EXPORT { # /EXPORT {/' ganesha.conf
does 'svc-up.sh with another document' ./svc-up.sh
soon eval '[[ $(makes cp read) == "read only" ]]'
same 'who is no longer named finds nothing' 'nothing there' "$(makes wk1 some)"
same 'nor does anybody find what is no longer shared' 'nothing there nothing there' "$(makes cp all) $(makes wk2 all)"
same 'its files are kept' 'by-cp by-wk1 by-wk2' "$(ls $nfs/everybody | xargs)"
does 'svc-down.sh' ./svc-down.sh
same "the host's folder is as it was left" by-cp "$(ls /mnt/qvm-disk)"
