#!/bin/bash
# Jails of one image share its memory: one loop device, one superblock; until a
# restore, or an alarm about any of them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
base=test-shared-$$
image=shared-$$.sqfs
stop_later "$base"-{0,1,2,3,4,5,6,7,8} "$base-visits"

recipe image <<'END' >/dev/null
name shared
source host
copy /usr/bin/busybox
file /etc/wire <<EOF
do not look
EOF
file /etc/page <<EOF
what everybody reads
EOF
tripwire /etc/wire
device null
ready exec
env PATH=/usr/bin
run /usr/bin/busybox sleep 1000
stop-signal KILL
END
ok "an image is packed" "$JAILPACK" -o "$image" image.recipe

start() {
    local number=$1
    shift
    # tests/vm/verity.t has the same under dm-verity.
    ok "jail $number starts" "$JAILMOUNT" "$image" --run -d --verity never \
        --name "$base-$number" "$@"
}
status_of() {
    "$JAILMOUNT" "$base-$1" --status --json | jq -r "$2"
}
device() {
    status_of "$1" .superblock.device
}
inside() {
    local number=$1
    shift
    "$JAILMOUNT" "$base-$number" --exec -- /usr/bin/busybox "$@" 2>&1
}
devices() {
    cat /sys/block/loop*/loop/backing_file 2>/dev/null |
        grep -cF "memfd:$image"
}
are_left() {
    [ "$(devices)" = "$1" ]
}
is_tainted() {
    [ "$(status_of "$1" .superblock.tainted)" = true ]
}

# --- Shared ---

start 1
is "the first has a device of its own" "$(status_of 1 .superblock.borrowed)" \
    false
start 2
is "the second has the same" "$(device 2)" "$(device 1)"
is "borrowed" "$(status_of 2 .superblock.borrowed)" true
is "which its owner knows" "$(status_of 1 .superblock.lent)" 1
is "there is one device" "$(devices)" 1
is "they are one file system" "$(inside 1 stat -c %d /etc/page)" \
    "$(inside 2 stat -c %d /etc/page)"
for number in 1 2; do
    is "owners of jail $number are its own" \
        "$(stat -c %u "/proc/$(status_of $number .init)/root/etc/page")" \
        "$(status_of $number .range_base)"
done

start 0 --unshared
is "who wants none shares none" "$(status_of 0 .superblock.borrowed)" false
is "and has another device" "$(devices)" 2
start 3
is "nor does it lend: the next goes to the others" "$(device 3)" "$(device 1)"
ok "it stops" "$JAILMOUNT" "$base-0" --stop
ok "and its device is gone" wait_until 5 are_left 1

# --- The one who lends goes ---

shared=$(device 1)
ok "the one who lent it stops" "$JAILMOUNT" "$base-1" --stop
is "the others go on" "$(inside 2 cat /etc/page)" "what everybody reads"
is "with the device" "$(devices)" 1
start 1
is "and lend it in turn" "$(device 1) $(status_of 1 .superblock.borrowed)" \
    "$shared true"

kill -9 "$(status_of 1 .supervisor)"
start 4
is "who was killed is not waited for" "$(device 4)" "$shared"

stopped=$(status_of 2 .supervisor)
kill -STOP "$stopped"
start 5
is "who does not answer is done without" \
    "$(status_of 5 .superblock.borrowed)" false
kill -CONT "$stopped"
ok "jail 5 stops" "$JAILMOUNT" "$base-5" --stop

# --- A restore ---

ok "one of them is restored" "$JAILMOUNT" "$base-2" --restore --no-evidence
is "onto a device of its own" "$(status_of 2 .superblock.borrowed)" false
unlike "which is another" "$(device 2)" "^$shared\$"
is "the others stay as they are" "$(device 3) $(device 4)" "$shared $shared"

# --- An alarm ---

inside 4 cat /etc/wire >/dev/null
ok "somebody opens a tripwire" wait_until 10 is_tainted 4
is "who shares with that jail knows" "$(status_of 3 .superblock.tainted)" true
is "though the alarm is not about it" \
    "$(status_of 4 .alarms.tripwire) $(status_of 3 .alarms.tripwire)" "1 0"
