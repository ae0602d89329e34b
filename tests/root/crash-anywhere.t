#!/bin/bash
# The supervisor is killed at many points of its life: while it starts the jail
# for the first time, restores it and stops it. What is left dies by itself but
# for names, and those the next start clears: it serves, and after it nothing
# is left at all.
#
#   KILLS=N   at how many points (60)
. "$(dirname "$0")/../lib.sh"

kills=${KILLS:-60}
workers=2

ok "what kills is built" "${CC:-cc}" -D_GNU_SOURCE -Wall -O1 \
    -o "$TMP/kill_call" "$SRC/tests/root/kill_call.c"
mkdir -p "$TMP/tree/bin"
cp "$(command -v busybox)" "$TMP/tree/bin/busybox"
ln -s busybox "$TMP/tree/bin/sleep"
for ((i = 0; i < workers; i++)); do
    jail[i]=test-crash-$i-$$
    port[i]=$(free_port)
    stop_later "${jail[i]}"
    recipe "${jail[i]}" <<END >/dev/null
name ${jail[i]}
source tree tree
copy /bin/**
device null stdout log
dir /var
overlay /var 1M
writable /tmp 1M 1777
persist /kept 4M
listen 80
ready exec
drain 1s
restore on tamper
tripwire /bin/sleep
limit memory 64M ; limit processes 20
run /bin/sleep 300
END
    ok "packed" "$JAILPACK" -o "$TMP/${jail[i]}.sqfs" "$TMP/${jail[i]}.recipe"
done

# --- What a jail of that name has on the host ---------------------------------

processes_of() {
    find /sys/fs/cgroup -path "*/jailmount/$1/*" -name cgroup.procs \
        -exec cat {} + 2>/dev/null
}

# Everything with a name, a line each.
left() {
    find /sys/fs/cgroup -type d -path "*/jailmount/$1" 2>/dev/null
    find /run/jailmount -path "*$1*" 2>/dev/null
    find /var/lib/jailmount/persist -path "*$1*" -name '*.new' 2>/dev/null
    grep -sHF "$1" /sys/block/loop*/loop/backing_file /proc/self/mountinfo
    pgrep -af "jailmount $TMP/$1.sqfs" | grep -v kill_call
}

nothing_left() {
    [ -z "$(left "$1")" ]
}

# What needs no clearing: processes, loop devices, mounts.
all_dead() {
    [ -z "$(processes_of "$1")" ] &&
        ! grep -qsF "$1" /sys/block/loop*/loop/backing_file
}

# --- One life -----------------------------------------------------------------

run_jail() {
    "$JAILMOUNT" "$TMP/${jail[$1]}.sqfs" --run --verity never \
        --listen "127.0.0.1:${port[$1]}:80" </dev/null
}

# Commands to the supervisor with that number, until it has ended.
drive() {
    local worker=$1 pid=$2 command
    for command in --restore --stop; do
        until "$JAILMOUNT" "${jail[worker]}" "$command" </dev/null >/dev/null \
            2>&1; do
            [ -e "/proc/$pid" ] || return 0
            sleep 0.02
        done
    done
}

# Killed at call number $2, and started again. What goes wrong is told.
attempt() {
    local worker=$1 number=$2 name pid call
    name=${jail[worker]}
    rm -rf "/var/lib/jailmount/persist/$name"
    "$TMP/kill_call" "$number" "$JAILMOUNT" "$TMP/$name.sqfs" --run \
        --listen "127.0.0.1:${port[worker]}:80" \
        </dev/null >"$TMP/out$worker" 2>&1 3>"$TMP/call$worker" &
    pid=$!
    drive "$worker" $pid
    wait $pid
    call=$(cat "$TMP/call$worker")
    if ! wait_until 10 all_dead "$name"; then
        echo "ALIVE $number $call: $(processes_of "$name" | tr '\n' ' ')$(left \
            "$name" | tr '\n' ' ')"
    fi
    [ -z "$(left "$name")" ] || echo "NAMED $number"
    # `drive` ends the one that starts now, as any would.
    run_jail "$worker" >"$TMP/out$worker" 2>&1 &
    pid=$!
    drive "$worker" $pid
    wait $pid
    case $? in
    0 | 143) ;;
    *) echo "UNSTARTED $number $call: $(head -n 2 "$TMP/out$worker")" ;;
    esac
    wait_until 10 nothing_left "$name" ||
        echo "LEFT $number $call: $(left "$name" | tr '\n' ' ')"
    echo "DONE $number $call"
}

attempt 0 1000000000 >"$TMP/results"
calls=$(sed -n 's/^calls //p' "$TMP/call0")
ok "a whole life is told of" [ "${calls:-0}" -gt 300 ]
diag "$(cat "$TMP/results")"
is "nothing is left after it" "$(grep -v '^DONE' "$TMP/results")" ""

for ((i = 0; i < workers; i++)); do
    (
        for ((kill = i; kill < kills; kill += workers)); do
            attempt "$i" $((1 + kill * calls / kills))
        done >"$TMP/results$i"
    ) &
    pids[i]=$!
done
wait "${pids[@]}"
cat "$TMP"/results? >"$TMP/results"
diag "$(grep -c 'killed at' "$TMP/results") times killed, of $calls calls"

none() {
    is "$1" "$(grep "^$2 " "$TMP/results")" ""
}
is "it was killed everywhere" "$(grep -c '^DONE' "$TMP/results")" "$kills"
ok "almost always in the middle" \
    [ "$(grep -c '^DONE.*killed at' "$TMP/results")" -ge $((kills * 9 / 10)) ]
none "what can die dies by itself" ALIVE
ok "what has a name is mostly still there" \
    [ "$(grep -c '^NAMED' "$TMP/results")" -gt $((kills / 2)) ]
none "the next start succeeds" UNSTARTED
none "and after it nothing is left" LEFT
[ -z "${KEEP_RESULTS:-}" ] || cp "$TMP/results" "$KEEP_RESULTS"

for ((i = 0; i < workers; i++)); do
    rm -rf "/var/lib/jailmount/persist/${jail[i]}" \
        "/var/lib/jailmount/evidence/${jail[i]}" \
        "/var/log/jailmount/${jail[i]}.log"
done
plan_done
