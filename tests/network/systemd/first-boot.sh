# A host that has never had the network: it comes up, is looked after by systemd, and lives with firewalld and
# NetworkManager.

systemctl is-system-running --wait >/dev/null || true
for unit in NetworkManager firewalld systemd-resolved; do fact "$unit runs on this host" systemctl is-active $unit; done
su - person -c "mkdir -m 700 .ssh && ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519"

does 'sudo ./up.sh --boot' by_sudo up.sh --boot
sleep 1
settles qvm@qvm0
same 'then every fact holds' '' "$(holds)"
twice 'up.sh --boot again changes nothing' by_sudo up.sh --boot
same 'it comes up at the next boot' enabled "$(systemctl is-enabled qvm@qvm0)"
fact 'systemctl status of the network' systemctl status --no-pager qvm@qvm0
for name in dnsmasq seeds nfs; do
  same "the unit of $name is active" active "$(systemctl is-active qvm-qvm0-$name)"
  fact "systemctl status of $name" systemctl status --no-pager qvm-qvm0-$name
done
user_of() { ps -o user= -p "$(systemctl show -P MainPID "qvm-qvm0-$1")"; }
same 'dnsmasq does not go on as root' dnsmasq "$(user_of dnsmasq)"
same 'nor do the seeds' 60801 "$(user_of seeds)"
same 'nothing has failed' '' "$(systemctl --failed --no-legend --plain)"
for name in qvm0 qvm0tap0 qvm0svc; do
  has "NetworkManager leaves $name alone" "$(nmcli -g GENERAL.STATE device show $name)" unmanaged
done

# A guest.
make_station cp 52:54:00:2a:00:0a qvm0tap0
mkdir -p /etc/netns/cp
echo 'nameserver 10.42.0.2' >/etc/netns/cp/resolv.conf
serve() {
  setsid ip netns exec cp openssl s_server -quiet -accept 443 -cert $QVM_DIR/certs/hosts/cp/cert.pem \
    -key $QVM_DIR/certs/hosts/cp/priv.pem -www </dev/null &>/dev/null &
}
serve
has 'a guest has its lease' "$(lease cp)" 'ip=10.42.0.10/24 router=10.42.0.1 dns=10.42.0.2'
has 'the journal says so' "$(journalctl --no-pager -u qvm-qvm0-dnsmasq)" 'DHCPACK(veth0) 10.42.0.10 52:54:00:2a:00:0a cp'
has 'it is served its seed' "$(at cp curl -sS -m 20 http://10.42.0.2:8080/cp/meta-data)" 'local-hostname: cp.qvm0.lan'
same 'it reaches the outside by name, masqueraded' 192.0.2.50 "$(at cp curl -sS -m 20 http://www.example.net/)"
fact 'it reaches the host by ping' at cp busybox ping -c 1 -W 5 10.42.0.1
python3 -m http.server 9090 --directory $box &>/dev/null </dev/null &
listener=$!
soon curl -sS -m 5 http://10.42.0.1:9090
fact 'where the host has a port open' curl -sS -m 5 http://192.0.2.50:9090
no 'it is not for guests' at cp curl -sS -m 3 http://10.42.0.1:9090
no 'nor at its other address' at cp curl -sS -m 3 http://192.0.2.50:9090
kill $listener
soon curl -sS -m 10 --cacert $QVM_DIR/ca-cert/qvm-ca.pem https://cp.qvm0.lan
fact 'the host: curl --cacert' curl -sS -m 20 --cacert $QVM_DIR/ca-cert/qvm-ca.pem https://cp.qvm0.lan
fact 'the host: curl with SSL_CERT_DIR' env SSL_CERT_DIR=$QVM_DIR/ca-cert curl -sS -m 20 https://cp.qvm0.lan
has 'the host: resolvectl knows it as well' "$(resolvectl query wk-1.qvm0.lan 2>&1)" 10.42.0.11

# firewalld.
has 'firewalld has the bridge in a zone of ours' "$(firewall-cmd --get-zone-of-interface=qvm0)" q-qvm0
has 'with a policy' "$(firewall-cmd --info-policy=o-qvm0)" 'ingress-zones: q-qvm0'
does 'firewall-cmd --reload' firewall-cmd --quiet --reload
same 'after which every fact holds' '' "$(holds)"
same 'and the guest reaches the outside' 192.0.2.50 "$(at cp curl -sS -m 20 http://www.example.net/)"
does 'a port is forwarded to a guest' firewall-cmd --quiet --add-forward-port=port=8443:proto=tcp:toport=443:toaddr=10.42.0.10
