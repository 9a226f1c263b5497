# gen-ca-keypair.sh, gen-ca-cert.sh, gen-host-cert.sh: made by an ordinary user, kept while good, accepted by strict clients.

cd "$box/sets/three-guests"
chown "$user" "$QVM_DIR"
ca=$QVM_DIR/certs/ca hosts=$QVM_DIR/certs/hosts public=$QVM_DIR/ca-cert

generate() {
  as_user ./gen-ca-keypair.sh && as_user ./gen-ca-cert.sh && as_user ./gen-host-cert.sh
}

sum() {
  cat "$@" | sha256sum
}

refuses 'no certificate without a key' 'run gen-ca-keypair.sh first' as_user ./gen-ca-cert.sh
refuses 'no host certificate without an authority' 'run gen-ca-keypair.sh and gen-ca-cert.sh first' as_user ./gen-host-cert.sh
does 'the three scripts do it all' generate
twice 'the three scripts twice change nothing' generate
same 'keys are for their owner only' '600 600' "$(stat -c %a "$ca/priv.pem" "$hosts/cp/priv.pem" | xargs)"
same 'and so are the folders' '700 700 700' "$(stat -c %a "$ca" "$hosts/cp" "$public" | xargs)"
same 'the public half is the key’s' "$(openssl pkey -in "$ca/priv.pem" -pubout)" "$(<"$ca/pub.pem")"
same 'ca-cert holds the certificate and its link alone' 2 "$(find "$public" -mindepth 1 | wc -l)"

for guest in cp wk-1 wk-2; do
  for name in $guest.qvm0.lan $guest.qvm0; do
    fact "strict openssl accepts $name" openssl verify -x509_strict -purpose sslserver -verify_hostname $name \
      -CAfile "$ca/cert.pem" "$hosts/$guest/cert.pem"
  done
done
fact 'strict openssl accepts the address' openssl verify -x509_strict -verify_ip 10.42.0.10 -CAfile "$ca/cert.pem" "$hosts/cp/cert.pem"
no 'a guest is not another' openssl verify -x509_strict -verify_hostname wk-1.qvm0.lan -CAfile "$ca/cert.pem" "$hosts/cp/cert.pem"
extensions=$(openssl x509 -in "$hosts/cp/cert.pem" -noout -text)
has 'the key usage is critical' "$extensions" 'X509v3 Key Usage: critical'
has 'the certificate is no authority' "$extensions" 'CA:FALSE'
has 'the authority may sign certificates' "$(openssl x509 -in "$ca/cert.pem" -noout -text)" 'Certificate Sign, CRL Sign'

# A web server with a guest's certificate, by the names of the table.
printf '127.0.0.1 cp.qvm0.lan cp.qvm0\n' >>/etc/hosts
(cd "$box" && exec openssl s_server -quiet -accept 443 -cert "$hosts/cp/cert.pem" -key "$hosts/cp/priv.pem" -www) &>/dev/null </dev/null &
server=$!
soon eval "[[ -n \$(ss -Hltn 'sport = :443') ]]"
fact 'curl --cacert' curl -sS --cacert "$public/qvm-ca.pem" https://cp.qvm0.lan
fact 'curl with SSL_CERT_DIR' env SSL_CERT_DIR="$public" curl -sS https://cp.qvm0.lan
fact 'curl by the second name' curl -sS --cacert "$public/qvm-ca.pem" https://cp.qvm0
no 'curl without either' curl -sS https://cp.qvm0.lan
for python in python3 /root/.pyenv/versions/*/bin/python3; do
  [[ -x $(command -v "$python") ]] || continue
  fact "$($python --version) accepts it, strictly" "$python" -c "
import ssl, urllib.request
context = ssl.create_default_context(cafile='$public/qvm-ca.pem')
context.verify_flags |= ssl.VERIFY_X509_STRICT
urllib.request.urlopen('https://cp.qvm0.lan', context=context).read(1)"
done
kill "$server"

# Kept and renewed.
before=$(sum "$ca"/* "$hosts"/cp/*)
does 'one guest alone' as_user ./gen-host-cert.sh wk-1
refuses 'an unknown guest' 'there is no guest x' as_user ./gen-host-cert.sh cp x
same 'others stay' "$before" "$(sum "$ca"/* "$hosts"/cp/*)"

: >"$hosts/cp/cert.pem"
does 'an empty certificate is made again' generate
fact 'and is good' openssl verify -x509_strict -CAfile "$ca/cert.pem" "$hosts/cp/cert.pem"
cp "$hosts/wk-1/priv.pem" "$hosts/cp/priv.pem"
does 'a key of another certificate counts as missing' generate
same 'and the two fit again' "$(openssl pkey -in "$hosts/cp/priv.pem" -pubout)" "$(openssl x509 -in "$hosts/cp/cert.pem" -noout -pubkey)"

# A distribution's openssl.cnf may say nothing of extensions.
mv "$ca/cert.pem" "$box/kept"
export OPENSSL_CONF=/dev/null
does 'with an empty openssl.cnf' eval 'generate && rm -r "$hosts" && generate'
unset OPENSSL_CONF
fact 'the certificates are as strict' openssl verify -x509_strict -purpose sslserver -verify_hostname cp.qvm0.lan \
  -CAfile "$ca/cert.pem" "$hosts/cp/cert.pem"
key=$(sum "$ca/priv.pem")
rm "$ca/cert.pem"
kept=$(sum "$hosts/cp/cert.pem")
does 'a lost authority certificate is made again' generate
same 'for the same key' "$key" "$(sum "$ca/priv.pem")"
same 'and host certificates stay valid' "$kept" "$(sum "$hosts/cp/cert.pem")"

expire() {
  openssl req -x509 -newkey rsa:2048 -noenc -keyout "$hosts/cp/priv.pem" -subj /CN=cp.qvm0.lan -days 29 \
    -addext 'subjectAltName = DNS:cp.qvm0.lan,DNS:cp.qvm0,IP:10.42.0.10' -addext 'basicConstraints = critical, CA:false' \
    -CA "$ca/cert.pem" -CAkey "$ca/priv.pem" -out "$hosts/cp/cert.pem"
}
expire &>/dev/null
does 'with less than 30 days left it is made again' generate
fact 'for longer' openssl x509 -in "$hosts/cp/cert.pem" -noout -checkend $((300 * 24 * 3600))
sed -i 's/cp\.qvm0\.lan/cp.changed.qvm0.lan/' network.sh
does 'with another name it is made again' generate
fact 'with that name' openssl verify -x509_strict -verify_hostname cp.changed.qvm0.lan -CAfile "$ca/cert.pem" "$hosts/cp/cert.pem"
rm "$public"/*.0
does 'a lost link is made again' generate
fact 'in ca-cert' find "$public" -name '*.0' -type l
echo garbage >"$ca/priv.pem"
refuses 'a key that is none is not replaced' 'holds no private key' as_user ./gen-ca-keypair.sh
