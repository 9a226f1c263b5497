# Nameservers of the document's own: asked in place of the host's, whose list of names is nobody else's.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/as-people-have-them" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
service=10.99.8.2
# This host asks somebody who does not answer, and has a name of its own.
echo 'nameserver 203.0.113.99' >"$box/resolv.conf"
echo '192.0.2.9 only.host.example' >>/etc/hosts
does 'the network comes up' ./up.sh
make_station station 52:54:00:63:08:0a lab8tap0
lease station >"$box/lease"
ask() {
  at station python3 "$here/lib/ask.py" "$1" $service 53
}
same 'a name of the outside, by the nameserver of the document' $outside "$(ask www.example.net)"
no 'what stands in the list of the host' test "$(ask only.host.example)" = 192.0.2.9
./status.sh >"$box/said" || true
same 'status.sh asks it, too' "ok  the nameserver $outside answers" "$(grep nameserver "$box/said")"
same 'and every fact holds' '' "$(grep '^no' "$box/said")"
# The day after: it is the host's again.
sed -i '/^no-resolv/d; /^server=/d' dnsmasq.conf
no 'status.sh sees another configuration' ./status.sh
echo "nameserver $outside" >"$box/resolv.conf"
does 'up.sh without the term' ./up.sh
same 'asks the nameserver of the host again' $outside "$(ask example.com)"
fact 'every fact holds' ./status.sh
