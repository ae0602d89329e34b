#!/bin/bash
# The host's word about a jail: /etc/jailmount/NAME.conf, jailmount.conf for
# all of them, --limit and --volume.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

jail=test-conf-$$
settings=/etc/jailmount
port=$(free_port)
other_port=$(free_port)
stop_later "$jail" "$jail-2"
made=
[ -e "$settings" ] || made=1
mkdir -p "$settings"
# Nobody else's settings, and nobody else sees ours.
mount -t tmpfs -o mode=755 settings "$settings"

mkdir "$TMP/host" "$TMP/more" "$TMP/shared"
echo of the host >"$TMP/host/file"
echo more >"$TMP/more/file"
echo shared >"$TMP/shared/file"

recipe web <<RECIPE >/dev/null
name $jail
source host
copy /bin/busybox
link /bin/sh busybox
dir /data /www /more
file /srv/index.html <<EOF
a page
EOF
device null
persist /data
share $TMP/shared at /www
listen 80
ready listen
limit memory 64M
limit files 256
allow capability setuid
run /bin/busybox httpd -f -p 80 -h /srv
RECIPE
ok "an image" "$JAILPACK" -o "$TMP/web.sqfs" "$TMP/web.recipe"

# The settings of that name, from standard input.
conf() {
    cat >"$settings/$1.conf"
}

plan() {
    "$JAILMOUNT" "$@" --run --dry-run
}

inside() {
    "$JAILMOUNT" "$jail" --exec -- /bin/busybox "$@"
}

# The limit of the jail's group, whatever the version of control groups.
memory_limit() {
    find /sys/fs/cgroup -path "*/jailmount/$jail/g1/*" \
        \( -name memory.max -o -name memory.limit_in_bytes \) -exec cat {} +
}

# --- A name instead of an image ---------------------------------------------

status "a name without settings is no image" 125 "$JAILMOUNT" "$jail" --run
like "it says what was looked for" "$STDERR" "nor is there $settings/$jail.conf"
conf "$jail" <<<"listen 127.0.0.1:$port:80"
status "settings without an image" 125 "$JAILMOUNT" "$jail" --run
like "which are told" "$STDERR" "$jail.conf does not name an image"
conf "$jail" <<CONF
image $TMP/web.sqfs
listen 127.0.0.1:$port:80
volume $TMP/host:/data:ro
volume $TMP/more:/more
limit memory 96M
limit files 100
CONF
ok "the plan of a name" plan "$jail"
like "has the limit of the settings" "$STDOUT" 'memory 100663296 bytes'
like "and their places" "$STDOUT" "$TMP/host shared at /data, ro"
ok "it runs by its name" "$JAILMOUNT" "$jail" --run -d
ok "where the settings say" wait_for "http://127.0.0.1:$port/" 5
is "its memory is limited as they say" "$(memory_limit)" 100663296
is "what is kept lies where they say" "$(inside cat /data/file)" "of the host"
run inside sh -c 'echo x >/data/new'
like "and is read-only" "$STDERR" 'Read-only file system'
ok "nothing of it is made elsewhere" \
    [ ! -e "/var/lib/jailmount/persist/$jail/data" ]
is "they add a place" "$(inside cat /more/file)" more
is "a program of --exec has their limits" "$(inside sh -c 'ulimit -n')" 100
ok "it is restored" "$JAILMOUNT" "$jail" --restore
is "and still as they say" "$(inside cat /data/file)" "of the host"
ok "it stops" "$JAILMOUNT" "$jail" --stop

# --- The command line -------------------------------------------------------

ok "the same jail by its image" "$JAILMOUNT" "$TMP/web.sqfs" --run -d \
    --listen "127.0.0.1:$other_port:80" --limit memory=48M \
    --volume "$TMP/more:/data:ro" --volume /www:ro
