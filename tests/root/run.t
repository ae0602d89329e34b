#!/bin/bash
# A jail's life from the command line: started, asked, changed, ended.
. "$(dirname "$0")/../lib.sh"

port=$(free_port)
jail=test-run-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

recipe web <<END >/dev/null
name $jail
version 7.1
source host
copy /bin/busybox
link /bin/sh busybox
file /srv/index.html <<EOF
a page
EOF
device null stdout stderr log
overlay /srv 1M
writable /tmp 1M 1777
listen 80
ready listen
drain 1s
run /bin/busybox httpd -f -p 80 -h /srv
END
ok "the service is packed" "$JAILPACK" -o "$TMP/web.sqfs" "$TMP/web.recipe"

# --- The plan -----------------------------------------------------------------

ok "--dry-run" "$JAILMOUNT" "$TMP/web.sqfs" --run --dry-run
like "it tells the steps" "$STDOUT" 'squashfs.*nosuid'
ok "--dry-run --json" "$JAILMOUNT" "$TMP/web.sqfs" --run --dry-run --json
is "it is JSON" "$(jq -r '.[0].phase' <<<"$STDOUT")" host
ok "nothing was done" [ ! -e "/run/jailmount/$jail" ]

# --- In the background --------------------------------------------------------

ok "-d returns when the service is ready" \
    "$JAILMOUNT" "$TMP/web.sqfs" --run -d --listen "127.0.0.1:$port:80"
ok "the page is there at once" curl -fsS "http://127.0.0.1:$port/"
is "it is the image's" "$STDOUT" "a page"

ok "--status" "$JAILMOUNT" "$jail" --status
like "the state" "$STDOUT" '^state +ready$'
like "the mapping" "$STDOUT" "tcp 127.0.0.1:$port -> jail's port 80, listening"
ok "--status --json" "$JAILMOUNT" "$jail" --status --json
json=$STDOUT
is "name, state, version, generation" \
    "$(jq -r '[.name, .state, .version, .generation] | @csv' <<<"$json")" \
    "\"$jail\",\"ready\",\"7.1\",1"
is "the image" "$(jq -r .image <<<"$json")" "$TMP/web.sqfs"
supervisor=$(jq .supervisor <<<"$json")
is "the supervisor" "$(cat "/proc/$supervisor/comm")" jailmount
is "it keeps no directory busy" "$(readlink "/proc/$supervisor/cwd")" /
is "it has no terminal" "$(readlink "/proc/$supervisor/fd/0")" /dev/null
is "nobody but root looks into its directory" \
    "$(stat -c %a "/run/jailmount/$jail")" 700

ok "--list" "$JAILMOUNT" --list
like "the jail is in it" "$STDOUT" "^$jail +ready +7.1 .* 127.0.0.1:$port->80"
ok "--list --json" "$JAILMOUNT" --list --json
is "and there" \
    "$(jq -r --arg jail "$jail" 'map(select(.name == $jail)) | length' \
        <<<"$STDOUT")" 1

status "the name is taken" 125 "$JAILMOUNT" "$TMP/web.sqfs" --run -d
like "and who has it is told" "$STDERR" "$jail runs already \\($supervisor\\)"

# --- Other programs in it -----------------------------------------------------

# shellcheck disable=SC2016
ok "--exec" "$JAILMOUNT" "$jail" --exec -- /bin/sh -c 'echo $((6 * 7))'
is "its output is the caller's" "$STDOUT" 42
status "its status is the caller's" 7 \
    "$JAILMOUNT" "$jail" --exec -- /bin/sh -c 'exit 7'
# shellcheck disable=SC2016
status "a signal" 137 "$JAILMOUNT" "$jail" --exec -- /bin/sh -c 'kill -9 $$'
status "what is not there" 127 "$JAILMOUNT" "$jail" --exec -- /bin/nothing
like "is told" "$STDERR" '/bin/nothing: not found in the jail'
nap=$((100000000 + $$))
"$JAILMOUNT" "$jail" --exec -- /bin/busybox sleep "$nap" </dev/null &
client=$!
sleeps() {
    pgrep -fx "/bin/busybox sleep $nap"
}
ok "a program that goes on" wait_until 5 sleeps
{ kill -KILL "$client"; wait "$client"; } 2>/dev/null
gone() {
    ! sleeps
}
ok "ends with the client" wait_until 5 gone
status "what is no program" 126 "$JAILMOUNT" "$jail" --exec -- /srv/index.html

# --- What has changed ---------------------------------------------------------

ok "--diff" "$JAILMOUNT" "$jail" --diff
is "nothing was changed yet" "$STDOUT" ""
ok "an intruder writes" "$JAILMOUNT" "$jail" --exec -- /bin/sh -c '
    echo wrecked >/srv/index.html
    echo "#!/bin/sh" >/tmp/tool
    /bin/busybox chmod 755 /tmp/tool'
