#!/bin/bash
# A jail for each connection: pristine, bounded in number, gone with it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
name=test-visits-$$
both=test-both-$$
stop_later "$name" "$both"
cgroups() {
    find /sys/fs/cgroup -type d -path "*jailmount/$1/*" 2>/dev/null | wc -l
}

# Does what the visitor says, a word a line.
cat >visit <<'END'
#!/usr/bin/busybox sh
while read -r word rest; do
    case $word in
    write) echo "$rest" >/tmp/written && echo "wrote $rest" ;;
    look) busybox ls /tmp ;;
    wire) busybox cat /etc/wire ;;
    bind) busybox nc -l -p "$rest" ;;
    log) echo "$rest" >&2 ;;
    end) exit 3 ;;
    esac
done
END
chmod 755 visit
file=$(
    recipe "$name" <<END
name $name
source host
copy /usr/bin/busybox
source tree $TMP
copy /visit => /usr/bin/visit
file /etc/wire <<EOF
do not look
EOF
tripwire /etc/wire
device null
writable /tmp 1M 1777
env PATH=/usr/bin
listen 7 8
drain 1s
service visit per-connection 7 at-most 3 per-source 12/1h /usr/bin/visit
END
)
ok "it is packed" "$JAILPACK" -o visits.sqfs "$file"
port=$(free_port)
ok "it runs" "$JAILMOUNT" visits.sqfs --run -d --listen "$port:7" \
    --listen "127.0.0.1:$(free_port):8"
log=/var/log/jailmount/$name.log
status_of() {
    "$JAILMOUNT" "$name" --status --json | jq -r "$1"
}
visitors() {
    status_of '.connections[0].generations | length'
}
are_there() {
    [ "$(visitors)" = "$1" ]
}
# visit FROM WORDS...: what it answers, up to the end of the connection.
visit() {
    local from=$1
    shift
    printf '%s\n' "$@" end | timeout 20 python3 -c '
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])),
                                      source_address=(sys.argv[1], 0))
connection.sendall(sys.stdin.buffer.read())
while got := connection.recv(4096):
    sys.stdout.buffer.write(got)
' "$from" "$port"
}
is "it waits, and nothing runs" "$(status_of .state) $(visitors)" "ready 0"
is "no control group is there" "$(cgroups "$name")" 0
like "it is listed" "$("$JAILMOUNT" "$name" --status)" \
    'service +visit: 0 connections of 3 at most, 0 since the start'

# --- Pristine ---

is "a visitor finds it empty, and writes" \
    "$(visit 127.0.0.1 look 'write mine' look)" "wrote mine
written"
is "the next finds it empty" "$(visit 127.0.0.1 look 'write theirs' look)" \
    "wrote theirs
written"
ok "nobody stays" wait_until 5 are_there 0
is "and nothing of them" "$(cgroups "$name")" 0
is "both were counted" "$(status_of '.connections[0].served')" 2
like "the log knows who came" "$(cat "$log")" \
    '#1 jailmount: service visit serves 127\.0\.0\.1:[0-9]+'
like "and how it ended" "$(cat "$log")" \
    '#2 jailmount: service visit ended with status 3 after'
visit 127.0.0.1 'log a word' >/dev/null
like "standard error is the log" "$(cat "$log")" '#3 stderr: a word'

# --- Two at once see nothing of each other ---

exec {first}<>"/dev/tcp/127.0.0.1/$port" {second}<>"/dev/tcp/127.0.0.1/$port"
echo "write one" >&"$first"
read -r -t 10 answer <&"$first"
is "one writes" "$answer" "wrote one"
printf 'look\nwrite two\n' >&"$second"
read -r -t 10 answer <&"$second"
is "the other sees nothing of it" "$answer" "wrote two"
is "both live" "$(visitors)" 2
ok "in control groups of their own" test "$(cgroups "$name")" -ge 2

# As who the host sees the processes of all visitors.
users() {
    find /sys/fs/cgroup -path "*/jailmount/$name/*" -name cgroup.procs \
        -exec cat {} + 2>/dev/null | sort -u |
        xargs -I{} stat -c %u "/proc/{}" 2>/dev/null | sort -u
}
is "as users that they do not share" "$(users | wc -l)" 2
unlike "and not as the jail's own either" "$(users)" \
    "^$(status_of .range_base)\$"

# --- No more than so many ---

