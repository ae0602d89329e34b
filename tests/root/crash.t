#!/bin/bash
# What a supervisor that is killed leaves behind, and that the next start
# clears it.
. "$(dirname "$0")/../lib.sh"

jail=test-crash-$$
log=/var/log/jailmount/$jail.log
port=$(free_port)
stop_later "$jail"

recipe web <<END >/dev/null
name $jail
source host
copy /bin/busybox
link /bin/sh busybox
file /srv/index.html <<EOF
a page
EOF
device null
writable /tmp 1M 1777
overlay /srv 1M
listen 80
ready listen
drain 1s
limit processes 50
run /bin/busybox httpd -f -p 80 -h /srv
END
ok "the service is packed" "$JAILPACK" -o "$TMP/$jail.sqfs" "$TMP/web.recipe"

start() {
    "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d --listen "127.0.0.1:$port:80"
}

supervisor() {
    "$JAILMOUNT" "$jail" --status --json | jq .supervisor
}

processes() {
    find /sys/fs/cgroup -path "*/jailmount/$jail/*" -name cgroup.procs \
        -exec cat {} + 2>/dev/null
}

no_processes() {
    [ -z "$(processes)" ]
}

loops() {
    cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -F "$jail"
}

no_loops() {
    [ -z "$(loops)" ]
}

ok "it runs" start
ok "and has processes" [ -n "$(processes)" ]
ok "and a loop device" [ -n "$(loops)" ]
killed=$(supervisor)
kill -KILL "$killed"
ok "the jail dies with its supervisor" wait_until 5 no_processes
ok "its loop device goes" wait_until 5 no_loops
status "nobody listens" 7 curl -s "http://127.0.0.1:$port/"
ok "--list" "$JAILMOUNT" --list
like "tells that it was killed" "$STDOUT" "^$jail +killed"
status "--status" 1 "$JAILMOUNT" "$jail" --status
like "tells that it does not run" "$STDERR" "no jail named $jail runs"

ok "the next start" start
ok "serves" curl -fsS "http://127.0.0.1:$port/"
is "the page" "$STDOUT" "a page"
is "as generation 1" "$("$JAILMOUNT" "$jail" --status --json | jq .generation)" 1

# At once, while the last one is still dying.
for round in 1 2 3; do
    kill -KILL "$(supervisor)"
    ok "killed and started at once ($round)" start
    ok "it serves ($round)" curl -fsS -o /dev/null "http://127.0.0.1:$port/"
done

# In the middle of a restore: two generations are there.
kill -STOP "$(supervisor)"
"$JAILMOUNT" "$jail" --restore >/dev/null 2>&1 &
sleep 0.1
kill -CONT "$(jq .supervisor "/run/jailmount/$jail/state.json")"
kill -KILL "$(jq .supervisor "/run/jailmount/$jail/state.json")"
wait $!
ok "killed while it was restored" wait_until 5 no_processes
ok "the next start" start
ok "--stop" "$JAILMOUNT" "$jail" --stop
ok "nothing is left in /run" [ ! -e "/run/jailmount/$jail" ]
is "no control group" \
    "$(find /sys/fs/cgroup -type d -path "*/jailmount/$jail*")" ""
ok "no loop device" no_loops
is "no mount" "$(grep -F "$jail" /proc/self/mountinfo)" ""

# --- Killed in the foreground -------------------------------------------------

"$JAILMOUNT" "$TMP/$jail.sqfs" --run --listen "127.0.0.1:$port:80" \
    >/dev/null 2>&1 </dev/null &
pid=$!
ok "in the foreground" wait_for "http://127.0.0.1:$port/" 5
kill -KILL $pid
wait $pid 2>/dev/null
ok "the jail dies too" wait_until 5 no_processes

# The init of a jail killed by somebody: the supervisor notices.
ok "a jail" start
kill -KILL "$("$JAILMOUNT" "$jail" --status --json | jq .init)"
ok "whose init is killed ends" wait_until 5 [ ! -e "/run/jailmount/$jail" ]
is "with nothing left" \
    "$(find /sys/fs/cgroup -type d -path "*/jailmount/$jail*")" ""
rm -f "$log"

plan_done
