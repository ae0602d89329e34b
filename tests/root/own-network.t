#!/bin/bash
# Jails with a network of their own. The "host" is a network namespace of this
# test's, and so are those who call from outside: nothing of this machine's
# network takes part.
[ -n "${JAIL_TEST_NETWORK:-}" ] ||
    JAIL_TEST_NETWORK=1 exec unshare --net -- bash "$0" "$@"
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/network.sh
. "$SRC/tests/network.sh"

cd "$TMP" || exit 1
jail=test-own-net-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail" "$jail-b" "$jail-w"
network_make

# What of the jail's reaches others, by kind; and what pretends to be somebody.
nft -f - <<'END'
table inet watch {
    counter spoofed { }
    chain prerouting {
        type filter hook prerouting priority -300;
        iifname "j*" ip saddr != 10.77.0.5 counter name spoofed
        iifname "j*" ip6 saddr != { fd77::5, fe80::/10, :: } \
            counter name spoofed
    }
}
END
client nft -f - <<'END'
table inet watch {
    counter stranger { }
    chain input {
        type filter hook input priority 0;
        ip saddr 10.77.0.0/24 ct state new tcp dport != 7000 \
            counter name stranger
        ip saddr 10.77.0.0/24 meta l4proto != { tcp, icmp } \
            counter name stranger
        ip6 saddr fd77::/64 ct state new counter name stranger
    }
}
END
packets() {
    "${@:2}" nft -j list counter inet watch "$1" |
        jq '.nftables[] | .counter // empty | .packets'
}
mkdir peer
echo "of the peer" >peer/page
for port in 7000 7001; do
    nsenter -t "$CLIENT" -n -- busybox httpd -f -p "$port" -h "$TMP/peer" \
        </dev/null &
    kill_later $!
done
peers_listen() {
    client busybox nc -w 1 10.9.0.2 7000 && client busybox nc -w 1 10.9.0.2 7001
}
wait_until 5 peers_listen

# --- Images -------------------------------------------------------------------

ok "the attacker is built" "${CC:-cc}" -static -D_GNU_SOURCE -Wall \
    -o network_attack "$SRC/tests/root/network_attack.c"
ok "the probe is built" "${CC:-cc}" -static -std=gnu17 -D_GNU_SOURCE -pthread \
    -o bind_probe "$SRC/tests/root/bind_probe.c"
recipe web <<END >/dev/null
name $jail
source tree $TMP
copy /network_attack /bind_probe
source host
copy /usr/bin/busybox
file /srv/page <<EOF
served
EOF
device null
network own 10.77.0.5/24 fd77::5/64
connect 10.9.0.2:7000
allow capability net_admin net_raw net_bind_service sys_admin
listen 80 53/udp
ready http /page
check http /page every 1s
run /usr/bin/busybox httpd -f -p 80 -h /srv
END
ok "it is packed" "$JAILPACK" -o web.sqfs web.recipe
recipe probe <<END >/dev/null
name $jail
source tree $TMP
copy /bind_probe
device null
network own 10.77.0.5/24
listen 80 53/udp
ready listen
run /bind_probe tcp4:0.0.0.0/80
END
ok "the probe too" "$JAILPACK" -o probe.sqfs probe.recipe

# shellcheck disable=SC2120  # mostly with none
begin() {
    rm -f "$log"
    "$JAILMOUNT" web.sqfs --run -d --log-to file "$@"
}
inside() {
    timeout 60 "$JAILMOUNT" "$jail" --exec -- "$@"
}
busy() {
    inside /usr/bin/busybox "$@"
}
get() {
    curl -fsS --max-time 5 "$1"
}
# What a jail could leave on this host.
footprint() {
    ip -o link show | sed -E 's/^[0-9]+: ([^:@]+).*/\1/'
    ip route show
    ip -6 route show | grep -v linkdown
    ip neigh show nud permanent
    ip neigh show proxy
    ip -6 neigh show proxy
    nft list ruleset | grep -v packets
    [ ! -e "/run/jailmount/$jail" ] || echo state
}
before=$(footprint)
is_as_before() {
    [ "$(footprint)" = "$before" ]
}
nothing_left() {
    ok "$1" is_as_before || diag "$(diff <(echo "$before") <(footprint))"
}

