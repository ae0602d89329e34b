# shellcheck shell=bash
#
# Requests a second, on connections that are kept: a service in its jail, and
# the same tree in a plain chroot. Both run all the time and are asked in turn,
# in many short spells with connections of their own each. Now and then one of a
# service's processes takes all of those, and the spell measures it alone: the
# upper quartile counts.
# The limit of processor time puts a jail into a control group, which the kernel
# weighs as a whole against the one who asks: so is the other.

# answered SECONDS PORT - how many a second.
answered() {
    wrk -t1 -c50 -d"$1"s "http://127.0.0.1:$2/" |
        awk '/^Requests\/sec:/ { print $2 }'
}

# The upper quartile of the lines of a file.
upper_quartile() {
    sort -n "$1" | awk '{ line[NR] = $1 } END {
        print line[int((NR * 3 + 3) / 4)] }'
}

# plain_group - prints the directory of such a group, newly made.
plain_group() {
    local root
    for root in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
        [ -e "$root/cgroup.procs" ] || continue
        mkdir "$root/jail-bench-$$" && echo "$root/jail-bench-$$"
        return
    done
}

throughput_in() {
    local name=$1 jail=jail-bench-$$ seconds=1 rounds=50 round plain group PLAIN
    local file=$WORK/throughput-$1

    [ -z "${BENCH_QUICK:-}" ] || rounds=12
    chroot_tree "$name"
    group=$(plain_group)
    (
        [ -z "$group" ] || echo $BASHPID >"$group/cgroup.procs"
        exec "${PLAIN[@]}"
    ) </dev/null >/dev/null 2>&1 &
    plain=$!
    "$JAILMOUNT" "$WORK/$name-jail.sqfs" --run -d --name "$jail" \
        --listen 127.0.0.1:8080:80 </dev/null >/dev/null &&
        "$BENCH/load" first 10 80 >/dev/null && {
        # Whatever is not there yet, is.
        answered 1 80 && answered 1 8080
    } >/dev/null
    : >"$file.plain"
    : >"$file.jail"
    for ((round = 0; round < rounds; round++)); do
        answered $seconds 80 >>"$file.plain"
        answered $seconds 8080 >>"$file.jail"
    done
    "$JAILMOUNT" "$jail" --stop
    kill $plain
    wait $plain
    while [ -n "$group" ] && ! rmdir "$group" 2>/dev/null; do
        sleep 0.05
    done
}

throughput_of() {
    local name=$1 file=$WORK/throughput-$1 plain jail

    own_network throughput_in "$name" 2>"$file.log"
    plain=$(upper_quartile "$file.plain")
    jail=$(upper_quartile "$file.jail")
    printf '  %-34s %10.0f in a chroot %10.0f in the jail\n' "$name" \
        "${plain:-0}" "${jail:-0}"
    verdict_least "requests a second, $name: of the chroot's" \
        "$jail" "$plain" 0.97
}

bench_throughput() {
    echo
    echo "Requests a second, wrk -c50, connections kept"
    throughput_of apache
    throughput_of nginx
}
