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
has 'NFS has the folder' "$(<"$odd/svc/qvm0/nfs.log")" 'NFS SERVER INITIALIZED'
no 'and complains of no export' grep -F 'Could not create export' "$odd/svc/qvm0/nfs.log"
has 'every certificate is found there' "$(QVM_DIR=$odd ./status.sh 2>&1)" 'ok  wk-2 has a seed with its certificate'
./svc-down.sh
does 'a relative QVM_DIR, in spite of CDPATH' eval "cd '$box' && mkdir near && CDPATH=/tmp:. QVM_DIR=near sets/three-guests/gen-ca-keypair.sh"
fact 'is where it says' test -s "$box/near/certs/ca/priv.pem"
same 'no word of it has run' '' "$(find "$box" -name ran)"

# From here on QVM_DIR is an ordinary user's, who knows where root will write.
chown "$user" "$QVM_DIR"
victim=$box/victim
mkdir -p "$victim/qvm0/seeds/cp"
echo precious >"$victim/qvm0/dnsmasq.conf"
echo precious >"$victim/qvm0/seeds/cp/user-data"
before=$(find "$victim" -printf '%p %s %T@ %u\n')
untouched() {
  same "$1: the other folder is untouched" "$before" "$(find "$victim" -printf '%p %s %T@ %u\n')"
}
ln -s "$victim" "$QVM_DIR/svc"
refuses 'svc is a link' 'svc is no folder of root alone' ./svc-up.sh
untouched 'svc is a link'
rm "$QVM_DIR/svc"
mkdir "$QVM_DIR/svc"
ln -s "$victim/qvm0" "$QVM_DIR/svc/qvm0"
refuses 'svc/qvm0 is a link' 'svc/qvm0 is no folder of root alone' ./svc-up.sh
untouched 'svc/qvm0 is a link'
rm "$QVM_DIR/svc/qvm0"
chown "$user" "$QVM_DIR/svc"
refuses 'svc is the user’s' 'svc is no folder of root alone' ./svc-up.sh
chown root "$QVM_DIR/svc"
chmod 775 "$QVM_DIR/svc"
refuses 'svc is a group’s' 'svc is no folder of root alone' ./svc-up.sh
chmod 757 "$QVM_DIR/svc"
refuses 'svc is everyone’s' 'svc is no folder of root alone' ./svc-up.sh
rmdir "$QVM_DIR/svc"
touch "$QVM_DIR/svc"
refuses 'svc is a file' 'svc is no folder of root alone' ./svc-up.sh
rm "$QVM_DIR/svc"
as_user ./gen-ca-keypair.sh && as_user ./gen-ca-cert.sh && as_user ./gen-host-cert.sh

# A link that comes in between, at each call of some tool: a stand-in puts it there, as fast as any user could.
mkdir "$box/swap"
cat >"$box/swap/stand-in" <<'STAND_IN'
#!/usr/bin/env bash
name=${0##*/}
PATH=${PATH#"$SWAP":}
count=$(($(<"$SWAP/count") + 1))
echo "$count" >"$SWAP/count"
"$name" "$@"
status=$?
if ((count == SWAP_AT)) && [[ -d $QVM_DIR/svc && ! -L $QVM_DIR/svc ]]; then
  mv "$QVM_DIR/svc" "$QVM_DIR/aside"
  ln -s "$VICTIM" "$QVM_DIR/svc"
fi
exit $status
STAND_IN
chmod +x "$box/swap/stand-in"
for tool in mkdir readlink stat chmod mv ip dnsmasq; do
  ln -s stand-in "$box/swap/$tool"
done
swapped=0 wrong=()
for at in {1..10} {12..60..12}; do
  echo 0 >"$box/swap/count"
  status=0
  SWAP=$box/swap SWAP_AT=$at VICTIM=$victim PATH=$box/swap:$PATH ./svc-up.sh &>"$box/out" || status=$?
  [[ ! -L $QVM_DIR/svc ]] || swapped=$((swapped + 1))
  [[ $before == "$(find "$victim" -printf '%p %s %T@ %u\n')" ]] || wrong+=("at call $at, with status $status")
  ./svc-down.sh
  rm -rf "$QVM_DIR/svc" "$QVM_DIR/aside"
done
same "a link that comes in between, at $swapped of $at calls, leads nowhere" '' "${wrong[*]}"
fact 'and it did come' test "$swapped" -gt 10

# What root reads there goes to a guest, whom the user can play.
echo 'known to root alone' >"$box/secret"
chmod 600 "$box/secret"
seed=$QVM_DIR/svc/qvm0/seeds/cp/user-data
secret=$(base64 -w 0 "$box/secret")
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
  no 'and the secret is not in its seed' grep -F "$secret" "$seed"
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
fact 'and the seed has it' grep -qF "$(base64 -w 0 "$QVM_DIR/certs/hosts/cp/priv.pem")" "$seed"
same 'the shared folder belongs to whom QVM_DIR belongs to' "$user" "$(stat -c %u "$QVM_DIR/svc/qvm0/nfs")"
./svc-down.sh

# Root makes keys in the user's folder, and a link waits where the new file will be.
cat >"$box/swap/stand-in" <<'STAND_IN'
#!/usr/bin/env bash
/usr/bin/rm "$@"
ln -s "$VICTIM/qvm0/dnsmasq.conf" "$LINK" 2>/dev/null
STAND_IN
ln -s stand-in "$box/swap/rm"
rm -r "$QVM_DIR/certs" "$QVM_DIR/ca-cert"
planted() {
  local script=$1 link=$2 said status=0
  said=$(VICTIM=$victim LINK=$QVM_DIR/$link PATH=$box/swap:$PATH "$script" 2>&1 | grep -v 'run this without sudo') || status=$?
  has "$script: a link in the way of a new file" "$said" 'File exists'
  untouched "$script"
}
has 'root is told whose folder it is' "$(./gen-ca-keypair.sh 2>&1)" 'run this without sudo'
rm "$QVM_DIR/certs/ca/"*
rm "$box/swap"/{mkdir,readlink,stat,chmod,mv,ip,dnsmasq}
planted ./gen-ca-keypair.sh certs/ca/priv.pem.new
./gen-ca-keypair.sh 2>/dev/null
planted ./gen-ca-cert.sh certs/ca/cert.pem.new
./gen-ca-cert.sh 2>/dev/null
planted ./gen-host-cert.sh certs/hosts/cp/priv.pem.new
planted ./gen-host-cert.sh certs/hosts/cp/cert.pem.new
./gen-host-cert.sh 2>/dev/null
./bridge-down.sh
