# shellcheck shell=bash
#
# Restored or restarted every second under load, a new connection for each
# request: how many requests fail, and how long after the order the first page
# comes from what was started. The same once more with clients that keep their
# connections and ask again on a new one when an idle one was closed.
#
#   jailmount --restore         a pristine jail each time, over a fresh superblock
#   kill and start              the same tree in a plain chroot
#   podman restart              the same tree as its root, the host's network
#
# `systemctl restart` needs systemd: systemd.sh.

# --- Who is restarted: begin_WAY NAME, again_WAY, end_WAY ----------------------

begin_jailmount() {
    RESTORED=jail-bench-restore-$$
    "$JAILMOUNT" "$WORK/$1-jail.sqfs" --run -d --name "$RESTORED" \
        --listen 127.0.0.1:8080:80 </dev/null >/dev/null
    RESTORE_ASKED=8080
}
again_jailmount() {
    "$JAILMOUNT" "$RESTORED" --restore --no-evidence </dev/null >/dev/null
}
end_jailmount() {
    "$JAILMOUNT" "$RESTORED" --stop
}

begin_kill() {
    chroot_tree "$1"
    RESTORE_ASKED=80
    start_plain
}
# A group of its own, which is what is killed.
start_plain() {
    setsid "${PLAIN[@]}" </dev/null >/dev/null 2>&1 &
    RESTORED=$!
}
again_kill() {
    end_kill
    start_plain
}
# The port is free when all of them have gone.
end_kill() {
    kill -9 -- "-$RESTORED"
    wait "$RESTORED"
    while [ -n "$(ss -ltnH 'sport = :80')" ]; do
        sleep 0.001
    done
} 2>/dev/null

podman_here() {
    podman --log-level=error --root "$WORK/podman" --runroot "$WORK/podman-run" \
        --cgroup-manager=cgroupfs "$@" </dev/null
}
begin_podman() {
    chroot_tree "$1"
    RESTORED=jail-bench-restore-$$
    RESTORE_ASKED=80
    # env -i NAME=VALUE... chroot DIRECTORY COMMAND...
    local given=() i
    for ((i = 2; i < ${#PLAIN[@]}; i++)); do
        [[ ${PLAIN[i]} == *=* ]] || break
        given+=(--env "${PLAIN[i]}")
    done
    podman_here run -d --name "$RESTORED" --network=host "${given[@]}" \
        --ulimit nofile=4096:4096 --ulimit nproc=1024:1024 \
        --rootfs "$WORK/$1-chroot:O" "${PLAIN[@]:i + 2}" >/dev/null
}
again_podman() {
    podman_here restart -t 0 "$RESTORED" >/dev/null
}
end_podman() {
    podman_here rm -f -t 0 "$RESTORED" >/dev/null
}

# --- Under load ---------------------------------------------------------------

# The order, and then the first page: ms.
order() {
    local begun ended
    begun=$(date +%s%N)
    "again_$1"
    "$BENCH/load" first 30 "$RESTORE_ASKED" >/dev/null
    ended=$(date +%s%N)
    echo $(((ended - begun) / 1000))
}

# restore_run WAY NAME close|keep SECONDS - a line: way, requests, failed,
# retried, orders, median ms to the first page.
restore_run() {
    local way=$1 name=$2 mode=$3 seconds=$4 load next PLAIN RESTORED
    local file=$WORK/restore-$name-$way-$mode

    : >"$file.orders"
    if ! "begin_$way" "$name" ||
        ! "$BENCH/load" first 30 "$RESTORE_ASKED" >/dev/null; then
        printf '%s\tfailed\n' "$way"
        "end_$way"
        return
    fi 2>>"$file.log"
    "$BENCH/load" "$mode" "$seconds" 50 "$RESTORE_ASKED" >"$file" 2>"$file.log" &
    load=$!
    next=$((SECONDS + 1))
    while kill -0 $load 2>/dev/null; do
        if [ $SECONDS -ge $next ]; then
            next=$((SECONDS + 1))
            order "$way" >>"$file.orders" 2>>"$file.log"
        else
            sleep 0.05
        fi
    done
    wait $load
    "end_$way"
    printf '%s\t%s\t%s\n' "$way" "$(cut -f 1-3 "$file")" \
        "$(sort -n "$file.orders" | awk '{ line[NR] = $1 } END {
            printf "%d\t%.1f", NR, line[int((NR + 1) / 2)] / 1000 }')"
}

restore_of() {
    local name=$1 title=$2 seconds=60 mode way file ways=(jailmount kill)

    [ -z "${BENCH_QUICK:-}" ] || seconds=8
    ! command -v podman >/dev/null || ways+=(podman)
    for mode in close keep; do
        file=$WORK/restore-$name-$mode
        for way in "${ways[@]}"; do
            restore_run "$way" "$name" $mode $seconds
        done >"$file"
        echo
        case $mode in
        close) echo "$title, restarted every second, a connection a request" ;;
        keep) echo "$title, restarted every second, connections kept" ;;
        esac
        awk -F '\t' 'BEGIN {
            name["jailmount"] = "jailmount --restore"
            name["kill"] = "kill -9 and start, chroot"
            name["podman"] = "podman restart"
            printf "  %-30s %9s %8s %8s %8s %14s\n", "", "requests", \
                "failed", "retried", "orders", "first page ms"
        }
        $2 == "failed" { printf "  %-30s failed\n", name[$1]; next }
        { printf "  %-30s %9d %8d %8d %8d %14.1f\n", name[$1], $2, $3, $4, \
            $5, $6 }' "$file"
        awk -F '\t' -v text="restore, $name, $mode: failed requests" '
            $1 == "jailmount" {
                printf "  %-56s %7s  at most 0    %s\n", text, $3, \
                    ($3 == "0" && $5 > 0) ? "met" : "MISSED"
            }' "$file" >>"$WORK/verdicts"
    done
}

bench_restore() {
    own_network restore_of apache Apache
    own_network restore_of nginx nginx
}
