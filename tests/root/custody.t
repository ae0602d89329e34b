#!/bin/bash
# Socket custody: which bind() of the jail is answered with which socket of
# the host, and which is refused.
. "$(dirname "$0")/../lib.sh"

jail=test-custody-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

ok "the service is compiled" "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -O1 -static \
    -pthread -o "$TMP/bind_probe" "$SRC/tests/root/bind_probe.c"

recipe probe <<END >/dev/null
name $jail
source host
copy $TMP/bind_probe => /bin/bind_probe
listen 80 443 53/udp
ready listen
drain 1s
run /bin/bind_probe tcp4:0.0.0.0/80
END
ok "and packed" "$JAILPACK" -o "$TMP/probe.sqfs" "$TMP/probe.recipe"

start() {
    rm -f "$log"
    ok "$1" "$JAILMOUNT" "$TMP/probe.sqfs" --run -d "${@:2}"
    wait_until 5 grep -q 'stdout: done' "$log" || diag "$(cat "$log")"
}

stop() {
    "$JAILMOUNT" "$jail" --stop
}

# What the service told about an argument.
told() {
    sed -n "s,.* stdout: $1 ,,p" "$log"
}

# What a client hears: ask tcp|udp HOST PORT
ask() {
    perl -MIO::Socket::IP -MSocket -e '
        my ($protocol, $host, $port) = @ARGV;
        $SIG{ALRM} = sub { print "silence"; exit };
        my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port,
            Type => $protocol eq "udp" ? SOCK_DGRAM : SOCK_STREAM)
            or do { print "refused"; exit };
        alarm 2;
        if ($protocol eq "udp") {
            $socket->send("ping");
            $socket->recv(my $answer, 100) // do { print "refused"; exit };
            print $answer;
        } else {
            print while <$socket>;
        }' "$@"
}

# --- What the operator says ---------------------------------------------------

port80=$(free_port) port443=$(free_port) port53=$(free_port)
start "addresses of the operator's" \
    --listen "127.0.0.1:$port80:80" --listen "[::1]:$port443:443" \
    --listen "127.0.0.1:$port53:53/udp" -- \
    tcp4:0.0.0.0/80/nonblock/keepalive tcp6:::/443/v6only/noexec \
    udp4:0.0.0.0/53 tcp4:10.1.2.3/80 tcp4:0.0.0.0/80/thread \
    tcp4:0.0.0.0/443 tcp4:0.0.0.0/81 tcp6:::/8080 udp4:0.0.0.0/80 \
    tcp4:0.0.0.0/0 unix misuse
is "IPv4" "$(ask tcp 127.0.0.1 "$port80")" "tcp4 80 peer 127.0.0.1"
is "IPv6" "$(ask tcp ::1 "$port443")" "tcp6 443 peer ::1"
is "UDP" "$(ask udp 127.0.0.1 "$port53")" ping
is "flags and options stay the caller's" \
    "$(told tcp4:0.0.0.0/80/nonblock/keepalive)" \
    "ok nonblock=1 noexec=0 keepalive=1"
is "each its own" "$(told tcp6:::/443/v6only/noexec)" \
    "ok nonblock=0 noexec=1 keepalive=0"
like "another address is the operator's all the same" \
    "$(told tcp4:10.1.2.3/80)" '^ok '
like "from another thread" "$(told tcp4:0.0.0.0/80/thread)" '^ok '
like "a mapping of the other family" "$(told tcp4:0.0.0.0/443)" '^ok '
ok "nobody comes that way, which is logged" \
    grep -q 'jailmount: 0.0.0.0:443 is bound, but' "$log"

is "a port that the image does not name" "$(told tcp4:0.0.0.0/81)" EACCES
is "the host's side of no mapping" "$(told tcp6:::/8080)" EACCES
is "the other protocol" "$(told udp4:0.0.0.0/80)" EACCES
is "any port" "$(told tcp4:0.0.0.0/0)" EACCES
is "other families are the namespace's" "$(told unix)" ok
json=$("$JAILMOUNT" "$jail" --status --json)
is "the refusals are counted" "$(jq .refused_binds.count <<<"$json")" 4
is "and told, the last first" \
    "$(jq -c '.refused_binds.last[] | [.protocol, .address, .command,
        .generation]' <<<"$json")" \
    '["tcp","0.0.0.0:0","bind_probe",1]
["udp","0.0.0.0:80","bind_probe",1]
["tcp","[::]:8080","bind_probe",1]
["tcp","0.0.0.0:81","bind_probe",1]'
ok "and logged" grep -q 'alarm: refused: bind to 0.0.0.0:81 by bind_probe' \
    "$log"
like "--status tells them" "$("$JAILMOUNT" "$jail" --status)" \
    '^refused +4 binds'

is "calls that are wrong fail as they would" "$(grep -o 'misuse.*' "$log")" \
    "misuse closed EBADF
misuse file ENOTSOCK
misuse short EINVAL
misuse empty EINVAL
misuse negative EINVAL
misuse huge EINVAL
misuse fault EFAULT
misuse family EAFNOSUPPORT
misuse listen-closed EBADF
misuse listen-file ENOTSOCK"
ok "another generation gets them too" "$JAILMOUNT" "$jail" --restore
is "IPv4" "$(ask tcp 127.0.0.1 "$port80")" "tcp4 80 peer 127.0.0.1"
is "UDP" "$(ask udp 127.0.0.1 "$port53")" ping
stop

# --- Nothing said but the port ------------------------------------------------

start "one socket for both families" --listen "$port80:80" -- tcp6:::/80
is "IPv4" "$(ask tcp 127.0.0.1 "$port80")" "tcp6 80 peer ::ffff:127.0.0.1"
is "IPv6" "$(ask tcp ::1 "$port80")" "tcp6 80 peer ::1"
stop

