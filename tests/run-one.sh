#!/bin/bash
# Runs one test for prove, bounded in time, and keeps what it prints.
set -uo pipefail

test=$1
name=$(basename "$test")
tap=$TAP/$(basename "$(dirname "$test")")-$name.tap

case $test in
*/leak-check.sh) command=("$test" --compare "$TAP/before") ;;
*.replay)
    corpus=${name#fuzz_}
    command=("$test" "tests/fuzz/corpus/${corpus%.replay}")
    ;;
*.t) command=(bash "$test") ;;
*) command=("$test") ;;
esac

# cmocka's own default is for people.
export CMOCKA_MESSAGE_OUTPUT=TAP
timeout --kill-after=20 "${JAIL_TEST_SECONDS:-900}" \
    "${command[@]}" </dev/null 2>&1 | tee "$tap"
status=${PIPESTATUS[0]}
# prove notices a test that dies by its status and by the plan that is then
# missing; the count that run.sh makes needs a line.
if [ "$status" != 0 ] && ! grep -q '^not ok ' "$tap"; then
    echo "not ok - $name ended with status $status" >>"$tap"
fi
exit "$status"
