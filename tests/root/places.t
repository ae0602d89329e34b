#!/bin/bash
# Directories of the host in a jail: what is kept for it across restores, and
# what is shared with others.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

jail=test-places-$$
kept=/var/lib/jailmount/persist/$jail
stop_later "$jail"
home=$TMP/home
shared=$TMP/shared
mkdir -p "$shared/sub" "$home/alice/public_html" "$home/bob/private" \
    "$home/.hidden/public_html" "$TMP/elsewhere"
echo of the host >"$shared/file"
echo "alice's" >"$home/alice/public_html/index.html"
echo secret >"$home/bob/private/key"
echo no >"$TMP/elsewhere/no"
mkdir -p "$home/eve"
ln -s "$TMP/elsewhere" "$home/eve/public_html"
chown 33:33 "$shared/file"
# A mount within what is shared does not come along.
mount -t tmpfs none "$shared/sub"
echo mounted >"$shared/sub/mounted"

write_recipe() {
    cat >"$TMP/places.recipe" <<END
name $jail
source host
copy /usr/bin/busybox
dir /data /srv/in /srv/out /srv/home /var/cache
user www-data
persist /data 0750 www-data:www-data
persist /var/cache 0700 root:root $1
share $shared at /srv/in
share $shared at /srv/out rw
share $home/*/public_html at /srv/home
device null
allow capability dac_override chown fowner
limit files 256
run /usr/bin/busybox sleep 1000
END
}
write_recipe 4M
ok "it is packed" "$JAILPACK" -o "$TMP/$jail.sqfs" "$TMP/places.recipe"
run "$JAILMOUNT" "$TMP/$jail.sqfs" --run --dry-run
like "the plan has them" "$STDOUT" 'host  places: /data kept, .* shared at /srv/in, ro'
ok "it runs" "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d
inside() {
    "$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox "$@"
}

# --- Kept ---

is "made with owner and mode" "$(stat -c '%a %u %g' "$kept/data")" "750 33 33"
is "for root alone above" "$(stat -c %a "$kept" "${kept%/*}" | xargs)" "700 700"
is "as the jail sees it" "$(inside stat -c '%a %u %g' /data)" "750 33 33"
ok "root of the jail writes" inside sh -c 'echo kept >/data/file &&
    chown 33:33 /data/file && echo too >/var/cache/file'
is "with owners that are the jail's numbers" \
    "$(stat -c '%u %g' "$kept/data/file")" "33 33"
ok "it is restored" "$JAILMOUNT" "$jail" --restore
is "what was written is there" "$(inside cat /data/file /var/cache/file)" \
    "$(printf 'kept\ntoo')"

# --- Bounded ---

run inside sh -c 'busybox dd if=/dev/null of=/var/cache/big 2>/dev/null
    i=0; while echo 0123456789abcdef >>/var/cache/big; do
    i=$((i + 1)); [ $i -lt 100000 ] || break
    busybox cat /var/cache/big /var/cache/big >/var/cache/more || break
    busybox mv /var/cache/more /var/cache/big; done'
like "the bound holds" "$STDERR" 'No space left'
size=$(stat -c %s "$kept/var/cache.ext4")
is "on the host it is one file of that size" "$size" $((4 << 20))
ok "what has no bound is not full" inside sh -c 'echo more >>/data/file'
inside rm -f /var/cache/big /var/cache/more
is "nothing there but the jail's" "$(inside ls -a /var/cache | xargs)" \
    ". .. file"

# --- Nothing runs there, nothing is more than it seems ---

run inside sh -c 'busybox cp /usr/bin/busybox /data/tool; busybox chmod 755 /data/tool;
    /data/tool true'
like "nothing is executable" "$STDERR" 'Permission denied'
for mode in 4755 2755 6755; do
    run inside chmod $mode /data/tool
    like "no set-id bit $mode" "$STDERR" 'not permitted'
done
is "none is on the disk" "$(find "$kept/data" "$shared" -perm /6000)" ""
run inside mknod /data/node c 1 3
like "no device" "$STDERR" 'not permitted'

# --- Shared ---

is "what is shared is read" "$(inside cat /srv/in/file)" "of the host"
is "its owner" "$(inside stat -c %u /srv/in/file)" 33
run inside sh -c 'echo x >/srv/in/new'
like "read-only" "$STDERR" 'Read-only file system'
ok "or written, if the recipe says so" inside sh -c 'echo x >/srv/out/new'
is "with the owner that the jail has" "$(stat -c %u "$shared/new")" 0
is "a mount in it does not come along" "$(inside ls /srv/in/sub)" ""
is "of a pattern what matches" "$(inside find /srv/home | sort | xargs)" \
    "/srv/home /srv/home/alice /srv/home/alice/public_html /srv/home/alice/public_html/index.html"
is "and is what it is" "$(inside cat /srv/home/alice/public_html/index.html)" \
    "alice's"
run inside mkdir /srv/home/mallory
like "nothing is added to what holds it" "$STDERR" 'Read-only file system'
run inside sh -c 'cd /srv/in/.. && busybox ls ../..'
unlike "there is no way up" "$STDOUT" elsewhere

# --- The end, and again ---

ok "it stops" "$JAILMOUNT" "$jail" --stop
is "no loop device is left" \
    "$(cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -c "$jail")" 0
write_recipe 8M
ok "packed with a larger bound" "$JAILPACK" -o "$TMP/$jail.sqfs" \
    "$TMP/places.recipe"
ok "it runs again" "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d
is "what was kept is there" "$(inside cat /var/cache/file)" too
is "the bound has grown" "$(stat -c %s "$kept/var/cache.ext4")" $((8 << 20))
ok "there is room" [ "$(inside stat -f -c '%b %S' /var/cache |
    awk '{ print $1 * $2 }')" -ge 6000000 ]
ok "it stops" "$JAILMOUNT" "$jail" --stop
write_recipe 2M
ok "packed with a smaller one" "$JAILPACK" -o "$TMP/$jail.sqfs" \
    "$TMP/places.recipe"
status "that is refused" 125 "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d
like "which it tells" "$STDERR" 'has a bound of 8388608 bytes'
write_recipe ''
ok "packed with none" "$JAILPACK" -o "$TMP/$jail.sqfs" "$TMP/places.recipe"
status "that is refused, too" 125 "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d
like "what was kept is not hidden" "$STDERR" 'until now'
write_recipe 8M
"$JAILPACK" -o "$TMP/$jail.sqfs" "$TMP/places.recipe" >/dev/null
mv "$home" "$home.away"
status "what is not there cannot be shared" 125 \
    "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d
like "it says what" "$STDERR" "share $home"
ln -s "$home.away" "$home"
status "a link is not followed" 125 "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d
like "which it says" "$STDERR" 'no link is followed'

umount "$shared/sub"
rm -rf "$kept" "/var/log/jailmount/$jail.log" \
    "/var/lib/jailmount/evidence/$jail"
rmdir --ignore-fail-on-non-empty "${kept%/*}" /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
