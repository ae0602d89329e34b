# shellcheck shell=bash
#
# From fork to reap: `true` from an image. The image is one static program and
# the directories that the others need; start_limit and jailmount mount it
# themselves, the others are given the tree already mounted.

oci_bundle() {
    local directory=$1
    mkdir -p "$directory"
    (cd "$directory" && rm -f config.json && runc spec)
    # What a small jail needs and no more; no network but its own loopback.
    jq --arg root "$WORK/true-tree" '
        .process.terminal = false
        | .process.args = ["/bin/busybox", "true"]
        | .root = {path: $root, readonly: true}
        | .mounts |= map(select(.destination | test("^/(dev|proc)$")))
        ' "$directory/config.json" >"$directory/edited"
    mv "$directory/edited" "$directory/config.json"
}

bench_start() {
    local runs=40 file=$WORK/start commands=() oci
    local image=$WORK/true.sqfs tree=$WORK/true-tree

    [ -z "${BENCH_QUICK:-}" ] || runs=15
    "$JAILPACK" -o "$image" "$SRC/tests/bench/true.recipe" >/dev/null
    mkdir -p "$tree" "$WORK/mountpoint"
    mount -t squashfs -o loop,ro "$image" "$tree"

    : >"$file.missing"
    commands=(
        "fewest system calls" "$BENCH/start_limit" "$image" "$WORK/mountpoint"
        /bin/busybox true
        --- "jailmount --run" "$JAILMOUNT" "$image" --run
    )
    missing "$file.missing" "bwrap, tree mounted" bwrap ||
        commands+=(--- "bwrap, tree mounted" bwrap --unshare-all
            --ro-bind "$tree" / --dev /dev --tmpfs /tmp --tmpfs /var
            /bin/busybox true)
    oci=$WORK/bundle
    if ! missing "$file.missing" "runc, crun: bundle" runc jq; then
        oci_bundle "$oci"
        missing "$file.missing" "crun, tree mounted" crun ||
            commands+=(--- "crun, tree mounted" crun
                --root "$WORK/crun" --cgroup-manager=cgroupfs
                run -b "$oci" "jail-bench-crun-$$")
        commands+=(--- "runc, tree mounted" runc --root "$WORK/runc"
            run -b "$oci" "jail-bench-runc-$$")
    fi
    "$BENCH/compare" "$runs" "${commands[@]}" >"$file" 2>"$file.log"

    # Ten times slower than the rest: fewer runs, beside the limit again.
    if ! missing "$file.missing" "podman --rootfs, tree mounted" podman; then
        "$BENCH/compare" $((runs / 5)) \
            limit "${commands[@]:1:6}" \
            "podman --rootfs, tree mounted" podman --log-level=error \
            --root "$WORK/podman" --runroot "$WORK/podman-run" \
            --cgroup-manager=cgroupfs run --rm --network=none \
            --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
            --rootfs "$tree:O" /bin/busybox true \
            2>>"$file.log" | grep -v ^limit >>"$file"
    fi
    grep -q failed "$file" && head -n 5 "$file.log"
    cat "$file.missing" >>"$file"
    umount "$tree"
    table "$file" "fewest system calls" \
        "Starting true from an image, with a network namespace, fork to reap"
    verdict "start: jailmount --run, of the fewest system calls" \
        "$(value "$file" "jailmount --run" 3)" \
        "$(value "$file" "fewest system calls" 3)" 1.3
}
