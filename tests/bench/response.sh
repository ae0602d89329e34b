# shellcheck shell=bash
#
# From the start to the first page: Apache in its jail, beside the same tree
# in a plain chroot. In a network namespace of its own, so that port 80 is
# free for the one that has no supervisor to map it.

bench_response() {
    local runs=20 file=$WORK/response tree=$WORK/chroot

    [ -z "${BENCH_QUICK:-}" ] || runs=5
    local contract program environment
    contract=$("$JAILPACK" --inspect --json "$WORK/apache-jail.sqfs")
    mapfile -t program < <(jq -r '.contract.process.args[]' <<<"$contract")
    mapfile -t environment < <(jq -r '.contract.process.env[]' <<<"$contract")
    rm -rf "$tree"
    unsquashfs -q -n -d "$tree" "$WORK/apache-jail.sqfs" >/dev/null
    unshare --net -- sh -c 'ip link set lo up && exec "$@"' _ \
        "$BENCH/first_response" "$runs" \
        "chroot, tree on the disk" 80 \
        env -i "${environment[@]}" chroot "$tree" "${program[@]}" \
        --- "jailmount --run" 8080 "$JAILMOUNT" "$WORK/apache-jail.sqfs" \
        --run --name "jail-bench-$$" --listen 127.0.0.1:8080:80 \
        >"$file" 2>"$file.log"
    grep -q failed "$file" && head -n 5 "$file.log"
    table "$file" "chroot, tree on the disk" \
        "Apache, from the start to the first 200"
}
