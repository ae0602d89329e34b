#!/bin/bash
# The recipe for a name server: unbound answers dig over UDP and TCP.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/recipes.sh
. "$SRC/tests/recipes.sh"

port=$(free_port)
dig="dig +tries=2 +time=2 @127.0.0.1 -p $port"

pack_recipe "$SRC/recipes/unbound.recipe"
serve unbound "$port:53/udp" "$port:53/tcp"
answers "an address over UDP" "$dig +short www.example.test" '^192\.0\.2\.80$'
answers "over TCP" "$dig +tcp +short www.example.test AAAA" '^2001:db8::80$'
answers "a text" "$dig +short example.test TXT" '"in a jail"'
answers "who is responsible" "$dig +short example.test SOA" '^ns\.example\.test'
answers "with authority" "$dig www.example.test" 'flags: qr aa'
answers "a name that is not there" "$dig none.example.test" 'NXDOMAIN'
answers "another's zone is refused" "$dig debian.org" 'status: REFUSED'
answers "it does not tell what it is" "$dig chaos txt version.bind" \
    'status: REFUSED'
restore unbound
answers "it answers again" "$dig +short www.example.test" '^192\.0\.2\.80$'
answers "over TCP too" "$dig +tcp +short www.example.test" '^192\.0\.2\.80$'
finish unbound

# A zone of one's own.
zone=$(recipe zone <<END
include $SRC/recipes/unbound.recipe
name zone
file /etc/unbound/zones.conf <<EOF
	local-zone: "jail.test." static
	local-data: "host.jail.test. 60 IN A 198.51.100.7"
EOF
END
)
pack_recipe "$zone"
serve zone "$port:53/udp" "$port:53/tcp"
answers "is served instead" "$dig +short host.jail.test" '^198\.51\.100\.7$'
answers "of the recipe's" "$dig www.example.test" 'status: NXDOMAIN'
finish zone

plan_done