ok "the page is wrecked" curl -fsS "http://127.0.0.1:$port/"
is "so it is" "$STDOUT" wrecked
ok "--diff" "$JAILMOUNT" "$jail" --diff
is "what was written, worst first" "$STDOUT" "scripts:
+ /tmp/tool  (script)
others:
! /srv/index.html
2 changes: 1 script, 1 other"
ok "--diff --json" "$JAILMOUNT" "$jail" --diff --json
is "the same, for machines" \
    "$(jq -c '[.changes[] | [.change, .path, .uid, .executable, .class]]' \
        <<<"$STDOUT")" \
    '[["changed","/srv/index.html",0,false,"other"],["added","/tmp/tool",0,true,"script"]]'

# --- Pristine again -----------------------------------------------------------

ok "--restore" "$JAILMOUNT" "$jail" --restore
like "how long it took" "$STDOUT" 'generation 2 serves after [0-9.]+ ms'
ok "the page is back" curl -fsS "http://127.0.0.1:$port/"
is "as it was" "$STDOUT" "a page"
ok "--diff" "$JAILMOUNT" "$jail" --diff
is "nothing was changed" "$STDOUT" ""
ok "--restore --json" "$JAILMOUNT" "$jail" --restore --json
is "times of each part" "$(jq '.generation == 3 and (.milliseconds |
    .verify > 0 and .start > 0 and .ready >= 0 and
    .total >= .verify + .start)' <<<"$STDOUT")" true

# --- The log ------------------------------------------------------------------

hash=$(jq -r '.root_hash[0:8]' <<<"$json")
"$JAILMOUNT" "$jail" --exec -- /bin/sh -c '
    echo "from the pipe" >/dev/stdout
    printf "a\033[2Jb\n" >/dev/stderr
    echo "by syslog" | /bin/busybox logger -t test'
have_arrived() {
    grep -q 'by syslog' "$log" && grep -q 'from the pipe' "$log" &&
        grep -q 'stderr: a' "$log"
}
ok "lines of the jail arrive" wait_until 5 have_arrived
like "with time, name, version, root hash, generation and stream" \
    "$(grep 'from the pipe' "$log")" \
    "^2[0-9-]+T[0-9:.]+Z $jail 7.1 $hash #3 stdout: from the pipe\$"
ok "control characters are harmless" grep -qF 'stderr: a\x1b[2Jb' "$log"
like "the supervisor's own words" "$(cat "$log")" '#1 jailmount: ready after'

# --- The end ------------------------------------------------------------------

ok "--stop" "$JAILMOUNT" "$jail" --stop
ok "nothing is left of it" [ ! -e "/run/jailmount/$jail" ]
status "nobody listens" 7 curl -s "http://127.0.0.1:$port/"
ok "the supervisor has ended" wait_until 2 [ ! -e "/proc/$supervisor" ]
status "a jail that does not run" 1 "$JAILMOUNT" "$jail" --status
like "is told so" "$STDERR" "no jail named $jail runs here"
rm -f "$log"

# --- In the foreground --------------------------------------------------------

recipe job <<END >/dev/null
name $jail
version 7.1
source host
copy /bin/busybox
link /bin/sh busybox
link /bin/cat busybox
file /bin/data 0755 <<EOF
no program
EOF
device null
drain 1s
run /bin/sh -c 'echo out; echo err >&2; exit 3'
END
ok "a job is packed" "$JAILPACK" -o "$TMP/job.sqfs" "$TMP/job.recipe"
status "its status" 3 "$JAILMOUNT" "$TMP/job.sqfs" --run
is "its output" "$STDOUT" out
is "its errors" "$STDERR" err
# shellcheck disable=SC2016
status "other arguments" 0 "$JAILMOUNT" "$TMP/job.sqfs" --run -- -c 'echo $0' x
is "take the place of its own" "$STDOUT" x
# shellcheck disable=SC2016
status "a signal" 143 "$JAILMOUNT" "$TMP/job.sqfs" --run -- -c 'kill $$'
# shellcheck disable=SC2016
status "from a parent that ignores its children" 3 \
    perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$JAILMOUNT" "$TMP/job.sqfs" --run
status "without standard descriptors" 3 \
    bash -c "exec '$JAILMOUNT' '$TMP/job.sqfs' --run <&- >&- 2>&-"
run bash -c "echo typed | '$JAILMOUNT' '$TMP/job.sqfs' --run -- -c cat"
is "no standard input" "$STDOUT" ""
run bash -c "echo typed | '$JAILMOUNT' '$TMP/job.sqfs' --run -i -- -c cat"
is "but with -i" "$STDOUT" typed
run bash -c "'$JAILMOUNT' '$TMP/job.sqfs' --run \
    -- -c 'busybox seq 200000' | tail -n 1"
is "much output arrives whole" "$STDOUT" 200000
run bash -c "'$JAILMOUNT' '$TMP/job.sqfs' --run \
    -- -c 'busybox seq 200000; exit 5' | head -n 1; exit \${PIPESTATUS[0]}"
is "who reads no more ends nothing" "$STATUS" 5

