#!/bin/bash
# --update: under load no request fails, and an image that is no good gives way
# to the one before.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-update-$$
port=$(free_port)
second=$(free_port)
while [ "$second" = "$port" ]; do second=$(free_port); done
stop_later "$jail"

status_of() {
    "$JAILMOUNT" "$jail" --status --json | jq -r "$1"
}
page() {
    curl -fsS --max-time 20 "http://127.0.0.1:${1:-$port}/"
}
serves() {
    [ "$(page "${2:-$port}" 2>/dev/null)" = "$1" ]
}
hash_of() {
    "$JAILPACK" --inspect --json "$1.sqfs" | jq -r .root_hash
}
finished() {
    [ "$(status_of '[.finishing, .trial] | tostring')" = '[[],null]' ]
}
loops() {
    cat /sys/block/loop*/loop/backing_file 2>/dev/null |
        grep -c -e "[:/]$1"
}

# --- Under load ---------------------------------------------------------------

# nginx VERSION: the same service with another page.
nginx() {
    cat >"nginx-$1.recipe" <<END
include $SRC/recipes/nginx.recipe
name $jail
version $1
file /srv/www/index.html <<EOF
page $1
EOF
END
    "$JAILPACK" -o "nginx-$1.sqfs" "nginx-$1.recipe"
}
ok "nginx is packed" nginx 1
ok "and again, with another page" nginx 2
ok "the first runs" "$JAILMOUNT" nginx-1.sqfs --run -d \
    --listen "127.0.0.1:$port:80"
is "it serves its page" "$(page)" "page 1"
wrk -t1 -c50 -d300s --timeout 20s -H 'Connection: close' "http://127.0.0.1:$port/" \
    >load 2>&1 &
wrk=$!
sleep 0.5
ok "--update" "$JAILMOUNT" "$jail" --update nginx-2.sqfs --trial 1s
diag "$STDOUT"
like "tells what serves" "$STDOUT" \
    "generation 2 of 2 $(hash_of nginx-2 | cut -c1-8) serves after"
like "and that it stood its trial" "$STDOUT" "has stood its trial of 1 s"
is "its page is served" "$(page)" "page 2"
status "not back" 1 "$JAILMOUNT" "$jail" --update nginx-1.sqfs --trial 0
like "unless that is said" "$STDERR" "--downgrade"
ok "--downgrade" \
    "$JAILMOUNT" "$jail" --update nginx-1.sqfs --trial 0 --downgrade
like "is told" "$STDOUT" "the version before was higher"
unlike "without a trial there is none" "$STDOUT" "trial"
sleep 0.5
ok "and forth" "$JAILMOUNT" "$jail" --update nginx-2.sqfs --trial 500ms
sleep 0.5
kill -INT $wrk
wait $wrk
diag "$(cat load)"
like "many requests" "$(cat load)" '[0-9]{3,} requests in'
unlike "none of them failed" "$(cat load)" 'Socket errors|Non-2xx'
is "--status has the root hash of what serves" "$(status_of .root_hash)" \
    "$(hash_of nginx-2)"
is "and the version" "$(status_of .version)" 2
is "the state on the disk too" \
    "$(jq -r .root_hash "/run/jailmount/$jail/state.json")" \
    "$(hash_of nginx-2)"
like "lines of the log have it" \
    "$(tail -n 1 "/var/log/jailmount/$jail.log")" \
    " $jail 2 $(hash_of nginx-2 | cut -c1-8) "
ok "what the updates replaced has ended" wait_until 20 finished
is "one loop device is left" "$(loops 'nginx-[12].sqfs')" 1
ok "the same image again changes nothing" \
    "$JAILMOUNT" "$jail" --update nginx-2.sqfs
like "and is told so" "$STDOUT" "runs already"
is "nothing was started for it" "$(status_of .generation)" 4
ok "--stop" "$JAILMOUNT" "$jail" --stop

# --- A small service ----------------------------------------------------------

# small NAME: a service that does what is on the standard input.
small() {
    mkdir -p "tree-$1"
    { echo '#!/usr/bin/busybox sh' && cat; } >"tree-$1/serve"
    chmod 755 "tree-$1/serve"
    cat >"$1.recipe" <<END
name ${NAME:-$jail}
version ${VERSION:-1}
source host
copy /usr/bin/busybox
source tree $TMP/tree-$1
copy /serve => /usr/bin/serve
file /srv/index.html <<EOF
$1
EOF
file /srv/well <<EOF
well
EOF
device null
overlay /srv 1M
env PATH=/usr/bin
listen 80
${READY:-ready http / 10s}
drain 1s
${WORDS:-}
run /usr/bin/serve
END
    "$JAILPACK" -o "$1.sqfs" "$1.recipe" >pack.out 2>&1 ||
        fail "$1 is packed: $(cat pack.out)"
}
web='busybox httpd -p 80 -h /srv'
forever='while :; do busybox sleep 0.1; done'
small good <<<"$web; $forever"
VERSION=2 small better <<<"$web; $forever"
VERSION=3 READY='ready listen 1s' small unready <<<"$forever"
VERSION=3 small short <<<"$web; busybox sleep 1; exit 3"
VERSION=3 WORDS='check http /well every 1s' small sick \
    <<<"$web; busybox rm /srv/well; $forever"
VERSION=2 WORDS='listen 81' small wider \
    <<<"$web; busybox httpd -p 81 -h /srv; $forever"
NAME=$jail-other small other <<<"$web; $forever"
ok "one runs" "$JAILMOUNT" good.sqfs --run -d --downgrade --listen "127.0.0.1:$port:80"
is "and serves" "$(page)" good

