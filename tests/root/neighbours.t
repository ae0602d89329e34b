#!/bin/bash
# A jail that has been broken into floods everything that it can reach. The
# jail beside it serves on, the supervisor obeys, and nothing is left.
. "$(dirname "$0")/../lib.sh"

bad=test-flood-$$
good=test-beside-$$
stop_later "$bad" "$good"

mkdir -p "$TMP/tree/bin"
ok "the flood is built" "${CC:-cc}" -static -D_GNU_SOURCE -Wall -O1 \
    -o "$TMP/tree/bin/flood" "$SRC/tests/root/flood.c"
cp "$(command -v busybox)" "$TMP/tree/bin/busybox"
recipe flood <<END >/dev/null
name $bad
source tree tree
copy /bin/flood
device null stdout stderr log
writable /tmp 4M 1777
dir /var
overlay /var 4M
persist /kept 8M
listen 80
ready exec
drain 1s
limit processes 64 ; limit memory 64M ; limit cpu 50% ; limit files 256
run /bin/flood
END
ok "packed" "$JAILPACK" -o "$TMP/flood.sqfs" "$TMP/flood.recipe"
recipe beside <<END >/dev/null
name $good
source tree tree
copy /bin/busybox
link /bin/sh busybox
file /srv/index.html <<PAGE
a page
PAGE
device null
proc
persist /kept 8M
listen 80
run /bin/busybox httpd -f -p 80 -h /srv
END
ok "packed" "$JAILPACK" -o "$TMP/beside.sqfs" "$TMP/beside.recipe"

port=$(free_port)
ok "one serves" "$JAILMOUNT" "$TMP/beside.sqfs" --run -d \
    --listen "127.0.0.1:$port:80"
ok "and keeps something" "$JAILMOUNT" "$good" --exec -- \
    /bin/busybox sh -c 'echo mine >/kept/file'
status_of() {
    "$JAILMOUNT" "$1" --status --json | jq -r "$2"
}
before=$(status_of "$good" '.supervisor, .init, .range_base')

log=/var/log/jailmount/$bad.log
flooding() {
    grep -q 'stdout: flooding' "$log"
}
page() {
    curl -fsS --max-time 20 "http://127.0.0.1:$port/"
}
# What has a name on the host.
names() {
    find /sys/fs/cgroup -type d -path "*/jailmount/$bad*" 2>/dev/null
    find /run/jailmount -path "*/$bad*" 2>/dev/null
}
log_is_bounded() {
    [ "$(cat "$log"* | wc -c)" -lt 140000000 ]
}

other=$(free_port)
for flood in bomb memory descriptors bytes inodes log binds; do
    rm -f "$log" "$log.1"
    ok "$flood: it begins" "$JAILMOUNT" "$TMP/flood.sqfs" --run -d \
        --listen "127.0.0.1:$other:80" -- $flood
    ok "$flood: it floods" wait_until 60 flooding
    is "$flood: its neighbour serves" "$(page)" "a page"
    unlike "$flood: it has users of its own" "$(status_of "$bad" .range_base)" \
        "^$(status_of "$good" .range_base)\$"
    ok "$flood: its supervisor obeys" timeout 60 "$JAILMOUNT" "$bad" --restore
    ok "$flood: it stops" timeout 60 "$JAILMOUNT" "$bad" --stop
    is "$flood: nothing of it is left" "$(names)" ""
    ok "$flood: its log has a bound" log_is_bounded
done

is "the neighbour is the same all the time" \
    "$(status_of "$good" '.supervisor, .init, .range_base')" "$before"
is "what jails keep lies where only root goes" \
    "$(stat -c '%a %u' /var/lib/jailmount/persist)" "700 0"
is "nothing happened to what it keeps" \
    "$("$JAILMOUNT" "$good" --exec -- /bin/busybox ls /kept)" file
is "nor to what is in it" \
    "$("$JAILMOUNT" "$good" --exec -- /bin/busybox cat /kept/file)" mine
sees_few() {
    [ "$("$JAILMOUNT" "$good" --exec -- /bin/busybox sh -c \
        'cd /proc; echo [0-9]*' | wc -w)" -le 3 ]
}
ok "it sees nobody but itself" sees_few
ok "it stops" "$JAILMOUNT" "$good" --stop

for jail in "$bad" "$good"; do
    rm -rf "/var/lib/jailmount/persist/$jail" \
        "/var/lib/jailmount/evidence/$jail" "/var/log/jailmount/$jail.log"
    rm -f "/var/log/jailmount/$jail.log.1"
done
plan_done
