#!/bin/bash
# Runs every fuzz target for FUZZ_SECONDS, starting from its corpus.
#
#   tests/fuzz/run.sh BUILD     where `make fuzz` has built the targets
#
# The corpora of the source tree are read, not written: what a run adds stays
# in BUILD/fuzz-corpus/NAME, and inputs that make a target fail are left in
# BUILD/findings/NAME; minimize such a one and put it into the corpus.
set -uo pipefail

build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.." || exit
result=0
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    name=${name#fuzz_}
    mkdir -p "$build/fuzz-corpus/$name" "$build/findings/$name"
    if "$build/tests/fuzz/fuzz_$name" \
        -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name/" \
        "$build/fuzz-corpus/$name" "tests/fuzz/corpus/$name" \
        </dev/null >"$build/findings/$name.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
            "$build/findings/$name.log")
        echo "ok      fuzz_$name: $runs inputs in ${FUZZ_SECONDS:-60} s"
    else
        result=1
        echo "not ok  fuzz_$name: see $build/findings/$name.log"
        tail -n 40 "$build/findings/$name.log"
    fi
done
exit $result
