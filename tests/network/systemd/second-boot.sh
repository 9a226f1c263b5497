# After a reboot, without anybody.

systemctl is-system-running --wait >/dev/null || true
same 'after a reboot the network is there' active "$(systemctl is-active qvm@qvm0)"
same 'and every fact holds' '' "$(holds)"
same 'nothing has failed' '' "$(systemctl --failed --no-legend --plain)"
# It may be up before the host has a nameserver.
same 'it had nothing to complain of' '' "$(journalctl --no-pager -b -o cat -u qvm@qvm0 | grep warning | grep -v nameserver)"
make_station cp 52:54:00:2a:00:0a qvm0tap0
has 'a guest has its lease' "$(lease cp)" ip=10.42.0.10
fact 'and its DNS' soon ask www.example.net 10.42.0.2 53
same 'it reaches the outside' 192.0.2.50 "$(at cp curl -sS -m 20 -H 'Host: www.example.net' http://203.0.113.10/)"
remove_station cp
echo '# newer' >>network.nft
has 'status.sh says when the copy is older than the folder' "$(./status.sh 2>&1)" 'no  what comes up at boot is what lies here: run sudo ./up.sh --boot'
does 'up.sh --boot renews it' by_sudo up.sh --boot
same 'then every fact holds' '' "$(holds)"
systemctl restart qvm@qvm0
same 'the unit can be restarted' '' "$(holds)"

does 'sudo ./down.sh --boot' by_sudo down.sh --boot
same 'nothing is left' '' "$(traces)"
same 'nothing has failed since' '' "$(systemctl --failed --no-legend --plain)"
