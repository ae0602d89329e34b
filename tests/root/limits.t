#!/bin/bash
# What a recipe limits, and what is limited when it does not say.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$TMP/tree/bin"
cp "$(command -v busybox)" "$TMP/tree/bin/busybox"
ln -s busybox "$TMP/tree/bin/sh"
ok "the glutton is built" "${CC:-cc}" -static -D_GNU_SOURCE -Wall -O1 \
    -o "$TMP/tree/bin/limits" "$SRC/tests/root/limits.c"

# An image with these limits, of this name.
image() {
    recipe "$1" <<END >/dev/null
name test-$1-$$
source tree tree
copy /bin/**
device null zero
writable /tmp 4M 1777
overlay /etc 1M
$2
run /bin/limits
END
    ok "packed: ${2:-no limit}" "$JAILPACK" -o "$TMP/$1.sqfs" "$TMP/$1.recipe"
}

take() {
    run "$JAILMOUNT" "$TMP/$1.sqfs" --run -- "$2"
}

# What it got of it: the second word of the last line.
got() {
    tail -n 1 <<<"$STDOUT" | cut -d ' ' -f 2
}

between() {
    if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
        pass "$1"
    else
        fail "$1"
        diag "got: $2, wanted: $3 to $4"
    fi
}

image none ""
image few "limit processes 20 ; limit files 40 ; limit file-size 1M"
image small "limit memory 16M"
image slow "limit cpu 20%"
image short "limit cpu-time 1s"

# --- Processes ----------------------------------------------------------------

take few processes
# The init counts too.
is "a limit on processes holds" "$STDOUT" "processes 19 EAGAIN"
take none processes
between "a fork bomb is bounded without one" "$(got)" 100 2048
is "by the same error" "$(cut -d ' ' -f 3 <<<"$STDOUT")" EAGAIN

# --- Memory -------------------------------------------------------------------

take small memory
is "whoever takes too much memory is killed" "$STATUS" 137
between "at the limit" "$(got)" 4 16
run "$JAILMOUNT" "$TMP/small.sqfs" --run -- memory
is "the next life has its memory again" "$STATUS" 137
take none memory
is "without a limit there is enough" "$(got)" 512

# --- Processor time -----------------------------------------------------------

take slow cpu
between "a fifth of a processor" "$(got)" 50 350
take short cpu-time
is "more than its time, and it is killed" "$STATUS" 137

# --- Files --------------------------------------------------------------------

take few files
is "a limit on open files holds" "$STDOUT" "files 40 EMFILE"
image fewest "limit files 5"
take fewest files
is "one that would not do for the init, too" "$STDOUT" "files 5 EMFILE"
take few file-size
is "a limit on a file's size holds" "$STDOUT" "file-size 1048576 EFBIG"
take none file-size
between "and otherwise that of the layer" "$(got)" 4000000 4194304
is "by the right error" "$(cut -d ' ' -f 3 <<<"$STDOUT")" ENOSPC

# --- Layers -------------------------------------------------------------------

within() {
    sed 's|^run .*|run /bin/sh|' "$TMP/none.recipe" >"$TMP/shell.recipe"
    [ -e "$TMP/shell.sqfs" ] ||
        "$JAILPACK" -o "$TMP/shell.sqfs" "$TMP/shell.recipe" >/dev/null
    run "$JAILMOUNT" "$TMP/shell.sqfs" --run -- -c "$1"
}

within "busybox dd if=/dev/zero of=/etc/big bs=4k; busybox stat -c %s /etc/big"
like "an overlay is full one day" "$STDERR" "No space left"
between "at its limit" "$(tail -n 1 <<<"$STDOUT")" 900000 1048576
within 'i=0; while (: >/tmp/file$i); do i=$((i + 1)); done; echo $i'
like "so is the number of files in a layer" "$STDERR" "No space left"
between "at its limit" "$(tail -n 1 <<<"$STDOUT")" 16 100000
within 'busybox dd if=/dev/zero of=/tmp/big bs=4k 2>/dev/null; : >/etc/other &&
        echo x >/etc/other && echo fine'
is "one full layer is not the other's business" "$STDOUT" fine

# --- Nothing is limited in silence --------------------------------------------

image many "limit files 5000"
take many files
is "the host's soft limit is no limit" "$STDOUT" "files 5000 EMFILE"
# What root may do differs from host to host: take the power to raise it.
run setpriv --bounding-set -sys_resource -- bash -c \
    'ulimit -n 1000; exec "$@"' - \
    "$JAILMOUNT" "$TMP/many.sqfs" --run -- files
is "a limit that cannot be raised stays as it is" "$STDOUT" "files 1000 EMFILE"
like "and that is told" "$STDERR" "limit files is 1000 and not 5000: .*hard limit"

plan_done
