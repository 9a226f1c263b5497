#!/usr/bin/env bash
# Runs a file of facts in the virtual machine that plays the host: run.sh FACTS

set -euo pipefail
here=/root/network box=/var/tmp/box
export PATH=$PATH:/usr/sbin LC_ALL=C QVM_DIR=/home/person/qvm HOME=/root
mkdir -p $box
chmod 755 $box
# shellcheck source=../lib/facts.sh
source $here/lib/facts.sh
# shellcheck source=../lib/station.sh
source $here/lib/station.sh
cd /home/person/generated

# by_sudo SCRIPT ARGUMENT...: as the person calls it.
by_sudo() { su - person -c "cd generated && sudo ./$*"; }

# settles UNIT: what it has begun to do has ended, which takes an emulator its time.
settles() {
  for _ in {1..150}; do
    [[ $(systemctl is-active "$1") == *activating ]] || return 0
    sleep 2
  done
}

ask() { python3 "$here/lib/ask.py" "$@"; }

holds() { ./status.sh >$box/status 2>&1 || grep '^no\|status.sh' $box/status; }

# Everything of the network that this host could have.
traces() {
  ip -o link | grep -o 'qvm[^:@]*' || true
  ip netns
  nft list tables | grep qvm || true
  grep qvm /etc/hosts || true
  firewall-cmd --permanent --get-zones | grep -o 'q-[^ ]*' || true
  firewall-cmd --permanent --get-policies | grep -o '[oh]-qvm[^ ]*' || true
  systemctl list-units --all --plain --no-legend 'qvm*' || true
  ls -d /etc/systemd/system/*/qvm* /etc/systemd/system/qvm* /run/NetworkManager/conf.d/* /run/qvm/* /var/lib/qvm/*/{boot,folder} 2>/dev/null | grep -v '\.lock$' || true
}

# shellcheck disable=SC1090  # one of several
source "$here/systemd/$1.sh"
