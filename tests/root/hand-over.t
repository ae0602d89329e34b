#!/bin/bash
# A service that drops what it has at its stop signal is restored again and
# again, and nobody who comes is dropped: the generation that goes gets nobody
# new, and a moment for those that it has, before it hears of its end.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
ok "the service is built" "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -static \
    -pthread -o dropper "$SRC/tests/root/dropper.c"

status_of() {
    "$JAILMOUNT" "$jail" --status --json | jq -c "$1"
}

nobody_finishes() {
    [ "$(status_of .finishing)" = "[]" ]
}

# dropper NAME ACCEPT ANSWER DIRECTIVE... packs and runs it.
dropper() {
    jail=test-hand-over-$1-$$
    port=$(free_port)
    stop_later "$jail"
    {
        printf '%s\n' "name $jail" "source host" "listen 80" \
            "copy $TMP/dropper => /bin/dropper" \
            "run /bin/dropper serve 80 $2 $3"
        printf '%s\n' "${@:4}"
    } >"$1.recipe"
    ok "$1: packed" "$JAILPACK" -o "$1.sqfs" "$1.recipe"
    ok "$1: runs" "$JAILMOUNT" "$1.sqfs" --run -d \
        --listen "127.0.0.1:$port:80"
}

# under_load NAME COUNT --restore|--drill OPTION... does that under load.
under_load() {
    local clients count
    ./dropper ask "$port" >asked &
    clients=$!
    for ((count = 0; count < $2; count++)); do
        "$JAILMOUNT" "$jail" "${@:3}" >>restores 2>&1 || break
        sleep 0.1
    done
    is "$1: done every time" "$count" "$2"
    sleep 0.3
    kill -TERM $clients
    wait $clients
    read -r asked failed longest <asked
    diag "$1: $asked connections, $failed dropped, longest $longest ms"
    ok "$1: many came" test "$asked" -gt 15
    is "$1: none was dropped" "$failed" 0
}

finish() {
    ok "$1: what was replaced has ended" wait_until 12 \
        nobody_finishes
    is "$1: nothing was healed or refused" \
        "$(grep -cE 'no longer listened|refused:|cannot serve' \
            "/var/log/jailmount/$jail.log")" 0
    ok "$1: stops" "$JAILMOUNT" "$jail" --stop
    rm -rf "/var/log/jailmount/$jail.log" "/var/lib/jailmount/versions/$jail" \
        "/var/lib/jailmount/evidence/$jail"
}

# --- Those that are short ------------------------------------------------------

dropper quick 0 5
under_load quick 30 --restore --no-evidence
ok "quick: nobody had to wait as for a lost packet" test "$longest" -lt 900
finish quick

# While its evidence is taken it is held still.
dropper held 0 5
under_load held 15 --restore
finish held

# Its queue is never empty: what it does not accept goes to its successor.
dropper slow 4 30
under_load slow 30 --restore --no-evidence
finish slow

# As a drill, nobody notices either.
dropper drilled 0 5
under_load drilled 10 --drill
is "drilled: the same serves" "$(status_of .generation)" 1
finish drilled

# --- And those that are long ---------------------------------------------------

# With SIGKILL as its stop signal it gets the whole time to drain.
dropper long 0 2500 "stop-signal KILL" "drain 20s"
under_load long 3 --restore
finish long

# But no more than that.
dropper late 0 60000 "stop-signal KILL" "drain 1s"
./dropper ask "$port" >/dev/null &
kill_later $!
sleep 0.3
ok "late: restored" "$JAILMOUNT" "$jail" --restore
ok "late: what was replaced is gone after its time" wait_until 8 \
    grep -q '#1 jailmount: ended with' "/var/log/jailmount/$jail.log"
kill %% 2>/dev/null
finish late
plan_done
