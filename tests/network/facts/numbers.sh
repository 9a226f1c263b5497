# Two hundred guests: what is there already costs no process for each of them, however fast this machine is.

chown "$user" "$QVM_DIR"
# processes COMMAND...: how many are started, in this machine's own count of them.
processes() {
  local before
  read -r before </proc/sys/kernel/ns_last_pid
  "$@" &>"$box/out"
  read -r after </proc/sys/kernel/ns_last_pid
  echo $((after - before))
}
# again SET
again() {
  cd "$box/sets/$1"
  ./up.sh --quiet
  for script in ./up.sh ./status.sh; do processes $script; done | xargs
  ./down.sh --quiet
  rm -r "${QVM_DIR:?}"/*
}
few=$(again second-network)
many=$(again many-guests)
echo "# up.sh and status.sh with 2 guests: $few processes, with 200: $many"
for n in 1 2; do
  fact "a run for 200 guests starts about as many processes as one for 2, script $n" \
    test "$(cut -d' ' -f$n <<<"$many")" -lt $(($(cut -d' ' -f$n <<<"$few") + 60))
done
