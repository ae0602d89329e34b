#!/bin/bash
# Several services in one jail: started in order, started again when they end,
# stopped in the reverse order, and one of them by --service.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
name=test-services-$$
single=test-single-$$
stop_later "$name" "$single"

# Tells what happens to it, and serves one page.
cat >serve <<'END'
#!/usr/bin/busybox sh
me=$1
trap 'echo "$me hears TERM"; kill $!; exit 0' TERM
trap 'echo "$me hears USR1"' USR1
echo "$me begins"
[ "$2" -gt 0 ] && busybox httpd -f -p "$2" -h /srv &
while :; do
    busybox sleep 30 &
    wait $!
done
END
chmod 755 serve
file=$(
    recipe "$name" <<END
name $name
source host
copy /usr/bin/busybox
source tree $TMP
copy /serve => /usr/bin/serve
file /srv/index.html <<EOF
well
EOF
device null
writable /tmp 1M 1777
env PATH=/usr/bin
listen 80 81
drain 3s
allow capability net_bind_service
service first /usr/bin/serve first 80
service second /usr/bin/serve second 81
service third /usr/bin/serve third 0
END
)
ok "it is packed" "$JAILPACK" -o services.sqfs "$file"
a=$(free_port)
b=$(free_port)
ports=(--listen "127.0.0.1:$a:80" --listen "127.0.0.1:$b:81")
ok "it runs" "$JAILMOUNT" services.sqfs --run -d "${ports[@]}"
log=/var/log/jailmount/$name.log
status_of() {
    "$JAILMOUNT" "$name" --status --json | jq -r "$1"
}
service_is() {
    status_of ".services[] | select(.name == \"$1\") | $2"
}
# running NAME RESTARTS
running() {
    [ "$(service_is "$1" .state 2>/dev/null)" = running ] &&
        [ "$(service_is "$1" .restarts)" = "$2" ]
}
all_run() {
    running first 0 && running second 0 && running third 0
}
# who TEXT: those that said so, in the order of the log.
who() {
    sed -n "s/.*[: ]\([a-z]*\) $1\$/\1/p" "$log" | xargs
}
everybody_heard() {
    [ "$(who "hears $1" | wc -w)" = 3 ]
}
gone() {
    ! "$JAILMOUNT" "$name" --status >/dev/null 2>&1
}
page() {
    curl -fsS --retry 5 --retry-connrefused "http://127.0.0.1:$1/"
}
powers() {
    sed -n 's/^CapPrm:\t//p' "/proc/$(service_is "$1" .pid)/status"
}
like "the one serves" "$(curl -fsS "http://127.0.0.1:$a/")" well
like "and the other" "$(curl -fsS "http://127.0.0.1:$b/")" well
# Numbers of a namespace that is theirs alone.
is "they are started in order" "$(for service in first second third; do
    sed -n 's/^NSpid:.*\t//p' "/proc/$(service_is "$service" .pid)/status"
done | sort -nc 2>&1)" ""
is "they are listed" "$(status_of '[.services[].name] | join(" ")')" \
    "first second third"
like "in words too" "$("$JAILMOUNT" "$name" --status)" \
    'service +second: running \([0-9]+\), 0 restarts'
pid=$(service_is second .pid)
like "by the host's number" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" \
    'serve second 81'

# --- One that ends ---

kill -9 "$pid"
ok "one that was killed starts again" wait_until 10 running second 1
like "it was told" "$(cat "$log")" \
    'service second ended with status 137; starts again in 1 s'
other=$(service_is second .pid)
ok "as another process" test "$other" != "$pid"
like "it serves" "$(page "$b")" well
is "what was left of the first is gone" \
    "$(pgrep -c -f "httpd -f -p 81 -h /srv")" 1
is "its status is kept" "$(service_is second .status)" 137
like "it has its capabilities" "$(powers second)" '400$'
is "as the others do" "$(powers second)" "$(powers first)"
kill -9 "$other"
ok "and again" wait_until 10 running second 2
like "after a longer pause" "$(cat "$log")" 'starts again in 2 s'
ok "the others were left alone" running first 0

# --- Orders ---

