# Two networks of two documents on one host, with the same names inside.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
first=$box/sets/three-guests second=$box/sets/second-network
mkdir "$QVM_DIR/one" "$QVM_DIR/two"
up() {
  (cd "$1" && export QVM_DIR=$2 && ./setup-host.sh && ./bridge-up.sh && ./gen-ca-keypair.sh && ./gen-ca-cert.sh &&
    ./gen-host-cert.sh && ./svc-up.sh)
}
down() {
  (cd "$1" && ./svc-down.sh && ./bridge-down.sh && ./setup-host.sh --down)
}
ask() {
  python3 "$here/lib/ask.py" "$@"
}
start_world_servers
does 'the first network comes up' up "$first" "$QVM_DIR/one"
held=$(state)
does 'the second comes up beside it' up "$second" "$QVM_DIR/two"
fact 'the first still holds every fact' env QVM_DIR="$QVM_DIR/one" "$first/status.sh"
fact 'the second holds every fact' env QVM_DIR="$QVM_DIR/two" "$second/status.sh"
same 'each has a DNS of its own' '10.42.0.10 10.43.0.10' "$(ask cp.qvm0.lan 10.42.0.2 53) $(ask cp.qvm1.lan 10.43.0.2 53)"
make_station one 52:54:00:2a:00:0a qvm0tap0
make_station two 52:54:00:2b:00:0a qvm1tap0
has 'each has a DHCP of its own' "$(lease one) $(lease two)" 'ip=10.43.0.10/24 router=10.43.0.1'
same 'both reach the outside' "$uplink $uplink" "$(at one curl -sS -m 20 http://$outside/) $(at two curl -sS -m 20 http://$outside/)"
no 'a guest does not reach into the other network' at one busybox ping -c 1 -W 1 10.43.0.10
remove_station two
does 'the second goes away' down "$second"
rm -rf "$QVM_DIR/two" /var/lib/qvm/qvm1
fact 'the first still holds every fact' env QVM_DIR="$QVM_DIR/one" "$first/status.sh"
same 'and its guests still reach the outside' "$uplink" "$(at one curl -sS -m 20 http://$outside/)"
remove_station one
mkdir "$QVM_DIR/two"
unchanged 'nothing of the second is left' "$held"
