#!/bin/bash
# Restores that nobody asks for: by the clock, when the service ends, when it
# is not well, when something is tried that it has no right to, at a limit.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
base=test-renewal-$$

# A web server, and a door for the intruder: each argument is run by a shell
# of its own in the service, not by --exec, whose alarms are the operator's.
cat >serve <<'END'
#!/usr/bin/busybox sh
busybox httpd -f -p 80 -h /srv &
while :; do
    if [ -f /tmp/order ]; then
        busybox mv /tmp/order /tmp/doing
        . /tmp/doing
    fi
    busybox sleep 0.1
done
END
chmod 755 serve

# jail NAME <<WORDS: packs and runs one with these words more; sets PORT.
jail() {
    {
        cat <<END
name $base-$1
source host
copy /usr/bin/busybox
source tree $TMP
copy /serve => /usr/bin/serve
file /srv/index.html <<EOF
well
EOF
file /etc/wire <<EOF
nobody reads this
EOF
file /var/x <<EOF
x
EOF
device null
overlay /srv 1M
overlay /var 1M
writable /tmp 1M 1777
env PATH=/usr/bin
listen 80
ready http /
drain 1s
run /usr/bin/serve
END
        cat
    } >"$1.recipe"
    PORT=$(free_port)
    stop_later "$base-$1"
    ok "$1: packed" "$JAILPACK" -o "$1.sqfs" "$1.recipe"
    ok "$1: runs" "$JAILMOUNT" "$1.sqfs" --run -d \
        --listen "127.0.0.1:$PORT:80"
}
# What the service itself is to do.
order() {
    "$JAILMOUNT" "$base-$1" --exec -- /usr/bin/busybox sh -c \
        "echo '$2' >/tmp/order.new && busybox mv /tmp/order.new /tmp/order"
}
status_of() {
    "$JAILMOUNT" "$base-$1" --status --json | jq -r "$2"
}
# generation NAME N: the N-th serves, or a later one.
generation() {
    [ "$(status_of "$1" .generation 2>/dev/null)" -ge "$2" ] 2>/dev/null &&
        [ "$(status_of "$1" .state)" = ready ]
}
log_of() {
    cat "/var/log/jailmount/$base-$1.log"
}

# --- By the clock ---

jail clock <<<'restore every 1s jitter 100ms'
ok "clock: restored" wait_until 20 generation clock 2
ok "clock: and again" wait_until 20 generation clock 3
like "clock: the next is known" "$(status_of clock .next_restore)" '^20[0-9-]+T'
is "clock: no evidence of one that nothing is known against" \
    "$(find "/var/lib/jailmount/evidence/$base-clock" -name '*-g1-*' \
        2>/dev/null | wc -l)" 0
like "clock: serves" "$(curl -fsS "http://127.0.0.1:$PORT/")" well
"$JAILMOUNT" "$base-clock" --stop

# --- When it ends ---

jail exit <<<'restore on exit'
order exit 'kill $$'
ok "exit: another life" wait_until 20 generation exit 2
order exit 'exit 3'
ok "exit: and another" wait_until 20 generation exit 3
like "exit: put off, the second time" "$(log_of exit)" \
    'will restore in 1 s: its service ended'
like "exit: serves" "$(curl -fsS "http://127.0.0.1:$PORT/")" well
ok "exit: can be stopped" "$JAILMOUNT" "$base-exit" --stop

# --- When it is not well ---

jail unhealthy <<'END'
check http / every 200ms failures 2
restore on unhealthy
END
ok "unhealthy: it is asked" wait_until 10 \
    sh -c "'$JAILMOUNT' '$base-unhealthy' --status --json | jq -e .health.well"
order unhealthy 'busybox rm /srv/index.html'
ok "unhealthy: restored" wait_until 20 generation unhealthy 2
like "unhealthy: it tells" "$(log_of unhealthy)" \
    'alarm: GET / failed 2 times in a row'
like "unhealthy: serves" "$(curl -fsS "http://127.0.0.1:$PORT/")" well
is "unhealthy: counted" "$(status_of unhealthy .alarms.unhealthy)" 1
"$JAILMOUNT" "$base-unhealthy" --stop

# --- Tampering ---

jail tamper <<'END'
restore on tamper
tripwire /etc/wire
END
order tamper 'busybox nc -l -p 4444'
ok "tamper: a bind that it has no right to" wait_until 20 generation tamper 2
like "tamper: it tells" "$(log_of tamper)" 'alarm: refused: bind to .*4444'
order tamper 'busybox cat /etc/wire'
ok "tamper: a tripwire" wait_until 20 generation tamper 3
like "tamper: it tells which, and who" "$(log_of tamper)" \
    'alarm: the tripwire /etc/wire was opened by (busybox|cat|\?)'
is "tamper: counted" "$(status_of tamper '[.alarms.bind, .alarms.tripwire] |
    @csv')" "1,1"
like "tamper: and shown" "$("$JAILMOUNT" "$base-tamper" --status)" \
    'the tripwire /etc/wire'
kept() {
    [ -n "$(find "/var/lib/jailmount/evidence/$base-tamper" \
        -name "*-g$1-replaced" 2>/dev/null)" ]
}
ok "tamper: evidence of it" wait_until 10 kept 2
is "tamper: with the reason" "$(jq -r .reason \
    "/var/lib/jailmount/evidence/$base-tamper"/*-g2-replaced/evidence.json)" \
    "tampering: a tripwire was read"
"$JAILMOUNT" "$base-tamper" --stop

jail quiet <<<'tripwire /etc/wire'
order quiet 'busybox cat /etc/wire'
alarmed() {
    [ "$(status_of quiet .alarms.tripwire)" -ge 1 ]
}
ok "quiet: told" wait_until 10 alarmed
is "quiet: and nothing more" "$(status_of quiet .generation)" 1
"$JAILMOUNT" "$base-quiet" --stop

# --- A limit ---

jail limit <<'END'
restore on limit
limit processes 24
END
order limit 'busybox dd if=/dev/zero of=/tmp/big bs=64k 2>/dev/null
device=gone'
ok "limit: /dev/zero is not there" [ -n "$PORT" ]
order limit 'while echo 0123456789abcdef0123456789abcdef >>/tmp/big; do :; done'
ok "limit: a layer is full" wait_until 30 generation limit 2
like "limit: it tells which" "$(log_of limit)" 'alarm: /tmp is full: its bytes'
order limit 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do
    busybox sleep 5 & done'
ok "limit: no more processes" wait_until 30 generation limit 3
like "limit: it tells" "$(log_of limit)" 'alarm: no more processes'
"$JAILMOUNT" "$base-limit" --stop

for name in clock exit unhealthy tamper quiet limit; do
    rm -rf "/var/log/jailmount/$base-$name.log" \
        "/var/lib/jailmount/evidence/$base-$name"
done
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
