#!/bin/bash
# mount -t jail and fstab.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
recipe demo >/dev/null <<'END'
name demo
file /etc/hello <<EOT
hello
EOT
writable /tmp 1M 1777
source host
run /bin/true
END
"$JAILPACK" -o demo.sqfs demo.recipe >/dev/null 2>&1
ok "there is an image" test -s demo.sqfs || exit 1

# mount(8) looks in /sbin: it gets the helper there, for this test alone.
mkdir helper upper work here
ln -s "$JAILMOUNT" helper/mount.jail
mount -t overlay overlay -o lowerdir="$TMP/helper:/usr/sbin" /usr/sbin
ok "the helper is there" test -x /sbin/mount.jail || exit 1

ok "mount -t jail" mount -t jail demo.sqfs here
is "the image's files are there" "$(cat here/etc/hello)" hello
ok "its layers can be written to" touch here/tmp/x
status "it cannot" 1 touch here/etc/x
like "mount(8) lists it" "$(findmnt -n -o FSTYPE "$TMP/here")" squashfs
ok "umount -R" umount -R here
is "nothing is left" "$(grep -c "$TMP/here" /proc/self/mountinfo)" 0

echo "$TMP/demo.sqfs $TMP/here jail ro,nofail,x-systemd.automount 0 0" >fstab
ok "by a line of fstab" mount --fstab fstab "$TMP/here"
is "it is there" "$(cat here/etc/hello)" hello
ok "jailmount --umount" "$JAILMOUNT" --umount here
ok "-f mounts nothing" mount -f -t jail demo.sqfs here
is "indeed" "$(grep -c "$TMP/here" /proc/self/mountinfo)" 0

status "an option that means nothing" 1 mount -t jail -o size=5M demo.sqfs here
like "is named" "$STDERR" 'size=5M means nothing to a jail'
echo damage | dd of=demo.sqfs bs=1 seek=5000 conv=notrunc 2>/dev/null
status "a damaged image" 32 mount -t jail demo.sqfs here
like "is not mounted" "$STDERR" 'it has been changed'
is "nothing is" "$(grep -c "$TMP/here" /proc/self/mountinfo)" 0
umount /usr/sbin

plan_done
