# shellcheck shell=bash
#
# How fast images are verified: hashing, by all processors, beside what
# openssl-speed(1) measures for SHA-256 on as many, which hashes one small
# buffer again and again and reads nothing.

# median: of the numbers on standard input.
hash_median() {
    sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

bench_hash() {
    local seconds=3 rounds=7 megabytes=512 round rate
    [ -z "${BENCH_QUICK:-}" ] || { seconds=1 rounds=3 megabytes=128; }
    : >"$WORK/hash-ours"
    : >"$WORK/hash-openssl"
    for ((round = 0; round < rounds; round++)); do
        "$BENCH/hash_rate" "$megabytes" "$seconds" >>"$WORK/hash-ours"
        # +F:ALGORITHM:NAME:BYTES A SECOND, the sum of the processes.
        openssl speed -mr -elapsed -multi "$(nproc)" -seconds "$seconds" \
            -bytes 16384 -evp sha256 2>/dev/null |
            awk -F : '/^\+F:/ { printf "%.0f\n", $NF / 1000 }' |
            tail -n 1 >>"$WORK/hash-openssl"
    done
    echo
    echo "Hashing, $megabytes MB in memory, by $(nproc) processors"
    for rate in ours openssl; do
        printf '  %-34s %5d %10.0f MB/s\n' "$rate" "$rounds" \
            "$(awk '{ print $1 / 1000 }' "$WORK/hash-$rate" | hash_median)"
    done
    verdict "openssl speed sha256 / verified hashing (0.9 is enough)" \
        "$(hash_median <"$WORK/hash-openssl")" \
        "$(hash_median <"$WORK/hash-ours")" 1.111
}