# What jailpack would not pack by itself: a layer hides the interpreter.
sed 's,^no program,#!/opt/sh,; s,^run .*,writable /opt 1M\nrun /bin/data,
    s,^copy .*,&\ncopy /bin/busybox => /opt/sh,' \
    "$TMP/job.recipe" >"$TMP/nothing.recipe"
ok "packed" "$JAILPACK" --force -o "$TMP/nothing.sqfs" "$TMP/nothing.recipe"
status "a program that is not there" 127 "$JAILMOUNT" "$TMP/nothing.sqfs" --run
like "is named" "$STDERR" /bin/data
sed 's,^run .*,run /bin/data,' "$TMP/job.recipe" >"$TMP/data.recipe"
ok "packed" "$JAILPACK" -o "$TMP/data.sqfs" "$TMP/data.recipe"
status "a file that is no program" 126 "$JAILMOUNT" "$TMP/data.sqfs" --run
like "is named" "$STDERR" /bin/data

status "no image" 125 "$JAILMOUNT" "$TMP/none.sqfs" --run
like "is named" "$STDERR" none.sqfs
status "wrong usage of --run" 125 "$JAILMOUNT" "$TMP/job.sqfs" --run --nonsense
status "wrong usage" 2 "$JAILMOUNT" --nonsense

# --- Many layers --------------------------------------------------------------

many() {
    cat <<END
name $jail
version 7.1
source host
copy /bin/busybox
link /bin/sh busybox
ready exec
drain 1s
run /bin/sh -c 'echo new >/l/100/new; echo more >>/l/7/old; busybox sleep 60'
END
    for ((i = 0; i < 120; i++)); do
        printf 'file /l/%s/old <<END\nold\nEND\noverlay /l/%s 64k\n' $i $i
    done
}
many >"$TMP/many.recipe"
ok "many overlays are packed" "$JAILPACK" -o "$TMP/many.sqfs" "$TMP/many.recipe"
ok "and run" "$JAILMOUNT" "$TMP/many.sqfs" --run -d
written() {
    "$JAILMOUNT" "$jail" --diff --all | grep -q old
}
wait_until 5 written
is "all of them are compared" "$("$JAILMOUNT" "$jail" --diff --all |
    grep '^[+!]')" "! /l/7/old
+ /l/100/new"
ok "it ends" "$JAILMOUNT" "$jail" --stop

# --- Signals ------------------------------------------------------------------

"$JAILMOUNT" "$TMP/job.sqfs" --run -- -c '
    trap "echo got usr1" USR1; trap "echo got hup" HUP
    trap "echo got term; exit 9" TERM
    echo begun; while :; do busybox sleep 0.1; done' \
    >"$TMP/output" 2>"$TMP/errors" </dev/null &
pid=$!
ok "a service in the foreground" wait_until 5 grep -q begun "$TMP/output"
kill -USR1 $pid
ok "USR1 is the service's" wait_until 5 grep -q 'got usr1' "$TMP/output"
kill -HUP $pid
ok "HUP too" wait_until 5 grep -q 'got hup' "$TMP/output"
kill -TERM $pid
wait $pid
is "TERM ends it, with its status" "$?" 9
ok "and it was told" grep -q 'got term' "$TMP/output"

rm "$TMP/output"
"$JAILMOUNT" "$TMP/job.sqfs" --run -- -c '
    trap "" TERM; echo begun; while :; do busybox sleep 0.1; done' \
    >"$TMP/output" 2>"$TMP/errors" </dev/null &
pid=$!
ok "a service that does not want to end" wait_until 5 grep -q begun "$TMP/output"
begin=$SECONDS
kill -TERM $pid
wait $pid
is "is killed when its time is over" "$?" 137
ok "which is a second" [ $((SECONDS - begin)) -le 3 ]

# --- What does not get ready --------------------------------------------------

sed 's,^run .*,run /bin/sh -c "echo the reason >\&2; exit 4",' \
    "$TMP/web.recipe" >"$TMP/broken.recipe"
ok "packed" "$JAILPACK" -o "$TMP/broken.sqfs" "$TMP/broken.recipe"
status "-d with a service that ends" 125 \
    "$JAILMOUNT" "$TMP/broken.sqfs" --run -d --listen "127.0.0.1:$port:80"
like "the status is told" "$STDERR" "ended with status 4 before it was ready"
like "and what it said" "$STDERR" "the reason"
ok "nothing is left" [ ! -e "/run/jailmount/$jail" ]

sed 's,^run .*,run /bin/busybox sleep 60,; s,^ready .*,ready listen 1s,' \
    "$TMP/web.recipe" >"$TMP/mute.recipe"
ok "packed" "$JAILPACK" -o "$TMP/mute.sqfs" "$TMP/mute.recipe"
status "-d with a service that never listens" 125 \
    "$JAILMOUNT" "$TMP/mute.sqfs" --run -d --listen "127.0.0.1:$port:80"
like "is told" "$STDERR" "not ready within 1 s"
rm -f "$log"

plan_done
