#!/bin/bash
# A service manager starts the jail: what it hears of it, the sockets that it
# keeps when the supervisor is killed, and the control group that it gives away.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

jail=test-manager-$$
settings=/etc/jailmount
log=/var/log/jailmount/$jail.log
port=$(free_port)
other_port=$(free_port)
unit=$TMP/unit
stop_later "$jail"
made=
[ -e "$settings" ] || made=1
mkdir -p "$settings" "$unit"
mount -t tmpfs -o mode=755 settings "$settings"

recipe web <<RECIPE >/dev/null
name $jail
source host
copy /bin/busybox
link /bin/sh busybox
file /srv/index.html <<EOF
a page
EOF
device null
listen 80
ready listen
drain 1s
service web /bin/busybox httpd -f -p 80 -h /srv
RECIPE
ok "an image" "$JAILPACK" -o "$TMP/web.sqfs" "$TMP/web.recipe"
printf 'image %s\nlisten 127.0.0.1:%s:80\n' "$TMP/web.sqfs" "$port" \
    >"$settings/$jail.conf"

# A group as systemd delegates one. Tests may run where there is no version 2.
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    [ -e "$hierarchy/cgroup.controllers" ] || continue
    group=$hierarchy/$jail-unit
    mkdir "$group"
    python3 -c 'import os, sys
os.setxattr(sys.argv[1], "trusted.delegate", b"1")' "$group"
done
export GROUP=${group:-}

groups() {
    (cd "$group" && printf '%s ' */)
}

said() {
    grep -qx "$1" "$unit/said"
}

# How often it was said.
count() {
    grep -cx "$1" "$unit/said"
}

more_than() {
    [ "$(count "$1")" -gt "$2" ]
}

pid_is_new() {
    [ -s "$unit/pid" ] && [ "$(cat "$unit/pid")" != "$1" ]
}

gone() {
    [ ! -e "/proc/$1" ]
}

order() {
    echo "$*" >"$unit/orders"
}

