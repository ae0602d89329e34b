#!/bin/bash
# A UDP port outlives a supervisor that is killed: what is sent to it meanwhile
# is answered by the next, and it still cannot call.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

jail=test-udp-kept-$$
log=/var/log/jailmount/$jail.log
port=$(free_port)
own=$(free_port)
unit=$TMP/unit
mkdir "$unit"
stop_later "$jail"

ok "the service is compiled" "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -O1 -static \
    -o "$TMP/udp_out" "$SRC/tests/root/udp_out.c"
recipe kept <<END >/dev/null
name $jail
source host
copy $TMP/udp_out => /bin/udp_out
listen 53/udp
ready listen
drain 1s
run /bin/udp_out 53
END
ok "and packed" "$JAILPACK" -o "$TMP/kept.sqfs" "$TMP/kept.recipe"

ready_again() {
    [ "$(grep -cx READY=1 "$unit/said" 2>/dev/null)" -gt "$1" ]
}
gone() {
    [ ! -e "/proc/$1" ]
}
order() {
    echo "$*" >"$unit/orders"
}
kill_it() {
    local pid
    pid=$(cat "$unit/pid")
    order kill
    wait_until 10 gone "$pid"
}
start_it() {
    local before
    before=$(grep -cx READY=1 "$unit/said")
    order start
    wait_until 30 ready_again "$before"
}
# Say TEXT to the jail and print what comes back.
ask() {
    perl -MIO::Socket::IP -MSocket -e '
        my $socket = IO::Socket::IP->new(PeerHost => "127.0.0.1",
            PeerPort => $ARGV[0], Type => SOCK_DGRAM) or die;
        $SIG{ALRM} = sub { print "silence"; exit };
        $socket->send($ARGV[1]);
        print STDERR "sent\n";
        alarm 20;
        $socket->recv(my $answer, 100) // die "refused";
        print $answer' "$port" "$1"
}

python3 "$SRC/tests/root/service_manager.py" "$unit" "$JAILMOUNT" \
    "$TMP/kept.sqfs" --run --listen "127.0.0.1:$port:53/udp" \
    </dev/null >"$TMP/output" 2>&1 &
manager=$!
kill_later "$manager"
ok "it runs" wait_until 30 ready_again 0
is "it answers" "$(ask hello 2>/dev/null)" hello
ok "its socket is kept" wait_until 5 [ -s "$unit/stored" ]
like "under its name" "$(cat "$unit/stored")" '^udp-53-[0-9]+$'
stored=$(cat "$unit/stored")

for round in 1 2; do
    ok "it is killed ($round)" kill_it
    ask "still there" >"$TMP/answer" 2>"$TMP/asked" &
    asker=$!
    ok "somebody asks meanwhile" wait_until 5 grep -q sent "$TMP/asked"
    ok "it is started ($round)" start_it
    wait $asker
    is "and is answered" "$(cat "$TMP/answer")" "still there"
    is "by the same socket" "$(cat "$unit/stored")" "$stored"
    is "which still calls nobody" "$(ask "127.0.0.2 $own" 2>/dev/null)" EPERM
done
like "the log tells" "$(cat "$log")" \
    'sockets of an earlier supervisor taken over, with who waits in them: 1'

ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "it answers" "$(ask hello 2>/dev/null)" hello
is "and calls nobody" "$(ask "127.0.0.2 $own" 2>/dev/null)" EPERM
like "its new socket is kept, alone" "$(cat "$unit/stored")" '^udp-53-[0-9]+$'
ok "which is another" [ "$(cat "$unit/stored")" != "$stored" ]

# What has only the name of one.
stored=$(cat "$unit/stored")
order add udp-53-1234 "$TMP/other"
ok "another is kept under such a name" wait_until 5 grep -q udp-53-1234 "$unit/stored"
ok "it is killed" kill_it
ok "and started" start_it
like "and what is not of its own making is closed" "$(cat "$log")" \
    "are no sockets of this jail's and are closed: 1"
is "and not kept any longer" "$(cat "$unit/stored")" "$stored"
is "it answers" "$(ask hello 2>/dev/null)" hello

pid=$(cat "$unit/pid")
order stop
ok "it is stopped" wait_until 20 gone "$pid"
order end
ok "the end" wait_until 20 gone "$manager"
rm -rf "$log" "/var/lib/jailmount/versions/$jail" \
    "/var/lib/jailmount/evidence/$jail"
plan_done
