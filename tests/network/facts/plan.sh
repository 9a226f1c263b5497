# `qvm-tangle plan`, beside what really happens: each edit is made under running stand-ins of the guests, which ask for echoes
# all the time. Who loses what, which steps were needed, and which guests have to boot again, has to be what the plan said.

# shellcheck source=../lib/station.sh
source "$here/lib/station.sh"
program=$box/sets/program folder=$box/edited state_of_seeds=/run/qvm/qvm0/services/seeds
export XDG_STATE_HOME=$box/state HOME=$box
mkdir "$folder"
cd "$folder"
chown "$user" "$QVM_DIR"

base() {
  cat <<'DOCUMENT'
#+TITLE: Before an edit

- Name :: =qvm0=
- Subnet :: 10.42.0.1/24

| Guest | IP         | TAP      | MAC               |
|-------+------------+----------+-------------------|
| cp    | 10.42.0.10 | qvm0tap0 |                   |
| wk-1  | 10.42.0.11 | qvm0tap1 | 02:00:00:00:00:0b |
| wk-2  | 10.42.0.12 | qvm0tap2 |                   |
| calm  | 10.42.0.13 | qvm0tap3 |                   |

| Service    |        IP | Port | Interface |
|------------+-----------+------+-----------|
| Gateway    | 10.42.0.1 |      | qvm0      |
|------------+-----------+------+-----------|
| DHCP       | 10.42.0.2 |      | veth0     |
| DNS        |           |      |           |
| cloud-init |           |      |           |
DOCUMENT
}

declare -A mac=([cp]=52:54:00:2a:00:0a [wk-1]=02:00:00:00:00:0b [wk-2]=52:54:00:2a:00:0c [calm]=52:54:00:2a:00:0d)
declare -A tap=([cp]=qvm0tap0 [wk-1]=qvm0tap1 [wk-2]=qvm0tap2 [calm]=qvm0tap3)
declare -A address=([cp]=10.42.0.10 [wk-1]=10.42.0.11 [wk-2]=10.42.0.12 [calm]=10.42.0.13)
guests=(cp wk-1 wk-2 calm)

# told EXPRESSION: what the plan for the network says, `n`, or for all, `p`; one word a line.
told() {
  python3 - "$1" <<'PROGRAM'
import json, sys
p = json.load(open("/run/box/plan.json"))["documents"][0]
n = p["networks"][0] if p["networks"] else {"edits": [], "steps": [], "guests": [], "follows": []}
said = eval(sys.argv[1])
print("\n".join(said) if isinstance(said, list) else said)
PROGRAM
}

# known NAME: the addresses that a guest knows: another guest that nobody edits, the host, the outside, the services.
known() {
  local other=${address[calm]}
  [[ $1 != calm ]] || other=
  echo ${other:+guests=$other} host=10.42.0.1 outside=$outside services=10.42.0.2
}

plug_in_all() {
  local guest
  for guest in "${guests[@]}"; do
    make_station "$guest" "${mac[$guest]}" "${tap[$guest]}"
    give_address "$guest" "${address[$guest]}/24" 10.42.0.1
  done
}

start_pinging() {
  local guest
  for guest in "${running[@]}"; do
    # shellcheck disable=SC2046  # words
    ip netns exec "$guest" python3 "$here/lib/pinger.py" $(known "$guest") >"$box/pings.$guest" 2>&1 </dev/null 9<&- &
    echo "$!" >"$box/pinger.$guest"
    soon grep -q started "$box/pings.$guest"
  done
  sleep 0.5
}

stop_pinging() {
  local guest
  for guest in "${running[@]}"; do
    kill "$(<"$box/pinger.$guest")" || not_ok "the pinger of $guest has ended: $(<"$box/pings.$guest")"
  done
  for guest in "${running[@]}"; do
    wait "$(<"$box/pinger.$guest")" || true
  done
}

# unreached NAME: whom a guest does not reach by now, of those that it knows.
unreached() {
  local target
  for target in $(known "$1"); do
    at "$1" busybox ping -c 1 -W 2 "${target#*=}" &>/dev/null || at "$1" busybox ping -c 1 -W 2 "${target#*=}" &>/dev/null ||
      echo "${target%%=*}"
  done | xargs
}

# run_by_host: the commands that up.sh would run, by plan --host.
run_by_host() {
  python3 -c 'import json; print("\n".join(json.load(open("/run/box/host.json"))["documents"][0]["networks"][0]["host"]["runs"]))'
}

