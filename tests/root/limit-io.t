#!/bin/bash
# limit io: what a jail reads from and writes to the host's storage in a
# second, by version 1 of the control groups or by version 2.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-limit-io-$$
log=/var/log/jailmount/$jail.log
kept=/var/lib/jailmount/persist/$jail
stop_later "$jail"

# An image with these places and limits.
image() {
    recipe io <<END >/dev/null
name $jail
source host
copy /usr/bin/busybox
device null zero
dir /data /srv
$1
run /usr/bin/busybox sleep 1000
END
    "$JAILPACK" -o io.sqfs io.recipe
}
start() {
    rm -f "$log"
    "$JAILMOUNT" io.sqfs --run -d
}
inside() {
    "$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox "$@"
}
# What the generation may do with a device: bytes read and written, reads and
# writes, "max" where that is not limited.
limits_of() {
    local generation=$1 device=$2 group file
    for group in /sys/fs/cgroup{,/unified}/jailmount/$jail/g$generation; do
        [ ! -e "$group/io.max" ] || {
            sed -n "s,^$device rbps=\(.*\) wbps=\(.*\) riops=\(.*\) \
wiops=\(.*\),\1 \2 \3 \4,p" "$group/io.max"
            return
        }
    done
    group=/sys/fs/cgroup/blkio/jailmount/$jail/g$generation
    for file in read_bps write_bps read_iops write_iops; do
        awk -v device="$device" '$1 == device { n = $2 }
            END { print n ? n : "max" }' "$group/blkio.throttle.${file}_device"
    done | xargs
}
# A device by its node, as the kernel numbers it.
number_of() {
    echo $((0x$(stat -c %t "$1"))):$((0x$(stat -c %T "$1")))
}

# --- What is kept, with a bound -----------------------------------------------

ok "packed: what is kept" image "persist /data 0755 root:root 16M
limit io write 1M
limit io read-ops 200"
run "$JAILMOUNT" io.sqfs --run --dry-run
like "the plan has it" "$STDOUT" \
    'io-limits: of each device, in a second, bytes written 1048576, reads 200'
ok "it starts" start
loop=$(losetup -n -O NAME -j "$kept/data.ext4")
is "its device is limited" "$(limits_of 1 "$(number_of "$loop")")" \
    "max 1048576 200 max"
began=$(date +%s%N)
ok "it writes" inside dd if=/dev/zero of=/data/file bs=256k count=12 oflag=direct
took=$((($(date +%s%N) - began) / 1000000))
ok "three megabytes take longer than a second: $took ms" test "$took" -gt 1000
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "and limited again" "$(limits_of 2 "$(number_of "$loop")")" \
    "max 1048576 200 max"
"$JAILMOUNT" "$jail" --stop

# --- What is shared -----------------------------------------------------------

truncate -s 32M disk
disk=$(losetup -P --show -f disk)
# Not every kernel reads partition tables, and not every /dev gets the nodes.
addpart "$disk" 1 2048 63488
part=$TMP/part
part_number=$(cat "/sys/block/${disk#/dev/}/${disk#/dev/}p1/dev")
mknod "$part" b "${part_number%:*}" "${part_number#*:}"
mkfs.ext4 -q "$part"
mkdir mounted
mount "$part" mounted
losetup -d "$disk" # with its last user
mkdir mounted/shared
ok "packed: what is shared" image "share $TMP/mounted/shared at /srv rw
limit io read 2M"
ok "it starts" start
is "the disk is limited, not its partition" \
    "$(limits_of 1 "$(number_of "$disk")")" "2097152 max max max"
"$JAILMOUNT" "$jail" --stop
umount mounted

# --- What cannot be limited ---------------------------------------------------

mkdir lower upper
mount -t tmpfs none upper
mkdir upper/{upper,work}
mount -t overlay -o lowerdir=lower,upperdir=upper/upper,workdir=upper/work \
    none mounted
ok "packed: an overlay" image "share $TMP/mounted at /srv
limit io read 2M"
status "it does not start" 125 start
like "and the reason is told" "$STDERR" \
    "limit io cannot be enforced: $TMP/mounted does not lie on one block device"
umount mounted upper

ok "packed: nothing" image "limit io read 2M
writable /srv 1M"
ok "it starts" start
like "and it is told that there is nothing to limit" "$(cat "$log")" \
    'nothing of this jail lies on a block device'
"$JAILMOUNT" "$jail" --stop
rm -rf "$kept" "$log"
plan_done
