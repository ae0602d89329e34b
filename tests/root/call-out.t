#!/bin/bash
# A jail in an empty network namespace serves, and cannot call out: not even
# with the sockets of the host that socket custody puts into its hands.
. "$(dirname "$0")/../lib.sh"

jail=test-call-out-$$
stop_later "$jail"

mkdir "$TMP/tree"
ok "the attacker is built" "${CC:-cc}" -static -o "$TMP/tree/call_out" \
    "$SRC/tests/root/call_out.c"

victim=$(free_port)
busybox httpd -f -p "127.0.0.1:$victim" -h "$TMP" </dev/null &
kill_later $!
ok "the victim listens" wait_until 5 busybox nc -w 1 127.0.0.1 "$victim"

port=$(free_port)
recipe attacker <<END >/dev/null
name $jail
source tree tree
copy /call_out
device null
listen 80 81
ready listen
run /call_out $victim
END
ok "the attacker is packed" \
    "$JAILPACK" -o "$TMP/attacker.sqfs" "$TMP/attacker.recipe"

"$JAILMOUNT" "$TMP/attacker.sqfs" --run --listen "127.0.0.1:$port:80" \
    --listen "127.0.0.1:$(free_port):81" \
    </dev/null >"$TMP/out" 2>"$TMP/err" &
runner=$!
kill_later $runner
served() {
    [ "$(busybox timeout 2 busybox nc 127.0.0.1 "$port" </dev/null)" = served ]
}
ok "it serves whoever calls it" wait_until 10 served
wait $runner
is "it did not fail" "$?" 0
diag "$(cat "$TMP/out" "$TMP/err")"
is "it tried six ways" "$(wc -l <"$TMP/out")" 6
is "none led out" "$(grep -c called "$TMP/out")" 0

# --- A connection that was handed in ---

recipe visited <<END >/dev/null
name $jail
source tree tree
copy /call_out
device null
listen 80
service call per-connection 80 /call_out $victim visited
END
ok "another is packed" \
    "$JAILPACK" -o "$TMP/visited.sqfs" "$TMP/visited.recipe"
ok "it runs" "$JAILMOUNT" "$TMP/visited.sqfs" --run -d \
    --listen "127.0.0.1:$port:80"
log=/var/log/jailmount/$jail.log
ended() {
    grep -q 'service call ended' "$log"
}
is "it serves whoever calls it" \
    "$(busybox timeout 2 busybox nc 127.0.0.1 "$port" </dev/null)" served
ok "it ends" wait_until 10 ended
diag "$(cat "$log")"
is "it tried four ways" "$(grep -c 'stderr: a connection\|stderr: the port' "$log")" 4
is "none led out" "$(grep -c called "$log")" 0
ok "it is stopped" "$JAILMOUNT" "$jail" --stop

plan_done
