# shellcheck shell=bash
#
# A host between networks, for tests of what jails do in them. The test runs in
# an empty network namespace, which is the host; another is that of those who
# call from outside. Sourced behind lib.sh.
#
#   network_make        the loopback, and lan0 (10.9.0.1, fd09::1) with the
#                       client on its other end (10.9.0.2, fd09::2)
#   network_forward     the host is a router from now on
#   client COMMAND...   run it there; CLIENT is a process that lives there

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
