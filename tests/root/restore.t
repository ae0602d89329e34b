#!/bin/bash
# --restore: under load no request fails, and whatever root in the jail has
# done to it is gone.
. "$(dirname "$0")/../lib.sh"

jail=test-restore-$$
log=/var/log/jailmount/$jail.log
port=$(free_port)
stop_later "$jail"

recipe apache <<END >/dev/null
include $SRC/recipes/apache.recipe
name $jail
fetch busybox-static
copy /usr/bin/busybox
END
ok "Apache is packed" "$JAILPACK" -o "$TMP/$jail.sqfs" "$TMP/apache.recipe"
ok "and runs" "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d \
    --listen "127.0.0.1:$port:80"
page=$(curl -fsS "http://127.0.0.1:$port/")
like "and serves its page" "$page" 'It works'

# --- Under load ---------------------------------------------------------------

# A new connection for each request: each of them could meet a socket that
# nobody accepts from.
wrk -t1 -c50 -d60s -H 'Connection: close' "http://127.0.0.1:$port/" \
    >"$TMP/wrk" 2>&1 &
wrk=$!
restores=0
while [ "$restores" -lt 6 ]; do
    "$JAILMOUNT" "$jail" --restore >>"$TMP/restores" 2>&1 || break
    restores=$((restores + 1))
    sleep 0.5
done
kill -INT $wrk # it then tells how it went
wait $wrk
diag "$(cat "$TMP/restores" "$TMP/wrk")"
is "restored several times meanwhile" "$restores" 6
like "many requests" "$(cat "$TMP/wrk")" '[0-9]{3,} requests in'
unlike "none of them failed" "$(cat "$TMP/wrk")" 'Socket errors|Non-2xx'
ok "all that was told to finish has" wait_until 12 \
    bash -c "'$JAILMOUNT' '$jail' --status --json | jq -e '.finishing == []'"
json=$("$JAILMOUNT" "$jail" --status --json)
is "what serves is the last" "$(jq .generation <<<"$json")" $((restores + 1))
is "they were counted" "$(jq .restores <<<"$json")" "$restores"
is "one loop device is left" \
    "$(cat /sys/block/loop*/loop/backing_file | grep -cF "$jail")" 1
is "and one control group" \
    "$(find /sys/fs/cgroup -type d -path "*/jailmount/$jail/*" |
        sed 's,.*/,,' | sort -u)" "g$((restores + 1))"

# --- A drill ------------------------------------------------------------------

"$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox touch /var/www/html/lost
before=$("$JAILMOUNT" "$jail" --status --json | jq -c '[.generation, .restores]')
ok "--drill" "$JAILMOUNT" "$jail" --drill
like "tells how long it would take" "$STDOUT" 'would serve after [0-9.]+ ms'
like "and what would be lost" "$STDOUT" '^\+ /var/www/html/lost$'
is "nothing is restored by it" \
    "$("$JAILMOUNT" "$jail" --status --json | jq -c '[.generation, .restores]')" \
    "$before"
ok "as JSON" "$JAILMOUNT" "$jail" --drill --json
is "both" "$(jq -c '[(.milliseconds.total > 0), .loses.changes[0].path]' \
    <<<"$STDOUT")" '[true,"/var/www/html/lost"]'
wrk -t1 -c20 -d60s -H 'Connection: close' "http://127.0.0.1:$port/" \
    >"$TMP/wrk" 2>&1 &
wrk=$!
"$JAILMOUNT" "$jail" --drill >/dev/null
sleep 0.5
"$JAILMOUNT" "$jail" --drill >/dev/null
sleep 0.5
kill -INT $wrk
wait $wrk
like "many requests during drills" "$(cat "$TMP/wrk")" '[0-9]{3,} requests in'
unlike "none of them failed" "$(cat "$TMP/wrk")" 'Socket errors|Non-2xx'
ok "what was wanted for the drills has ended" wait_until 12 \
    bash -c "'$JAILMOUNT' '$jail' --status --json | jq -e '.finishing == []'"

# --- Root in the jail ---------------------------------------------------------

before=$("$JAILMOUNT" "$jail" --status --json | jq .generation)
run "$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox rm -rf /
diag "$(tail -n 3 <<<"$STDERR")"
like "the image is read-only" "$STDERR" 'Read-only file system'
ok "what is executable is still there" \
    "$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox test -x /usr/sbin/apache2
status "the page is not" 22 curl -fsS -o /dev/null "http://127.0.0.1:$port/"
ok "--diff" "$JAILMOUNT" "$jail" --diff
like "it tells" "$STDOUT" '^- /var/www$'
ok "the host has lost nothing" test -x /bin/ls -a -d "$SRC" -a -c /dev/null
ok "--restore" "$JAILMOUNT" "$jail" --restore
is "the page is served again" "$(curl -fsS "http://127.0.0.1:$port/")" "$page"
ok "--diff" "$JAILMOUNT" "$jail" --diff
is "is empty" "$STDOUT" ""
ok "by a new generation" \
    [ "$("$JAILMOUNT" "$jail" --status --json | jq .generation)" -gt "$before" ]

# --- The image's file may go --------------------------------------------------

rm "$TMP/$jail.sqfs"
ok "the verified bytes are kept" "$JAILMOUNT" "$jail" --restore
is "the page is served" "$(curl -fsS "http://127.0.0.1:$port/")" "$page"
ok "--stop" "$JAILMOUNT" "$jail" --stop
rm -f "$log"

# --- A restore that fails -----------------------------------------------------

# Only the first generation has the standard input that the service waits for.
recipe fickle <<END >/dev/null
name $jail
source host
copy /bin/busybox
link /bin/sh busybox
file /srv/index.html <<EOF
steady
EOF
file /bin/fickle 0755 <<EOF
#!/bin/sh
read -r go || exec busybox sleep 60
exec busybox httpd -f -p 80 -h /srv
EOF
device null
listen 80
ready listen 1s
drain 1s
run /bin/fickle
END
ok "a service that starts but once is packed" \
    "$JAILPACK" -o "$TMP/fickle.sqfs" "$TMP/fickle.recipe"
mkfifo "$TMP/input"
exec 3<>"$TMP/input"
echo go >&3
"$JAILMOUNT" "$TMP/fickle.sqfs" --run -i --downgrade --listen "127.0.0.1:$port:80" \
    <"$TMP/input" >"$TMP/output" 2>&1 3<&- &
kill_later $!
ok "it serves" wait_for "http://127.0.0.1:$port/" 5
status "--restore" 1 "$JAILMOUNT" "$jail" --restore
like "tells why not" "$STDERR" \
    "generation 2 was not ready within 1 s and is discarded"
like "and what is" "$STDERR" "generation 1 goes on serving"
is "so it does" "$(curl -fsS "http://127.0.0.1:$port/")" steady
is "its state" "$("$JAILMOUNT" "$jail" --status --json |
    jq -r '[.state, .generation] | @csv')" '"ready",1'

# Two at the same time.
"$JAILMOUNT" "$jail" --restore >"$TMP/first" 2>&1 &
first=$!
wait_until 5 bash -c "'$JAILMOUNT' '$jail' --status |
    grep -q '^state *restoring'"
status "a second one meanwhile" 1 "$JAILMOUNT" "$jail" --restore
like "is told so" "$STDERR" "being restored already"
ok "--stop meanwhile" "$JAILMOUNT" "$jail" --stop
wait $first
like "ends it" "$(cat "$TMP/first")" "it is being stopped"

plan_done
