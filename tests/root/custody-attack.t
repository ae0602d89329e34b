#!/bin/bash
# The notification interface under attack: racing arguments, callers that die,
# thousands of calls. The supervisor answers as before, and keeps nothing.
. "$(dirname "$0")/../lib.sh"

jail=test-custody-attack-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

mkdir "$TMP/tree"
ok "the attacker is built" "${CC:-cc}" -static -pthread -D_GNU_SOURCE -Wall \
    -O1 -o "$TMP/tree/attack" "$SRC/tests/root/custody_attack.c"
recipe custody <<END >/dev/null
name $jail
source tree tree
copy /attack
device null
listen 80
run /attack
allow capability setuid setgid
END
ok "and packed" "$JAILPACK" -o "$TMP/custody.sqfs" "$TMP/custody.recipe"

port=$(free_port)
ok "it runs" "$JAILMOUNT" "$TMP/custody.sqfs" --run -d \
    --listen "127.0.0.1:$port:80"
supervisor=$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)
held() {
    find "/proc/$supervisor/fd" -type l | wc -l
}
before=$(held)
called() {
    busybox timeout 2 busybox nc 127.0.0.1 "$port" </dev/null
    grep -q 'stdout: pass a connection' "$log"
}
wait_until 10 called
ok "all was tried" wait_until 300 grep -q 'stdout: end$' "$log"
while read -r result text; do
    case $result in
    pass) pass "$text" ;;
    fail) fail "$text" ;;
    esac
done < <(sed -n 's/.* stdout: \(pass\|fail\) /\1 /p' "$log")
is "each was judged" "$(grep -c ' stdout: \(pass\|fail\) ' "$log")" 13
is "it serves" "$(busybox timeout 5 busybox nc 127.0.0.1 "$port" </dev/null)" \
    served
is "the supervisor is the same" \
    "$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)" "$supervisor"
is "and holds what it held" "$(held)" "$before"
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
rm -rf "$log" "/var/lib/jailmount/evidence/$jail"

plan_done