start "a socket for each" --listen "$port80:80" -- \
    tcp6:::/80/v6only tcp4:0.0.0.0/80
is "IPv4" "$(ask tcp 127.0.0.1 "$port80")" "tcp4 80 peer 127.0.0.1"
is "IPv6" "$(ask tcp ::1 "$port80")" "tcp6 80 peer ::1"
stop

start "the loopback alone, as the service wants it" \
    --listen "$port80:80" -- tcp4:127.0.0.1/80
is "IPv4" "$(ask tcp 127.0.0.1 "$port80")" "tcp4 80 peer 127.0.0.1"
is "nowhere else" "$(ask tcp 127.0.0.2 "$port80")" refused
stop

start "an address of IPv4 for a socket of IPv6" \
    --listen "127.0.0.1:$port80:80" -- tcp6:::/80
is "keeps its family" "$(ask tcp 127.0.0.1 "$port80")" \
    "tcp6 80 peer ::ffff:127.0.0.1"
is "and serves nothing else" "$(ask tcp ::1 "$port80")" refused
stop

start "UDP for both families, after one was reserved" \
    --listen "$port80:80" --listen "$port53:53/udp" -- \
    udp6:::/53 tcp4:0.0.0.0/80
is "IPv4" "$(ask udp 127.0.0.1 "$port53")" ping
is "IPv6" "$(ask udp ::1 "$port53")" ping
stop

start "several workers" --listen "127.0.0.1:$port80:80" -- \
    tcp4:0.0.0.0/80/reuseport tcp4:0.0.0.0/80/reuseport
is "serve one socket" "$(ask tcp 127.0.0.1 "$port80")" "tcp4 80 peer 127.0.0.1"
stop

# --- A port that is bound twice, and one that is closed ------------------------

start "a port that is in use" --listen "127.0.0.1:$port80:80" \
    --listen "127.0.0.1:$port443:443" --listen "127.0.0.1:$port53:53/udp" -- \
    tcp4:0.0.0.0/80 tcp4:0.0.0.0/80/keepalive udp4:0.0.0.0/53 \
    tcp4:0.0.0.0/443/close tcp4:0.0.0.0/443/close/keepalive
is "is not given twice" "$(told tcp4:0.0.0.0/80/keepalive)" EADDRINUSE
is "but once it was closed" "$(told tcp4:0.0.0.0/443/close/keepalive)" \
    "ok nonblock=0 noexec=0 keepalive=1"
is "and that is no failure of the host" "$(grep -c 'cannot serve' "$log")" 0
refused_at() {
    [ "$(ask tcp 127.0.0.1 "$1")" = refused ]
}
ok "a port that was closed refuses clients" wait_until 20 refused_at "$port443"
ok "and it is told" grep -q '1 sockets that it has closed no longer listen' \
    "$log"
is "the others serve" "$(ask tcp 127.0.0.1 "$port80")" \
    "tcp4 80 peer 127.0.0.1"
like "--status knows" "$("$JAILMOUNT" "$jail" --status)" \
    "127.0.0.1:$port443 -> jail's port 443, not bound by the service"
ok "--restore" "$JAILMOUNT" "$jail" --restore --no-evidence
wait_until 5 grep -q '#2 stdout: done' "$log"
is "gives it again" "$(told tcp4:0.0.0.0/443/close)" \
    "ok nonblock=0 noexec=0 keepalive=0
ok nonblock=0 noexec=0 keepalive=0"
stop

# --- A generation that spoils its socket when it is told to finish -------------

start "a service that bears a grudge" --listen "127.0.0.1:$port80:80" -- \
    grudge tcp4:0.0.0.0/80
ok "--restore" "$JAILMOUNT" "$jail" --restore
ok "it is killed" wait_until 5 grep -q '#1 jailmount: ended with status 137' \
    "$log"
is "the socket was its own" "$(grep -c 'no longer listened' "$log")" 0
is "and the new one serves" "$(ask tcp 127.0.0.1 "$port80")" "tcp4 80 peer 127.0.0.1"
stop

# --- Ports that are not free --------------------------------------------------

perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
        LocalAddr => "127.0.0.1", LocalPort => $ARGV[0]) or die;
    $| = 1; print "listening\n"; sleep 60' "$port443" >"$TMP/taken" &
kill_later $!
wait_until 5 grep -q listening "$TMP/taken"
status "a port that is taken" 125 "$JAILMOUNT" "$TMP/probe.sqfs" --run -d \
    --listen "127.0.0.1:$port80:80" --listen "127.0.0.1:$port443:443"
like "is told" "$STDERR" \
    "cannot listen on TCP 127.0.0.1:$port443 for the jail's port 443: Address"
like "with what to do" "$STDERR" "ss -lnp sport = :$port443"
ok "nothing was started" [ ! -e "/run/jailmount/$jail" ]
is "nor bound" "$(ask tcp 127.0.0.1 "$port80")" refused
status "on all addresses too" 125 "$JAILMOUNT" "$TMP/probe.sqfs" --run -d \
    --listen "$port80:80" --listen "$port443:443"
status "an address of another host" 125 "$JAILMOUNT" "$TMP/probe.sqfs" --run \
    -d --listen "192.0.2.1:$port80:80"
like "is told" "$STDERR" "must be one of this host's own"
status "a port that the image does not name" 125 "$JAILMOUNT" \
    "$TMP/probe.sqfs" --run -d --listen "$port80:81"
like "is told" "$STDERR" "its ports are: 80, 443, 53/udp"
rm -f "$log"

plan_done