# --- Routed -------------------------------------------------------------------

ok "it runs" begin
like "its log tells that the host does not forward" "$(cat "$log")" \
    'only this host reaches the jail by IPv4.*net.ipv4.ip_forward is 0'
is "this host reaches it" "$(get http://10.77.0.5/page)" served
is "by IPv6" "$(get 'http://[fd77::5]/page')" served
status "others do not" 28 client curl -s --max-time 1 http://10.77.0.5/page
network_forward
is "until it forwards" "$(client curl -fsS --max-time 5 \
    http://10.77.0.5/page)" served
is "by IPv6 too" "$(client curl -fsS --max-time 5 \
    'http://[fd77::5]/page')" served
end=$(ip -o link show type veth | sed -nE 's/^[0-9]+: (j[^@:]+).*/\1/p')
like "the end on the host is named after it" "$end" '^j[0-9]+-test-own$'
like "and tells whose it is" "$(ip link show "$end")" "alias jailmount $jail"
is "inside there is the loopback and eth0" \
    "$(busy ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/\1/')" "lo
eth0"
like "with its addresses" "$(busy ip addr show eth0)" 'inet 10\.77\.0\.5/32'
like "both" "$(busy ip addr show eth0)" 'inet6 fd77::5/128'
is "it calls its peer" "$(busy wget -qO- http://10.9.0.2:7000/page)" \
    "of the peer"
SECONDS=0
run busy wget -qO- http://10.9.0.2:7001/page
like "and nobody else" "$STDERR" 'refused|unreachable'
ok "which it hears at once" [ "$SECONDS" -lt 5 ]

# A port that nobody may reach, bound by a program that is not looked at.
timeout 60 "$JAILMOUNT" "$jail" --exec -- \
    /usr/bin/busybox nc -ll -p 8080 -e /usr/bin/busybox echo hi \
    </dev/null >/dev/null 2>&1 &
kill_later $!
answers_inside() {
    [ "$(busy nc 10.77.0.5 8080)" = hi ]
}
ok "what it listens on beyond is reached from inside" \
    wait_until 5 answers_inside
status "and from nowhere else" 28 curl -s --max-time 1 http://10.77.0.5:8080/

# --- From inside --------------------------------------------------------------

is "nothing has come from it that should not" \
    "$(packets spoofed) $(packets stranger client)" "0 0"
inside /network_attack 10.77.0.5 10.9.0.2 7000 10.9.0.2 7001 fd09::2 \
    >attack 2>&1
diag "$(cat attack)"
is "it tried as much as there is" "$(wc -l <attack)" 35
for way in raw raw-icmp raw-tcp6 ping packet netfilter ioctl-address \
    ioctl-down ioctl-promiscuous ioctl-mac netlink-address netlink-route \
    netlink-delete tcp-stranger tcp-other-port udp-stranger udp-peer \
    fast-open source-route spoof-freebind spoof-transparent spoof-pktinfo \
    broadcast multicast tcp6-stranger udp6-stranger multicast6 ping6 udplite \
    sctp dccp unshare setns bind-device; do
    unlike "it cannot: $way" "$(grep "^$way " attack)" 'done$|^$'
done
is "it can call its peer" "$(grep '^peer ' attack)" "peer done"
like "whom it has tried to call is in the log" "$(cat "$log")" \
    'alarm: refused: tcp to 10\.9\.0\.2:7001 by user 0'
