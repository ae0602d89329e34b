#!/bin/bash
# --update of a jail that has a generation for each connection: who comes is the
# new image's, who is there stays the old one's, and what fails on trial goes.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-update-visits-$$
log=/var/log/jailmount/$jail.log
stop_later "$jail"

status_of() {
    "$JAILMOUNT" "$jail" --status --json | jq -c "$1"
}
# image VERSION DIRECTIVE...
image() {
    force=
    [ "$1" != 7 ] || force=--force
    {
        printf '%s\n' "name $jail" "version $1" "source host" \
            "copy /usr/bin/busybox" "file /version <<EOF" "$1" EOF \
            "device null" \
            "env PATH=/usr/bin" "drain 1s"
        printf '%s\n' "${@:2}"
    } >"$1.recipe"
    ok "$1 is packed" "$JAILPACK" $force -o "$1.sqfs" \
        "$1.recipe"
}
visit="service visit per-connection 7 at-most 5 /usr/bin/busybox sh -c"
answers="'while read -r word; do busybox cat /version; done'"
image 1 "listen 7" "$visit $answers"
image 2 "listen 7 8" "$visit $answers" \
    "service more per-connection 8 at-most 5 /usr/bin/busybox cat /version"
image 3 "listen 7" "$visit 'kill -SEGV \$\$'"
image 4 "listen 7 8" "$visit $answers" \
    "service web /usr/bin/busybox httpd -f -p 8 -h /"
image 5 "listen 7" "service web /usr/bin/busybox httpd -f -p 7 -h /" \
    "service more per-connection 8 /usr/bin/busybox cat" "listen 8"
# A program that is for no machine, which packing warns of.
printf '\177ELFnothing' >nothing
chmod 755 nothing
image 7 "source tree $TMP" "copy /nothing => /usr/bin/nothing" "listen 7" \
    "service visit per-connection 7 at-most 5 /usr/bin/nothing"
port=$(free_port)
port8=$(free_port)
ok "it runs" "$JAILMOUNT" 1.sqfs --run -d --listen "127.0.0.1:$port:7"

# A visitor who stays, at descriptor FD; and what they are told.
enter() {
    eval "exec $1<>/dev/tcp/127.0.0.1/$port"
}
told() {
    local answer=
    echo "which" >&"$1"
    read -r -t 10 -u "$1" answer
    echo "$answer"
}
ask() {
    enter 9
    told 9
    exec 9>&-
}

is "the first image serves" "$(ask)" 1
enter 5
is "somebody stays" "$(told 5)" 1

# --- On ------------------------------------------------------------------------

ok "--update" "$JAILMOUNT" "$jail" --update 2.sqfs --trial 1s \
    --listen "127.0.0.1:$port8:8"
is "the second image runs" "$(status_of .version)" '"2"'
is "who comes is served by it" "$(ask)" 2
is "a port that is new, too" \
    "$(timeout 10 busybox nc 127.0.0.1 "$port8" </dev/null)" 2
is "who was there is still the first one's" "$(told 5)" 1
is "as --status tells" \
    "$(status_of '[.connections[] | [.service, .leaving // false,
        (.generations | length)]]')" \
    '[["visit",true,1],["visit",false,0],["more",false,0]]'
exec 5>&-
left() {
    [ "$(status_of '[.connections[] | select(.leaving)] | length')" = 0 ]
}
ok "until they go" wait_until 10 left

# --- And back ------------------------------------------------------------------

enter 5
is "somebody stays" "$(told 5)" 2
"$JAILMOUNT" "$jail" --update 3.sqfs --trial 60s >update 2>&1 &
update=$!
on_trial() {
    [ "$(status_of .version)" = '"3"' ]
}
ok "one that crashes is on trial" wait_until 10 on_trial
for _ in 1 2 3; do
    timeout 10 busybox nc 127.0.0.1 "$port" </dev/null >/dev/null 2>&1
done
wait $update
is "it fails" $? 1
like "with the reason" "$(cat update)" 'rolled back: connections crashed on trial'
is "the image before is back" "$(ask)" 2
is "who was there has heard of nothing" "$(told 5)" 2
exec 5>&-
is "nothing is left of it" \
    "$(status_of '[.connections[].service]')" '["visit","more"]'

"$JAILMOUNT" "$jail" --update 7.sqfs --trial 60s >update 2>&1 &
update=$!
on_trial() {
    [ "$(status_of .version)" = '"7"' ]
}
ok "one that cannot be started is on trial" wait_until 10 on_trial
timeout 10 busybox nc 127.0.0.1 "$port" </dev/null >/dev/null 2>&1
wait $update
is "it fails" $? 1
like "with the reason" "$(cat update)" \
    'rolled back: a connection could not be served on trial'
is "the image before is back" "$(ask)" 2

# --- What cannot be ------------------------------------------------------------

status "services that stay cannot come" 1 "$JAILMOUNT" "$jail" --update 4.sqfs
like "with the reason" "$STDERR" 'only one of the two images has services that stay'
ok "it stops" "$JAILMOUNT" "$jail" --stop
rm -rf "/var/lib/jailmount/versions/$jail"

# --- Beside services that stay ---------------------------------------------------

ok "it runs with both" "$JAILMOUNT" 4.sqfs --run -d \
    --listen "127.0.0.1:$port:7" --listen "127.0.0.1:$port8:8"
status "a port cannot change hands" 1 "$JAILMOUNT" "$jail" --update 5.sqfs
like "with the reason" "$STDERR" "is another service's in the other"
enter 5
is "somebody stays" "$(told 5)" 4
sed -e 's/^version 4/version 6/' -e 's/^4$/6/' 4.recipe >6.recipe
ok "another of both" "$JAILPACK" -o 6.sqfs 6.recipe
ok "--update" "$JAILMOUNT" "$jail" --update 6.sqfs --trial 0s
is "who comes is served by it" "$(ask)" 6
is "by what stays, too" "$(curl -fsS "http://127.0.0.1:$port8/version")" 6
is "and who was there by the one before" "$(told 5)" 4
exec 5>&-
unlike "nobody else was refused" "$(grep -v "$jail 7 " "$log")" 'cannot listen|cannot be started'
ok "it stops" "$JAILMOUNT" "$jail" --stop
rm -rf "$log" "/var/lib/jailmount/versions/$jail" \
    "/var/lib/jailmount/evidence/$jail"
plan_done
