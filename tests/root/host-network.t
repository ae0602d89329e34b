#!/bin/bash
# A jail in the host's network: it calls whom the host can, and is a jail in
# everything else.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-host-net-$$
stop_later "$jail"
ok "the probe is built" "${CC:-cc}" -static -D_GNU_SOURCE -o call_probe \
    "$SRC/tests/root/call_probe.c"
near=$(free_port)
echo "of the host" >near
busybox httpd -f -p "127.0.0.1:$near" -h "$TMP" </dev/null &
kill_later $!
perl -MSocket -e '
    socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die;
    bind $socket, pack_sockaddr_un("\0jail-test-'$$'") or die;
    listen $socket, 1; sleep 600' &
kill_later $!
port=$(free_port)
cat >abstract.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t length = strlen(argv[1]);

	(void)argc;
	memcpy(address.sun_path + 1, argv[1], length);
	puts(connect(fd, (void *)&address, (socklen_t)(3 + length)) < 0
		     ? strerrorname_np(errno)
		     : "connected");
	return 0;
}
END
"${CC:-cc}" -static -D_GNU_SOURCE -o abstract abstract.c
recipe host <<END >/dev/null
name $jail
source tree $TMP
copy /call_probe /abstract
source host
copy /usr/bin/busybox
file /srv/page <<EOF
served
EOF
device null
network host
listen 80
ready listen
run /usr/bin/busybox httpd -f -p 80 -h /srv
END
ok "it is packed" "$JAILPACK" -o host.sqfs host.recipe
ok "it runs" "$JAILMOUNT" host.sqfs --run -d --listen "127.0.0.1:$port:80"
is "its port is where the operator wants it" \
    "$(curl -fsS "http://127.0.0.1:$port/page")" served
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "and serves" "$(curl -fsS "http://127.0.0.1:$port/page")" served
inside() {
    timeout 20 "$JAILMOUNT" "$jail" --exec -- "$@"
}
is "it calls whom the host can" \
    "$(inside /usr/bin/busybox wget -qO- "http://127.0.0.1:$near/near")" \
    "of the host"
is "it sees the host's network" "$(inside /usr/bin/busybox ip -o link | wc -l)" \
    "$(ip -o link | wc -l)"
run inside /usr/bin/busybox ip link set lo down
like "and cannot change it" "$STDERR" 'not permitted|Operation'
ok "which is up" sh -c 'ip -o link show lo | grep -q UP'
is "the host's abstract sockets are not its own" \
    "$(inside /abstract "jail-test-$$")" EPERM
"$JAILMOUNT" "$jail" --stop

# What the service itself binds.
sed -i "s,^run .*,run /usr/bin/busybox nc -l -p 81," host.recipe
sed -i 's/^ready listen/ready exec/' host.recipe
"$JAILPACK" -o host.sqfs host.recipe >/dev/null
run timeout 20 "$JAILMOUNT" host.sqfs --run --listen "127.0.0.1:$port:80"
like "a port below 1024 that is not named is refused" "$STDERR" \
    'refused: bind to .*81'
other=$(free_port)
sed -i "s,^run .*,run /usr/bin/busybox nc -l -p $other -e /usr/bin/busybox echo hi," \
    host.recipe
"$JAILPACK" -o host.sqfs host.recipe >/dev/null
"$JAILMOUNT" host.sqfs --run -d --listen "127.0.0.1:$port:80" >/dev/null
greets() {
    [ "$(busybox timeout 2 busybox nc 127.0.0.1 "$other" </dev/null)" = hi ]
}
ok "another is bound" wait_until 5 greets
rm -f "/var/log/jailmount/$jail.log"
plan_done
