# After one more reboot.

same 'after down.sh --boot and a reboot there is nothing' '' "$(traces)"
does 'up.sh, just until the next reboot' by_sudo up.sh
same 'then every fact holds' '' "$(holds)"
has 'it does not come up at the next boot' "$(systemctl is-enabled qvm@qvm0 2>&1)" 'No such file'
does 'down.sh --purge' by_sudo down.sh --purge
same 'nothing is left' '' "$(traces)"
