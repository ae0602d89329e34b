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
stop_later "$jail"
network_make
network_peers

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

before=$(footprint)

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

rm -f "$log"

plan_done
