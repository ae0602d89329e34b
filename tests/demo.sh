#!/bin/bash
# The story of the project in one run: Debian's Apache is packed, serves a
# page, is wrecked by root in its own jail, and comes back as it was. Every
# figure printed is measured in this run.
set -euo pipefail

SRC=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "${BUILD:-$SRC/build}" && pwd)
JAILPACK=$BUILD/jailpack
JAILMOUNT=$BUILD/jailmount
export XDG_CACHE_HOME=$BUILD/cache LC_ALL=C.UTF-8
cd "$SRC"
WORK=${BUILD#"$SRC/"}/demo
jail=demo-apache

rm -rf "$WORK"
mkdir -p "$WORK"

as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "demo: running a jail needs root, and there is no sudo" >&2
        exit 1
    }
    as_root=(sudo)
fi

# Evidence of earlier demos is of no more use, nor which version they ran.
"${as_root[@]}" rm -rf "/var/lib/jailmount/evidence/$jail" \
    "/var/lib/jailmount/versions/$jail"

clean_up() {
    [ ! -e "/run/jailmount/$jail" ] ||
        "${as_root[@]}" "$JAILMOUNT" "$jail" --stop >/dev/null 2>&1 || :
}
trap clean_up EXIT

say() {
    printf '\n\033[1m%s\033[0m\n' "$*"
}
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# Shows a command, then runs it.
show() {
    local word line='  $'
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_./:=-]+$ ]] || word="'$word'"
        line+=" $word"
    done
    printf '%s\n' "$line"
    "$@" 2>&1 | sed 's/^/    /'
    return "${PIPESTATUS[0]}"
}

jailmount() {
    "${as_root[@]}" "$JAILMOUNT" "$@"
}

jailpack() {
    "$JAILPACK" "$@"
}

milliseconds() {
    perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC \
        -e 'printf "%d\n", clock_gettime(CLOCK_MONOTONIC) * 1000'
}

free_port() {
    perl -MIO::Socket::INET -e '
        for my $port (8080, 0) {
            my $socket = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
                LocalAddr => "127.0.0.1", LocalPort => $port) or next;
            print $socket->sockport;
            last;
        }'
}

# What of a jail can be found on the host.
left_behind() {
    ls -d "/run/jailmount/$jail" 2>/dev/null
    grep -F "$jail" /proc/self/mountinfo
    cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -F "$jail"
    find /sys/fs/cgroup -type d -path "*jailmount/$jail*" 2>/dev/null
    pgrep -a -f "jailmount.*$jail"
    :
}

say "1. Pack Debian's Apache into one file"
begin=$(milliseconds)
show jailpack -o "$WORK/apache.sqfs" recipes/apache.recipe
echo "  packed in $(($(milliseconds) - begin)) ms, download of the packages" \
    "included if they were not there yet"
show jailpack --verify "$WORK/apache.sqfs"
bytes=$(stat -c %s "$WORK/apache.sqfs")
files=$(jailpack --list --json "$WORK/apache.sqfs" | jq '.files | length')
echo "  $bytes bytes, $files entries. Why, for example, is this one in it?"
show jailpack --why "$WORK/apache.sqfs" \
    /usr/lib/x86_64-linux-gnu/libgcc_s.so.1

say "2. The jail has no shell. For the intruder of this demo we pack one in"
show cat tests/demo.recipe
show jailpack -o "$WORK/$jail.sqfs" tests/demo.recipe

say "3. Run it, in a network namespace that is empty"
port=$(free_port)
url=http://127.0.0.1:$port/
begin=$(milliseconds)
show jailmount "$WORK/$jail.sqfs" --run -d --listen "127.0.0.1:$port:80"
until curl -fsS -o "$WORK/page" "$url" 2>/dev/null; do sleep 0.005; done
first=$(($(milliseconds) - begin))
echo "  first page after $first ms"
show curl -fsS "$url"
show jailmount "$jail" --exec -- /bin/busybox ip addr
image_before=$(sha256sum <"$WORK/$jail.sqfs")

say "4. An intruder who is root in the jail wrecks what can be wrecked"
show jailmount "$jail" --exec -- /bin/busybox sh -c \
    'id; echo "<h1>Defaced</h1>" >/var/www/html/index.html'
show curl -fsS "$url"
show jailmount "$jail" --exec -- /bin/busybox sh -c 'rm -rf / 2>/dev/null' || :
echo "  what the intruder changed:"
show jailmount "$jail" --diff
printf '  the page now: '
curl -sS -o /dev/null -w 'status %{http_code}\n' "$url" || :
if [ "$image_before" = "$(sha256sum <"$WORK/$jail.sqfs")" ]; then
    echo "  the image: untouched, same sha256"
else
    echo "  the image was CHANGED"
    exit 1
fi

say "5. Restore"
begin=$(milliseconds)
show jailmount "$jail" --restore
restored=$(($(milliseconds) - begin))
show curl -fsS "$url"
curl -fsS "$url" | cmp - "$WORK/page"
echo "  what differs from a fresh start now:"
show jailmount "$jail" --diff
show jailmount "$jail" --status

say "6. What the intruder did is not forgotten"
evidence=/var/lib/jailmount/evidence/$jail
evidence_is_kept() {
    "${as_root[@]}" sh -c "ls -d $evidence/*-g1-replaced" 2>/dev/null
}
for _ in 1 2 3 4 5 6 7 8 9 10; do
    kept=$(evidence_is_kept) && break
    sleep 0.5
done
show "${as_root[@]}" ls "$kept"
show "${as_root[@]}" jq -r '.changes[] | .change + " " + .path' \
    "$kept/changes.json" | head -n 8
show jailmount "$jail" --logs --lines 4 | cut -c 1-120

say "7. Stop, and nothing is left"
show jailmount "$jail" --stop
left=$(left_behind | sed 's/^/    /')
if [ -n "$left" ]; then
    printf '  left behind:\n%s\n' "$left"
    exit 1
fi
echo "  no process, mount, loop device, control group or state of it;"
echo "  its log and the evidence stay: /var/log/jailmount/$jail.log,"
echo "  $evidence"

say "In figures, from this run"
printf '  %-52s %s\n' \
    "image of Apache" "$bytes bytes, $files entries" \
    "start to first page" "$first ms" \
    "restore, from the order to the new jail's readiness" "$restored ms"