# foreseen: commands less what a dry run cannot know: what the scripts for certificates do, what follows from their results, the
# route that goes with an address, and the MAC address that a new plug is made with.
foreseen() {
  grep -v "$QVM_DIR\|guest-files.py\|the guests let in\|route replace default\|^ip -n .* link set dev veth0 address" | LC_ALL=C sort -u || true
}

# would_do: how many commands up.sh would run.
would_do() { ./generated/up.sh --dry-run 2>&1 | grep -c '^# ' || true; }

instances() { grep -H ^instance-id "$state_of_seeds"/*/meta-data 2>/dev/null | sed "s,$state_of_seeds/,," || true; }

# edit WHAT EXPRESSION...: makes an edit by sed under running guests, as the plan says.
edit() {
  local what=$1 guest step command before after lost expected momentary ended
  shift
  base >network.org
  $program --quiet --out-dir generated network.org
  ./generated/up.sh &>"$box/up" || not_ok "$what: the network comes up" "$(<"$box/up")"
  plug_in_all
  running=("${guests[@]}")
  before=$(instances)
  sed -i -E "$@" network.org
  $program plan --format json --out-dir generated network.org >"$box/plan.json" 2>"$box/said" || not_ok "$what: there is a plan" "$(<"$box/said")"
  ended=$(told '[g["former"] if "former" in g else g["name"] for g in n["guests"] if g["shut_down"]]' | xargs)
  [[ -z $ended ]] || check_shutdown "$what"
  for guest in $ended; do
    remove_station "$guest"
    mapfile -t running < <(printf '%s\n' "${running[@]}" | grep -vxF "$guest" || true)
  done
  start_pinging
  while IFS= read -r command; do
    case $command in
      *run-guest.sh*) ;;
      *up.sh)
        $program plan --host --trust --format json --out-dir generated network.org >"$box/host.json"
        no "$what: up.sh has something to do" test "$(would_do)" = 0
        does "$what: up.sh does what is missing" eval "${command#sudo } 2>$box/did"
        same "$what: which is what plan --host says" "$(run_by_host | foreseen)" "$(sed -n 's/^# //p' "$box/did" | foreseen)"
        ;;
      *'ip addr del'*)
        # What up.sh does not by itself.
        has "$what: the old address is in the way" "$(./generated/bridge-up.sh 2>&1)" 'take it off'
        does "$what: $command" eval "${command#sudo }"
        ;;
      qvm-tangle*) does "$what: the outputs are written" eval "$program --quiet ${command#qvm-tangle }" ;;
      *) does "$what: $command" eval "${command#sudo }" ;;
    esac
  done < <(told '[s["command"] for s in n["steps"] if "command" in s] or ([p["compile"]] if "compile" in p else [])')
  [[ -n $(told '[s["command"] for s in n["steps"] if "up.sh" in s.get("command", "")]') ]] ||
    same "$what: up.sh has nothing to do" 0 "$(would_do)"
  stop_pinging
  # Until up.sh has run, whatever comes after it.
  momentary=$(told '" ".join(d for s in n["steps"] for d in s["disturbs"] if "until `up.sh` has run" in d)')
  case $momentary in
    *'no answer of'*) momentary='^services=' ;;
    *'out of reach'*) momentary='^host=\|^outside=' ;;
    *) momentary='^$' ;;
  esac
  for guest in "${running[@]}"; do
    expected=$(told "' '.join(x for g in n['guests'] if g.get('former', g['name']) == '$guest' for x in g['loses'])")
    [[ $guest != calm ]] || expected=$(xargs -n 1 <<<"$expected" | grep -v guests | xargs || true)
    same "$what: $guest reaches all but ${expected:-nobody}, as planned" "$expected" "$(unreached "$guest")"
    lost=$(awk 'NF == 3 && $3 > 0 { print $1 "=" $3 "/" $2 }' "$box/pings.$guest" | grep -v "^\(${expected// /\\|}\)=" | xargs) || true
    lost=$(xargs -n 1 <<<"$lost" | grep -v "$momentary" | xargs || true)
    same "$what: $guest loses no packet otherwise" '' "$lost"
    printf '# %s: %s: %s\n' "$what" "$guest" "$(awk 'NF == 3 { printf "%s %d of %d lost; ", $1, $3, $2 }' "$box/pings.$guest")"
  done
  after=$(instances)
  [[ -z $after || -z $before ]] || same "$what: whose seed is another one is to boot again" \
    "$(told '[g["name"] for g in n["guests"] if g["boot"]]' | sort | xargs)" \
    "$(join -t: <(sort <<<"$before") <(sort <<<"$after") | awk -F: '$3 != $5 { sub("/.*", "", $1); print $1 }' | other_than_started | sort | xargs)"
  for guest in "${running[@]}"; do remove_station "$guest"; done
  fact "$what: the host has all of it" ./generated/status.sh
  for guest in $(told '[g["name"] for g in n["guests"] if g["start"]]'); do check_started "$what" "$guest"; done
  ./generated/down.sh --quiet &>"$box/down" || not_ok "$what: down.sh" "$(<"$box/down")"
  rm -rf generated
}

# check_started WHAT GUEST: with what the document gives it by now, a guest reaches everything.
check_started() {
  local what=$1 guest=$2 words gateway services
  read -r -a words < <(grep "^guest *$guest " generated/network.sh)
  gateway=$(awk '$1 == "network" { sub("/.*", "", $3); print $3 }' generated/network.sh)
  services=$(awk '$1 == "endpoint" { print $5 }' generated/network.sh)
  make_station "$guest" "${words[3]}" "${words[4]}"
  give_address "$guest" "${words[2]}/24" "$gateway"
  for at in $gateway $services $outside; do
    fact "$what: $guest, started again, reaches $at" soon at "$guest" busybox ping -c 1 -W 1 "$at"
  done
  remove_station "$guest"
}

# Whoever is started again, or is gone, has its new seed from that.
other_than_started() {
  grep -vxF "$(told '[g["name"] for g in n["guests"] if g["start"] or g["shut_down"]] or ["-"]')" || true
}

# Whoever has to be shut down is in the way.
check_shutdown() {
  local what=$1
  if [[ -n $(told '[s["command"] for s in n["steps"] if "/down.sh" in s.get("command", "")]') ]]; then
    has "$what: a guest that runs is in the way" "$(./generated/down.sh 2>&1)" 'a guest runs on'
    return
  fi
  $program --quiet --out-dir "$box/next" network.org
  has "$what: a guest that runs is in the way" "$("$box/next/bridge-up.sh" 2>&1)" 'a guest runs on'
  rm -r "$box/next"
}

edit 'nothing' 's/Before an edit/After one/'
same 'prose: nothing is said' '' "$(told '[e["kind"] for e in n["edits"]]')"
edit 'a guest more' 's/^\| calm .*/&\n| wk-3 | 10.42.0.14 | qvm0tap4 | |/'
edit 'a guest less' '/^\| wk-2/d'
edit 'a guest renumbered' 's/10.42.0.10/10.42.0.20/'
edit 'a guest renumbered that keeps its MAC address' 's/10.42.0.11/10.42.0.21/'
edit 'two guests change addresses' 's/10.42.0.10/10.42.0.99/; s/10.42.0.11/10.42.0.10/; s/10.42.0.99/10.42.0.11/'
edit 'a guest renamed' 's/wk-2/worker/'
edit 'a guest at another TAP' 's/qvm0tap2/qvm0tap9/'
edit 'a guest with more memory' 's/^(\| Guest.*)MAC  ( *)\|/\1MAC \2| Memory |/; s/^(\| cp .*)/\1 4G |/'
edit 'the services move' 's/10.42.0.2 /10.42.0.3 /'
edit 'the host has another address' 's/10.42.0.1([ \/])/10.42.0.254\1/'
edit 'terms of the bridge list' 's/^- Subnet.*/&\n- Host access :: 22\n- Pin :: address\n- DHCP range :: 10.42.0.100-10.42.0.110/'
edit 'another name of a guest' 's/^(\| Guest.*)MAC  ( *)\|/\1MAC \2| Aliases |/; s/^(\| cp .*)/\1 api |/'
edit 'another domain' 's/^- Subnet.*/&\n- Domain :: lab.example/'
edit 'a service more, and another port of the seeds' 's/^\| cloud-init.*/| cloud-init | | 8081 | |\n| NFS | | | |/'
edit 'another namespace' 's/^- Subnet.*/&\n- Namespace :: elsewhere/'
edit 'another bridge' 's/qvm0/lab0/g'
