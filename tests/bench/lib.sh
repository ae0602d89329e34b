# shellcheck shell=bash
#
# Tables, ratios and verdicts of the benchmarks. WORK is their directory.

# table FILE BASE TITLE - what compare printed, with the ratio to the one
# called BASE. Columns beyond time are printed when they are there.
table() {
    awk -F '\t' -v base="$2" -v title="$3" '
        NR == FNR {
            if ($1 == base) reference = $3
            if (NF > columns) columns = NF
            next
        }
        FNR == 1 {
            print ""
            print title
            printf "  %-34s %5s %10s %8s %8s", "", "runs", "wall ms", "+-", \
                "ratio"
            if (columns > 4) printf " %10s %9s", "cpu ms", "peak MB"
            if (columns > 6) printf " %11s", "bytes"
            print ""
        }
        $2 == "failed" || $2 == "missing" {
            printf "  %-34s %s\n", $1, $2
            next
        }
        {
            printf "  %-34s %5d %10.2f %8.2f %8.2f", $1, $2, $3, $4, \
                reference ? $3 / reference : 0
            if (NF > 4) printf " %10.1f %9.1f", $5, $6 / 1024
            if (NF > 6) printf " %11d", $7
            print ""
        }' "$1" "$1"
}

# value FILE NAME COLUMN
value() {
    awk -F '\t' -v name="$2" -v column="$3" \
        '$1 == name { print $column }' "$1"
}

# verdict TEXT VALUE BASE LIMIT - keeps a line for the end: VALUE/BASE, to the
# thousandth, beside the most that it may be.
verdict() {
    awk -v text="$1" -v value="${2:-0}" -v base="${3:-0}" -v limit="$4" 'BEGIN {
        if (value + 0 <= 0 || base + 0 <= 0)
            printf "  %-56s not measured\n", text
        else {
            ratio = sprintf("%.3f", value / base)
            printf "  %-56s %7s  at most %s  %s\n", text, ratio, limit, \
                ratio + 0 <= limit ? "met" : "MISSED"
        }
    }' >>"$WORK/verdicts"
}

# verdict_least TEXT VALUE BASE LIMIT - the same with the least that it may be.
verdict_least() {
    awk -v text="$1" -v value="${2:-0}" -v base="${3:-0}" -v limit="$4" 'BEGIN {
        if (value + 0 <= 0 || base + 0 <= 0)
            printf "  %-56s not measured\n", text
        else {
            ratio = sprintf("%.3f", value / base)
            printf "  %-56s %7s  at least %s %s\n", text, ratio, limit, \
                (ratio + 0 >= limit) ? "met" : "MISSED"
        }
    }' >>"$WORK/verdicts"
}

# missing FILE NAME PROGRAM... - a line for a competitor that is not there.
missing() {
    local file=$1 name=$2 program
    shift 2
    for program in "$@"; do
        command -v "$program" >/dev/null && continue
        printf '%s\tmissing\n' "$name" >>"$file"
        return 0
    done
    return 1
}

# own_network FUNCTION ARGUMENT... - in a network namespace with a loopback and
# nothing else, where every port is free.
own_network() (
    # shellcheck disable=SC2046  # one name a word
    export -f $(compgen -A function)
    export SRC JAILPACK JAILMOUNT BENCH WORK
    unshare --net -- bash -c 'ip link set lo up && "$@"' _ "$@"
)

# chroot_tree NAME - unpacks $WORK/NAME-jail.sqfs to $WORK/NAME-chroot, and sets
# PLAIN to the command that runs its service there. BARE_BEFORE, an image, a
# directory and BARE_BEHIND run it with the fewest system calls: start_limit.c.
chroot_tree() {
    local contract program environment device
    local image=$WORK/$1-jail.sqfs tree=$WORK/$1-chroot

    contract=$("$JAILPACK" --inspect --json "$image")
    mapfile -t program < <(jq -r '.contract.process.args[]' <<<"$contract")
    mapfile -t environment < <(jq -r '.contract.process.env[]?' <<<"$contract")
    PLAIN=(env -i "${environment[@]}" "$(command -v chroot)" "$tree"
        "${program[@]}")
    # shellcheck disable=SC2034
    BARE_BEFORE=(env -i "${environment[@]}" "$BENCH/start_limit" --serves)
    # shellcheck disable=SC2034
    BARE_BEHIND=("${program[@]}")
    [ ! -d "$tree" ] || return 0
    unsquashfs -q -n -d "$tree" "$image" >/dev/null
    # In a jail they lead to the log; here they are one each.
    for device in stdout stderr; do
        (umask 0 && : >>"$tree/dev/$device")
    done
}
