#!/bin/busybox sh
# shellcheck shell=dash
#
# Process 1 of the virtual machine that runs systemd, as long as its disk is not
# mounted.

PATH=/bin
export PATH
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
for module in /modules/*.ko; do
    insmod "$module" || echo "RESULT not ok module $module"
done
mount -t ext4 -o rw /dev/vda /root || poweroff -f
umount /proc
mount --move /dev /root/dev
exec switch_root /root /lib/systemd/systemd
