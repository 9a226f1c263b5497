# Two labs with IPv6 and a router guest in both: by way of the host where the document says so, by way of the router otherwise.

# shellcheck source=../lib/initramfs.sh
source "$here/lib/initramfs.sh"
# shellcheck source=../lib/qemu.sh
source "$here/lib/qemu.sh"
cd "$box/sets/two-labs"
chmod 755 "$box" "$box/sets"
chown "$user" "$QVM_DIR"
start_world_servers
does 'up.sh, before any guest runs' ./up.sh
boot_guests gw web db spy
has 'web gets its address' "$(take_lease web)" '10.7.0.6/24 10.7.0.1 10.7.0.2 lab7.lan web'
has 'db gets that of another network' "$(take_lease db)" '10.8.0.6/24 10.8.0.1 10.8.0.2 lab8.lan db'
has 'the guest in both gets its address in the first' "$(take_lease gw)" '10.7.0.5/24 10.7.0.1 10.7.0.2 lab7.lan gw'
has 'spy gets its address' "$(take_lease spy)" '10.80.0.6/24'
in_guest gw 'ip link set eth1 up; ip addr add 10.8.0.5/24 dev eth1; sysctl -w net.ipv4.ip_forward=1' >/dev/null
same 'it has the MAC addresses of both' '52:54:00:07:00:05 52:54:00:08:00:55' "$(in_guest gw 'cat /sys/class/net/eth0/address /sys/class/net/eth1/address' | xargs)"
for guest in web db; do in_guest $guest "mkdir -p /www; echo $guest >/www/index.html; httpd -h /www" >/dev/null; done

same 'a guest reaches one of the other network' db "$(in_guest web 'wget -q -O - http://10.8.0.6')"
same 'and the other way' web "$(in_guest db 'wget -q -O - http://10.7.0.6')"
fact 'by way of the host' in_guest web 'traceroute -n -m 1 -w 2 10.8.0.6 | grep 10.7.0.1'
no 'the third network reaches neither' in_guest spy 'timeout 3 wget -q -O - http://10.7.0.6'
no 'neither reaches it' in_guest web 'ping -c 1 -W 2 10.80.0.6'
fact 'the router is reached in both networks' in_guest db 'ping -c 1 -W 5 10.8.0.5'
in_guest web 'ip route add 10.8.0.0/24 via 10.7.0.5' >/dev/null
in_guest db 'ip route add 10.7.0.0/24 via 10.8.0.5' >/dev/null
same 'a guest that routes between them does so' db "$(in_guest web 'wget -q -O - http://10.8.0.6')"
fact 'by way of itself' in_guest web 'traceroute -n -m 1 -w 2 10.8.0.6 | grep 10.7.0.5'
no 'but not to the services of a network' in_guest web 'ping -c 1 -W 2 10.8.0.2'
fact 'every fact of each network holds' ./status.sh
