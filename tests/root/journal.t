#!/bin/bash
# The journal of the host: what of a jail goes there, how, and what becomes of
# it when the journal does not listen.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-journal-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

# A journal of our own, seen in this mount namespace alone.
mkdir -p /run/systemd
mount -t tmpfs none /run/systemd
mkdir /run/systemd/journal

ok "the flood is compiled" "${CC:-gcc}" -std=gnu17 -O1 -static -o flood \
    "$SRC/tests/root/log_flood.c"
recipe said <<END >/dev/null
name $jail
version 1.2
source host
copy /usr/bin/busybox
copy $TMP/flood => /bin/flood
device null log
writable /tmp 1M 1777
stop-signal KILL
file /say 0755 <<'EOF'
#!/usr/bin/busybox sh
echo 'täxt, JAIL_NAME=other'
printf '\\033[2Jescape\\n' >&2
/usr/bin/busybox logger -p auth.warning -t web 'by /dev/log'
/usr/bin/busybox awk 'BEGIN { while (i++ < 9000) printf "x"; print "" }'
until [ -f /tmp/flood ]; do
    /usr/bin/busybox sleep 0.1
done
/bin/flood 20000
/usr/bin/busybox sleep 1000
EOF
run /say
END
ok "it is packed" "$JAILPACK" -o said.sqfs said.recipe
hash=$("$JAILPACK" --inspect --json said.sqfs | jq -r .root_hash)

journal() {
    perl "$SRC/tests/root/journal.pl" /run/systemd/journal/socket entries \
        </dev/null >>journal.out 2>&1 &
    journal_pid=$!
    kill_later "$journal_pid"
    wait_until 10 test -S /run/systemd/journal/socket
}
# Fields of the entry whose message is that, joined.
entry() {
    jq -r --arg message "$1" 'select(.MESSAGE == $message) | [.PRIORITY,
        .SYSLOG_FACILITY, .SYSLOG_IDENTIFIER, .JAIL_STREAM, .JAIL_NAME,
        .JAIL_VERSION, .JAIL_ROOT_HASH, .JAIL_GENERATION] | join(" ")' entries
}
has() {
    grep -q "$1" entries
}
in_file() {
    grep -q "$1" "$log"
}

# --- Without ------------------------------------------------------------------

status "a journal that is not there" 125 \
    "$JAILMOUNT" said.sqfs --run -d --log-to journal
like "is told" "$STDERR" 'no journal at /run/systemd/journal/socket'
status "another word" 125 "$JAILMOUNT" said.sqfs --run --log-to nowhere
like "is refused" "$STDERR" 'journal or file is wanted'
rm -f "$log"

# --- With ---------------------------------------------------------------------

ok "there is a journal" journal
ok "it runs" "$JAILMOUNT" said.sqfs --run -d
ok "what it says comes" wait_until 10 has '"JAIL_CONTINUED":"1"'
is "on its output" "$(entry 'täxt, JAIL_NAME=other')" \
    "6 3 $jail stdout $jail 1.2 $hash 1"
is "on its error output, fit to be printed" "$(entry '\x1b[2Jescape')" \
    "6 3 $jail stderr $jail 1.2 $hash 1"
is "by /dev/log, with its priority and facility" "$(entry 'web: by /dev/log')" \
    "4 4 $jail log $jail 1.2 $hash 1"
is "a long line in two" "$(jq -r 'select(.MESSAGE | startswith("xxx")) |
    [(.MESSAGE | length), .JAIL_CONTINUED // "0"] | join(" ")' entries)" \
    $'8192 0\n808 1'
like "and what the supervisor says" "$(jq -r 'select(.JAIL_STREAM ==
    "jailmount") | [.PRIORITY, .SYSLOG_IDENTIFIER, .MESSAGE] | join(" ")' \
    entries)" "^5 jailmount $jail #1: ready after"
ok "--logs" "$JAILMOUNT" "$jail" --logs
like "has it as well" "$STDOUT" '#1 log: <36>.*web: by /dev/log'

# --- A journal that does not listen -------------------------------------------

kill -STOP "$journal_pid"
ok "a journal is stuck, and flooded" \
    "$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox touch /tmp/flood
ok "nobody is held up by it" wait_until 60 in_file 'stdout: flooded'
ok "what was too much is told" wait_until 10 in_file \
    'jailmount: [0-9]* messages to /dev/log were dropped: it takes 1000 a'
ok "the supervisor answers" "$JAILMOUNT" "$jail" --status
# Those that came, and those that were counted.
settled() {
    local dropped
    dropped=$(sed -n 's,.*jailmount: \([0-9]*\) messages to.*,\1,p' "$log" |
        awk '{ n += $1 } END { print n + 0 }')
    [ $((dropped + $(grep -c ' log: .*flood: message' "$log"))) = 20000 ]
}
ok "each message is in the file or was counted" wait_until 10 settled
kill -CONT "$journal_pid"
# The backlog has no room for all of it.
ok "the journal hears what it missed" wait_until 30 has \
    '"MESSAGE":"[0-9]* lines are missing here: the journal did not take them'
missing=$(jq -r '.MESSAGE | capture("^(?<n>[0-9]+) lines are missing").n' \
    entries)
is "each line is there or was counted" \
    $(($(grep -vc 'lines are missing' entries) + missing)) "$(wc -l <"$log")"

kill "$journal_pid"
wait "$journal_pid" 2>/dev/null
rm /run/systemd/journal/socket
ok "the journal is gone, and a jail restored" \
    "$JAILMOUNT" "$jail" --restore --no-evidence
ok "it is there again" journal
ok "and hears of it" wait_until 10 has 'restored in'
is "of what generation" "$(jq -r 'select(.MESSAGE | contains("restored in")) |
    .JAIL_GENERATION' entries)" 2
ok "the jail is stopped" "$JAILMOUNT" "$jail" --stop
ok "its last words come" wait_until 10 has '2: ended with status'
is "nothing was malformed" "$(cat journal.out)" ""

# --- The operator's choice ----------------------------------------------------

: >entries
rm "$log"
ok "--log-to file" "$JAILMOUNT" said.sqfs --run -d --log-to file
ok "is the file" wait_until 10 in_file '#1 stdout+:'
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
is "and not the journal" "$(cat entries)" ""

"$JAILMOUNT" said.sqfs --run --log-to journal </dev/null >foreground 2>&1 &
foreground=$!
kill_later $foreground
ok "in the foreground, --log-to journal" wait_until 10 has '"JAIL_CONTINUED"'
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
wait $foreground
is "is not the terminal" "$(cat foreground)" ""

# As systemd starts a unit.
: >entries
perl -e 'open(STDERR, ">", "unit.out") or die;
    $ENV{JOURNAL_STREAM} = join(":", (stat(STDERR))[0, 1]);
    exec @ARGV' "$JAILMOUNT" said.sqfs --run </dev/null >foreground &
foreground=$!
kill_later $foreground
ok "where the output is the journal's" wait_until 10 has '"JAIL_CONTINUED"'
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
wait $foreground
is "what is said goes there with its fields" "$(cat foreground unit.out)" ""

kill "$journal_pid"
rm -f "$log" "$log.1"
plan_done
