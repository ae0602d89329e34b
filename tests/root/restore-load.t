#!/bin/bash
# Apache and nginx, restored again and again while clients ask: no request
# fails, neither with a new connection for each, nor on connections that are
# kept, by clients that ask again when an idle one was closed. `make bench`
# does the same for a minute, beside others.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
seconds=4
ok "the clients are built" "${CC:-cc}" -D_GNU_SOURCE -Wall -O1 -o load \
    "$SRC/tests/bench/load.c"

# --- The clients themselves ----------------------------------------------------

# A server that answers once on each connection, and then closes it without a
# word; but the third it closes at once.
cat >once.py <<'END'
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
count = 0
while True:
    connection, _ = server.accept()
    count += 1
    if count != 3:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    connection.close()
END
port=$(free_port)
python3 once.py "$port" &
kill_later $!
ok "a server answers" ./load first 10 "$port"
run ./load keep 1 1 "$port"
read -r requests failed retried _ <<<"$STDOUT"
ok "one who keeps connections asks again" test "$retried" -gt 2
is "what is closed as soon as it is new has failed" "$failed" 1
ok "and not the others" test "$requests" -gt 2
run ./load close 1 1 "$(free_port)"
is "where nobody listens, all have" "$(cut -f 1 <<<"$STDOUT")" \
    "$(cut -f 2 <<<"$STDOUT")"

# --- The jails -----------------------------------------------------------------

# under_load SERVICE close|keep
under_load() {
    local service=$1 jail=test-load-$1-$$ load restores=0
    ./load "$2" $seconds 50 "$port" >"$service.$2" 2>"$service.$2.log" &
    load=$!
    while kill -0 $load 2>/dev/null; do
        "$JAILMOUNT" "$jail" --restore --no-evidence >>restores 2>&1 || break
        restores=$((restores + 1))
        sleep 0.2
    done
    wait $load
    diag "$service, $2: requests, failed, retried, longest ms:" \
        "$(cat "$service.$2" "$service.$2.log"), $restores restores"
    read -r requests failed retried _ <"$service.$2"
    ok "$service, $2: restored several times" test "$restores" -ge 2
    ok "$service, $2: many requests" test "$requests" -ge 100
    is "$service, $2: none of them failed" "$failed" 0
}

for service in apache nginx; do
    jail=test-load-$service-$$
    stop_later "$jail"
    port=$(free_port)
    ok "$service is packed" "$JAILPACK" -o "$service.sqfs" \
        "$SRC/recipes/$service.recipe"
    ok "$service runs" "$JAILMOUNT" "$service.sqfs" --run -d --name "$jail" \
        --listen "127.0.0.1:$port:80"
    ok "$service answers" ./load first 10 "$port"
    under_load "$service" close
    under_load "$service" keep
    ok "$service stops" "$JAILMOUNT" "$jail" --stop
    rm -rf "/var/log/jailmount/$jail.log" "/var/lib/jailmount/evidence/$jail" \
        "/var/lib/jailmount/versions/$jail"
done
plan_done