exec {third}<>"/dev/tcp/127.0.0.1/$port" {fourth}<>"/dev/tcp/127.0.0.1/$port"
echo "write three" >&"$third"
read -r -t 10 answer <&"$third"
is "a third is served" "$answer" "wrote three"
echo "write four" >&"$fourth"
read -r -t 1 answer <&"$fourth"
status "a fourth waits" 1 test "$answer" = "wrote four"
is "three live" "$(visitors)" 3
like "the log tells" "$(cat "$log")" 'visit: 3 at once, which is all'
echo end >&"$first"
read -r -t 10 answer <&"$fourth"
is "until one has left" "$answer" "wrote four"
status "whose connection is closed" 1 read -r -t 10 -u "$first" answer
exec {first}>&-
# A visitor who just hangs up.
exec {second}>&-
ok "who hangs up is gone, too" wait_until 10 are_there 2

# --- A restore, and what there is none of ---

ok "it is restored" "$JAILMOUNT" "$name" --restore
like "which means verified" "$STDOUT" 'verified again.*of its own'
is "those who are there stay" "$(visitors)" 2
is "it is counted" "$(status_of .restores)" 1
status "there is nothing to compare" 1 "$JAILMOUNT" "$name" --diff
like "and why" "$STDERR" 'a generation for each connection'
status "nor to execute in" 125 "$JAILMOUNT" "$name" --exec -- /usr/bin/visit
status "nor to rehearse" 1 "$JAILMOUNT" "$name" --drill
exec {third}>&- {fourth}>&-
ok "all have left" wait_until 10 are_there 0

# --- Alarms ---

is "a tripwire is read" "$(visit 127.0.0.1 wire 'write it')" "do not look
wrote it"
like "which is an alarm" "$(cat "$log")" \
    'alarm: the tripwire /etc/wire was opened by'
evidence() {
    find "/var/lib/jailmount/evidence/$name" -mindepth 1 -maxdepth 1 \
        -name "[0-9]*" 2>/dev/null | wc -l
}
has_evidence() {
    [ "$(evidence)" -ge 1 ]
}
ok "evidence is kept of that one" wait_until 10 has_evidence
is "and of none before" "$(evidence)" 1
visit 127.0.0.1 'bind 7' >/dev/null
like "the port itself is not to be had" "$(cat "$log")" \
    'alarm: refused: bind to .*:7 '

# --- No more than so many for one address ---

# Up to here nine came from there.
for _ in 1 2 3; do
    visit 127.0.0.1 >/dev/null
done
is "the thirteenth of one address is turned away" \
    "$(visit 127.0.0.1 'write x' 2>/dev/null)" ""
is "another address is served" "$(visit 127.0.0.2 'write x')" "wrote x"
is "it is counted" "$(status_of '.connections[0].turned_away')" 1
like "the log tells" "$(cat "$log")" \
    '1 connections turned away, the last from 127\.0\.0\.1:[0-9]+: more than 12 in 3600 s'
like "and --status" "$("$JAILMOUNT" "$name" --status)" '1 turned away'

# --- The end ---

# From an address that may still come.
python3 -c '
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])),
                                      source_address=("127.0.0.3", 0))
connection.recv(1)
' "$port" &
visitor=$!
kill_later "$visitor"
ok "somebody comes" wait_until 10 are_there 1
ok "it is stopped" "$JAILMOUNT" "$name" --stop
is "nothing is left" "$(cgroups "$name")" 0
ok "the connection is closed" wait "$visitor"
status "nobody listens" 1 busybox nc -w 1 127.0.0.1 "$port"

# --- Beside one that stays ---

sed "s/^name .*/name $both/
    s/^service.*/service web \/usr\/bin\/busybox httpd -f -p 8 -h \/etc\n&/" \
    "$file" >both.recipe
ok "both kinds are packed" "$JAILPACK" -o both.sqfs both.recipe
web=$(free_port)
ok "and run" "$JAILMOUNT" both.sqfs --run -d --listen "127.0.0.1:$port:7" \
    --listen "127.0.0.1:$web:8"
is "the one that stays serves" "$(curl -fsS "http://127.0.0.1:$web/wire")" \
    "do not look"
is "so does the other" "$(visit 127.0.0.1 'write x')" "wrote x"
exec {first}<>"/dev/tcp/127.0.0.1/$port"
echo "write one" >&"$first"
read -r -t 10 answer <&"$first"
ok "a restore" "$JAILMOUNT" "$both" --restore
is "is of the one that stays" "$(curl -fsS "http://127.0.0.1:$web/wire")" \
    "do not look"
echo look >&"$first"
read -r -t 10 answer <&"$first"
is "and leaves visitors alone" "$answer" written
status "a visitor's is not started by order" 1 "$JAILMOUNT" "$both" \
    --service visit start
like "which is said" "$STDERR" 'is started for each connection'
ok "it is stopped" "$JAILMOUNT" "$both" --stop
status "the visitor's connection is closed" 1 read -r -t 10 -u "$first" answer
exec {first}>&-

for jail in "$name" "$both"; do
    rm -rf "/var/log/jailmount/$jail.log" "/var/lib/jailmount/evidence/$jail"
done
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
