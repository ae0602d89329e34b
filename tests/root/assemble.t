#!/bin/bash
# jailmount IMAGE DIR, jailmount --umount DIR: the mounts of a jail alone.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$TMP/tree/bin" "$TMP/tree/var/lib" "$TMP/mnt"
cp "$(command -v busybox)" "$TMP/tree/bin/busybox"
chmod 0710 "$TMP/tree/var"
recipe parts <<END >/dev/null
name test-parts-$$
source tree tree
copy /bin/**
dir /var 0710 7:8
dir /var/lib
device null stdout
overlay /var 1M
writable /var/lib 1M 0700
writable /tmp 1M 1777
run /bin/busybox
END
ok "packed" "$JAILPACK" -o "$TMP/parts.sqfs" "$TMP/parts.recipe"

mounts() {
    awk -v dir="$TMP/mnt" 'index($5 "/", dir "/") == 1' /proc/self/mountinfo
}

ok "assembled" "$JAILMOUNT" "$TMP/parts.sqfs" "$TMP/mnt"
like "the image, read-only" "$(mounts)" " $TMP/mnt ro,nosuid,nodev"
like "a layer" "$(mounts)" " $TMP/mnt/tmp rw,nosuid,nodev,noexec"
like "an overlay" "$(mounts)" " $TMP/mnt/var rw,nosuid,nodev,noexec.* overlay "
like "a layer in it" "$(mounts)" " $TMP/mnt/var/lib rw,nosuid,nodev,noexec"
like "the devices, read-only" "$(mounts)" " $TMP/mnt/dev ro,nosuid,noexec"
is "owners are as in the image" "$(stat -c '%a %u:%g' "$TMP/mnt/var")" "710 7:8"
is "and as the recipe has them" "$(stat -c '%a %u:%g' "$TMP/mnt/var/lib")" \
    "700 0:0"
is "a device" "$(stat -c '%F %t,%T' "$TMP/mnt/dev/null")" \
    "character special file 1,3"
ok "what is writable is" touch "$TMP/mnt/var/x" "$TMP/mnt/tmp/x"
status "what is not is not" 1 touch "$TMP/mnt/x"
ok "its programs run" chroot "$TMP/mnt" /bin/busybox true
exec 9<"$TMP/mnt/bin/busybox"
ok "taken down while a file of it is open" "$JAILMOUNT" --umount "$TMP/mnt"
is "nothing is left" "$(mounts)" ""
exec 9<&-

ok "assembled" "$JAILMOUNT" "$TMP/parts.sqfs" "$TMP/mnt"
ok "and once more on top" "$JAILMOUNT" "$TMP/parts.sqfs" "$TMP/mnt"
ok "both are taken down" "$JAILMOUNT" --umount "$TMP/mnt"
is "nothing is left" "$(mounts)" ""
status "a second time there is nothing to take down" 1 \
    "$JAILMOUNT" --umount "$TMP/mnt"
like "which is said" "$STDERR" "no jail is mounted at"

mount -t tmpfs none "$TMP/mnt"
status "what is no jail's stays" 1 "$JAILMOUNT" --umount "$TMP/mnt"
ok "it is still there" mountpoint -q "$TMP/mnt"
umount "$TMP/mnt"

status "a directory that is not there" 1 "$JAILMOUNT" "$TMP/parts.sqfs" \
    "$TMP/nowhere"
like "is named" "$STDERR" "$TMP/nowhere"
status "a file" 1 "$JAILMOUNT" "$TMP/parts.sqfs" "$TMP/parts.recipe"
like "is no directory" "$STDERR" "Not a directory"
free=$(losetup -a | grep -c "memfd:parts.sqfs")
is "no loop device is left" "$free" 0

plan_done
