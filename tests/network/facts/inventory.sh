# inventory.yaml: Ansible reaches a guest by it, with the keys that are known beforehand, from any folder.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
lab="$box/the lab"
cp -r "$box/sets/as-people-have-them" "$lab"
cd "$lab"
start_world_servers
chown "$user" "$QVM_DIR"
does 'the network comes up' ./up.sh

# let_in GUEST: starts its SSH server, with the key in its folder; it lets in who has the key $box/login.
let_in() {
  ip netns exec "$1" sh -c "mount --bind '$box/$1' /root && exec dropbear -F -E -r '$box/$1/key'" </dev/null &>"$box/dropbear.$1" 9<&- &
  soon at "$1" sh -c '[ -n "$(ss -Hltn sport 22)" ]'
}
# make_guest NAME MAC-DIGIT TAP-NUMBER: with the host key that up.sh made for it.
make_guest() {
  make_station "$1" "52:54:00:63:08:0$2" "lab8tap$3"
  lease "$1" >"$box/lease"
  mkdir -p "$box/$1/.ssh"
  cp "$box/login.pub" "$box/$1/.ssh/authorized_keys"
  dropbearconvert openssh dropbear "$QVM_DIR/certs/hosts/$1/ssh_host_ed25519_key" "$box/$1/key" 2>/dev/null
  let_in "$1"
}
ssh-keygen -q -t ed25519 -N '' -f "$box/login"
make_guest cp a 0
make_guest wk-1 b 1
# reach ARGUMENTS...: as a person calls Ansible, from a folder of the person's own.
reach() {
  (cd / && HOME=$box LC_ALL=C.UTF-8 ANSIBLE_LOCAL_TEMP=$box/ansible ansible -i "$lab/inventory.yaml" --private-key "$box/login" "$@") 2>&1
}
same 'every guest is in it' "$(ls "$QVM_DIR/certs/hosts" | xargs)" "$(reach all --list-hosts | tail -n +2 | xargs)"
has 'a guest is reached' "$(reach cp -m raw -a 'ip -4 -o addr show eth0')" 'inet 10.99.8.10/24'
has 'so are several' "$(reach cp:wk-1 -m raw -a 'exit 0' | xargs)" 'wk-1 | CHANGED | rc=0'
has 'playbooks know its address' "$(reach wk-1 -m debug -a 'msg={{ address }}')" '"msg": "10.99.8.11"'
# Another machine in the place of a guest is not taken for it.
pkill -f "dropbear.*$box/wk-1"
rm "$box/wk-1/key"
dropbearkey -t ed25519 -f "$box/wk-1/key" &>/dev/null
let_in wk-1
has 'who has not the key of the guest is refused' "$(reach wk-1 -m raw -a 'exit 0')" UNREACHABLE
