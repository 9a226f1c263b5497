# Further names: of guests and of the name table, in DNS, in the host's list, in certificates; and that they go again.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cp -r "$box/sets/as-people-have-them" "$box/lab"
cd "$box/lab"
start_world_servers
chown "$user" "$QVM_DIR"
service=10.99.8.2 ca=$QVM_DIR/certs/ca hosts=$QVM_DIR/certs/hosts
# A host with systemd-resolved, which is played by a list.
mkdir -p "$box/bin" /run/systemd/resolve
cp /etc/resolv.conf /run/systemd/resolve/
cat >"$box/bin/resolvectl" <<'END'
#!/bin/sh
# The settings of one interface, as systemd-resolved has them.
kept=/run/box/resolved
case $1:$# in
  domain:2) echo "Link 5 ($2): $(cat $kept.domain 2>/dev/null)" ;;
  domain:* | dns:*) task=$1 && shift 2 && echo "$*" >$kept.$task ;;
  revert:2) rm -f $kept.* ;;
esac
END
chmod +x "$box/bin/resolvectl"
PATH=$box/bin:$PATH
make() {
  as_user ./gen-ca-keypair.sh && as_user ./gen-ca-cert.sh && as_user ./gen-host-cert.sh
}
ask() {
  at station python3 "$here/lib/ask.py" "$1" "${2:-$service}" 53
}
does 'the network comes up' ./up.sh
twice 'a second time nothing changes' ./up.sh
fact 'every fact holds' ./status.sh
make_station station 52:54:00:63:08:0b lab8tap1
lease station >"$box/lease"
same 'a short further name is in the domain' 10.99.8.10 "$(ask api.lab8.lan)"
same 'a full one is as it stands' 10.99.8.10 "$(ask console.k8s.example)"
same 'a name without a guest' 10.99.8.200 "$(ask kubernetes.lab8.lan)"
same 'a name of the host' 10.99.8.1 "$(ask vmhost.lab8.lan)"
same 'all names below one, at any depth' '10.99.8.201 10.99.8.201' "$(ask web.apps.lab8.lan) $(ask a.b.apps.lab8.lan)"
same 'an unknown name stays unknown' NXDOMAIN "$(ask nobody.lab8.lan)"
# A resolver that gets NXDOMAIN for AAAA gives up, with musl for A as well.
other_family() {
  at station busybox nslookup -type=aaaa "$1" $service 2>&1 | grep -c 'NXDOMAIN' || true
}
same 'no name of the wildcard is denied for IPv6' 0 "$(other_family web.apps.lab8.lan)"
same 'nor is a further name' 0 "$(other_family api.lab8.lan)"
same 'a guest keeps its own name for its address' cp.lab8.lan \
  "$(at station busybox nslookup 10.99.8.10 $service | sed -n 's/.*name = //p')"
same 'the host has them in its list' '10.99.8.10 10.99.8.10 10.99.8.200' \
  "$(for name in api.lab8.lan console.k8s.example kubernetes.lab8.lan; do getent ahostsv4 $name | awk 'NR == 1 { print $1 }'; done | xargs)"
same 'and is told where to ask for what no list can have' '~apps.lab8.lan 10.99.8.2' "$(cat "$box/resolved.domain" "$box/resolved.dns" | xargs)"

# Certificates.
for name in cp.lab8.lan cp.lab8 api.lab8.lan console.k8s.example; do
  fact "strict openssl accepts $name" openssl verify -x509_strict -purpose sslserver -verify_hostname $name \
    -CAfile "$ca/cert.pem" "$hosts/cp/cert.pem"
done
no 'no other guest has the name' openssl verify -x509_strict -verify_hostname api.lab8.lan -CAfile "$ca/cert.pem" "$hosts/wk-1/cert.pem"
has 'the authority may speak for the name outside of the domain' \
  "$(openssl x509 -in "$ca/cert.pem" -noout -ext nameConstraints)" 'DNS:console.k8s.example'
openssl req -x509 -newkey rsa:2048 -noenc -keyout "$box/k" -subj /CN=x -days 9 -addext 'subjectAltName = DNS:other.k8s.example' \
  -addext 'basicConstraints = critical, CA:false' -CA "$ca/cert.pem" -CAkey "$ca/priv.pem" -out "$box/c" &>/dev/null
has 'and for no other there' "$(openssl verify -CAfile "$ca/cert.pem" "$box/c" 2>&1)" 'permitted subtree violation'

# The day after: all of it leaves the document.
key=$(sha256sum "$ca/priv.pem")
sed -i 's/ api.lab8.lan console.k8s.example$//; /^wildcard/d' network.sh
sed -i 's/ api.lab8.lan console.k8s.example$//; /kubernetes/d' hosts
sed -i '/apps/d' dnsmasq.conf
no 'status.sh sees that the host has what the document has not' ./status.sh
does 'up.sh takes the names away' ./up.sh
fact 'every fact holds' ./status.sh
same 'DNS has forgotten them' 'NXDOMAIN NXDOMAIN NXDOMAIN' "$(ask api.lab8.lan) $(ask kubernetes.lab8.lan) $(ask web.apps.lab8.lan)"
same 'so has the list of the host' '' "$(grep -e api -e kubernetes -e console /etc/hosts)"
same 'and systemd-resolved' '' "$(ls "$box"/resolved.* 2>/dev/null)"
same 'certificate and authority name them no more' '' \
  "$(openssl x509 -in "$hosts/cp/cert.pem" -noout -text | grep api; openssl x509 -in "$ca/cert.pem" -noout -text | grep k8s)"
same 'by the same key' "$key" "$(sha256sum "$ca/priv.pem")"
