#!/bin/bash
# jailmount's command line, as far as it goes without root.
. "$(dirname "$0")/../lib.sh"

# As somebody who may nothing.
nobody() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
    else
        "$@"
    fi
}

cp "$JAILMOUNT" "$TMP/jailmount"
mount=$TMP/jailmount

ok "--help" "$mount" --help
like "tells the actions" "$STDOUT" '--restore'
like "names the manual" "$STDOUT" 'jailmount\(8\)'
ok "-h" "$mount" -h
ok "--version" "$mount" --version
like "tells it" "$STDOUT" '^jailmount [0-9]+\.[0-9]+\.[0-9]+$'
run bash -c "'$mount' --help >/dev/full"
is "what cannot be written is a failure" "$STATUS" 1

# --- Wrong usage --------------------------------------------------------------

wrong() {
    local wanted=$1 text=$2
    shift 2
    status "wrong: jailmount $*" "$wanted" "$mount" "$@"
    like "is told" "$STDERR" "$text"
    is "and nothing else" "$STDOUT" ""
}
wrong 2 'nothing to do'
wrong 2 'unknown option --resotre' web --resotre
wrong 2 'did you mean --restore' web --resto
wrong 2 'another thing' web --stop --restore
wrong 2 'is an image' web.sqfs --stop
wrong 2 'NAME --diff' --diff
wrong 2 'does not go with' web --stop -d
wrong 125 'unknown option' image.sqfs --run --frob
wrong 125 'exclude' image.sqfs --run -d -i
wrong 125 'COMMAND' web --exec

# --- Without root -------------------------------------------------------------

recipe small <<END >/dev/null
name small
source host
copy /bin/busybox
link /bin/sh busybox
device null
writable /tmp 2M
limit processes 7
listen 80
run /bin/busybox httpd -f
END
ok "an image is packed" "$JAILPACK" -o "$TMP/small.sqfs" "$TMP/small.recipe"
chmod 644 "$TMP/small.sqfs"

ok "anybody sees the plan" nobody "$mount" "$TMP/small.sqfs" --run --dry-run
like "the image" "$STDOUT" '^host +squashfs: ro,nosuid,nodev$'
like "its layers" "$STDOUT" '/tmp'
like "its limits" "$STDOUT" 'processes 7'
like "the name it would have" "$STDOUT" 'jailmount/small'
ok "under another name" nobody "$mount" "$TMP/small.sqfs" --run -n --name other
like "it has that one" "$STDOUT" 'jailmount/other'
ok "--json" nobody "$mount" "$TMP/small.sqfs" --run -n --json
is "is JSON" "$(jq -r 'map(.phase) | unique | join(" ")' <<<"$STDOUT")" \
    "host jail last"
status "a name that is none" 125 nobody "$mount" "$TMP/small.sqfs" --run -n \
    --name ../up
like "is told" "$STDERR" 'is no name for a jail'
status "a port that the image does not name" 125 nobody "$mount" \
    "$TMP/small.sqfs" --run -n --listen 8080:81
like "is told" "$STDERR" 'its ports are: 80'

head -c 100000 "$TMP/small.sqfs" >"$TMP/cut.sqfs"
status "half an image" 125 nobody "$mount" "$TMP/cut.sqfs" --run -n
status "no image" 125 nobody "$mount" "$TMP/small.recipe" --run -n

for action in --run --exec; do
    status "the rest is root's: $action" 125 nobody "$mount" small "$action" \
        -- /bin/true
    like "is told" "$STDERR" 'only root'
done
status "the rest is root's: --status" 1 nobody "$mount" small --status
status "the rest is root's: --list" 1 nobody "$mount" --list

plan_done
