# Inside fresh namespaces: makes them into a machine of its own, then runs a file of facts there.
#
# $1 is the folder of the tests, $2 that of the rendered sets, $3 the file of facts.

set -euo pipefail
here=$1 facts=$3

# What is shared with the real machine is its files, so those that scripts could write to are covered.
mount -t sysfs sysfs /sys
mkdir -p /run
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/box/{etc,var,work1,work2} /run/box/qvm
mount --bind /run/netns /run/netns
mount --make-shared /run/netns
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/box/etc,workdir=/run/box/work1 /etc
mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/box/var,workdir=/run/box/work2 /var/lib
# What an overlay has cannot be shared by NFS.
mkdir -p /var/lib/qvm
mount -t tmpfs tmpfs /var/lib/qvm
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
cp -r "$2" /run/box/sets
chmod 755 /run/box/sets # whoever made them, the person of the facts reads them, too
hostname host
echo '127.0.1.1 host' >>/etc/hosts

# The person, who has a home and a key.
sed -i '/^[^:]*:[^:]*:1000:/d' /etc/passwd
echo 'person:x:1000:1000::/run/box/home:/bin/bash' >>/etc/passwd
mkdir -p /run/box/home/.ssh
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPerson person@host' >/run/box/home/.ssh/id_ed25519.pub
chown -R 1000:1000 /run/box/home

box=/run/box
export QVM_DIR=$box/qvm
# shellcheck source=facts.sh
source "$here/lib/facts.sh"
# shellcheck source=world.sh
source "$here/lib/world.sh"
make_world
# shellcheck disable=SC1090  # one of several
source "$facts"
