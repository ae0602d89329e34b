# shellcheck shell=dash
#
# For what runs as process 1 of a virtual machine, twice: first from the
# initramfs, which cannot be pivoted away from, then from a tmpfs, where this
# comes to its end.

PATH=/bin:/sbin
export PATH

# shellcheck source=tests/vm/guest-check.sh
. /guest-check.sh

if [ ! -e /booted ]; then
    /bin/busybox mkdir -p /proc /sys /dev /tmp /run /root
    /bin/busybox --install -s /bin
    mount -t devtmpfs dev /dev
    for module in /modules/*.ko; do
        insmod "$module" || result "not ok module $module"
    done
    mount -t tmpfs -o size=256m root /root
    cp -a /bin /sbin /lib /lib64 /usr /guest*.sh /images /root/ 2>/dev/null
    mkdir -p /root/proc /root/sys /root/dev /root/tmp /root/run /root/var/log
    touch /root/booted
    mount --move /dev /root/dev
    exec switch_root /root /guest.sh
fi

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up
