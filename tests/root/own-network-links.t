#!/bin/bash
# Jails with a network of their own, several of them and in every way that
# leads there: routed, at an interface of the host's, at a bridge; and that a
# restore takes nothing away from their clients.
[ -n "${JAIL_TEST_NETWORK:-}" ] ||
    JAIL_TEST_NETWORK=1 exec unshare --net -- bash "$0" "$@"
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/network.sh
. "$SRC/tests/network.sh"

cd "$TMP" || exit 1
jail=test-own-links-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail" "$jail-b" "$jail-w"
network_make
network_forward
network_peers

recipe web <<END >/dev/null
name $jail
source host
copy /usr/bin/busybox
file /srv/page <<EOF
served
EOF
device null
network own 10.77.0.5/24 fd77::5/64
connect 10.9.0.2:7000
listen 80
ready http /page
run /usr/bin/busybox httpd -f -p 80 -h /srv
END
ok "it is packed" "$JAILPACK" -o web.sqfs web.recipe
before=$(footprint)

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