like "by UDP too" "$(cat "$log")" 'alarm: refused: udp to 10\.9\.0\.2:7001'
json=$("$JAILMOUNT" "$jail" --status --json)
ok "and counted" [ "$(jq .alarms.connect <<<"$json")" -ge 4 ]
is "--status tells of the network" "$(jq -c ".network | del(.refused_packets)" <<<"$json")" \
    "{\"addresses\":[\"10.77.0.5/24\",\"fd77::5/64\"],\
\"interface\":null,\"end\":\"$end\"}"
like "and for people" "$("$JAILMOUNT" "$jail" --status)" \
    "^network +10\.77\.0\.5/24 fd77::5/64, by $end; refused: [1-9]"
ok "what was refused is counted" \
    [ "$(jq '.network.refused_packets | .in > 0 and .out > 5' <<<"$json")" = true ]
is "nothing got out" "$(packets spoofed) $(packets stranger client)" "0 0"
ok "the interface is as it was" busy ip addr show dev eth0
unlike "in all" "$STDOUT" '10\.77\.0\.[^5]|10\.9\.'
is "and it serves" "$(get http://10.77.0.5/page)" served
is "and is well" \
    "$("$JAILMOUNT" "$jail" --status --json | jq .health.well)" true

# --- The end, and other ends --------------------------------------------------

ok "it is stopped" "$JAILMOUNT" "$jail" --stop
nothing_left "nothing of it is left"

ok "it runs again" begin
kill -KILL "$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)"
ok "killed, it is started at once" begin
is "and serves" "$(get http://10.77.0.5/page)" served
is "with one interface" "$(ip -o link show type veth | grep -c ' j[0-9]')" 1
kill -KILL "$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)"
no_interface() {
    ! ip -o link show type veth | grep -q ' j[0-9]'
}
ok "without a supervisor the interface goes" wait_until 10 no_interface
begin >/dev/null && "$JAILMOUNT" "$jail" --stop
nothing_left "and the rest with the next start"

# fails TEXT REGEX OPTION...
fails() {
    status "$1" 125 "$JAILMOUNT" web.sqfs --run -d "${@:3}"
    like "is told" "$STDERR" "$2"
    nothing_left "and leaves nothing"
}
fails "an interface that is not there" 'interface nope0: No such device' \
    --interface nope0
fails "an address of the host's own" '10\.9\.0\.1 is an address of this host' \
    --address 10.9.0.1/24
fails "no address" '--address .*is not ADDRESS/LEN' --address 10.9.0.1
fails "a gateway of a host that is one" '--gateway needs --interface' \
    --gateway 10.9.0.1
fails "a gateway of the other family" 'has no address of that family' \
    --address 10.9.0.7/24 --interface lan0 --gateway fd09::1
ip route add 10.77.0.5 dev lan0
before_route=$before
before=$(footprint)
fails "an address that has a route" \
    '10\.77\.0\.5 is the address of another jail, or has a route'
ip route del 10.77.0.5 dev lan0
before=$before_route
recipe missing <<END >/dev/null
name $jail
network own 10.77.0.5/24
file /nothing 0755 <<EOF
#!/nowhere
EOF
run /nothing
END
ok "a program that does not start is packed" \
    "$JAILPACK" --force -o missing.sqfs missing.recipe
run "$JAILMOUNT" missing.sqfs --run -d
ok "it does not run" [ "$STATUS" -ge 125 ]
nothing_left "and leaves nothing"

# --- A restore takes nothing away ---------------------------------------------

recipe apache <<END >/dev/null
include $SRC/recipes/apache.recipe
name $jail-w
network own 10.77.0.5/24
END
ok "Apache is packed" "$JAILPACK" -D SOURCE=host -o apache.sqfs apache.recipe
ok "and runs" "$JAILMOUNT" apache.sqfs --run -d
end=$(ip -o link show type veth | sed -nE 's/^[0-9]+: (j[^@:]+).*/\1/p')
link=$(ip -o link show "$end")
nsenter -t "$CLIENT" -n -- wrk -t1 -c20 -d60s -H 'Connection: close' \
    http://10.77.0.5/ </dev/null >wrk 2>&1 &
wrk=$!
kill_later "$wrk"
for round in 1 2 3 4 5; do
    ok "it is restored ($round)" "$JAILMOUNT" "$jail-w" --restore
