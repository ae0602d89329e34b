#!/bin/bash
# What a recipe asks of the host beyond files and one program: it stands in the
# image, is shown and judged, and is never ignored by jailmount.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

file=$(recipe demanding <<'EOF'
name demanding
listen 80 21 53/udp
connect 10.0.0.5:5432 [2001:DB8:0::1]:53/udp DB.example:5432
network own 10.0.0.7/24 2001:db8::7/64
user redis uid=105 gid=106
dir /srv/real
link /srv/data real
overlay /var 32M inodes 100
persist /var/lib/redis 0750 redis:redis 64M
persist /srv/data
share /home/*/public_html
share /srv/files at /files rw
file /etc/bait 0600 <<'E'
tempting
E
link /etc/also bait
tripwire /etc/also /etc/bait /etc/shadow
restore every 1h jitter 10m
restore on exit unhealthy
check http /health every 5s failures 2
ready notify 1m
limit io read 10M ; limit io write-ops 100
file /web 0755 <<'E'
E
file /ftp 0755 <<'E'
E
service web /web -D "a b"
service ftp per-connection 21 at-most 10 per-source 5/1m /ftp
EOF
)
ok "it is packed" "$JAILPACK" "$file"
ok "--inspect" "$JAILPACK" --inspect demanding.sqfs
for line in \
    'runs +/web -D a b' ' +as +web' \
    ' +as +ftp, .* 21/tcp, at most 10 at once, 5 from .* 1 min' \
    'calls +10\.0\.0\.5:5432/tcp \[2001:db8::1\]:53/udp db\.example:5432/tcp' \
    'addresses +10\.0\.0\.7/24 2001:db8::7/64' \
    'persistent +/var/lib/redis, at most 64 MiB, mode 0750, owner 105:106' \
    'persistent +/srv/real, mode 0755, owner 0:0' \
    "shared +/home, the host's /home/\*/public_html, read-only" \
    "shared +/files, the host's /srv/files, writable" \
    'tripwires +/etc/bait /etc/shadow' \
    'ready +when it says so, within 1 min' \
    'healthy .* GET of /health, each 5 s, within 5 s; .* 2 times' \
    'restored +each 1 h, and up to 10 min' \
    'restored on +exit unhealthy' \
    'reads +at most 10 MiB a second' 'writes +at most 100 a second'; do
    like "--inspect shows: $line" "$STDOUT" "^$line"
done

# Other runtimes read the parts that the specification has words for.
mounts=$("$JAILPACK" --inspect --json demanding.sqfs |
    jq -r '.contract.mounts[] | select(.type == "bind") |
           "\(.source) \(.destination) \(.options | last)"')
is "directories of the host's are mounts" "$mounts" \
    "persist/var/lib/redis /var/lib/redis rw
persist/srv/real /srv/real rw
/srv/files /files rw"
ok "what is mounted on is in the image" "$JAILPACK" --list demanding.sqfs
for path in /var/lib/redis /srv/real /home /files; do
    like "$path is" "$STDOUT" "^d.* $path\$"
done

ok "--check of a recipe" "$JAILPACK" --check "$file"
for found in "writable-share .* /srv/files" "own-network .* 10\.0\.0\.7/24" \
    "share .* /home/\*/public_html" "persist .* /var/lib/redis" \
    "peer .* db\.example:5432/tcp"; do
    like "--check finds ${found%% *}" "$STDOUT" "^ *[0-9]+  $found"
done

# --- Nothing is ignored -------------------------------------------------------

ok "jailmount would run it" "$JAILMOUNT" demanding.sqfs --run --dry-run
for found in 'network: 10\.0\.0\.7/24 2001:db8::7/64;' \
    'places: /var/lib/redis kept' 'io-limits: .*10485760'; do
    like "with ${found%%:*}" "$STDOUT" "$found"
done

file=$(recipe host <<'EOF'
name host
network host
limit memory 1M ; limit cpu 1 ; limit processes 1
file /web 0755 <<'E'
E
service web /web
EOF
)
ok "the host's network is packed" "$JAILPACK" "$file"
is "and is no namespace of its own" \
    "$("$JAILPACK" --inspect --json host.sqfs |
        jq -c '[.contract.linux.namespaces[].type] | index("network")')" null
ok "--check" "$JAILPACK" --check host.sqfs
like "it weighs" "$STDOUT" '^ *20  host-network'
ok "and would run" "$JAILMOUNT" host.sqfs --run --dry-run
like "without a network of its own" "$STDOUT" 'but not network,'

# One service that stays is the one program there is.
sed -i '/^network/d' "$file"
ok "a single service is packed" "$JAILPACK" "$file"
ok "and would run" "$JAILMOUNT" host.sqfs --run --dry-run

# --- What hides what ----------------------------------------------------------

file=$(recipe hidden <<'EOF'
name hidden
persist /srv/app
file /srv/app/prog 0755 <<'E'
E
link /prog srv/app/prog
run /prog
EOF
)
status "a program behind a link is proved too" 1 "$JAILPACK" "$file"
like "it is hidden" "$STDERR" 'run /prog: it is hidden by .persist /srv/app.'

# A service's program has its own reason, and its own place in errors.
mkdir source
printf '#!/b\n' >source/a
: >source/b
chmod 755 source/a source/b
file=$(recipe second <<'EOF'
name second
source tree source
service first /b
service second /a
EOF
)
ok "services from a source" "$JAILPACK" "$file"
ok "--why" "$JAILPACK" --why second.sqfs /a
like "names the service" "$STDOUT" 'second\.recipe:4: service second /a$'
printf '#!/bin/none\n' >source/a
status "each service is proved" 1 "$JAILPACK" "$file"
like "the second one's interpreter is missed" "$STDERR" \
    'second\.recipe:4:1: /a needs .*/bin/none'

plan_done
