#!/bin/bash
# Jails run from a registry: jailmount REFERENCE --run, --images, --gc.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG
export HOME=$TMP

# What this machine keeps stays out of it.
mkdir -p /var/lib/jailmount kept
mount --bind kept /var/lib/jailmount
images=/var/lib/jailmount/images

mkdir tree registry
cp /bin/busybox tree/busybox
head -c 2000000 /dev/urandom >tree/library
jail=test-registry-$$
cat >demo.recipe <<END
name $jail
version \${V}
source tree tree
copy /busybox /library
file /page <<EOT
version \${V}
EOT
listen 8080
ready listen
run /busybox httpd -f -p 8080 -h /
END
for version in 1 2 3; do
    "$JAILPACK" -D V=$version --level 1 --no-cache -o "demo-$version.sqfs" \
        demo.recipe >/dev/null 2>&1
done
python3 "$SRC/tests/registry.py" "$TMP/registry" </dev/null >registry.log 2>&1 &
served=$!
kill_later $served
wait_until 30 test -e registry/port
host=127.0.0.1:$(cat registry/port)
for version in 1 2 3; do
    "$JAILPACK" --push "demo-$version.sqfs" "$host/web/demo:$version" >/dev/null
done
"$JAILPACK" --push demo-1.sqfs "$host/web/demo:latest" >/dev/null

port=$(free_port)
stop_later "$jail"
start() {
    "$JAILMOUNT" "$1" --run -d --listen "127.0.0.1:$port:8080"
}
page() {
    curl -s "http://127.0.0.1:$port/page"
}

ok "a reference is run" start "$host/web/demo"
is "it is the image" "$(page)" "version 1"
ok "--images" "$JAILMOUNT" --images
like "has the reference" "$STDOUT" "^$host/web/demo:latest  1  "
ok "--images --json" "$JAILMOUNT" --images --json
path=$(jq -r '.[0].path' <<<"$STDOUT")
ok "says where it is" cmp "$path" demo-1.sqfs
is "nobody else may read it" "$(stat -c %a "$path")" 600
ok "--stop" "$JAILMOUNT" "$jail" --stop

: >registry/requests
ok "what is here is run again" start "$host/web/demo:latest"
unlike "and not fetched" "$(cat registry/requests)" 'GET .*/blobs/'
"$JAILMOUNT" "$jail" --stop

: >registry/requests
ok "a newer one" start "$host/web/demo:2"
is "runs" "$(page)" "version 2"
ranges=$(grep -c 'bytes=' registry/requests)
ok "and was fetched in parts" test "$ranges" -gt 0
"$JAILMOUNT" "$jail" --stop

digest=$("$JAILMOUNT" --images --json |
    jq -r '.[] | select(.version == "2") | .digest')
ok "by digest" start "$host/web/demo@$digest"
"$JAILMOUNT" "$jail" --stop
: >registry/requests
ok "once more" start "$host/web/demo@$digest"
is "without a question" "$(cat registry/requests)" ""
"$JAILMOUNT" "$jail" --stop

# --- Out of reach ---

kill "$served"
wait "$served" 2>/dev/null
ok "without the registry what was fetched last runs" start "$host/web/demo:2"
like "it is told" "$STDERR" 'the registry is out of reach'
is "it is that one" "$(page)" "version 2"
"$JAILMOUNT" "$jail" --stop
status "what never was here does not" 125 start "$host/web/demo:3"
like "it is told why" "$STDERR" "$host/web/demo:3: .*onnect"
echo damage | dd of="$path" bs=1 seek=5000 conv=notrunc 2>/dev/null
status "one that was damaged here is not run" 125 start "$host/web/demo:latest"
like "it is told why" "$STDERR" 'it has been changed'

# --- --gc ---

status "an option of others" 2 "$JAILMOUNT" --images --keep 1
rm -rf "${images:?}"/*
python3 "$SRC/tests/registry.py" "$TMP/registry" </dev/null >registry.log 2>&1 &
kill_later $!
rm registry/port
wait_until 30 test -e registry/port
host=127.0.0.1:$(cat registry/port)
for version in 1 2 3; do
    "$JAILPACK" --push "demo-$version.sqfs" "$host/web/demo:$version" >/dev/null
    start "$host/web/demo:$version" >/dev/null 2>&1
    [ $version = 3 ] || "$JAILMOUNT" "$jail" --stop
    # A day lies between two.
    for record in "$images"/refs/*.json; do
        touch -d "2026-01-0$(jq -r .version "$record")" "$record"
    done
done
: >$images/blobs/.x.part
count() {
    find $images/blobs -name '*.sqfs' | wc -l
}
is "three were fetched" "$(count)" 3
ok "--gc" "$JAILMOUNT" --gc
is "leaves the last two" "$(count)" 2
like "tells what went" "$STDOUT" "web/demo:1: removed"
ok "and beginnings are gone" test ! -e $images/blobs/.x.part
is "--images agrees" "$("$JAILMOUNT" --images --json | jq -r '.[].version' | sort | tr '\n' ' ')" "2 3 "
ok "--gc --keep 0" "$JAILMOUNT" --gc --keep 0
is "leaves what runs" "$("$JAILMOUNT" --images --json | jq -r '.[].version')" 3
is "which goes on" "$(page)" "version 3"
"$JAILMOUNT" "$jail" --stop
ok "--gc --keep 0" "$JAILMOUNT" --gc --keep 0
is "leaves nothing" "$(count)" 0

plan_done
