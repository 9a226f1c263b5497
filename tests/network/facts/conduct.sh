# How every script takes a call: --help, wrong calls, no root, missing tools, no terminal.

cd "$box/sets/three-guests"
mapfile -t scripts < <(find . -maxdepth 1 -name '*.sh' -executable -printf '%f\n' | sort)
same 'all scripts are there' 15 "${#scripts[@]}"
before=$(state)

for script in "${scripts[@]}"; do
  status=0
  said=$(env -i PATH="$PATH" "./$script" --help 2>"$box/errors") || status=$?
  same "$script --help ends well" "0 " "$status $(<"$box/errors")"
  has "$script --help says how to call it" "$said" "$script"
  status=0
  said=$(env -i PATH="$PATH" "./$script" --nonsense 2>&1) || status=$?
  same "$script --nonsense is a wrong call" 2 "$status"
  has "$script --nonsense is named" "$said" 'there is no option --nonsense'
  same "$script --nonsense takes one line" 1 "$(wc -l <<<"$said")"
done
for script in up.sh down.sh bridge-up.sh bridge-down.sh svc-up.sh svc-down.sh setup-host.sh status.sh gen-ca-keypair.sh gen-ca-cert.sh; do
  status=0
  ./$script surplus &>"$box/out" || status=$?
  same "$script takes no argument" 2 "$status"
done

for script in up.sh down.sh bridge-up.sh bridge-down.sh tap-up.sh tap-down.sh svc-up.sh svc-down.sh setup-host.sh setup-guest.sh; do
  arguments=()
  [[ $script != setup-guest.sh ]] || arguments=(cp)
  refuses "$script needs root" sudo as_user "./$script" "${arguments[@]}"
done

for script in gen-ca-keypair.sh gen-ca-cert.sh gen-host-cert.sh; do
  refuses "$script looks for ~/qvm without QVM_DIR" 'QVM_DIR is no folder: /root/qvm' env -u QVM_DIR "./$script"
  refuses "$script needs a folder there" 'QVM_DIR is no folder' env QVM_DIR=/nowhere "./$script"
  mkdir "$box/a"$'\n'b
  refuses "$script cannot do with a line end in it" 'QVM_DIR has a line end' env QVM_DIR="$box/a"$'\n'b "./$script"
  rmdir "$box/a"$'\n'b
done

# Without the tools: they are deleted from overlays in a mount namespace of its own.
hidden() {
  local tools=$1
  shift
  # shellcheck disable=SC2016  # expanded inside
  unshare --mount bash -c '
    mkdir -p /run/hidden
    mount -t tmpfs tmpfs /run/hidden
    for folder in /usr/sbin /usr/bin; do
      mkdir -p "/run/hidden$folder/new" "/run/hidden$folder/work"
      mount -t overlay overlay -o "lowerdir=$folder,upperdir=/run/hidden$folder/new,workdir=/run/hidden$folder/work" "$folder"
      for tool in $1; do rm -f "$folder/$tool"; done
    done
    shift
    exec "$@"' _ "$tools" "$@"
}
refuses 'bridge-up.sh names ip' 'missing ip: apt install iproute2 (Debian) or dnf install iproute (Fedora)' \
  hidden ip ./bridge-up.sh
refuses 'setup-host.sh names nft' 'missing nft: apt install nftables' hidden nft ./setup-host.sh
ip link add qvm0 type bridge
refuses 'svc-up.sh names all that is missing' \
  'missing nft dnsmasq: apt install nftables dnsmasq-base (Debian) or dnf install nftables dnsmasq (Fedora)' \
  hidden 'nft dnsmasq' ./svc-up.sh
ip link delete qvm0
refuses 'gen-ca-keypair.sh names openssl' 'missing openssl' hidden openssl ./gen-ca-keypair.sh
refuses 'run-guest.sh names qemu' 'missing qemu-system' hidden qemu-system-x86_64 ./run-guest.sh cp
unchanged 'after all that the host is as before' "$before"

touch /run/.containerenv
refuses 'in a container a script says where it belongs' 'needs root: run sudo ./up.sh (run this on the host, not in the container)' as_user ./up.sh
has 'but run-guest.sh belongs there, too' "$(as_user ./run-guest.sh --print cp)" '-name cp'
rm /run/.containerenv
has 'run-guest.sh prints a command' "$(as_user ./run-guest.sh --print wk-1 -m 512)" \
  'tap,id=n0,ifname=qvm0tap1,script=no,downscript=no'
has 'with the MAC address of the table' "$(./run-guest.sh --print wk-1)" 'mac=52:54:00:2a:00:0b'
has 'with the seed' "$(./run-guest.sh --print wk-1)" 'http://10.42.0.2:8080/wk-1/'
refuses 'run-guest.sh knows its guests' 'there is no guest x: name one of cp wk-1 wk-2' as_user ./run-guest.sh x
refuses 'run-guest.sh without a TAP' 'there is no TAP qvm0tap0' as_user ./run-guest.sh cp
ip link add qvm0tap0 type bridge
refuses 'run-guest.sh with something else in its place' 'qvm0tap0 is there and is no TAP' as_user ./run-guest.sh cp
ip link delete qvm0tap0
ip tuntap add dev qvm0tap0 mode tap user 1001
refuses 'run-guest.sh with the TAP of another' 'the TAP qvm0tap0 belongs to uid 1001, and you are uid 1000' as_user ./run-guest.sh cp
ip link delete qvm0tap0
same 'run-guest.sh --print gives a command that a shell reads back' "-name
cp
a 'b' \"c\" \$(d)" "$(eval "printf '%s\n' $(./run-guest.sh --print cp "a 'b' \"c\" \$(d)")" | sed -n '2,3p;$p')"
refuses 'a guest without a name' 'there is no guest : name' ./run-guest.sh ''
QVM_DIR=$box/certified
mkdir "$QVM_DIR"
./gen-ca-keypair.sh && ./gen-ca-cert.sh
refuses 'nor is there a certificate for it' 'there is no guest : name' ./gen-host-cert.sh ''
refuses 'nor for what means all of them to bash' 'there is no guest @: name' ./gen-host-cert.sh @
QVM_DIR=$box/qvm
refuses 'setup-guest.sh knows its guests' 'there is no guest x: name one of cp wk-1 wk-2' ./setup-guest.sh x
refuses 'setup-guest.sh takes the host name' 'there is no guest host' ./setup-guest.sh