ok "the command line's port" wait_for "http://127.0.0.1:$other_port/" 5
status "and not the settings'" 7 curl -s "http://127.0.0.1:$port/"
is "its limit" "$(memory_limit)" 50331648
is "its directory" "$(inside cat /data/file)" more
is "and what the settings say else" "$(inside cat /more/file)" more
ok "it stops" "$JAILMOUNT" "$jail" --stop
status "it adds no place" 125 plan "$jail" --volume "$TMP/more:/srv"
like "which it tells" "$STDERR" 'the image neither keeps nor shares /srv'
status "it opens none for writing" 125 plan "$jail" --volume /www:rw
like "which it tells, too" "$STDERR" 'shares /www read-only'
status "a limit that is none" 125 plan "$jail" --limit memory=lots
like "is told" "$STDERR" "'lots' is not a size"

# Another name, other settings: none.
ok "under another name" plan "$TMP/web.sqfs" --name "$jail-2"
like "the image's own limit" "$STDOUT" 'memory 67108864 bytes'
like "and its own places" "$STDOUT" '/data kept'
ok "what is kept, read-only" "$JAILMOUNT" "$TMP/web.sqfs" --run -d \
    --name "$jail-2" --listen "127.0.0.1:$port:80" --volume /data:ro
run "$JAILMOUNT" "$jail-2" --exec -- /bin/busybox sh -c 'echo x >/data/new'
like "is that" "$STDERR" 'Read-only file system'
ok "it stops" "$JAILMOUNT" "$jail-2" --stop

# --- What the host forbids --------------------------------------------------

conf jailmount <<CONF
most memory 32M          # nobody has more
limit cpu 50%            # nor this, unless it is said
CONF
run plan "$TMP/web.sqfs" --name "$jail-2"
like "an image gets no more than the host allows" "$STDOUT" \
    'memory 33554432 bytes'
like "and what is usual here" "$STDOUT" 'cpu 50.0%'
status "settings that want more" 125 plan "$jail"
like "are told, with their place" "$STDERR" "$jail.conf:5:1: the host allows"
like "and whose word it is" "$STDERR" "$settings/jailmount.conf:1"
status "a command line, too" 125 plan "$TMP/web.sqfs" --name "$jail-2" \
    --limit memory=33M
like "which is told" "$STDERR" '--limit memory=33M: the host allows'
conf jailmount <<<'forbid capability setuid'
status "what is forbidden is refused" 125 plan "$jail"
like "with the place" "$STDERR" \
    'jailmount.conf:1:1: the jail asks for allow capability CAP_SETUID'
echo 'permit capability setuid' >>"$settings/$jail.conf"
ok "but for an exception" plan "$jail"
printf 'forbid network host\nlisten 80\n' | conf jailmount
status "what is about one jail" 125 plan "$jail"
like "is not for all" "$STDERR" 'jailmount.conf:2:1: listen is about one jail'
rm "$settings/jailmount.conf"

# --- Mistakes ---------------------------------------------------------------

printf 'image %s\nlimt memory 1G\n' "$TMP/web.sqfs" | conf "$jail"
status "a mistake" 125 plan "$jail"
like "has its place" "$STDERR" "$settings/$jail.conf:2:1: unknown setting 'limt'"
like "and a proposal" "$STDERR" "did you mean 'limit'"
conf "$jail" <<<"image $TMP/web.sqfs"
chmod 666 "$settings/$jail.conf"
status "settings that others can write" 125 plan "$jail"
like "are none" "$STDERR" 'others than root can write'
chmod 644 "$settings/$jail.conf"
status "--name beside a name" 125 plan "$jail" --name x
like "is refused" "$STDERR" '--name does not go with the name of a jail'

umount "$settings"
[ -z "$made" ] || rmdir --ignore-fail-on-non-empty "$settings"
for name in "$jail" "$jail-2"; do
    rm -rf "/var/log/jailmount/$name.log" \
        "/var/lib/jailmount/persist/$name" "/var/lib/jailmount/evidence/$name"
done
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/persist \
    /var/lib/jailmount/evidence /var/lib/jailmount 2>/dev/null
plan_done
