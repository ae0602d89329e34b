#!/bin/bash
# What protects an image where dm-verity does not (tests/vm/verity.t): a copy in
# sealed memory; and where it is too large for that nothing does: it is verified
# where it lies, and whoever changes the file afterwards is found out by the next
# restore.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-in-place-$$
stop_later "$jail"
head -c 200000 /dev/urandom >noise
recipe place <<END >/dev/null
name $jail
source tree $TMP
copy /noise
source host
copy /bin/busybox
link /bin/sh busybox
device null stdout stderr
drain 1s
run /bin/sh -c "trap 'exit 0' TERM; while :; do sleep 0.1; done"
END
ok "packed" "$JAILPACK" --level 1 -o good.sqfs place.recipe
cp good.sqfs image.sqfs
size=$(stat -c %s image.sqfs)

status_of() {
    "$JAILMOUNT" "$jail" --status --json | jq -r "$1"
}
backing() {
    grep -lF "$1" /sys/block/loop*/loop/backing_file 2>/dev/null | wc -l
}

has_verity() {
    "$JAILMOUNT" image.sqfs --run --dry-run --verity always
}
if has_verity >/dev/null 2>&1; then
    diag "this kernel has dm-verity"
    ok "an image runs" "$JAILMOUNT" image.sqfs --run -d
    is "by itself under dm-verity" "$(status_of .protection)" verity
else
    status "without dm-verity none runs that has to have it" 125 \
        "$JAILMOUNT" image.sqfs --run -d --verity always
    like "for that reason" "$STDERR" \
        '--verity always: dm-verity is not to be had: the kernel.*device mapper'
    is "and nothing is there" "$(backing "$TMP/image.sqfs")" 0
    ok "others do" "$JAILMOUNT" image.sqfs --run -d
    is "by themselves from memory" "$(status_of .protection)" sealed
fi
"$JAILMOUNT" "$jail" --stop >/dev/null

ok "an image as large as the limit" "$JAILMOUNT" image.sqfs --run -d \
    --verity never --seal-limit "$size"
is "is in memory" "$(status_of .sealed)" true
is "for programs" "$(status_of .protection)" sealed
is "not under dm-verity" "$(status_of .verity)" null
like "as people are told" "$("$JAILMOUNT" "$jail" --status)" \
    '^protection  sealed memory$'
is "and not where it lies" "$(backing "$TMP/image.sqfs")" 0
"$JAILMOUNT" "$jail" --stop >/dev/null
ok "a larger one" "$JAILMOUNT" image.sqfs --run -d --verity never \
    --seal-limit $((size - 1))
is "is not" "$(status_of .sealed)" false
is "nor is anything else" "$(status_of .protection)" in-place
like "which people are told" "$("$JAILMOUNT" "$jail" --status)" \
    '^protection  verified in place: too large'
is "it is where it lies" "$(backing "$TMP/image.sqfs")" 1
ok "it is restored" "$JAILMOUNT" "$jail" --restore
is "to another generation" "$(status_of .generation)" 2

# The middle of the noise, which no program needs.
printf 'changed' | dd of=image.sqfs bs=1 seek=$((size / 3)) conv=notrunc \
    2>/dev/null
status "once the file has changed it is not" 1 "$JAILMOUNT" "$jail" --restore
like "for that reason" "$STDERR" 'changed in bytes [0-9]+ to'
like "which the log has" "$(cat "/var/log/jailmount/$jail.log")" \
    'TAMPERED: .* bytes where they lie'
is "the one before goes on" "$(status_of .generation)" 2
cat good.sqfs >image.sqfs
ok "what is as it was is restored" "$JAILMOUNT" "$jail" --restore
"$JAILMOUNT" "$jail" --stop >/dev/null

mkdir mnt
ok "a jail that is only assembled" "$JAILMOUNT" image.sqfs mnt \
    --verity never --seal-limit 0
is "likewise" "$(backing "$TMP/image.sqfs")" 1
ok "taken down" "$JAILMOUNT" --umount mnt

status "what is no size" 125 "$JAILMOUNT" image.sqfs --run --seal-limit 1x
like "is said" "$STDERR" '--seal-limit 1x: not a size'
status "it goes with an image" 2 "$JAILMOUNT" "$jail" --stop --seal-limit 1G
like "alone" "$STDERR" '--seal-limit does not go with'
status "what is no word" 125 "$JAILMOUNT" image.sqfs --run --verity yes
like "is said" "$STDERR" '--verity yes: it is one of auto, always, never'
status "it goes with an image" 2 "$JAILMOUNT" "$jail" --stop --verity never
like "alone" "$STDERR" '--verity does not go with'

rm -rf "/var/log/jailmount/$jail.log" "/var/lib/jailmount/evidence/$jail"
rmdir /var/lib/jailmount/evidence /var/lib/jailmount 2>/dev/null
plan_done
