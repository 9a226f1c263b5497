# The person's own document, unchanged. Its blocks for certificates are its own, and do not work everywhere.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
cd "$box/sets/seed"
chown "$user" "$QVM_DIR"
start_world_servers
status=0
said=$(./up.sh 2>&1) || status=$?
same 'up.sh says at its end that something did not work' 1 "$status"
for script in gen-ca-keypair.sh gen-ca-cert.sh gen-host-cert.sh; do
  has "$script, with its heading in the document" "$said" "$script did not work: see \""
done
has 'such as this one' "$said" 'gen-ca-keypair.sh did not work: see "Create a keypair for the =qvm= certificate authority" in the document'
has 'scripts of the person run as that person, and are shown so' "$said" "# as person: bash $PWD/gen-ca-keypair.sh"
has 'and whose SSH keys the guests take' "$said" '# the guests let in: ssh-ed25519 person@host'
same 'nothing of them is root’s' '' "$(find "$QVM_DIR" -user 0)"
same 'but DNS answers' 10.42.0.10 "$(python3 "$here/lib/ask.py" cp.qvm0.lan 10.42.0.2 53)"
make_station station 52:54:00:2a:00:0a qvm0tap0
has 'a guest gets its address' "$(lease station)" 'ip=10.42.0.10/24'
same 'and its seed' 200 "$(at station curl -sS -m 20 -o /dev/null -w '%{http_code}' http://10.42.0.2:8080/cp/vendor-data)"
same 'and reaches the outside' $uplink "$(at station curl -sS -m 20 http://$outside/)"
same 'status.sh finds nothing wrong but certificates' '' "$(./status.sh 2>/dev/null | grep '^no' | grep -v certificate)"
mkdir -p "$QVM_DIR/certs/ca" "$QVM_DIR/certs/hosts/cp"
chown -R "$user" "$QVM_DIR"
what_works() {
  state | grep -v "file $QVM_DIR\|file /run/qvm/qvm0/services/seeds"
}
before=$(what_works)
./up.sh &>/dev/null || true
same 'up.sh again leaves what works alone' '' "$(diff <(echo "$before") <(what_works))"
remove_station station
does 'down.sh takes it away' ./down.sh