is "who does not is untouched" "$(status_of 2 .superblock.tainted)" false
ok "jail 2 stops" "$JAILMOUNT" "$base-2" --stop
start 5
is "what is tainted is not lent any more" \
    "$(status_of 5 .superblock.borrowed)" false
ok "jail 5 stops" "$JAILMOUNT" "$base-5" --stop
ok "the tainted one is restored" "$JAILMOUNT" "$base-4" --restore --no-evidence
is "and clean" "$(status_of 4 .superblock.tainted)" false
start 5
is "what it has now is lent" "$(device 5)" "$(device 4)"

# --- What comes with another end ---

cp "$image" other.sqfs
printf x | dd of=other.sqfs bs=1 conv=notrunc status=none \
    seek=$(($(stat -c %s other.sqfs) - 20))
status "a file that ends otherwise is not that image" 125 \
    "$JAILMOUNT" other.sqfs --run --name "$base-6"
like "as is told" "$STDERR" 'other\.sqfs: '

# --- A jail for each connection ---

cat >visit <<'END'
#!/usr/bin/busybox sh
while read -r word rest; do
    case $word in
    device) busybox stat -c %d / ;;
    wire) busybox cat /etc/wire ;;
    end) exit ;;
    esac
done
END
chmod 755 visit
recipe visits <<END >/dev/null
name visits
source host
copy /usr/bin/busybox
source tree $TMP
copy /visit => /usr/bin/visit
file /etc/wire <<EOF
do not look
EOF
tripwire /etc/wire
device null
env PATH=/usr/bin
listen 7
drain 1s
service visit per-connection 7 /usr/bin/visit
END
ok "an image for visitors is packed" "$JAILPACK" -o visits.sqfs visits.recipe
port=$(free_port)
ok "it runs" "$JAILMOUNT" visits.sqfs --run -d --verity never \
    --name "$base-visits" \
    --listen "127.0.0.1:$port:7"
visit() {
    printf '%s\n' "$@" end | timeout 20 python3 -c '
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(sys.stdin.buffer.read())
while got := connection.recv(4096):
    sys.stdout.buffer.write(got)
' "$port"
}
nobody_is_there() {
    [ "$(status_of visits '.connections[0].generations | length')" = 0 ]
}
is "nothing is attached before the first" "$(device visits)" null
first=$(visit device)
like "a visitor comes" "$first" '^[0-9]+$'
ok "and goes" wait_until 10 nobody_is_there
attached=$(device visits)
is "the next has the same file system" "$(visit device) $(device visits)" \
    "$first $attached"
# Who is there is watched.
exec {visitor}<>"/dev/tcp/127.0.0.1/$port"
somebody_is_there() {
    ! nobody_is_there
}
ok "one comes" wait_until 10 somebody_is_there
echo wire >&"$visitor"
read -r -t 10 answer <&"$visitor"
is "looks where nobody should" "$answer" "do not look"
ok "which is noticed" wait_until 10 is_tainted visits
exec {visitor}>&-
ok "and goes" wait_until 10 nobody_is_there
like "who comes then" "$(visit device)" '^[0-9]+$'
is "has a clean one" "$(status_of visits .superblock.tainted)" false
ok "a restore" "$JAILMOUNT" "$base-visits" --restore
is "leaves the next a fresh one, too" "$(device visits)" null
like "that serves" "$(visit device)" '^[0-9]+$'
ok "it stops" "$JAILMOUNT" "$base-visits" --stop

# --- Nothing is left ---

for number in 3 4 5; do
    ok "jail $number stops" "$JAILMOUNT" "$base-$number" --stop
done
start 1
ok "the one that was killed is cleared, and stops" "$JAILMOUNT" "$base-1" --stop
ok "no device is left" wait_until 5 are_left 0
rm -rf "/var/log/jailmount/$base"-* "/var/lib/jailmount/evidence/$base"-*
plan_done
