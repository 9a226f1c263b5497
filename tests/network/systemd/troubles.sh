# What befalls a host while it runs: services die, and the host comes to another network.

# comes_back NAME PROBE...: after a kill that no service can heed.
comes_back() {
  local name=$1 before
  before=$(systemctl show -P MainPID "qvm-qvm0-$name")
  kill -9 "$before"
  if soon "${@:2}" && [[ $(systemctl show -P MainPID "qvm-qvm0-$name") != @(0|"$before") ]]; then
    ok "$name is back after kill -9"
  else
    not_ok "$name is back after kill -9" "$(systemctl status --no-pager "qvm-qvm0-$name" 2>&1)"
  fi
}
asks() { [[ $(ask "$@" 2>/dev/null) == *.* ]]; }
comes_back dnsmasq asks wk-1.qvm0.lan 10.42.0.2 53
comes_back seeds at cp curl -sS -m 5 http://10.42.0.2:8080/cp/meta-data
comes_back nfs at cp busybox nc -w 1 10.42.0.2 2049 -e true
for _ in {1..8}; do
  kill -9 "$(systemctl show -P MainPID qvm-qvm0-dnsmasq)" 2>/dev/null || true
  sleep 1.5
done
fact 'dnsmasq is back however often it is killed' soon asks wk-1.qvm0.lan 10.42.0.2 53
systemctl kill -s KILL qvm-qvm0-dnsmasq
does 'svc-up.sh while it is about to start again' by_sudo svc-up.sh
same 'then every fact holds' '' "$(holds)"

# A service that cannot start says why, and leaves nothing that goes on trying.
systemctl stop qvm-qvm0-dnsmasq
ip netns exec qvm-svc python3 -m http.server -b 10.42.0.2 5300 &>/dev/null </dev/null &
listener=$!
soon eval '[[ -n $(ip netns exec qvm-svc ss -Hltn "sport = :5300") ]]'
has 'a service that cannot start says why' "$(by_sudo svc-up.sh --quiet 2>&1)" 'Address already in use'
same 'and nothing goes on trying' '' "$(systemctl list-units --all --plain --no-legend qvm-qvm0-dnsmasq.service)"
kill $listener
does 'once it can, svc-up.sh starts it' by_sudo svc-up.sh

# Another network, with other nameservers.
same 'guests ask the nameserver of the host' 203.0.113.10 "$(ask www.example.net 10.42.0.2 53)"
nmcli -g NAME,TYPE connection show --active | grep ethernet | cut -d: -f1 >$box/connection
nmcli connection modify "$(<$box/connection)" ipv4.ignore-auto-dns yes ipv4.dns 203.0.113.20
nmcli connection up "$(<$box/connection)" >/dev/null
same 'in another network they ask its own' 203.0.113.20 "$(ask www.example.net 10.42.0.2 53)"
nmcli connection modify "$(<$box/connection)" ipv4.ignore-auto-dns no ipv4.dns ''
nmcli connection up "$(<$box/connection)" >/dev/null
same 'and once it is back, the first again' 203.0.113.10 "$(ask www.example.net 10.42.0.2 53)"
systemctl restart systemd-resolved
fact 'DNS goes on after systemd-resolved has been restarted' soon asks www.example.net 10.42.0.2 53

systemctl restart NetworkManager
systemctl restart firewalld
fact 'nm-online' nm-online -q -t 60
same 'after restarts of NetworkManager and firewalld every fact holds' '' "$(holds)"
has 'NetworkManager leaves the bridge alone still' "$(nmcli -g GENERAL.STATE device show qvm0)" unmanaged
same 'the guest reaches the outside' 203.0.113.10-192.0.2.50 "$(ask www.example.net 10.42.0.2 53)-$(at cp curl -sS -m 20 http://www.example.net/)"
