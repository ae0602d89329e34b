#!/bin/bash
# Recipes drafted by watching a service run: they pack, and the jail serves,
# without being edited.
. "$(dirname "$0")/../lib.sh"

# The services run in a network of their own, and write where nobody minds.
mount -t tmpfs none /srv
for place in /var/log/nginx /var/lib/nginx /var/www/html; do
    mkdir -p "$place"
    mount -t tmpfs -o mode=755 none "$place"
done
echo "a page of the host" >/var/www/html/index.html

# jailpack --trace with these arguments, in the background, as $tracer.
trace() {
    unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh \
        "$JAILPACK" --trace "$@" </dev/null >"$TMP/trace.out" 2>&1 &
    tracer=$!
    kill_later "$tracer"
}

# A command in the network of the service that is traced.
beside() {
    nsenter --target "$tracer" --net -- "$@"
}

fetch() {
    beside curl -sS --fail --max-time 5 "$@"
}

# The service is told to end, and so does the trace.
traced() {
    kill -TERM "$tracer"
    wait "$tracer"
    is "$1" "$?" 0 || diag "$(cat "$TMP/trace.out")"
}

# The recipe has this line.
says() {
    ok "it says: $2" grep -qxF -- "$2" "$1"
}

# --- nginx, by the package's own configuration --------------------------------

nginx=$TMP/nginx.recipe
trace -o "$nginx" -- nginx -g 'daemon off;'
ok "nginx answers while it is traced" wait_until 10 fetch http://127.0.0.1/
traced "its recipe is written when it has ended"
says "$nginx" "name nginx"
says "$nginx" "run /usr/sbin/nginx -g 'daemon off;'"
says "$nginx" "listen 80"
says "$nginx" "ready listen"
says "$nginx" "user www-data"
says "$nginx" "writable /run 1M"
says "$nginx" "overlay /var/log/nginx 16M"
says "$nginx" "overlay /var/lib/nginx 32M"
for capability in chown setgid setuid; do
    says "$nginx" "allow capability $capability"
done
unlike "what the closure brings is not listed" "$(cat "$nginx")" \
    '^(copy|package) .*(libc|libpcre|libssl|\.so)'

port=$(free_port)
jail=test-trace-$$
stop_later "$jail"
ok "it packs as it is" "$JAILPACK" --level 1 -o "$TMP/nginx.sqfs" "$nginx"
ok "the jail starts" "$JAILMOUNT" "$TMP/nginx.sqfs" --run -d --name "$jail" \
    --listen "127.0.0.1:$port:80"
ok "and serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/"
is "the page that was fetched" "$STDOUT" "a page of the host"
ok "it ends" "$JAILMOUNT" "$jail" --stop
rm -f "/var/log/jailmount/$jail.log"

plan_done
