#!/bin/busybox sh
# shellcheck shell=dash
#
# The whole user space of the virtual machine.

. /guest-boot.sh

url=http://127.0.0.1:8080/
group=/sys/fs/cgroup/jailmount/hello

page_is() {
    [ "$(wget -q -O - "$url")" = "$1" ]
}

file_is() {
    echo "$1: $(cat "$1")"
    [ "$(cat "$1")" = "$2" ]
}

nothing_left() {
    {
        find /run/jailmount -mindepth 1
        find /sys/fs/cgroup -path '*jail*'
        cat /sys/block/loop*/loop/backing_file
        grep -E 'squashfs|overlay|jail' /proc/mounts
        pidof jailmount
    } 2>/dev/null | tee /tmp/left
    [ ! -s /tmp/left ]
}

serves() {
    check "starts" jailmount /images/hello.sqfs --run -d \
        --listen 127.0.0.1:8080:80
    check "serves its page" page_is "From a virtual machine."
    check "processes are limited" file_is $group/g1/pids.max 32
    check "memory is limited" file_is $group/g1/memory.max 67108864
    check "processor time is limited" file_is $group/g1/cpu.max "50000 100000"
    check "runs a program inside" jailmount hello --exec -- /bin/busybox true
    check "owners in the image are the jail's" jailmount hello --exec -- \
        /bin/busybox sh -c 'test "$(/bin/busybox stat -c %u:%g /srv/index.html)" = 0:0'
    check "nothing has changed" sh -c 'test -z "$(jailmount hello --diff)"'
    check "restores" jailmount hello --restore
    check "serves its page again" page_is "From a virtual machine."
    check "is the second generation" test -d $group/g2
    check "the first generation is gone" sh -c \
        "for i in 1 2 3 4 5; do [ -e $group/g1 ] || exit 0; sleep 1; done; exit 1"
    check "stops" jailmount hello --stop
    check "leaves nothing behind" nothing_left
}

# The device of a mounted image is one like others.
limits_storage() {
    mkdir /shared
    check "there is a device" mount -o loop,ro -t squashfs /images/hello.sqfs \
        /shared
    check "a jail that reads it starts" jailmount /images/io.sqfs --run -d
    check "its device is limited" grep -q \
        '^7:[0-9]* rbps=1048576 wbps=max riops=max wiops=max$' \
        /sys/fs/cgroup/jailmount/io/g1/io.max
    check "it stops" jailmount io --stop
    umount /shared
}

serves
[ ! -e /images/io.sqfs ] || limits_storage
result end
poweroff -f
