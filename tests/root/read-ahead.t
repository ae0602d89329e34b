#!/bin/bash
# What a program of an image is likely to need is read while its jail is made:
# the program and shared objects, and nothing else.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-ahead-$$
stop_later "$jail" "$jail-one"

mkdir -p tree/{bin,lib/plugins/wired,usr/share,run}
cp "$(command -v busybox)" tree/bin/busybox
for file in lib/libnear.so.1 lib/plugins/deep.so usr/share/data; do
    head -c 1000000 /dev/urandom >"tree/$file"
done
head -c 9000000 /dev/urandom >tree/lib/huge.so
# The last to be read, when it is watched already.
for file in {1..3}.so wired/wire.so; do
    head -c 8000000 /dev/urandom >"tree/lib/plugins/$file"
done
# Nothing that can be read.
ln -s ../run/odd tree/lib/odd.so
recipe ahead <<END >/dev/null
name $jail
source tree tree
copy /bin/** /usr/**
copy /lib/**
tripwire /lib/plugins/wired/wire.so
device null
ready exec
writable /run 1M
run /bin/busybox sleep 1000
stop-signal KILL
END
ok "it is packed" "$JAILPACK" -o ahead.sqfs ahead.recipe

start() {
    local name=$1
    shift
    ok "$name runs" "$@" "$JAILMOUNT" ahead.sqfs --run -d --name "$name" \
        --unshared
    root=/proc/$("$JAILMOUNT" "$name" --status --json |
        jq '.init')/root
}
# How many bytes of a file are in memory.
cached() {
    fincore --bytes --noheadings --output RES "$root/$1" | tr -d ' '
}
is_whole() {
    [ "$(cached "$1")" -ge "$(stat -c %s "tree/$1")" ]
}

if [ "$(nproc)" -gt 1 ]; then
    start "$jail" env
    ok "a shared object is read" wait_until 10 is_whole lib/libnear.so.1
    ok "one further down as well" wait_until 10 is_whole lib/plugins/deep.so
    ok "and all of the program" wait_until 10 is_whole bin/busybox
    is "one that is too large is not" "$(cached lib/huge.so)" 0
    is "nor is what is no shared object" "$(cached usr/share/data)" 0
    # What is read all the same, and is not to be opened by the test.
    sleep 0.5
    is "it is no alarm" \
        "$("$JAILMOUNT" "$jail" --status --json | jq .alarms.tripwire)" 0
    "$JAILMOUNT" "$jail" --stop
else
    skip "what is read ahead" "one processor"
fi

start "$jail-one" taskset -c 0
sleep 0.5
is "with one processor nothing is read" "$(cached lib/libnear.so.1)" 0
"$JAILMOUNT" "$jail-one" --stop

rm -f "/var/log/jailmount/$jail"*
plan_done
