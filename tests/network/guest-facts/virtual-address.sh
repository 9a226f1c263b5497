# A control plane after a virtual address that moves, all names below one at a load balancer's, and what is reserved for it.

# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
cd "$box/sets/as-people-have-them"
chmod 755 "$box" "$box/sets"
chown "$user" "$QVM_DIR"
start_world_servers
does 'up.sh, before any guest runs' ./up.sh
boot_guests cp wk-1
for guest in cp wk-1; do
  has "$guest gets its address" "$(take_lease $guest)" "/24 10.99.8.1 10.99.8.2 lab8.lan $guest"
  in_guest $guest "mkdir -p /www; echo $guest >/www/index.html; httpd -h /www" >/dev/null
done
# take GUEST ADDRESS: as keepalived and MetalLB do it.
take() { in_guest "$1" "ip addr add $2/32 dev eth0; arping -U -c 2 -I eth0 $2 >/dev/null"; }
take cp 10.99.8.200
same 'the virtual address leads to who has it' cp "$(curl -sS -m 10 http://kubernetes.lab8.lan)"
same 'for guests as well' cp "$(in_guest wk-1 'wget -q -O - http://kubernetes.lab8.lan')"
in_guest cp 'ip addr del 10.99.8.200/32 dev eth0'
take wk-1 10.99.8.200
same 'it moves' wk-1 "$(curl -sS -m 10 http://kubernetes.lab8.lan)"
same 'for guests as well' wk-1 "$(in_guest cp 'wget -q -O - http://kubernetes.lab8.lan')"
take cp 10.99.8.201
same 'all names below one lead to the load balancer' 'cp cp' \
  "$(in_guest wk-1 'wget -q -O - http://web.apps.lab8.lan; wget -q -O - http://a.b.apps.lab8.lan' | xargs)"
fact 'a guest has further names' in_guest wk-1 'ping -c 1 -W 5 api.lab8.lan'
fact 'the host, too' in_guest wk-1 'ping -c 1 -W 5 vmhost.lab8.lan'
fact 'every fact holds' ./status.sh
