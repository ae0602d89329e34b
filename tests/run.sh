#!/bin/bash
# Runs tests through prove and counts them.
#
#   tests/run.sh [--leak-check] SET...     sets: unit cli root fuzz vm
#
# The last line but prove's own is "N passed, N failed". JAIL_TESTS may hold a
# pattern that the names of tests have to match.
set -euo pipefail

SRC=$(cd "$(dirname "$0")/.." && pwd)
cd "$SRC"
mkdir -p "${BUILD:=build}"
BUILD=$(cd "$BUILD" && pwd)
export BUILD

leak_check=
if [ "${1:-}" = --leak-check ]; then
    leak_check=1
    shift
fi

# What the tests print, kept for who wants to read it.
TAP=$BUILD/tap/$(IFS=- && echo "$*")
export TAP
rm -rf "$TAP"
mkdir -p "$TAP"

tests=()
for set in "$@"; do
    case $set in
    unit)
        # Programs of sources that are there; others are left from before.
        for source in tests/unit/test_*.c; do
            tests+=("$BUILD/${source%.c}")
        done
        ;;
    cli | root | vm) tests+=(tests/"$set"/*.t) ;;
    fuzz)
        for source in tests/fuzz/fuzz_*.c; do
            tests+=("$BUILD/${source%.c}.replay")
        done
        ;;
    *)
        echo "run.sh: no such set: $set" >&2
        exit 2
        ;;
    esac
done

chosen=()
for test in "${tests[@]}"; do
    [[ $test != *'*'* ]] || continue
    [[ $test =~ ${JAIL_TESTS:-.} ]] && chosen+=("$test")
done

if [ -n "$leak_check" ]; then
    # Taken before the first test, compared after the last.
    tests/leak-check.sh --take "$TAP/before"
    chosen+=(tests/leak-check.sh)
fi

result=0
prove --merge --exec tests/run-one.sh "${chosen[@]}" || result=$?

# What failed once more, for who sees the end of this only.
awk '
    FNR == 1  { told = 0 }
    !/^#/     { failing = /^not ok / }
    failing && told < 30 && lines < 120 {
        if (!told++)
            print "in " FILENAME ":"
        print
        lines++
    }' "$TAP"/*.tap

awk '
    /^ok .*# [Ss][Kk][Ii][Pp]/ { skipped++; next }
    /^ok /              { passed++ }
    /^not ok /          { failed++ }
    END {
        if (skipped)
            printf "%d skipped\n", skipped
        printf "%d passed, %d failed\n", passed, failed
    }' "$TAP"/*.tap
exit "$result"
