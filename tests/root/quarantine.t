#!/bin/bash
# --quarantine: what was replaced lives on, to be looked at, and has no network
# any more; no request is lost by it. And evidence when a jail is stopped.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-quarantine-$$
port=$(free_port)
peer=$(free_port)
while [ "$peer" = "$port" ]; do peer=$(free_port); done
kept=/var/lib/jailmount/evidence/$jail
log=/var/log/jailmount/$jail.log
stop_later "$jail"

status_of() {
    "$JAILMOUNT" "$jail" --status --json | jq -r "$1"
}
page() {
    curl -fsS --max-time 20 "http://127.0.0.1:$port/"
}
in_quarantine() {
    status_of '[.quarantine[]?.generation] | join(" ")'
}
nobody_is() {
    [ -z "$(in_quarantine)" ]
}
evidence_is() {
    [ "$(find "$kept" -mindepth 1 -maxdepth 1 -name "[0-9]*-$1" 2>/dev/null |
        wc -l)" = "$2" ]
}

# --- Under load ---------------------------------------------------------------

cat >nginx.recipe <<END
include $SRC/recipes/nginx.recipe
name $jail
END
ok "nginx is packed" "$JAILPACK" -o nginx.sqfs nginx.recipe
ok "and runs" "$JAILMOUNT" nginx.sqfs --run -d --listen "127.0.0.1:$port:80"
wrk -t1 -c50 -d300s --timeout 20s -H 'Connection: close' "http://127.0.0.1:$port/" \
    >load 2>&1 &
wrk=$!
sleep 0.3
for _ in 1 2 3; do
    "$JAILMOUNT" "$jail" --restore --quarantine 1h >>restores 2>&1 ||
        fail "a restore: $(cat restores)"
    sleep 0.5
done
ok "one that goes is no hindrance to the next" \
    "$JAILMOUNT" "$jail" --restore --no-evidence
sleep 0.5
kill -INT $wrk
wait $wrk
diag "$(cat load)"
like "many requests" "$(cat load)" '[0-9]{3,} requests in'
unlike "none of them failed" "$(cat load)" 'Socket errors|Non-2xx'
is "they live on" "$(in_quarantine)" "3 2 1"
ok "one more may" "$JAILMOUNT" "$jail" --restore --quarantine 1h
status "and no more than that" 1 "$JAILMOUNT" "$jail" --restore --quarantine 1h
like "with a reason" "$STDERR" "4 generations are in quarantine"
like "the page is served" "$(page)" "It works"
ok "--quarantine 0 ends them" "$JAILMOUNT" "$jail" --quarantine 0
ok "all of them" wait_until 20 nobody_is
ok "evidence is kept of their end" wait_until 20 evidence_is 'g1-quarantined' 1
like "the page is served" "$(page)" "It works"
ok "--stop" "$JAILMOUNT" "$jail" --stop
rm -rf "$kept" "$log" "/var/lib/jailmount/versions/$jail"

# --- What it can still do -----------------------------------------------------

ok "the probe is built" "${CC:-cc}" -static -D_GNU_SOURCE -o call_probe \
    "$SRC/tests/root/call_probe.c"
cat >serve <<'END'
#!/usr/bin/busybox sh
busybox httpd -p 80 -h /srv
# What an intruder does in there, again and again: it calls, and it binds.
while :; do
    /call_probe block "127.0.0.1/$PEER"
    busybox httpd -p 80 -h /srv 2>/dev/null
    busybox sleep 0.2
done
END
chmod 755 serve
cat >small.recipe <<END
name $jail
source host
copy /usr/bin/busybox
source tree $TMP
copy /serve => /usr/bin/serve
copy /call_probe
file /srv/index.html <<EOF
served
EOF
device null
writable /tmp 1M 1777
env PATH=/usr/bin
env PEER=$peer
listen 80
connect 127.0.0.1:$peer
ready http / 10s
drain 2s
run /usr/bin/serve
END
ok "a small service is packed" "$JAILPACK" -o small.sqfs small.recipe
cat >peer.py <<'END'
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    client.sendall(b"peer")
    client.close()
END
python3 peer.py "$peer" >peer.out 2>&1 &
kill_later $!
reached() {
    (exec 8<>"/dev/tcp/127.0.0.1/$peer") 2>/dev/null
}
ok "its peer is there" wait_until 20 reached
ok "it runs" "$JAILMOUNT" small.sqfs --run -d --listen "127.0.0.1:$port:80"
ok "it calls" wait_until 20 grep -q '#1 stdout: block blocking peer' "$log"

