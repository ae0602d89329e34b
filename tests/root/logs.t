#!/bin/bash
# --logs: what a jail has said, and goes on saying.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-logs-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

recipe logs <<END >/dev/null
name $jail
version 1.2
source host
copy /usr/bin/busybox
device null stderr
writable /tmp 1M 1777
file /say 0755 <<'EOF'
#!/usr/bin/busybox sh
for i in 1 2 3 4 5; do
    echo "line \$i"
done
printf '\\033[2Jescape\\n' >&2
until [ -f /tmp/go ]; do
    /usr/bin/busybox sleep 0.1
done
echo later
/usr/bin/busybox sleep 100
EOF
run /say
END
ok "it is packed" "$JAILPACK" -o logs.sqfs logs.recipe
ok "it runs" "$JAILMOUNT" logs.sqfs --run -d
said() {
    grep -q escape "$log" && grep -q 'line 5' "$log"
}
ok "it has said something" wait_until 10 said

ok "--logs" "$JAILMOUNT" "$jail" --logs
is "is the file" "$STDOUT" "$(cat "$log")"
ok "--lines" "$JAILMOUNT" "$jail" --logs --lines 2
is "are the last ones" "$STDOUT" "$(tail -n 2 "$log")"
ok "none of them" "$JAILMOUNT" "$jail" --logs --lines 0
is "is nothing" "$STDOUT" ""
ok "more than there are" "$JAILMOUNT" "$jail" --logs --lines 99999
is "are all" "$STDOUT" "$(cat "$log")"
ok "--json" "$JAILMOUNT" "$jail" --logs --json
is "takes lines apart" "$(jq -r 'select(.text == "line 3") |
    [.jail, .version, .generation, .stream] | join(" ")' <<<"$STDOUT")" \
    "$jail 1.2 1 stdout"
is "with the image's root hash" "$(jq -r .root_hash <<<"$STDOUT" | sort -u)" \
    "$("$JAILPACK" --inspect --json logs.sqfs | jq -r .root_hash | cut -c1-8)"
unlike "nothing gives orders to the terminal" "$STDOUT" $'\033'

"$JAILMOUNT" "$jail" --logs -f --lines 1 >followed 2>&1 </dev/null &
follower=$!
kill_later $follower
"$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox touch /tmp/go
came() {
    grep -q "$1" followed
}
ok "-f goes on" wait_until 10 came 'stdout: later'
# As when it is full.
mv "$log" "$log.1"
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
: >>"$log"
echo "what comes into another file" >>"$log"
ok "also in another file" wait_until 10 came 'into another file'
kill $follower

status "a jail that never was" 1 "$JAILMOUNT" "no-$jail" --logs
like "is told" "$STDERR" 'cannot read the log'
status "a name that is none" 2 "$JAILMOUNT" ../etc --logs
status "--lines takes a number" 1 "$JAILMOUNT" "$jail" --logs --lines many
status "-f goes with --logs" 2 "$JAILMOUNT" "$jail" --status -f
"$JAILMOUNT" "$jail" --stop
ok "what it said stays" "$JAILMOUNT" "$jail" --logs
rm -f "$log" "$log.1"
plan_done
