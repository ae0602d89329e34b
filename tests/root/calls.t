#!/bin/bash
# Peers that a recipe names can be called, and nobody else.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-calls-$$
stop_later "$jail"
ok "the probe is built" "${CC:-cc}" -static -D_GNU_SOURCE -o call_probe \
    "$SRC/tests/root/call_probe.c"

# A network of this test's own, so that an address can be silent.
unshare -n sleep 600 &
holder=$!
kill_later $holder
own_network() {
    [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]
}
ok "a network of its own" wait_until 5 own_network
in_net() {
    nsenter -n -t $holder "$@"
}
in_net ip link set lo up
in_net ip link add near type veth peer name far
in_net ip address add 10.9.9.1/24 dev near
in_net ip link set near up
in_net ip link set far up

# Peers: what they answer tells who called. Nobody has the address of the
# silent one.
nsenter -n -t $holder perl -MIO::Socket::INET -MIO::Socket::IP -MIO::Select -e '
    my @tcp = map { IO::Socket::IP->new(LocalHost => $_->[0],
        LocalPort => $_->[1], Listen => 8, ReuseAddr => 1) or die "$_->[0] $@" }
        ["127.0.0.1", 5000], ["::1", 5001], ["127.0.0.1", 5009];
    my $udp = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
        LocalPort => 5002, Proto => "udp") or die;
    my $select = IO::Select->new(@tcp, $udp);
    open my $ready, ">", "peers-ready"; close $ready;
    while (1) {
        for my $one ($select->can_read) {
            if ($one == $udp) {
                $udp->recv(my $word, 10);
                $udp->send("peer says $word");
            } else {
                my $client = $one->accept or next;
                $client->sysread(my $word, 10);
                $client->syswrite("peer says $word");
                close $client;
            }
        }
    }' &
kill_later $!
ok "the peers listen" wait_until 10 test -e peers-ready

recipe calls <<END >/dev/null
name $jail
source tree $TMP
copy /call_probe
connect 127.0.0.1:5000 [::1]:5001 127.0.0.1:5002/udp 10.9.9.77:6000
device null
run /call_probe
END
ok "it is packed" "$JAILPACK" -o calls.sqfs calls.recipe
probe() {
    in_net timeout 60 "$JAILMOUNT" calls.sqfs --run --name "$jail" -- "$@" \
        2>err
}
is "a peer is called" "$(probe block 127.0.0.1/5000)" \
    "block blocking peer says x"
is "without blocking" "$(probe nonblock 127.0.0.1/5000)" \
    "nonblock nonblocking peer says x"
is "by IPv6" "$(probe block ::1/5001)" "block blocking peer says x"
is "an IPv4 peer by a socket of IPv6" "$(probe block ::ffff:127.0.0.1/5000)" \
    "block blocking peer says x"
is "by UDP" "$(probe udp 127.0.0.1/5002)" "udp blocking peer says x"
is "several" "$(probe block 127.0.0.1/5000 udp 127.0.0.1/5002 \
    nonblock ::1/5001)" "block blocking peer says x
udp blocking peer says x
nonblock nonblocking peer says x"
is "a call that hangs ends when the caller wants" \
    "$(probe timeout 10.9.9.77/6000)" "timeout EINPROGRESS"
is "nobody else" "$(probe block 127.0.0.1/5009 nonblock 127.0.0.1/5009 \
    block ::1/5000 udp 127.0.0.1/5000 udp 127.0.0.1/53)" "block ENETUNREACH
nonblock ENETUNREACH
block ENETUNREACH
udp ENETUNREACH
udp ENETUNREACH"
is "each TCP call is an alarm" "$(grep -c 'refused: connect to' err)" 3
is "a port that a peer does not have" "$(probe block 127.0.0.1/5002)" \
    "block ENETUNREACH"
is "a socket that has called calls nobody else" \
    "$(probe again 127.0.0.1/5000 127.0.0.1/5009)" \
    "again undone EACCES, ENETUNREACH"
is "and does not listen on the host" "$(probe listen 127.0.0.1/5000)" \
    "listen EACCES"

# While one caller waits, the jail is served.
nsenter -n -t $holder timeout 60 "$JAILMOUNT" calls.sqfs --run \
    --name "$jail" -- block 10.9.9.77/6000 >waiting 2>&1 &
waiting=$!
answers() {
    in_net "$JAILMOUNT" "$jail" --status >/dev/null 2>&1
}
ok "the supervisor does not wait with it" wait_until 10 answers
ok "it stops meanwhile" in_net "$JAILMOUNT" "$jail" --stop
wait $waiting
is "nothing came of it" "$(grep -c 'peer says' waiting)" 0

recipe names <<END >/dev/null
name $jail
source tree $TMP
copy /call_probe
connect localhost:5000 no-such-host.invalid:1
run /call_probe
END
"$JAILPACK" -o calls.sqfs names.recipe >/dev/null
run probe block 127.0.0.1/5000
like "a name that nobody has is told" "$(cat err)" \
    'connect no-such-host.invalid:1: cannot look it up'
sed -i 's/ no-such-host.invalid:1//' names.recipe
"$JAILPACK" -o calls.sqfs names.recipe >/dev/null
is "a name is looked up on the host" "$(probe block 127.0.0.1/5000)" \
    "block blocking peer says x"
rm -f "/var/log/jailmount/$jail.log"
plan_done
