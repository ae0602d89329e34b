# shellcheck shell=bash
#
# From the start to the first page: Apache and nginx in their jails, beside the
# same trees in a plain chroot. A jail with a superblock of its own has
# everything to decompress, which takes lz4 less time than zstd; one that shares
# it with a jail that runs has not. The fewest system calls that start the same
# from the same image, confined by mounts alone, show what is left to jailmount;
# with the namespaces and control groups that shut a jail in, though without its
# system call filter, what is left to anybody.
# In a network of its own, so that port 80 is free for the one that has no
# supervisor to map it.

# A control group for each controller that the jails of these recipes need.
limit_groups() {
    local controller
    for controller in pids memory cpu freezer; do
        [ ! -e "/sys/fs/cgroup/$controller/tasks" ] ||
            echo "/sys/fs/cgroup/$controller/jail-bench-limit"
    done
    [ ! -e /sys/fs/cgroup/cgroup.procs ] ||
        echo /sys/fs/cgroup/jail-bench-limit
}

response_of() {
    local name=$1 title=$2 runs=20 file=$WORK/response-$1
    local holder=jail-bench-$1-$$ PLAIN BARE_BEFORE BARE_BEHIND groups

    [ -z "${BENCH_QUICK:-}" ] || runs=5
    chroot_tree "$name"
    mapfile -t groups < <(limit_groups)
    "$JAILMOUNT" "$WORK/$name-jail.sqfs" --run -d --name "$holder" \
        --listen 127.0.0.1:8090:80 >"$file.log" 2>&1 </dev/null || {
        cat "$file.log"
        return
    }
    mkdir -p "$WORK/$name-mounted" "$WORK/$name-empty"
    mount -o loop,ro "$WORK/$name-jail.sqfs" "$WORK/$name-mounted" || return
    "$BENCH/first_response" "$runs" \
        "chroot, tree on the disk" 80 "${PLAIN[@]}" \
        --- "jailmount --run, shared" 8080 "$JAILMOUNT" \
        "$WORK/$name-jail.sqfs" --run --name "$holder-shared" \
        --listen 127.0.0.1:8080:80 \
        --- "jailmount --run, --unshared" 8081 "$JAILMOUNT" \
        "$WORK/$name-jail.sqfs" --run --unshared --name "$holder-own" \
        --listen 127.0.0.1:8081:80 \
        --- "the same, packed with lz4" 8082 "$JAILMOUNT" \
        "$WORK/$name-lz4.sqfs" --run --unshared --name "$holder-lz4" \
        --listen 127.0.0.1:8082:80 \
        --- "fewest calls, mounted already" 80 "${BARE_BEFORE[@]}" \
        "$WORK/$name-mounted" "$WORK/$name-empty" "${BARE_BEHIND[@]}" \
        --- "and confined" 80 "${BARE_BEFORE[@]}" --confines "${groups[@]}" \
        "$WORK/$name-mounted" "$WORK/$name-empty" "${BARE_BEHIND[@]}" \
        --- "fewest calls, its own mount" 80 "${BARE_BEFORE[@]}" \
        "$WORK/$name-jail.sqfs" "$WORK/$name-empty" "${BARE_BEHIND[@]}" \
        >"$file" 2>>"$file.log"
    umount "$WORK/$name-mounted"
    "$JAILMOUNT" "$holder" --stop
    grep -q failed "$file" && head -n 5 "$file.log"
    table "$file" "chroot, tree on the disk" \
        "$title, from the start to the first 200"
    verdict "first 200, $name, shared: of the chroot's" \
        "$(value "$file" "jailmount --run, shared" 3)" \
        "$(value "$file" "chroot, tree on the disk" 3)" 1.15
    verdict "first 200, $name, shared: of the fewest, confined" \
        "$(value "$file" "jailmount --run, shared" 3)" \
        "$(value "$file" "and confined" 3)" 1.15
    verdict "first 200, $name, --unshared: of the chroot's" \
        "$(value "$file" "jailmount --run, --unshared" 3)" \
        "$(value "$file" "chroot, tree on the disk" 3)" 1.15
    verdict "first 200, $name, --unshared: of the fewest calls'" \
        "$(value "$file" "jailmount --run, --unshared" 3)" \
        "$(value "$file" "fewest calls, its own mount" 3)" 1.15
}

bench_response() {
    local service
    for service in apache nginx; do
        "$JAILPACK" --compressor lz4 -o "$WORK/$service-lz4.sqfs" \
            "$SRC/recipes/$service.recipe" >/dev/null || return
    done
    own_network response_of apache Apache
    own_network response_of nginx nginx
}