# --- What is no good ----------------------------------------------------------

status "one that does not become ready" 1 \
    "$JAILMOUNT" "$jail" --update unready.sqfs
like "is discarded" "$STDERR" "cannot update: .*not ready within"
like "and the one before goes on" "$STDERR" "generation 1 goes on serving"
is "so it does" "$(page)" good
is "its root hash" "$(status_of .root_hash)" "$(hash_of good)"

status "one that ends" 1 "$JAILMOUNT" "$jail" --update short.sqfs
like "is rolled back" "$STDERR" "rolled back: it ended on trial"
is "the one before serves" "$(page)" good
like "--status knows" "$(status_of .last_update.text)" "rolled back"

status "one that is not well" 1 \
    "$JAILMOUNT" "$jail" --update sick.sqfs --trial 1m
like "is rolled back" "$STDERR" "rolled back: it was unhealthy on trial"
is "the one before serves" "$(page)" good
is "its root hash" "$(status_of .root_hash)" "$(hash_of good)"
is "in the state on the disk" \
    "$(jq -r .root_hash "/run/jailmount/$jail/state.json")" "$(hash_of good)"

status "one of another jail" 1 "$JAILMOUNT" "$jail" --update other.sqfs
like "is refused" "$STDERR" "it is an image of $jail-other"
head -c 8000 good.sqfs >broken.sqfs
status "no image at all" 1 "$JAILMOUNT" "$jail" --update broken.sqfs
like "is told so" "$STDERR" "broken.sqfs"
status "no file at all" 1 "$JAILMOUNT" "$jail" --update nothing.sqfs
status "a strange trial" 1 "$JAILMOUNT" "$jail" --update better.sqfs --trial 3
like "is told so" "$STDERR" "this is not a time"
python3 -m http.server "$second" --bind 127.0.0.1 >http.out 2>&1 &
taken=$!
kill_later $taken
wait_until 20 curl -fsS -o http.page "http://127.0.0.1:$second/"
status "a port that somebody has" 1 "$JAILMOUNT" "$jail" \
    --update wider.sqfs --listen "127.0.0.1:$second:81"
like "is told before anything changes" "$STDERR" "cannot listen on TCP 127.0.0.1"
kill $taken
wait $taken 2>/dev/null
is "all the time the same served" "$(page)" good

# --- On trial -----------------------------------------------------------------

"$JAILMOUNT" "$jail" --update better.sqfs --trial 1h >update.out 2>&1 &
update=$!
ok "one is on trial" wait_until 20 serves better
like "until when" "$(status_of .trial.until)" '^20[0-9-]+T'
is "instead of which" "$(status_of .trial.previous_root_hash)" \
    "$(hash_of good)"
like "as text too" "$("$JAILMOUNT" "$jail" --status)" 'trial +until 20'
status "another update meanwhile" 1 "$JAILMOUNT" "$jail" --update wider.sqfs
like "has to wait" "$STDERR" "on trial"
ok "a restore meanwhile" "$JAILMOUNT" "$jail" --restore
is "restores what is on trial" "$(page)" better
ok "--stop meanwhile" "$JAILMOUNT" "$jail" --stop
wait $update
is "ends the command" $? 1
like "and says why" "$(cat update.out)" "it is being stopped"

# --- Not ready ----------------------------------------------------------------

ok "again" "$JAILMOUNT" good.sqfs --run -d --downgrade --listen "127.0.0.1:$port:80"
ok "--force takes what is not ready" "$JAILMOUNT" "$jail" \
    --update unready.sqfs --force --trial 0
is "it runs" "$(status_of .version)" 3
ok "--stop" "$JAILMOUNT" "$jail" --stop

# --- Ports --------------------------------------------------------------------

ok "again" "$JAILMOUNT" good.sqfs --run -d --downgrade --listen "127.0.0.1:$port:80"
ok "one with a port more" "$JAILMOUNT" "$jail" --update wider.sqfs \
    --trial 1s --listen "127.0.0.1:$second:81"
ok "serves there" wait_until 10 serves wider "$second"
ok "and where it did" serves wider
ok "one with a port less" "$JAILMOUNT" "$jail" --update good.sqfs --trial 1s \
    --downgrade
ok "serves where it did" serves good
refused() {
    ! (exec 9<>"/dev/tcp/127.0.0.1/$second") 2>/dev/null
}
ok "and no longer there" wait_until 10 refused
ok "--stop" "$JAILMOUNT" "$jail" --stop

# --- Killed -------------------------------------------------------------------

ok "again" "$JAILMOUNT" good.sqfs --run -d --downgrade --listen "127.0.0.1:$port:80"
"$JAILMOUNT" "$jail" --update better.sqfs --trial 1h >update.out 2>&1 &
update=$!
ok "on trial" wait_until 20 serves better
kill -9 "$(status_of .supervisor)"
wait $update
is "the command hears of it" $? 1
ok "the next start finds nothing in its way" "$JAILMOUNT" better.sqfs --run -d \
    --listen "127.0.0.1:$port:80"
is "and serves" "$(page)" better
is "one loop device is left" "$(loops '\(better\|good\).sqfs')" 1
is "and one control group" \
    "$(find /sys/fs/cgroup -type d -path "*/jailmount/$jail/*" |
        sed 's,.*/,,' | sort -u)" g1
ok "--stop" "$JAILMOUNT" "$jail" --stop
rm -f "/var/log/jailmount/$jail.log"
rm -rf "/var/lib/jailmount/evidence/$jail"
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
