#!/bin/bash
# The UDP ports of a jail answer, and do not call: what they send goes to those
# who have sent to them.
. "$(dirname "$0")/../lib.sh"

jail=test-udp-out-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

ok "the service is compiled" "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -O1 -static \
    -o "$TMP/udp_out" "$SRC/tests/root/udp_out.c"
peer_port=$(free_port)
recipe udp <<END >/dev/null
name $jail
source host
copy $TMP/udp_out => /bin/udp_out
listen 53/udp 69/udp
connect 127.0.0.3:$peer_port/udp
drain 1s
run /bin/udp_out 53 69
END
ok "and packed" "$JAILPACK" -o "$TMP/udp.sqfs" "$TMP/udp.recipe"
port53=$(free_port) port69=$(free_port)
ok "it runs" "$JAILMOUNT" "$TMP/udp.sqfs" --run -d \
    --listen "$port53:53/udp" --listen "$port69:69/udp"
unlike "nothing stands in the way of that" "$(cat "$log")" 'can send to anybody'

# Say TEXT from FROM to the jail's PORT at TO; what comes back.
ask() {
    perl -MIO::Socket::IP -MSocket -e '
        my ($to, $port, $text, $from, $own) = @ARGV;
        my $socket = IO::Socket::IP->new(PeerHost => $to, PeerPort => $port,
            Type => SOCK_DGRAM, LocalHost => $from, LocalPort => $own // 0)
            or die;
        $SIG{ALRM} = sub { print "silence"; exit };
        $socket->send($text);
        alarm 10;
        $socket->recv(my $answer, 100) // die;
        print $answer' "$@"
}
# Who waits at PORT of ADDRESS, and writes down what comes.
wait_at() {
    perl -MIO::Socket::IP -MSocket -e '
        my $socket = IO::Socket::IP->new(LocalHost => $ARGV[0],
            LocalPort => $ARGV[1], Type => SOCK_DGRAM) or die;
        $| = 1;
        print "waiting\n";
        my $text;
        print "$text\n" while $socket->recv($text, 100)' "$@" \
        </dev/null >"$TMP/came" 2>&1 &
    waiting=$!
    kill_later "$waiting"
    wait_until 10 grep -q waiting "$TMP/came"
}

is "it answers by IPv4" "$(ask 127.0.0.1 "$port53" hello 127.0.0.1)" hello
is "and by IPv6" "$(ask ::1 "$port53" hello ::1)" hello

own=$(free_port)
ok "somebody waits who has not asked" wait_at 127.0.0.2 "$own"
is "and is not called" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.2 $own" 127.0.0.1)" EPERM
is "nor at another port of who has" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.1 $own" 127.0.0.1)" EPERM
is "nor by IPv6" "$(ask ::1 "$port53" "::1 $own" ::1)" EPERM
is "the filter stays" "$(ask 127.0.0.1 "$port53" misuse 127.0.0.1)" EPERM
is "nothing came" "$(cat "$TMP/came")" waiting
kill "$waiting"
wait "$waiting" 2>/dev/null

is "who asks" "$(ask 127.0.0.1 "$port69" hello 127.0.0.2 "$own")" hello
ok "and waits" wait_at 127.0.0.2 "$own"
is "may be answered from another port" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.2 $own" 127.0.0.1)" ok
came() {
    grep -q called "$TMP/came"
}
ok "it comes" wait_until 10 came
is "but with no options on the way" \
    "$(ask 127.0.0.1 "$port53" "options 127.0.0.2 $own" 127.0.0.1)" EPERM
is "a peer that the image names may be called" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.3 $peer_port" 127.0.0.1)" ok
is "but not another port of it" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.3 $own" 127.0.0.1)" EPERM

ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "who asked before may be answered" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.2 $own" 127.0.0.1)" ok
is "others not" \
    "$(ask 127.0.0.1 "$port53" "127.0.0.4 $own" 127.0.0.1)" EPERM
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
is "no group is left" "$(find /sys/fs/cgroup -maxdepth 3 \
    -name "jailmount-udp.$jail")" ""
rm -f "$log"

# --- A socket that is made to call a peer with ---------------------------------

# For root of the jail, with all that it may have, where no port is listened on.
recipe peers <<END >/dev/null
name $jail
source host
copy $TMP/udp_out => /bin/udp_out
connect 127.0.0.3:$peer_port/udp [::1]:$peer_port/udp
allow capability net_admin net_raw net_bind_service sys_admin
run /bin/udp_out call
END
ok "one who calls is packed" "$JAILPACK" -o "$TMP/peers.sqfs" "$TMP/peers.recipe"
heard() {
    [ "$(grep -c called "$TMP/came")" = "$1" ]
}
# calls PEER OTHER WHAT-COMES-LAST HOW-OFTEN-HEARD
calls() {
    local peer
    ok "$1 waits" wait_at "$1" "$peer_port"
    peer=$waiting
    run "$JAILMOUNT" "$TMP/peers.sqfs" --run -- \
        call "$1" "$peer_port" "$2" "$own"
    is "$1 is called, and nobody else" "$STDOUT" "connect: ok
send: ok
sendto: ok
other, sendto: EPERM
other, sendmsg: EPERM
other, sendmmsg: EPERM
other, passed on: EPERM
other, dissolved: EACCES
other, connected: ENETUNREACH
send again: ok
other, options: EPERM
other, cork: EPERM
send, after cork: $3" || diag "$STDERR"
    ok "the peer heard of it" wait_until 10 heard "$4"
    kill "$peer"
    wait "$peer" 2>/dev/null
}
calls 127.0.0.3 127.0.0.2 EPERM 3
calls ::1 ::1 ok 4
rm -f "$log"
plan_done
