# Every document: its whole network comes up, holds, changes nothing the second time, and goes away.

for set in "$box"/sets/*/; do
  # The person's own scripts do not work everywhere: see person.sh. Several networks have a folder each: see several.sh.
  [[ $set != */@(seed|two-labs)/ ]] || continue
  cd "$set"
  name=$(basename "$set")
  # A folder of the host's that a document shares is the person's to make.
  [[ $name != exports ]] || install -d -o 60802 /mnt/qvm-disk
  before=$(state)
  does "$name: setup-host.sh" ./setup-host.sh
  does "$name: bridge-up.sh" ./bridge-up.sh
  ./gen-ca-keypair.sh
  ./gen-ca-cert.sh
  # 200 keys take long, and one guest is as good as another.
  guests=()
  [[ $name != many-guests ]] || guests=(node-1)
  ./gen-host-cert.sh "${guests[@]}"
  if [[ -e svc-up.sh ]]; then
    status=0
    ./svc-up.sh &>"$box/out" || status=$?
    same "$name: svc-up.sh" 0 "$status$(grep -v '^# \|warning' "$box/out")"
    if [[ $name == many-guests ]]; then
      fact "$name: status.sh finds every fact but the certificates" env -u QVM_DIR ./status.sh
    else
      fact "$name: status.sh finds every fact" ./status.sh
    fi
    held=$(state)
    ./svc-up.sh &>"$box/out"
    unchanged "$name: svc-up.sh twice changes nothing" "$held"
    does "$name: svc-down.sh" ./svc-down.sh
  else
    fact "$name: status.sh finds every fact" ./status.sh
  fi
  no "$name: status.sh misses what is not there" eval './bridge-down.sh && ./status.sh'
  does "$name: setup-host.sh --down" ./setup-host.sh --down
  echo 0 >/proc/sys/net/ipv4/ip_forward
  rm -rf "${QVM_DIR:?}"/* /var/lib/qvm/*
  unchanged "$name: nothing is left" "$before"
done
