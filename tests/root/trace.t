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


# Packs a draft and starts its jail; what follows are the ports.
jail=test-trace-$$
stop_later "$jail"
start() {
    local recipe=$1 listen=()
    shift
    for pair in "$@"; do
        listen+=(--listen "127.0.0.1:$pair")
    done
    ok "it packs as it is" "$JAILPACK" --level 1 -o "$TMP/jail.sqfs" "$recipe"
    ok "the jail starts" "$JAILMOUNT" "$TMP/jail.sqfs" --run -d \
        --name "$jail" "${listen[@]}"
}

stop() {
    ok "it ends" "$JAILMOUNT" "$jail" --stop
    rm -f "/var/log/jailmount/$jail.log"
}

port=$(free_port)
start "$nginx" "$port:80"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/"
is "the page that was fetched" "$STDOUT" "a page of the host"
stop

# --- A further run ------------------------------------------------------------

status "what is there is not replaced" 1 \
    "$JAILPACK" --trace -o "$nginx" -- /bin/true
like "and what to do is told" "$STDERR" 'continue .* adds to it'

cp "$nginx" "$TMP/before.recipe"
trace --continue "$nginx" -o "$nginx"
ok "the recipe's own command runs again" wait_until 10 fetch http://127.0.0.1/
traced "it ends"
ok "what was seen before is not added" cmp "$nginx" "$TMP/before.recipe"

echo "another page" >/var/www/html/other.html
sed -i 's,^listen 80$,listen 80 # an edit,' "$nginx"
cp "$nginx" "$TMP/before.recipe"
for _ in 1 2; do
    trace --continue "$nginx" -o "$nginx"
    ok "a page that was not fetched before" \
        wait_until 10 fetch http://127.0.0.1/other.html
    traced "it ends"
done
is "is what is added, once" "$(diff "$TMP/before.recipe" "$nginx" |
    sed -n 's/^> //p' | grep -v -e '^#' -e '^$')" "copy /var/www/html/other.html"
is "below a heading" "$(grep -c '^# --- Seen in a further run' "$nginx")" 1
ok "nothing of the operator's is lost" \
    cmp <(head -c "$(stat -c %s "$TMP/before.recipe")" "$nginx") \
    "$TMP/before.recipe"
start "$nginx" "$port:80"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/other.html"
is "the other page" "$STDOUT" "another page"
stop

# --- Python -------------------------------------------------------------------

mkdir /srv/site
echo "a page of Python's" >/srv/site/index.html
python=$TMP/python.recipe
cd /srv/site || exit
trace -o "$python" -- /usr/bin/python3 -m http.server 8000
cd / || exit
ok "Python answers" wait_until 10 fetch http://127.0.0.1:8000/
traced "its recipe is written"
says "$python" "workdir /srv/site"
says "$python" "listen 8000"
unlike "it calls nobody" "$(cat "$python")" '^connect'
unlike "bytecode is not packed" "$(cat "$python")" __pycache__
start "$python" "$port:8000"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/"
is "the page" "$STDOUT" "a page of Python's"
stop

# --- vsftpd: a process for each connection, roots and users of their own ------

port=$(free_port)
data=$(free_port)
mkdir -p /srv/ftp /srv/files/pub /run/vsftpd/empty
echo "a file" >/srv/files/pub/file
cat >/srv/vsftpd.conf <<END
listen=YES
listen_port=$port
background=NO
anonymous_enable=YES
local_enable=NO
anon_root=/srv/files
pasv_min_port=$data
pasv_max_port=$data
secure_chroot_dir=/var/run/vsftpd/empty
END
ftp=$TMP/ftp.recipe
trace -o "$ftp" -- /usr/sbin/vsftpd /srv/vsftpd.conf
ok "vsftpd answers" wait_until 10 fetch "ftp://127.0.0.1:$port/pub/file"
traced "its recipe is written"
says "$ftp" "listen $port"
says "$ftp" "listen $data"
says "$ftp" "user nobody"
says "$ftp" "allow capability sys_chroot"
says "$ftp" "dir /run/vsftpd/empty"
start "$ftp" "$port:$port" "$data:$data"
ok "it serves" curl -sS --fail --max-time 5 "ftp://127.0.0.1:$port/pub/file"
is "the file" "$STDOUT" "a file"
ok "and its directories" curl -sS --fail --max-time 5 \
    "ftp://127.0.0.1:$port/pub/"
like "with what was fetched" "$STDOUT" ' file$'
stop

plan_done
