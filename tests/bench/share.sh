# shellcheck shell=bash
#
# The memory of many nginx jails of one image: all sharing one superblock,
# beside as many with a loop device each. PSS (proc(5)) counts a page that n
# processes have as an nth for each of them. The kernel's own part, copies of
# the image and page cache that nobody has mapped, is in no PSS; it is less
# with one superblock, too.

# processes NAME - the jail's own, and its supervisor last.
processes() {
    find /sys/fs/cgroup -path "*/jailmount/$1/*" -name cgroup.procs \
        -exec cat {} + 2>/dev/null | sort -nu
    jq .supervisor "/run/jailmount/$1/state.json"
}

# pss_of PID... - their sum, KiB.
pss_of() {
    local pid
    for pid; do
        cat "/proc/$pid/smaps_rollup" 2>/dev/null
    done | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

# share_once LABEL COUNT [OPTION...] - a line: label, jails, KiB a jail of their
# processes, KiB a jail of the supervisors.
share_once() {
    local label=$1 count=$2 i jails=0 pids inside=() supervisors=()
    shift 2
    for ((i = 0; i < count; i++)); do
        "$JAILMOUNT" "$WORK/nginx-jail.sqfs" --run -d "$@" \
            --name "jail-bench-$$-$i" --listen "127.0.0.1:$((8000 + i)):80" \
            </dev/null >/dev/null 2>>"$WORK/share.log" && jails=$((jails + 1))
    done
    for ((i = 0; i < count; i++)); do
        mapfile -t pids < <(processes "jail-bench-$$-$i")
        [ ${#pids[@]} -gt 1 ] || continue
        supervisors+=("${pids[-1]}")
        inside+=("${pids[@]:0:${#pids[@]}-1}")
    done
    [ "$jails" = 0 ] ||
        printf '%s\t%d\t%d\t%d\n' "$label" "$jails" \
            $(($(pss_of "${inside[@]}") / jails)) \
            $(($(pss_of "${supervisors[@]}") / jails))
    for ((i = 0; i < count; i++)); do
        "$JAILMOUNT" "jail-bench-$$-$i" --stop </dev/null >/dev/null 2>&1 &
        [ $((i % 8)) != 7 ] || wait
    done
    wait
}

share_in() {
    local count=100 file=$WORK/share

    [ -z "${BENCH_QUICK:-}" ] || count=20
    : >"$file.log"
    {
        share_once "a superblock each (--unshared)" $count --unshared
        share_once "one superblock" $count
    } >"$file"
    echo
    echo "$count nginx jails of one image, PSS"
    awk -F '\t' '{ printf "  %-34s %5d jails %8.2f MB each, and %.2f MB the supervisor\n",
        $1, $2, $3 / 1024, $4 / 1024 }' "$file"
    [ ! -s "$file.log" ] || head -n 5 "$file.log"
    verdict "memory: $count jails that share, of those that do not" \
        "$(value "$file" "one superblock" 3)" \
        "$(value "$file" "a superblock each (--unshared)" 3)" 0.3
}

bench_share() {
    own_network share_in
}