done
only_one() {
    [ "$("$JAILMOUNT" "$jail-w" --status --json | jq '.finishing | length')" = 0 ]
}
ok "the old ones end" wait_until 20 only_one
kill -INT "$wrk"
wait "$wrk"
diag "$(cat wrk)"
like "clients asked all the while" "$(cat wrk)" '[0-9]{3,} requests in'
unlike "and none in vain" "$(cat wrk)" 'Socket errors|Non-2xx'
is "the interface is the same" "$(ip -o link show "$end")" "$link"
evidence=/var/lib/jailmount/evidence/$jail-w
taken() {
    compgen -G "$evidence/*-g1-replaced/processes.json"
}
wait_until 20 taken
json=$(jq -c .sockets "$evidence"/*-g1-replaced/processes.json)
like "evidence has the sockets" "$json" ':80"'
ok "it is stopped" "$JAILMOUNT" "$jail-w" --stop
rm -rf "$evidence"
nothing_left "nothing of it is left"

# --- UDP, and what the service itself binds ------------------------------------

rm -f "$log"
ok "a service that binds" "$JAILMOUNT" probe.sqfs --run -d --log-to file -- \
    udp4:0.0.0.0/53 tcp4:0.0.0.0/81 tcp4:0.0.0.0/8080 udp4:0.0.0.0/0 \
    tcp4:0.0.0.0/80
wait_until 5 grep -q 'stdout: done' "$log"
told() {
    sed -n "s,.* stdout: $1 ,,p" "$log"
}
is "not what it does not name" "$(told tcp4:0.0.0.0/81)" EACCES
is "not above 1024 either" "$(told tcp4:0.0.0.0/8080)" EACCES
like "to call from, it may" "$(told udp4:0.0.0.0/0)" '^ok'
is "UDP is answered" "$(perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(PeerAddr => "10.77.0.5:53",
        Proto => "udp"); $SIG{ALRM} = sub { exit }; alarm 5;
    $socket->send("ping"); $socket->recv(my $answer, 100); print $answer')" ping
ok "it is stopped" "$JAILMOUNT" "$jail" --stop

# --- A service for each connection ----------------------------------------------

recipe visited <<END >/dev/null
name $jail
source host
copy /usr/bin/busybox
device null
network own 10.77.0.5/24
connect 10.9.0.2:7000
listen 80
service call per-connection 80 /usr/bin/busybox wget -qO- http://10.9.0.2:7000/page
END
ok "one for each connection is packed" \
    "$JAILPACK" -o visited.sqfs visited.recipe
ok "it runs" "$JAILMOUNT" visited.sqfs --run -d
is "who calls it hears what its peer says" \
    "$(client busybox nc 10.77.0.5 80 </dev/null)" "of the peer"
ok "it is stopped" "$JAILMOUNT" "$jail" --stop
nothing_left "nothing of it is left"

# --- The same port, on several addresses ---------------------------------------

ok "one" begin --address 10.77.0.6/24
ok "another of the same image" begin --name "$jail-b" --address 10.77.0.7/24
is "each serves" "$(get http://10.77.0.6/page) $(get http://10.77.0.7/page)" \
    "served served"
status "not each other" 1 busy wget -qO- http://10.77.0.7/page
status "nor under one address" 125 "$JAILMOUNT" web.sqfs --run -d \
    --name "$jail-c" --address 10.77.0.7/24
"$JAILMOUNT" "$jail" --stop
"$JAILMOUNT" "$jail-b" --stop
nothing_left "nothing of them is left"

# Sealed jails share the host's addresses likewise.
ip addr add 10.9.0.8/24 dev lan0
ip addr add 10.9.0.9/24 dev lan0
before=$(footprint)
recipe virtual <<END >/dev/null
name $jail
source host
copy /usr/bin/busybox
file /srv/page <<EOF
of the eighth
EOF
listen 10.9.0.8:80
ready listen
run /usr/bin/busybox httpd -f -p 80 -h /srv
END
ok "a sealed one with an address is packed" \
    "$JAILPACK" -o virtual.sqfs virtual.recipe
like "--inspect tells of it" "$("$JAILPACK" --inspect virtual.sqfs)" \
    'listens +10\.9\.0\.8:80/tcp'
ok "it runs" "$JAILMOUNT" virtual.sqfs --run -d
ok "another at an address of the operator's" "$JAILMOUNT" virtual.sqfs --run \
    -d --name "$jail-b" --listen 10.9.0.9:80:80
is "each serves" "$(client curl -fsS --max-time 5 http://10.9.0.8/page) \
$(client curl -fsS --max-time 5 http://10.9.0.9/page)" \
    "of the eighth of the eighth"
status "at no other address" 7 client curl -s --max-time 5 http://10.9.0.1/page
"$JAILMOUNT" "$jail" --stop
"$JAILMOUNT" "$jail-b" --stop
nothing_left "nothing of them is left"

# --- At the link of the host --------------------------------------------------

ok "an address of the host's own network, routed" \
    begin --address 10.9.0.77/24 --address fd09::77/64
like "the log tells that the one by IPv6 is not found there" "$(cat "$log")" \
    'fd09::77 is not found in the network of lan0: .*proxy_ndp is 0'
is "the other is" \
    "$(client curl -fsS --max-time 5 http://10.9.0.77/page)" served
echo 1 >/proc/sys/net/ipv6/conf/lan0/proxy_ndp
is "with that it is found, too" \
    "$(client curl -fsS --max-time 5 'http://[fd09::77]/page')" served
"$JAILMOUNT" "$jail" --stop
nothing_left "nothing of it is left"

begin --address 10.9.0.77/24 >/dev/null
kill -KILL "$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)"
ok "killed, it is started with another address" begin
unlike "and the host answers for the first no longer" \
    "$(ip neigh show proxy)" '10\.9\.0\.77'
"$JAILMOUNT" "$jail" --stop
nothing_left "nothing of it is left"

ip route add default via 10.9.0.2 dev lan0
before=$(footprint)
ok "beside the host's interface" begin --interface lan0 \
    --address 10.9.0.50/24 --address fd09::50/64
is "it is found by others" \
    "$(client curl -fsS --max-time 5 http://10.9.0.50/page)" served
is "by IPv6" "$(client curl -fsS --max-time 5 'http://[fd09::50]/page')" served
like "it goes the host's way" "$(busy ip route)" \
    '^default via 10\.9\.0\.2 dev eth0'
like "the log tells that there is none by IPv6" "$(cat "$log")" \
    'no gateway for IPv6'
is "it calls its peer" "$(busy wget -qO- http://10.9.0.2:7000/page)" \
    "of the peer"
status "nobody else" 1 busy wget -qO- http://10.9.0.2:7001/page
ok "it is restored" "$JAILMOUNT" "$jail" --restore --no-evidence
is "and found" \
    "$(client curl -fsS --max-time 5 http://10.9.0.50/page)" served
"$JAILMOUNT" "$jail" --stop
nothing_left "nothing of it is left"

ip link add name lan1 type bridge
ip addr add 10.88.0.1/24 dev lan1
ip link set lan1 up
ip link add lan2 master lan1 type veth peer name lan3
ip link set lan2 up
ip link set lan3 up
before=$(footprint)
ok "at a bridge" begin --interface lan1 --address 10.88.0.5/24 \
    --gateway 10.88.0.1
is "it is found by the host" "$(get http://10.88.0.5/page)" served
is "and by others" \
    "$(client curl -fsS --max-time 5 http://10.88.0.5/page)" served
like "as a port of it" "$(ip -o link show master lan1)" 'j[0-9]+-test-own'
"$JAILMOUNT" "$jail" --stop
nothing_left "nothing of it is left"
rm -f "$log" "/var/log/jailmount/$jail"-*.log

plan_done
