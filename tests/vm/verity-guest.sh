#!/bin/busybox sh
# shellcheck shell=dash
#
# What verity.t does in its virtual machine. The disk has the images.

# shellcheck source=tests/vm/guest-boot.sh
. /guest-boot.sh
root_hash='' tree_offset='' noise_at=''
# shellcheck disable=SC1091
. /images/facts

mkdir /disk /mnt
mount -t ext4 /dev/vda /disk
image=/disk/hello.sqfs
ioctl=16 # its number, for x86-64

# --- What there is ------------------------------------------------------------

status_of() {
    jailmount "$1" --status
}

# json NAME FIELD VALUE - of a jail's status.
json() {
    jailmount "$1" --status --json | grep "\"$2\"" | tee /tmp/seen
    grep -q "\"$2\": $3,*\$" /tmp/seen
}

# The value of the first field of that name, as it is there.
value() {
    jailmount "$1" --status --json |
        sed -n "s/^ *\"$2\": \"*\\([^\",]*\\)\"*,*\$/\\1/p" | head -n 1
}

devices() {
    cat /sys/block/dm-*/dm/name 2>/dev/null
}

count_is() {
    devices
    [ "$(devices | wc -l)" = "$1" ]
}

loops() {
    cat /sys/block/loop*/loop/backing_file 2>/dev/null
}

left() {
    devices
    loops
    find /run/jailmount -mindepth 1 2>/dev/null
    find /sys/fs/cgroup -path '*jail*'
    find /dev/mapper -name 'jailmount-*'
    grep -E 'squashfs|overlay|jail' /proc/mounts
    pidof jailmount
}

# The kernel takes a moment.
soon() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$@" >/tmp/soon 2>&1 && return
        usleep 200000
    done
    cat /tmp/soon
    return 1
}

# shellcheck disable=SC2317  # called by soon
is_clean() {
    local found
    found=$(left)
    echo "$found"
    [ -z "$found" ]
}

nothing_left() {
    soon is_clean
}

start() {
    local name=$1 port=$2
    shift 2
    jailmount "$image" --run -d --name "$name" \
        --listen "127.0.0.1:$port:80" "$@"
}

