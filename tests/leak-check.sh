#!/bin/bash
# What a jail could leave behind on the host, before and after.
#
#   tests/leak-check.sh --take FILE      writes down what there is
#   tests/leak-check.sh --compare FILE   TAP: a failure for each kind of which
#                                        there is something new
#
# Teardown is finished by the kernel in its own time (network namespaces, lazy
# unmounts), so something new has a few seconds to go away.
set -euo pipefail

kinds=(mounts loops mappings cgroups namespaces interfaces state processes)

mounts() {
    # id-free: where, what, of which type
    sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ ([^ ]+) ([^ ]+) .* - ([^ ]+) ([^ ]+) .*/\2 \3 \4 \1/' \
        /proc/self/mountinfo
}

loops() {
    local file
    for file in /sys/block/loop*/loop/backing_file; do
        [ ! -e "$file" ] || printf '%s %s\n' "$file" "$(cat "$file")"
    done
}

mappings() {
    cat /sys/block/dm-*/dm/name 2>/dev/null | grep '^jailmount-' || :
}

cgroups() {
    find /sys/fs/cgroup -type d -path '*jail*' 2>/dev/null
}

namespaces() {
    find /proc/[0-9]*/ns -maxdepth 1 -type l -printf '%l\n' 2>/dev/null |
        sort -u || :
    find /run/netns -mindepth 1 2>/dev/null || :
}

interfaces() {
    ip -o link show 2>/dev/null | grep -o 'alias jailmount .*' || :
}

state() {
    find /run/jailmount -mindepth 1 2>/dev/null || :
}

processes() {
    local directory name
    for directory in /proc/[0-9]*; do
        name=$(cat "$directory/comm" 2>/dev/null) || continue
        [[ $name != jailmount* ]] ||
            printf '%s %s\n' "${directory#/proc/}" "$name"
    done
}

take() {
    local kind
    for kind in "${kinds[@]}"; do
        "$kind" | sort | sed "s/^/$kind /"
    done
}

# A process that lives in a new namespace, for the reader of a failure.
explain() {
    local line link
    while read -r line; do
        echo "# new: $line"
        [[ $line == namespaces* ]] || continue
        link=$(find /proc/[0-9]*/ns -maxdepth 1 -type l -printf '%l %p\n' \
            2>/dev/null | grep -F -m 1 "${line#* }" | cut -d ' ' -f 2) || :
        [ -z "$link" ] ||
            tr '\0' ' ' <"${link%/ns/*}/cmdline" | awk '{ print "#   " $0 }'
    done
}

new_since() {
    comm -13 <(sort "$1") <(take | sort)
}

case $1 in
--take)
    take >"$2"
    ;;
--compare)
    while new=$(new_since "$2") && [ -n "$new" ] && [ "$SECONDS" -lt 10 ]; do
        sleep 0.2
    done
    echo "1..${#kinds[@]}"
    number=0
    failed=0
    for kind in "${kinds[@]}"; do
        number=$((number + 1))
        lines=$(grep "^$kind " <<<"$new" || :)
        if [ -z "$lines" ]; then
            echo "ok $number - no $kind left behind"
        else
            echo "not ok $number - $kind left behind"
            explain <<<"$lines"
            failed=1
        fi
    done
    exit $failed
    ;;
esac
