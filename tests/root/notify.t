#!/bin/bash
# ready notify: a service that says itself when it is ready, as sd_notify(3)
# does.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-notify-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

ok "the service is compiled" "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -O1 -static \
    -o notify_probe "$SRC/tests/root/notify_probe.c"
recipe notify <<END >/dev/null
name $jail
source host
copy $TMP/notify_probe => /bin/notify_probe
copy /usr/bin/busybox
writable /tmp 1M 1777
ready notify 20s
allow capability setuid
env NOTIFY_SOCKET=/not/this
run /bin/notify_probe READY=1 /
END
ok "and packed" "$JAILPACK" -o notify.sqfs notify.recipe

said() {
    "$JAILMOUNT" "$jail" --status --json | jq -r ".$1"
}
in_log() {
    grep -q "$1" "$log"
}
start() {
    rm -f "$log"
    "$JAILMOUNT" notify.sqfs --run -d -- "$@"
}
state_is() {
    [ "$(said state)" = "$1" ]
}

ok "it starts" start READY=1 /
ok "it knows where" in_log 'stdout: at /dev/notify$'
is "and is ready" "$(said state)" ready
like "the socket is nobody's in there" "$("$JAILMOUNT" "$jail" --exec -- \
    /usr/bin/busybox stat -c '%A %u' /dev/notify)" '^srw--w--w- 65534$'
"$JAILMOUNT" "$jail" --stop

start $'STATUS=reading \e[1m\nMAINPID=1' wait $'STATUS=open\nREADY=1\n' \
    /tmp/go </dev/null >started 2>&1 &
starter=$!
says() {
    [ "$(said says)" = "$1" ]
}
ok "what it says of itself is shown" wait_until 20 says 'reading \x1b[1m'
is "it is not ready before it says so" "$(said state)" starting
"$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox touch /tmp/go
wait $starter
is "then the start is over" "$? $(cat started)" "0 "
ok "as it says" says open
like "also for people" "$("$JAILMOUNT" "$jail" --status)" '^says +open$'
"$JAILMOUNT" "$jail" --stop

ok "another user of the jail may say it" start as=33 READY=1 /
is "and is heard" "$(said state)" ready

# Whoever is not of the jail: the host's root, by way of the jail's /dev.
init=$(said init)
perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
    send($s, "STATUS=from outside", 0, sockaddr_un($ARGV[0])) or die $!' \
    "/proc/$init/root/dev/notify"
"$JAILMOUNT" "$jail" --status >/dev/null
is "somebody outside is not heard" "$(said says)" null
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "by one that says that it is ready" "$(said generation)" 2
"$JAILMOUNT" "$jail" --stop

ok "it may say much" start READY=1 many /
ok "and is held up by nothing" wait_until 30 in_log 'stdout: done'
ok "but not heard without an end" wait_until 10 in_log 'announces too often'
ok "the supervisor is there" state_is ready
"$JAILMOUNT" "$jail" --stop

sed -i 's,^ready.*,ready notify 1s,' notify.recipe
ok "it is packed with less patience" "$JAILPACK" -o notify.sqfs notify.recipe
status "one that never says it" 125 start READY=0 /
like "has failed" "$STDERR" "$jail was not ready within 1 s"
rm -f "$log" "$log.1"
plan_done