page_is_there() {
    [ "$(wget -q -O - "http://127.0.0.1:$1/")" = "From under dm-verity." ]
}

prints() {
    local pattern=$1
    shift
    "$@" >/tmp/printed 2>&1
    cat /tmp/printed
    grep -qE -- "$pattern" /tmp/printed
}

fails() {
    local pattern=$1
    shift
    if "$@" >/tmp/printed 2>&1; then
        echo "it did not fail"
        return 1
    fi
    cat /tmp/printed
    grep -qE -- "$pattern" /tmp/printed
}

# --- A jail over it -----------------------------------------------------------

check "the plan has it" prints 'verity: the kernel holds what is read' \
    jailmount $image --run --dry-run
check "a jail starts" start hello 8080
check "its status says so" prints '^protection  dm-verity \(/dev/dm-[0-9]+\)$' \
    status_of hello
check "for programs" json hello protection '"verity"'
check "nothing is wrong" json hello corrupted false
check "it serves its page" page_is_there 8080
check "its root is that device" grep -q " / / .* - squashfs /dev/dm-0 ro" \
    "/proc/$(value hello init)/mountinfo"
check "which is read-only" grep -qx 1 /sys/block/dm-0/ro
check "and has the jail's name" prints \
    "^jailmount-hello-$(value hello supervisor)-[0-9a-f]{8}\$" devices
check "over the file, which is not copied" prints "^$image\$" loops
check "it is restored" jailmount hello --restore
check "to another device" prints '^protection  dm-verity \(/dev/dm-1\)$' \
    status_of hello
check "it serves" page_is_there 8080
check "the one before is gone" soon count_is 1
check "it is updated to another image" jailmount hello --update \
    /disk/next.sqfs --trial 0
check "which is under dm-verity" json hello protection '"verity"'
check "and serves" page_is_there 8080
# The generations: one, its restore, this.
limits_are_of_the_device() {
    local name
    name=$(jailmount hello --status --json |
        sed -n 's|.*"/dev/\(dm-[0-9]*\)".*|\1|p')
    cat "/sys/block/$name/dev" /sys/fs/cgroup/jailmount/hello/g3/io.max
    grep -q "^$(cat "/sys/block/$name/dev") rbps=104857600 " \
        /sys/fs/cgroup/jailmount/hello/g3/io.max
}
check "its limits of reading are that device's" limits_are_of_the_device
check "it stops" jailmount hello --stop
check "and leaves nothing" nothing_left

# --- Shared -------------------------------------------------------------------

check "a jail" start one 8081
check "one of the same file" start two 8082
check "has the same device" json two borrowed true
cp $image /disk/copy.sqfs
check "one of a copy" jailmount /disk/copy.sqfs --run -d --name three \
    --listen 127.0.0.1:8083:80
check "as well" json three borrowed true
check "there is one" count_is 1
check "they serve" page_is_there 8083
check "the one who lent it stops" jailmount one --stop
check "who borrowed it serves" page_is_there 8082
check "and lends it" start one 8081
check "to the first" json one borrowed true
check "there still is one" count_is 1
check "a restore of that" jailmount one --restore
check "makes a second" json one borrowed false
check "which there is" count_is 2
for name in one two three; do
    check "$name stops" jailmount $name --stop
done
check "nothing is left of them" nothing_left

# --- Without ------------------------------------------------------------------

check "who wants none" start hello 8080 --verity never
check "has the sealed memory" prints '^protection  sealed memory$' \
    status_of hello
check "and no device" count_is 0
check "one that has to have it" start other 8081 --verity always
check "borrows none that is not" json other protection '"verity"'
check "they stop" sh -c 'jailmount hello --stop && jailmount other --stop'
check "and leave nothing" nothing_left

# --- Assembled ----------------------------------------------------------------

check "a jail without a process" jailmount $image /mnt
check "is over dm-verity" grep -q '^/dev/dm-0 /mnt squashfs' /proc/mounts
check "can be read" cmp -s /mnt/bin/busybox /bin/busybox
check "is taken down" jailmount --umount /mnt
check "and leaves nothing" nothing_left

# Nobody makes nodes there.
without_nodes() {
    # shellcheck disable=SC2016
    unshare -m sh -c '
        cp -a /dev/null /dev/urandom /dev/loop* /dev/mapper /tmp
        mount -t tmpfs dev /dev && mv /tmp/null /tmp/urandom /tmp/loop* \
            /tmp/mapper /dev && jailmount "$1" /mnt &&
        ls /dev/dm-* /dev/mapper/jailmount-*
        cat /mnt/srv/index.html; cat /proc/mounts' sh $image
}
check "where no node is made for it" prints 'From under' without_nodes
check "that leaves nothing" nothing_left

# --- The last user ------------------------------------------------------------

check "a jail" start hello 8080
# shellcheck disable=SC2217
sleep 1000 </dev/dm-0 &
holder=$!
check "somebody else has its device, and it stops" jailmount hello --stop
check "the device waits for them" prints '^jailmount-hello-' devices
check "and holds the file" prints "^$image\$" loops
kill $holder
check "with them it goes" nothing_left

check "a jail" start hello 8080
kill -9 "$(value hello supervisor)"
all_gone() {
    devices
    loops
    [ -z "$(devices)$(loops)" ]
}
check "without its supervisor its device goes by itself" soon all_gone
check "it starts" start hello 8080
check "and stops" jailmount hello --stop
check "nothing is left" nothing_left

# --- Killed while it is made --------------------------------------------------

# Prints what is left, if the start still makes that many calls.
killed_at() {
    ONLY_CALL=$ioctl kill_call "$1" jailmount /disk/short.sqfs --run \
        3>/tmp/killed >/dev/null 2>&1 </dev/null
    grep -q '^killed' /tmp/killed || return 1
    usleep 100000
    devices || :
}
left_devices=0
call=1
while devices=$(killed_at $call); do
    [ -z "$devices" ] || left_devices=$((left_devices + 1))
    call=$((call + 1))
done
check "a start that is killed at one of $call calls" [ $call -gt 7 ]
# By the load, the resumption, the removal; the last leaves none.
check "leaves a device at $left_devices of them" [ $left_devices -ge 3 ]
check "which the next that starts clears" jailmount /disk/short.sqfs --run
check "and all else" nothing_left

# --- Failing while it is made -------------------------------------------------

failed=/tmp/failed
: >$failed
refused=0
failed_at() {
    ONLY_CALL=$ioctl fail_call "$1" 1 jailmount /disk/short.sqfs --run \
        3>/tmp/call >/tmp/said 2>&1 </dev/null
    status=$?
    [ -s /tmp/call ]
}
call=1
while failed_at $call; do
    if [ $status -ne 0 ]; then
        refused=$((refused + 1))
        grep -q '^jailmount: ' /tmp/said || echo "silent at $call" >>$failed
    fi
    nothing_left >/tmp/stays || { echo "left at $call:"; cat /tmp/stays; } \
        >>$failed
    call=$((call + 1))
done
check "a start in which one of $call calls fails" [ $call -gt 7 ]
check "is refused for $refused of them" [ $refused -ge 6 ]
check "with a message, and nothing stays" sh -c "cat $failed; [ ! -s $failed ]"

# --- Others' tools ------------------------------------------------------------

check "veritysetup verifies the image" veritysetup verify $image $image \
    "$root_hash" --hash-offset="$tree_offset"
check "and no other root hash" fails 'erif' veritysetup verify $image $image \
    "$(echo "$root_hash" | tr 0-9 1-90)" --hash-offset="$tree_offset"
mkdir -p /run/cryptsetup
check "veritysetup opens it" veritysetup open $image other $image \
    "$root_hash" --hash-offset="$tree_offset"
check "which mounts" mount -t squashfs -o ro /dev/mapper/other /mnt
check "with what is in it" grep -q 'From under' /mnt/srv/index.html
umount /mnt
check "what others made is none of ours" sh -c \
    'jailmount /disk/short.sqfs --run && [ -e /sys/block/dm-0 ]'
check "and closes it" veritysetup close other
check "nothing is left" nothing_left

# --- Damage -------------------------------------------------------------------

check "a wrong hash tree is refused" fails 'hash tree has been changed' \
    jailmount /disk/tree.sqfs --run -d
check "and leaves nothing" nothing_left

# flip BYTE - in the disk, beneath the file system.
flip() {
    printf "$1" | dd of=/dev/vda bs=1 seek=$((noise_at)) conv=notrunc,fsync
    sync
    echo 3 >/proc/sys/vm/drop_caches
}
inside() {
    jailmount hello --exec -- /bin/busybox "$@"
}
dd if=/dev/vda bs=1 skip=$((noise_at)) count=1 of=/tmp/byte 2>/dev/null
good=$(hexdump -v -e '1/1 "\\x%02x"' /tmp/byte)
bad='\x00'
[ "$good" != "$bad" ] || bad='\x01'

check "a jail" start hello 8080
check "what it has can be read" inside cat /srv/noise
echo 3 >/proc/sys/vm/drop_caches
check "a byte flips on the disk" flip "$bad"
check "which nobody has read yet" json hello corrupted false
check "reading it is an error" fails 'Input/output error' inside cat /srv/noise
check "other files can be read" page_is_there 8080
check "its status says so" prints \
    '^protection  dm-verity \(.*\): CORRUPTED, blocks of the file' status_of hello
check "for programs" json hello corrupted true
check "it is an alarm" soon json hello image 1
log=/var/log/jailmount/hello.log
check "which the log has" grep -q \
    'alarm: blocks of the image.s file are not those of its root hash' $log
check "and answers by a restore, which fails" soon grep -q \
    'TAMPERED: .* bytes where they lie .*changed in bytes' $log
check "as does one that is ordered" fails 'changed in bytes [0-9]+ to' \
    jailmount hello --restore
check "what serves goes on" page_is_there 8080
check "another does not start" fails 'changed in bytes [0-9]+ to' \
    start other 8081
check "the byte comes back" flip "$good"
check "it is restored" jailmount hello --restore
check "nothing is wrong any more" json hello corrupted false
check "all can be read" inside cat /srv/noise
check "it stops" jailmount hello --stop
check "and leaves nothing" nothing_left
result end
poweroff -f