ok "one is stopped" "$JAILMOUNT" "$name" --service third stop
is "and stays so" "$(service_is third .state)" stopped
like "it heard of it" "$(cat "$log")" 'third hears TERM'
status "not twice" 1 "$JAILMOUNT" "$name" --service third stop
like "with the reason" "$STDERR" 'the service third is stopped already'
ok "it is started" "$JAILMOUNT" "$name" --service third start
ok "and runs" running third 0
before=$(service_is first .pid)
ok "one is restarted" "$JAILMOUNT" "$name" --service first restart
ok "and runs again" running first 0
ok "as another process" test "$(service_is first .pid)" != "$before"
status "one that there is not" 1 "$JAILMOUNT" "$name" --service fourth start
like "those that there are are named" "$STDERR" \
    'there are: first, second, third'
status "an order that there is not" 1 "$JAILMOUNT" "$name" \
    --service first reload
like "is named" "$STDERR" 'reload is not start, stop or restart'
status "without an order" 2 "$JAILMOUNT" "$name" --service first
like "it says how" "$STDERR" 'NAME --service SERVICE start\|stop\|restart'

# --- Signals, from outside and inside ---

kill -USR1 "$(status_of .supervisor)"
ok "a signal goes to all" wait_until 5 everybody_heard USR1
for signal in TERM KILL; do
    "$JAILMOUNT" "$name" --exec -- /usr/bin/busybox kill "-$signal" 1 \
        >/dev/null 2>&1
done
ok "whoever is inside cannot end the init" running first 0

# --- A restore, and the end ---

ok "it is restored" "$JAILMOUNT" "$name" --restore
ok "all are there again" all_run
like "and serve" "$(page "$b")" well
wait_until 5 sh -c "'$JAILMOUNT' '$name' --status --json |
    jq -e '.finishing == []' >/dev/null"
: >"$log"
ok "it is stopped" "$JAILMOUNT" "$name" --stop
is "in the reverse order" "$(who 'hears TERM')" "third second first"

# One that does not listen to the signal does not keep it from the others.
sed "s,^service third.*,service third /usr/bin/busybox sh /deaf," "$file" \
    >deaf.recipe
cat >>deaf.recipe <<'END'
file /deaf <<EOF
trap : TERM
while :; do
    busybox sleep 1
done
EOF
END
ok "one that is deaf is packed" "$JAILPACK" -o deaf.sqfs deaf.recipe
ok "it runs" "$JAILMOUNT" deaf.sqfs --run -d "${ports[@]}"
: >"$log"
ok "it is stopped, too" "$JAILMOUNT" "$name" --stop
is "the others heard of it" "$(who 'hears TERM')" "second first"

# A killed init takes everything with it.
ok "it runs once more" "$JAILMOUNT" services.sqfs --run -d "${ports[@]}"
pid=$(service_is first .pid)
kill -9 "$(status_of .init)"
ok "without its init it ends" wait_until 5 gone
ok "and so does every service" test ! -d "/proc/$pid"

# --- What does not start ---

# Its interpreter is not there.
sed "s,^service third.*,service third /bad," "$file" >absent.recipe
cat >>absent.recipe <<'END'
file /bad 0755 <<EOF
#!/usr/bin/none
EOF
END
ok "a recipe that is wrong is packed by force" "$JAILPACK" --force \
    -o absent.sqfs absent.recipe
status "a program that is not there" 127 "$JAILMOUNT" absent.sqfs --run -d \
    "${ports[@]}"
like "is named with its service" "$STDERR" \
    'service third.*/bad: not found'
status "words for a program mean nothing" 125 "$JAILMOUNT" services.sqfs \
    --run -- x
like "and that is said" "$STDERR" 'does not go with an image'

# --- With --explain ---

"$JAILMOUNT" services.sqfs --run --explain --output explained "${ports[@]}" \
    >explain.out 2>explain.err </dev/null &
explained=$!
kill_later "$explained"
ok "all of them run explained" wait_until 20 all_run
like "and serve" "$(page "$b")" well
"$JAILMOUNT" "$name" --stop
wait "$explained"
is "in the same order" "$(sed -n 's/ hears TERM$//p' explain.out | xargs)" \
    "third second first"

# --- A single one ---

sed "s/^name .*/name $single/; /^service [st]/d" "$file" >single.recipe
ok "a single service is packed" "$JAILPACK" -o single.sqfs single.recipe
ok "it runs" "$JAILMOUNT" single.sqfs --run -d "${ports[@]}"
status "it is not started or stopped by itself" 1 "$JAILMOUNT" "$single" \
    --service first restart
like "and how instead is said" "$STDERR" 'jailmount .* --restore'
ok "it is stopped" "$JAILMOUNT" "$single" --stop

for jail in "$name" "$single"; do
    rm -rf "/var/log/jailmount/$jail.log" "/var/lib/jailmount/evidence/$jail"
done
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