nobody_lives() {
    [ -z "$(find /sys/fs/cgroup -name cgroup.procs \
        \( -path "*/jailmount/$jail/*" -o -path "*/$jail-unit/*" \) \
        -exec cat {} + 2>/dev/null)" ]
}

# Killed at once, and nothing else: the port must still be there. What dies with
# it may have accepted somebody meanwhile.
kill_it() {
    local pid
    pid=$(cat "$unit/pid")
    order kill
    wait_until 10 gone "$pid" && wait_until 10 nobody_lives
}

start_it() {
    local before
    before=$(count READY=1)
    order start
    wait_until 30 more_than READY=1 "$before"
}

python3 "$SRC/tests/root/service_manager.py" "$unit" \
    "$JAILMOUNT" "$jail" --run </dev/null >"$TMP/output" 2>&1 &
manager=$!
kill_later "$manager"
ok "the manager hears that it is ready" wait_until 30 said READY=1
ok "how it is" wait_until 10 said 'STATUS=generation 1 serves'
ok "how long to wait for that" said 'EXTEND_TIMEOUT_USEC=[0-9]*'
ok "it serves" curl -fsS "http://127.0.0.1:$port/"
is "the process is the supervisor" "$(cat "$unit/pid")" \
    "$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)"
ok "the loop turns" wait_until 10 more_than WATCHDOG=1 2
ok "its socket is kept" wait_until 5 [ -s "$unit/stored" ]
like "under its name" "$(cat "$unit/stored")" '^tcp-80-[0-9]+$'
stored=$(cat "$unit/stored")
is "nobody in the jail can speak to the manager" \
    "$("$JAILMOUNT" "$jail" --exec -- /bin/busybox env | grep -c NOTIFY)" 0

if [ -n "$GROUP" ]; then
    is "its groups are in the one that is given to it" "$(groups)" "g1/ supervisor/ "
    is "the supervisor is in one of its own" "$(cat "$group/supervisor/cgroup.procs")" \
        "$(cat "$unit/pid")"
    is "nobody is in the one itself" "$(cat "$group/cgroup.procs")" ""
    is "it tells where the jail is" "$("$JAILMOUNT" "$jail" --status --json | jq -r .cgroup)" \
        "$group/g1"
    ok "and not where jails are otherwise" \
        [ ! -e "${group%/*}/jailmount/$jail" ]
fi

before=$(count READY=1)
ok "it is restored" "$JAILMOUNT" "$jail" --restore
ok "which the manager hears" said RELOADING=1
ok "until it is over" wait_until 10 more_than READY=1 "$before"
ok "with the new generation" \
    wait_until 10 said 'STATUS=generation 2 serves, restored 1 times'
like "its socket is kept, and no other" "$(cat "$unit/stored")" '^tcp-80-[0-9]+$'
ok "which is another" [ "$(cat "$unit/stored")" != "$stored" ]
stored=$(cat "$unit/stored")

# --- Killed -------------------------------------------------------------------

for round in 1 2 3; do
    ok "it is killed ($round)" kill_it
    # One that has said what it wants already, and one that has not.
    exec 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.1/$port"
    pass "clients come all the same"
    printf 'GET / HTTP/1.0\r\n\r\n' >&5
    ok "it is started again ($round)" start_it
    printf 'GET / HTTP/1.0\r\n\r\n' >&6
    like "who waited is served" "$(timeout 10 cat <&5)" '^a page'
    like "and who came in between" "$(timeout 10 cat <&6)" '^a page'
    exec 5>&- 6>&-
done
[ -z "$GROUP" ] ||
    is "nothing is left of those before" "$(groups)" "g1/ supervisor/ "
like "the log tells" "$(cat "$log")" \
    'sockets of an earlier supervisor taken over, with who waits in them: 1'
is "one socket is kept" "$(cat "$unit/stored")" "$stored"
ok "the jail can be restored" "$JAILMOUNT" "$jail" --restore
ok "and serves" curl -fsS "http://127.0.0.1:$port/"
stored=$(cat "$unit/stored")

# --- What is not what it says -------------------------------------------------

order add tcp-80-1234 "$TMP/socket-1"
order add nonsense "$TMP/socket-2"
ok "others are kept, too" wait_until 5 grep -q nonsense "$unit/stored"
ok "it is killed" kill_it
ok "and started" start_it
like "what is none of its sockets is closed" "$(cat "$log")" \
    "are no sockets of this jail's and are closed: 2"
is "and not kept any longer" "$(cat "$unit/stored")" "$stored"
ok "its own serves" curl -fsS "http://127.0.0.1:$port/"

# --- The host wants another port ----------------------------------------------

ok "it is killed" kill_it
sed -i "s/:$port:/:$other_port:/" "$settings/$jail.conf"
ok "and started where the settings now say" start_it
ok "there it serves" curl -fsS "http://127.0.0.1:$other_port/"
status "and no longer where it did" 7 curl -s "http://127.0.0.1:$port/"
like "the new socket is kept" "$(cat "$unit/stored")" '^tcp-80-[0-9]+$'
ok "and it alone" [ "$(cat "$unit/stored")" != "$stored" ]

# --- The end ------------------------------------------------------------------

pid=$(cat "$unit/pid")
order stop
ok "it is stopped" wait_until 20 gone "$pid"
ok "which the manager hears" wait_until 5 said STOPPING=1
ok "nothing is left" [ ! -e "/run/jailmount/$jail" ]
[ -z "$GROUP" ] || is "but what is the manager's" "$(groups)" "supervisor/ "
ok "and started again" start_it
like "what was kept served on" "$(cat "$log")" 'taken over'
ok "it serves" curl -fsS "http://127.0.0.1:$other_port/"
order end
ok "the end" wait_until 20 gone "$manager"
is "nobody complained" "$(cat "$TMP/output")" ""


[ -z "$GROUP" ] || rmdir "$group/supervisor" "$group"
umount "$settings"
[ -z "$made" ] || rmdir --ignore-fail-on-non-empty "$settings"
rm -rf "$log" "/var/lib/jailmount/evidence/$jail"
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
