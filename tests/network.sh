# shellcheck shell=bash disable=SC2154  # jail, log, before: of the test
#
# A host between networks, for tests of what jails do in them. The test runs in
# an empty network namespace, which is the host; another is that of those who
# call from outside. Sourced behind lib.sh.
#
#   network_make        the loopback, and lan0 (10.9.0.1, fd09::1) with the
#                       client on its other end (10.9.0.2, fd09::2)
#   network_forward     the host is a router from now on
#   network_peers       the client serves $TMP/peer/page at its ports 7000, 7001
#   client COMMAND...   run it there; CLIENT is a process that lives there
#
# and of a jail called $jail, whose image is web.sqfs and whose log is $log:
#
#   begin OPTION...     start it in the background
#   inside COMMAND...   by --exec; busy APPLET... likewise, of busybox
#   get URL             what is served there
#   footprint           what it could leave on the host; nothing_left TEXT
#                       passes when that is $before

# What is done here must not be done to this machine.
if [ "$(ip -o link show | grep -vc ' lo:')" != 0 ]; then
    echo "network.sh: this is not a network namespace of the test's" >&2
    exit 1
fi

CLIENT=

client() {
    nsenter -t "$CLIENT" -n -- "$@"
}

client_is_apart() {
    ! [ "/proc/$CLIENT/ns/net" -ef /proc/self/ns/net ]
}

network_make() {
    ip link set lo up
    unshare --net -- sleep 1000 </dev/null &
    CLIENT=$!
    kill_later "$CLIENT"
    wait_until 5 client_is_apart || exit 1
    ip link add lan0 type veth peer name eth0 netns "$CLIENT"
    ip addr add 10.9.0.1/24 dev lan0
    ip addr add fd09::1/64 dev lan0 nodad
    ip link set lan0 up
    client ip link set lo up
    client ip addr add 10.9.0.2/24 dev eth0
    client ip addr add fd09::2/64 dev eth0 nodad
    client ip link set eth0 up
    client ip route add default via 10.9.0.1
    client ip -6 route add default via fd09::1
}

network_forward() {
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}

peers_listen() {
    client busybox nc -w 1 10.9.0.2 7000 && client busybox nc -w 1 10.9.0.2 7001
}

network_peers() {
    local port
    mkdir "$TMP/peer"
    echo "of the peer" >"$TMP/peer/page"
    for port in 7000 7001; do
        nsenter -t "$CLIENT" -n -- busybox httpd -f -p "$port" -h "$TMP/peer" \
            </dev/null &
        kill_later $!
    done
    wait_until 5 peers_listen
}

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

is_as_before() {
    [ "$(footprint)" = "$before" ]
}

nothing_left() {
    ok "$1" is_as_before || diag "$(diff <(echo "$before") <(footprint))"
}
