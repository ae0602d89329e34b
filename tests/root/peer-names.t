#!/bin/bash
# Peers that a recipe names: the host looks their names up, when the jail is
# started and at each restore, and the jail finds them in its /etc/hosts.
[ -n "${JAIL_TEST_NETWORK:-}" ] ||
    JAIL_TEST_NETWORK=1 exec unshare --net -- bash "$0" "$@"
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/network.sh
. "$SRC/tests/network.sh"

cd "$TMP" || exit 1
jail=test-peer-names-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"
network_make
client ip addr add 10.9.0.3/24 dev eth0
network_forward

# What the host knows is this test's: a file of its own over /etc/hosts.
names() {
    printf '127.0.0.1 localhost\n' >hosts
    [ $# = 0 ] || printf '%s\n' "$@" >>hosts
}
names '10.9.0.2 db.example'
mount --bind hosts /etc/hosts
for address in 10.9.0.2 10.9.0.3; do
    mkdir "$address"
    echo "at $address" >"$address/page"
    nsenter -t "$CLIENT" -n -- busybox httpd -f -p "$address:7000" \
        -h "$TMP/$address" </dev/null &
    kill_later $!
done
peers_listen() {
    client busybox nc -w 1 10.9.0.2 7000 && client busybox nc -w 1 10.9.0.3 7000
}
ok "the peers listen" wait_until 10 peers_listen

# pack NAME LINE...: the service, with these lines in its recipe.
pack() {
    local name=$1
    shift
    {
        cat <<END
name $jail
source host
copy /usr/bin/busybox /usr/bin/getent
device null
connect db.example:7000
listen 80
ready listen
drain 1s
file /srv/page <<EOF
served
EOF
run /usr/bin/busybox httpd -f -p 80 -h /srv
END
        printf '%s\n' "$@"
    } >"$name.recipe"
    ok "it is packed ($name)" "$JAILPACK" -o "$name.sqfs" "$name.recipe"
}
start() {
    rm -f "$log"
    "$JAILMOUNT" "$1.sqfs" --run -d --log-to file "${@:2}"
}
inside() {
    timeout 30 "$JAILMOUNT" "$jail" --exec -- "$@"
}
page() {
    inside /usr/bin/busybox wget -qO- http://db.example:7000/page
}
hosts() {
    inside /usr/bin/busybox cat /etc/hosts
}

# --- Sealed: the calls of --exec do not go to the supervisor, those of the
# service do ---------------------------------------------------------------------

pack sealed
like "the recipe's tree has the file" \
    "$("$JAILPACK" --why sealed.sqfs /etc/hosts)" 'names the peer db\.example'
like "--dry-run tells of it" \
    "$("$JAILMOUNT" sealed.sqfs --run --dry-run)" \
    'hosts: /etc/hosts, ro, with the addresses of db\.example'
ok "it runs" start sealed --listen 127.0.0.1:8080:80
is "the name is known" "$(inside /usr/bin/getent hosts db.example)" \
    "10.9.0.2        db.example"
is "the file is the image's, and the names" "$(hosts)" \
    "# Whom this jail may call, looked up by the host.
10.9.0.2 db.example
127.0.0.1 localhost
::1 localhost"
like "it belongs to the jail's root" \
    "$(inside /usr/bin/busybox ls -ln /etc/hosts)" '^-rw-r--r-- +1 0 +0 '
status "it cannot be written" 1 \
    inside /usr/bin/busybox sh -c 'echo >>/etc/hosts'
names '10.9.0.3 db.example'
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "names are looked up again" "$(inside /usr/bin/getent hosts db.example)" \
    "10.9.0.3        db.example"
names
ok "it is restored when nobody knows the name" \
    "$JAILMOUNT" "$jail" --restore --no-evidence
is "the name is what it was" "$(inside /usr/bin/getent hosts db.example)" \
    "10.9.0.3        db.example"
like "which is logged" "$(cat "$log")" \
    'connect db\.example:7000: cannot look it up: .*of before still hold'
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
status "it does not start when nobody knows the name" 125 start sealed \
    --listen 127.0.0.1:8080:80
like "which is told" "$STDERR" 'connect db\.example:7000: cannot look it up'

# The service itself calls, by name, through the supervisor.
names '10.9.0.2 db.example'
sed 's,^run .*,run /usr/bin/busybox wget -qO- http://db.example:7000/page,
    s/^ready .*/ready exec/' sealed.recipe >calling.recipe
ok "one that calls is packed" "$JAILPACK" -o calling.sqfs calling.recipe
is "it calls by name" "$("$JAILMOUNT" calling.sqfs --run \
    --listen 127.0.0.1:8080:80)" "at 10.9.0.2"

# --- With a network of its own ---------------------------------------------------

pack own 'network own 10.77.0.5/24'
ok "it runs" start own
is "it calls by name" "$(page)" "at 10.9.0.2"
names '10.9.0.3 db.example'
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "the filter follows" "$(page)" "at 10.9.0.3"
is "and lets those go on that began before" \
    "$(inside /usr/bin/busybox wget -qO- http://10.9.0.2:7000/page)" \
    "at 10.9.0.2"
ok "it is restored again" "$JAILMOUNT" "$jail" --restore --no-evidence
run inside /usr/bin/busybox wget -qO- http://10.9.0.2:7000/page
like "but no longer than that" "$STDERR" 'refused'
is "it serves" "$(curl -fsS --max-time 5 http://10.77.0.5/page)" served
ok "it is stopped" "$JAILMOUNT" "$jail" --stop

# --- Where there is no such file, or none of the image's --------------------------

pack layered 'overlay /etc 1M'
names '10.9.0.2 db.example'
ok "with /etc in a layer it runs" start layered --listen 127.0.0.1:8080:80
is "the name is known" "$(inside /usr/bin/getent hosts db.example)" \
    "10.9.0.2        db.example"
is "--diff has nothing of it" "$("$JAILMOUNT" "$jail" --diff)" ""
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
pack empty 'writable /etc 1M'
ok "with an empty /etc it runs" start empty --listen 127.0.0.1:8080:80
is "the name is known" "$(inside /usr/bin/getent hosts db.example)" \
    "10.9.0.2        db.example"
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
pack linked 'link /etc/hosts /proc/nothing'
ok "with a link to nowhere it runs" start linked --listen 127.0.0.1:8080:80
like "and tells that names are not known" "$(cat "$log")" \
    '/etc/hosts is not in the image'
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
is "no mount is left" "$(grep -F "$jail" /proc/self/mountinfo)" ""
umount /etc/hosts
rm -f "$log"

plan_done
