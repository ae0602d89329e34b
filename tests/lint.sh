#!/bin/bash
# Everything about the source that a machine can say without running it.
# Prints a line for each check and fails when one of them does.
#
#   tests/lint.sh [CHECK...]     by default all of them
set -uo pipefail

cd "$(dirname "$0")/.." || exit
log=$(mktemp)
trap 'rm -f "$log"' EXIT

cc=${CC:-cc}
flags=(-std=gnu17 -I. -D_GNU_SOURCE -Wall -Wextra
    '-DJAIL_VERSION="0"' '-DJAIL_RECIPE_DIR="/"')
mapfile -t sources < <(git ls-files '*.c')
mapfile -t headers < <(git ls-files '*.h')
mapfile -t scripts < <(git ls-files '*.sh' '*.t' .ci/run)
mapfile -t manuals < <(git ls-files 'docs/*.[158]')

# An include that runs against the way of the data.
layers() {
    local wrong
    wrong=$(grep -nE '^#include "(pack|mount)/' lib/*.[ch]
        grep -nE '^#include "mount/' pack/*.[ch]
        grep -nE '^#include "pack/' mount/*.[ch])
    [ -z "$wrong" ] || {
        echo "$wrong"
        return 1
    }
}

# One library, one file; libsquashfs and LMDB have a family of them each.
libraries() {
    local header users status=0
    for header in archive.h curl/curl.h 'libelf.h|gelf.h' 'sqfs/[a-z_]*.h' \
        lmdb.h seccomp.h openssl/pkcs7.h libmnl/libmnl.h \
        nftables/libnftables.h; do
        users=$(grep -lE "^#include <($header)>" {lib,pack,mount}/*.[ch] |
            sed -E 's/\/(squash|block_store)[a-z_]*\.[ch]$/\/\1*/' | sort -u)
        if [ "$(wc -l <<<"$users")" -gt 1 ]; then
            echo "more than one file includes <$header>:" "$users"
            status=1
        fi
    done
    return "$status"
}

headers() {
    local header status=0
    for header in "${headers[@]}"; do
        "$cc" "${flags[@]}" -Werror -fsyntax-only -x c - \
            <<<"#include \"$header\"" || status=1
    done
    return "$status"
}

format() {
    clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}"
}

# One file; the file that defines the diag_ functions goes without the model.
tidy_one() {
    local model=(-include tests/lint-model.h)
    [ "$1" != lib/diag.c ] || model=()
    clang-tidy --quiet "$1" -- "${flags[@]}" "${model[@]}" 2>&1 |
        grep -E ': (error|warning): '
    return "${PIPESTATUS[0]}"
}

tidy() {
    local source running=0 status=0
    for source in "${sources[@]}"; do
        if [ "$running" -ge "$(nproc)" ]; then
            wait -n || status=1
            running=$((running - 1))
        fi
        tidy_one "$source" &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do
        wait -n || status=1
        running=$((running - 1))
    done
    return "$status"
}

# It does not know the cleanup attribute: the sanitizers look for leaks.
cppcheck_all() {
    cppcheck --quiet --std=c11 --enable=warning,portability,performance \
        --inline-suppr --error-exitcode=1 --library=posix -j "$(nproc)" \
        --suppress=missingIncludeSystem --suppress=memleak \
        --suppress=resourceLeak --suppress=readdirCalled \
        --suppress=autoVariables --suppress=preprocessorErrorDirective \
        --suppress=duplicateAssignExpression \
        '-Djson_array_foreach(array, index, value)=for (;;)' \
        '-Djson_object_foreach(object, key, value)=for (;;)' \
        -D__x86_64__ -I. -D_GNU_SOURCE \
        "${sources[@]}"
}

shell() {
    shellcheck --severity=warning --external-sources "${scripts[@]}"
}

# Whether the manuals that they refer to are installed is the machine's affair.
manuals() {
    ! mandoc -T lint -W style "${manuals[@]}" |
        grep -vE 'outdated mandoc.db|referenced manual not found'
}

# Words that promise something for later have no place in a commit.
unfinished() {
    ! git grep -nwE 'TODO|FIXME|XXX|HACK|unimplemented' -- \
        '*.[ch]' '*.t' '*.sh' ':!tests/lint.sh' Makefile docs recipes
}

[ $# -gt 0 ] || set -- layers libraries headers format unfinished shell \
    manuals cppcheck_all tidy
result=0
for check in "$@"; do
    if "$check" >"$log" 2>&1; then
        echo "ok      $check"
    else
        echo "not ok  $check"
        sed 's/^/        /' "$log"
        result=1
    fi
done
exit $result
