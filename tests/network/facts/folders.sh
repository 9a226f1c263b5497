# QVM_DIR: whatever its name, and whoever may write there, root is not led astray.

cd "$box/sets/three-guests"
./bridge-up.sh

# Odd names, seen by every program that gets the path.
odd=$box/"a 'quote' \"and\" \\back\\slash \$(touch ran) ; # % é"
mkdir "$odd"
for script in ./gen-ca-keypair.sh ./gen-ca-cert.sh ./gen-host-cert.sh ./svc-up.sh; do
  does "$script with an odd QVM_DIR" env QVM_DIR="$odd" $script
done
twice 'svc-up.sh twice changes nothing there' env QVM_DIR="$odd" ./svc-up.sh
has 'every certificate is found there' "$(QVM_DIR=$odd ./status.sh 2>&1)" 'ok  wk-2 has a seed with its certificate'
./svc-down.sh
does 'a relative QVM_DIR, in spite of CDPATH' eval "cd '$box' && mkdir near && CDPATH=/tmp:. QVM_DIR=near sets/three-guests/gen-ca-keypair.sh"
fact 'is where it says' test -s "$box/near/certs/ca/priv.pem"
same 'no word of it has run' '' "$(find "$box" -name ran)"

# From here on QVM_DIR is an ordinary user's, who knows what root will read.
chown "$user" "$QVM_DIR"
does 'root makes keys in the folder of somebody else' eval './gen-ca-keypair.sh && ./gen-ca-cert.sh && ./gen-host-cert.sh'
same 'as that one' "$user" "$(find "$QVM_DIR" -printf '%U\n' | sort -u)"
mkdir "$box/victim"
ln -s "$box/victim" "$QVM_DIR/ssh"
no 'so a link leads root nowhere that its owner may not go' eval './up.sh && test -z "$(ls "$box/victim")"'
same 'and nothing is there' '' "$(ls "$box/victim")"
rm "$QVM_DIR/ssh"
does 'svc-up.sh' ./svc-up.sh

# What root reads there goes to a guest, whom the user can play.
echo 'known to root alone' >"$box/secret"
chmod 600 "$box/secret"
seed() {
  /usr/bin/python3 "$here/lib/unpack.py" /run/qvm/qvm0/services/seeds/cp/vendor-data "$box" && cat "$box/30-files.sh"
}
secret=$(base64 "$box/secret")
for link in certs/hosts/cp/priv.pem certs/hosts/cp certs/hosts certs ca-cert/qvm-ca.pem ca-cert; do
  mv "$QVM_DIR/$link" "$box/kept"
  if [[ $link == *.pem ]]; then
    ln -s "$box/secret" "$QVM_DIR/$link"
  else
    cp -r "$box/kept" "$box/copy"
    find "$box/copy" -name '*.pem' -exec cp "$box/secret" {} \;
    ln -s "$box/copy" "$QVM_DIR/$link"
  fi
  has "$link is a link: the guest is without certificates" "$(./svc-up.sh 2>&1)" 'no certificate for cp'
  no 'and the secret is not in its seed' grep -F "$secret" <(seed)
  rm -r "$QVM_DIR/$link"
  rm -rf "$box/copy"
  mv "$box/kept" "$QVM_DIR/$link"
done
mv "$QVM_DIR/certs/hosts/cp/priv.pem" "$box/kept"
mkfifo "$QVM_DIR/certs/hosts/cp/priv.pem"
has 'a pipe does not hold root up' "$(timeout 60 ./svc-up.sh 2>&1)" 'no certificate for cp'
rm "$QVM_DIR/certs/hosts/cp/priv.pem"
mv "$box/kept" "$QVM_DIR/certs/hosts/cp/priv.pem"
does 'with the key in its place all is well' ./svc-up.sh
fact 'and the seed has it' grep -qF "$(base64 "$QVM_DIR/certs/hosts/cp/priv.pem" | sed -n 2p)" <(seed)
./svc-down.sh
./bridge-down.sh