# A client that the old generation has accepted and waits for.
exec 9<>"/dev/tcp/127.0.0.1/$port"
printf 'GET / HTTP/1.1\r\n' >&9
sleep 0.3
ok "--restore --quarantine" "$JAILMOUNT" "$jail" --restore --quarantine 15s
is "it serves" "$(page)" served
like "--status lists it" "$(status_of '.quarantine[0] |
    [.generation, .until, .processes[].command] | @csv')" '^1,"20.*"serve"'
like "as text too" "$("$JAILMOUNT" "$jail" --status)" \
    'quarantine +generation 1 until 20.*serve \('
is "with the lowest priority" \
    "$(ps -o ni= -p "$(status_of '.quarantine[0].processes[0].pid')" |
        tr -d ' ')" 19
# Its last word, of before, may be on its way.
ok "it can no longer call" wait_until 20 \
    grep -q '#1 stdout: block ENETUNREACH' "$log"
like "which is an alarm" "$(grep 'alarm' "$log")" \
    "#1 jailmount: alarm: refused: connect to 127.0.0.1:$peer"
like "nor bind" "$(grep 'alarm' "$log")" "#1 jailmount: alarm: refused: bind"
called=$(grep -c '#1 stdout: block blocking peer' "$log")
# The rest of the request is answered by nobody: it was cut off.
ok "its connections are shut when its time to drain is over" \
    wait_until 20 grep -q '#1 jailmount: in quarantine: [0-9]* connections' \
    "$log"
is "for the client, too" "$(timeout 5 cat <&9)" ""
exec 9<&-
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(page)" = served ] || fail "a page is not served"
done
is "all this time it has called nobody" \
    "$(grep -c '#1 stdout: block blocking peer' "$log")" "$called"
ok "another has" grep -q '#2 stdout: block blocking peer' "$log"
ok "it goes when its time is over" wait_until 30 nobody_is
ok "with evidence" wait_until 20 evidence_is 'g1-quarantined' 1
is "why" "$(jq -r .reason "$kept"/*-g1-quarantined/evidence.json)" \
    "its quarantine is over"
is "and of when it was replaced" \
    "$(find "$kept" -name '*-g1-replaced' | wc -l)" 1
status "a strange time" 1 "$JAILMOUNT" "$jail" --restore --quarantine soon
like "is told so" "$STDERR" "this is not a time"

# --- The end ------------------------------------------------------------------

ok "another one" "$JAILMOUNT" "$jail" --restore --quarantine 1h
ok "which is looked at when it is replaced" \
    wait_until 20 evidence_is 'g2-replaced' 1
ok "--stop" "$JAILMOUNT" "$jail" --stop
ok "ends it, with evidence" wait_until 20 evidence_is 'g2-quarantined' 1
is "no evidence of a generation that nothing is known against" \
    "$(find "$kept" -name '*-g3-*' | wc -l)" 0

ok "again" "$JAILMOUNT" small.sqfs --run -d --listen "127.0.0.1:$port:80"
rm -rf "$kept"
ok "--stop --evidence" "$JAILMOUNT" "$jail" --stop --evidence
ok "keeps some" evidence_is 'g1-replaced' 1
is "and says why" "$(jq -r .reason "$kept"/*-g1-replaced/evidence.json)" \
    "stopped by order"

rm -rf "$kept"
sed -i '/^connect/d' small.recipe
ok "one that calls a stranger is packed" \
    "$JAILPACK" -o small.sqfs small.recipe
sed -i 's/-p 80 -h .srv 2/-p 99 -h \/srv 2/' serve
ok "and binds what it may not" "$JAILPACK" -o small.sqfs small.recipe
ok "it runs" "$JAILMOUNT" small.sqfs --run -d --listen "127.0.0.1:$port:80"
alarmed() {
    [ "$(status_of .alarms.bind)" -gt 0 ]
}
ok "an alarm" wait_until 20 alarmed
ok "--stop" "$JAILMOUNT" "$jail" --stop
is "after one there is evidence" \
    "$(jq -r .reason "$kept"/*-g1-replaced/evidence.json)" \
    "stopped, after alarms"
rm -rf "$kept"
ok "again" "$JAILMOUNT" small.sqfs --run -d --listen "127.0.0.1:$port:80"
ok "an alarm" wait_until 20 alarmed
ok "--stop --no-evidence" "$JAILMOUNT" "$jail" --stop --no-evidence
is "keeps none" "$(find "$kept" 2>/dev/null | wc -l)" 0

rm -rf "$kept" "$log"
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
