#!/bin/bash
# Each system call that starting, running and ending a jail takes is made to
# fail, one in each run, until a run has none left to fail. Whatever fails,
# the message says so, and nothing stays: no mount, loop device, control
# group, process or state.
#
#   FAIL_ERRNO=N   with which errno they fail (EPERM)
. "$(dirname "$0")/../lib.sh"

[ "$(uname -m)" = x86_64 ] || skip_all "fail_call.c knows x86-64 only"
error=${FAIL_ERRNO:-1}
workers=2

mkdir -p "$TMP/tree/bin"
cp "$(command -v busybox)" "$TMP/tree/bin/busybox"
ln -s busybox "$TMP/tree/bin/true"
ok "what makes calls fail is built" "${CC:-cc}" -D_GNU_SOURCE -Wall -O1 \
    -o "$TMP/fail_call" "$SRC/tests/root/fail_call.c"

for ((i = 0; i < workers; i++)); do
    port[i]=$(free_port)
    # A name of its own: what another copy of this test has is none of ours.
    image[i]=fail$i-$$.sqfs
    echo "$TMP/${image[i]} --run" | tr ' ' . >"$TMP/path$i"
    recipe "fail$i" <<END >/dev/null
name test-fail-$i-$$
source tree tree
copy /bin/**
device null stdout log
dir /var
overlay /var 1M
writable /tmp 1M 1777
proc
listen 80
ready exec
limit memory 64M ; limit cpu 90% ; limit files 100
run /bin/true
END
    ok "packed" "$JAILPACK" -o "$TMP/${image[i]}" "$TMP/fail$i.recipe"
done

# What a run of worker $1 has left, a line each. It is asked often: few
# programs are run.
left() {
    local directory jail=test-fail-$1-$$
    for directory in /sys/fs/cgroup{,/*}/"jailmount/$jail"; do
        [ ! -e "$directory" ] || find "$directory" -type d
    done
    [ ! -e "/run/jailmount/$jail" ] || find "/run/jailmount/$jail"
    grep -sHF -e "memfd:${image[$1]}" -e squashfs -e jailmount \
        /sys/block/loop*/loop/backing_file /proc/self/mountinfo |
        grep -F -e "memfd:${image[$1]}" -e mountinfo
    # By a file, or it would find itself.
    grep -ls -f "$TMP/path$1" /proc/[0-9]*/cmdline
}

# The kernel takes a moment for the last of it.
left_for_good() {
    local i
    for ((i = 0; i < 50; i++)); do
        [ -n "$(left "$1")" ] || return 0
        sleep 0.02
    done
    left "$1"
}

# One run in which call number $2 fails.
attempt() {
    local worker=$1 number=$2 status call remains
    "$BUSYBOX" timeout 30 "$TMP/fail_call" "$number" "$error" \
        "$JAILMOUNT" "$TMP/${image[worker]}" --run --verity never \
        --listen "127.0.0.1:${port[worker]}:80" \
        </dev/null >"$TMP/out$worker" 2>"$TMP/err$worker" 3>"$TMP/call$worker"
    status=$?
    read -r call <"$TMP/call$worker" || return 1
    remains=$(left_for_good "$worker")
    # futex(2) and rseq(2): where they fail glibc ends a process with threads.
    if [ "$status" = 134 ] && [[ $call =~ ^call\ (202|334)\  ]]; then
        "$JAILMOUNT" "$TMP/${image[worker]}" --run </dev/null >/dev/null 2>&1
        remains=$(left_for_good "$worker")
        [ -z "$remains" ] || echo "LEFT $number $call: ${remains//$'\n'/, }"
        echo "ABORTED $number $call"
    # The state's directory, when its removal is what failed.
    elif [ -n "$remains" ] && ! grep -qv "^/run/jailmount/" <<<"$remains"; then
        echo "CLEARED $number $call"
        "$JAILMOUNT" "$TMP/${image[worker]}" --run --verity never \
            </dev/null >/dev/null 2>&1
        remains=$(left_for_good "$worker")
        [ -z "$remains" ] || echo "LEFT $number $call: ${remains//$'\n'/, }"
    elif [ -n "$remains" ]; then
        echo "LEFT $number $call, status $status: ${remains//$'\n'/, }"
    elif [ "$status" = 0 ]; then
        echo "SURVIVED $number $call"
    elif [ "$status" -gt 127 ] || [ "$status" -lt 125 ]; then
        echo "STATUS $number $call: $status"
    elif [ ! -s "$TMP/err$worker" ]; then
        echo "SILENT $number $call: $status"
    else
        echo "REFUSED $number $call: $(head -n 1 "$TMP/err$worker")"
    fi
}

BUSYBOX=$(command -v busybox)
for ((i = 0; i < workers; i++)); do
    (
        number=$((i + 1))
        while attempt "$i" "$number"; do
            number=$((number + workers))
        done >"$TMP/results$i"
    ) &
    pids[i]=$!
done
wait "${pids[@]}"

cat "$TMP"/results* >"$TMP/results"
count() {
    grep -c "^$1 " "$TMP/results"
}
none() {
    is "$1" "$(count "$2")" 0 || diag "$(grep "^$2 " "$TMP/results")"
}

diag "$(wc -l <"$TMP/results") calls: $(count REFUSED) refused with a message," \
    "$(count SURVIVED) survived, $(count CLEARED) cleared by the next start"
ok "the calls were many" [ "$(wc -l <"$TMP/results")" -gt 250 ]
ok "most cannot be done without" [ "$(count REFUSED)" -gt 200 ]
none "nothing is ever left that the next start does not clear" LEFT
# unlink(2), rmdir(2), unlinkat(2)
is "nor until then, unless it could not be removed" \
    "$(grep '^CLEARED ' "$TMP/results" | grep -vE ' call (87|84|263) ')" ""
none "every message is there" SILENT
none "every status is one of jailmount's" STATUS
ok "afterwards it runs" "$JAILMOUNT" "$TMP/${image[0]}" --run --verity never
[ -z "${KEEP_RESULTS:-}" ] || cp "$TMP/results" "$KEEP_RESULTS"

plan_done
