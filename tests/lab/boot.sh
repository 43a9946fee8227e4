#!/bin/sh
# Boots a machine of the lab: the first process of namespaces of its own, which ends as systemd.
#
#   boot.sh BASE FOLDER NAME GROUP
#
# BASE is the image, which is only read; FOLDER/disk is what the machine wrote, and what it keeps when the power goes.
# GROUP is its control group, which systemd takes for the root of all.
# All mounts are in the machine's own namespace, so they are gone when it is.
set -eu
base=$1 folder=$2 name=$3 group=$4
root=$folder/root

mount --make-rprivate /
hostname "$name"

mount -t cgroup2 cgroup2 "$folder/groups"
mkdir -p "$folder/groups/$group"
echo $$ >"$folder/groups/$group/cgroup.procs"

mount -t overlay -o "lowerdir=$base,upperdir=$folder/disk,workdir=$folder/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"

# What a kernel of its own would say: another boot. And this one's settings are not the machine's to change.
cat /proc/sys/kernel/random/uuid >"$root/run/boot-id"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --bind "$root/run/boot-id" "$root/proc/sys/kernel/random/boot_id"

cd "$root"
pivot_root . .
umount -l .
exec unshare --cgroup /bin/sh -c '
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    exec setpriv --bounding-set=-sys_time,-sys_module,-net_admin,-sys_rawio \
        env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=1 \
        --log-target=console systemd.unified_cgroup_hierarchy=1
'
