#!/bin/bash
# The cache of compressed blocks: what was compressed once is not compressed
# again, and nothing that befalls the cache changes an image.
. "$(dirname "$0")/../lib.sh"

unset XDG_CACHE_HOME
export HOME=$TMP/home
mkdir -p "$HOME" "$TMP/source/docs"
cd "$TMP" || exit 1

# A program, text, noise that does not become smaller, holes, small files.
cp /bin/busybox source/true
seq 60000 >source/numbers
head -c 700000 /dev/urandom >source/noise
truncate -s 400000 source/hole
for i in $(seq 300); do
    seq "$i" $((i + 200)) >"source/docs/$i"
done
file=$(recipe blocks <<'EOF'
name blocks
source tree source
copy /**
run /true
EOF
)

cache=$TMP/cache/blocks
pack() {
    "$JAILPACK" --cache "$TMP/cache" "$@" "$file"
}

# found IMAGE OPTION...: packs, and prints what of the blocks was found.
found() {
    pack --json -o "$@" | jq -r '.cache | "\(.found) of \(.blocks)"'
}

# same TEXT: x.sqfs is what it is without a cache.
same() {
    ok "$1" cmp plain.sqfs x.sqfs
}

# --- Without, with, again -----------------------------------------------------

ok "it packs without a cache" pack --no-cache -o plain.sqfs
ok "--no-cache makes none" test ! -e "$cache"
is "the first time nothing is found" "$(found x.sqfs | sed 's/ of .*//')" 0
same "with a cache the image is the same"
all=$(found x.sqfs)
is "the second time all of it is" "${all% of *}" "${all#* of }"
ok "that is many blocks" test "${all% of *}" -gt 15
same "and the image is still the same"
run pack -o x.sqfs
like "the summary says so" "$STDOUT" "; $all blocks were compressed before\$"
is "nothing is wrong" "$STDERR" ""
for threads in 1 4; do
    is "$threads threads find all" "$(found x.sqfs -j "$threads")" "$all"
    same "and make the same image"
done
rm -rf "$TMP/cache"
pack -j 4 -o x.sqfs >/dev/null
same "4 threads that fill it make the same image"
is "and it serves one" "$(found x.sqfs -j 1)" "$all"
run pack --no-cache -o x.sqfs
unlike "--no-cache does not use what is there" "$STDOUT" "before"
run pack --no-cache --json -o x.sqfs
is "nor asks it" "$(jq -c .cache <<<"$STDOUT")" '{"blocks":0,"found":0}'
same "and makes the same image"
is "it is for its owner alone" "$(stat -c %a "$cache")" 700

# --- Other settings, other content ---------------------------------------------

for settings in "--level 3" "--block-size 64K" "--compressor gzip" \
    "--compressor xz" "--compressor lz4"; do
    # shellcheck disable=SC2086  # options
    {
        pack --no-cache $settings -o other.sqfs >/dev/null
        is "$settings: nothing is found" \
            "$(found x.sqfs $settings | sed 's/ of .*//')" 0
        ok "$settings: the same image" cmp other.sqfs x.sqfs
        got=$(found x.sqfs $settings)
        is "$settings: then all" "${got% of *}" "${got#* of }"
        ok "$settings: the same image again" cmp other.sqfs x.sqfs
    }
done
echo "one more line" >>source/docs/150
pack --no-cache -o plain.sqfs >/dev/null
some=$(found x.sqfs)
same "a file that changed is packed as it is"
ok "most blocks are found ($some)" \
    test $((2 * ${some% of *})) -gt "${some#* of }"
ok "but not all" test "${some% of *}" -lt "${some#* of }"

# --- Damage -------------------------------------------------------------------

# damage FILE OFFSET LENGTH
damage() {
    dd if=/dev/urandom of="$1" bs=1 seek="$2" count="$3" conv=notrunc \
        2>/dev/null
}

fresh() {
    rm -rf "$TMP/cache"
    pack -o x.sqfs >/dev/null
}

# warned TEXT REGEX: packs all the same, with a warning.
warned() {
    run pack -o x.sqfs
    is "$1: it packs" "$STATUS" 0
    like "$1: there is a warning" "$STDERR" "^jailpack: warning: .*$2"
    same "$1: the image is the same"
}

fresh
generation=$(echo "$cache"/0*)
damage "$generation/blocks" 5000 2000
warned "damaged blocks" "was damaged: [0-9]+ blocks"
is "damaged blocks: they are found again" "$(found x.sqfs)" "$all"

for offset in 0 4096 8192; do
    fresh
    damage "$generation/index" "$offset" 4096
    run pack -o x.sqfs
    is "an index damaged at $offset: it packs" "$STATUS" 0
    same "an index damaged at $offset: the image is the same"
    is "an index damaged at $offset: all are found again" "$(found x.sqfs)" \
        "$all"
done
fresh
: >"$generation/blocks"
warned "no blocks at all" "was damaged"
fresh
dd if=/dev/zero of="$generation/index" bs=8192 count=1 conv=notrunc 2>/dev/null
warned "an index of zeros" "was damaged: what was wrong is removed"
fresh
truncate -s 8192 "$generation/index"
warned "an index that is cut" "was damaged"
run pack -o x.sqfs
is "afterwards all is well" "$STATUS$STDERR" 0

# --- Directories that cannot be used ---------------------------------------------

fresh
chmod 755 "$cache"
warned "a cache that others may read" "cannot be trusted.* 0700"
chmod 700 "$cache"
chmod 777 "$TMP/cache"
warned "a directory that others may write to" "cannot be trusted"
chmod 755 "$TMP/cache"
if [ "$(id -u)" = 0 ]; then
    chown 65534 "$cache"
    warned "a cache of another user" "cannot be trusted: it is another"
    chown 0 "$cache"
fi
rm -rf "$cache"
echo text >"$cache"
warned "a file in its place" "cannot open"
rm "$cache"
ln -s "$TMP/home" "$cache"
warned "a link in its place" "cannot open"
is "what it leads to is left alone" "$(ls -A "$TMP/home")" ""
rm "$cache"
echo text >"$TMP/a-file"
run "$JAILPACK" --cache "$TMP/a-file" -o x.sqfs "$file"
is "a cache directory that is a file: it packs" "$STATUS" 0
like "with a warning" "$STDERR" "^jailpack: warning: the cache of compressed"

if [ "$(id -u)" = 0 ]; then
    as_nobody() {
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
    }
    chmod 755 "$TMP"
    mkdir -m 777 "$TMP/out"
    run as_nobody env -u HOME -u XDG_CACHE_HOME "$JAILPACK" \
        -o "$TMP/out/x.sqfs" "$file"
    is "no HOME: it packs" "$STATUS" 0
    is "no HOME: nothing is wrong" "$STDERR" ""
    run as_nobody env HOME="$TMP/home" "$JAILPACK" -o "$TMP/out/x.sqfs" "$file"
    is "a HOME that cannot be written to: it packs" "$STATUS" 0
    like "with a warning" "$STDERR" \
        "warning: the cache of compressed .* cannot make .*Permission denied"
    ok "the image is the same" cmp plain.sqfs out/x.sqfs
fi

# --- A full disk ------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
    mkdir small
    # What follows runs in a mount namespace of its own.
    run unshare --mount --propagation private -- sh -c '
        mount -t tmpfs -o size=300k,mode=700 none small &&
            exec "$1" --cache small -o x.sqfs "$2"' _ "$JAILPACK" "$file"
    is "a full disk: it packs" "$STATUS" 0
    like "with a warning" "$STDERR" "cannot .*No space left on device"
    same "the image is the same"
    run unshare --mount --propagation private -- sh -c '
        mount -t tmpfs -o ro,mode=700 none small &&
            exec "$1" --cache small -o x.sqfs "$2"' _ "$JAILPACK" "$file"
    is "a read-only directory: it packs" "$STATUS" 0
    like "with a warning" "$STDERR" "cannot make .*Read-only file system"
    same "the image is the same"
fi

# --- The bound --------------------------------------------------------------------

error_of() {
    run "$JAILPACK" "$@" "$file"
    printf '%s' "$STDERR"
}
like "a size that is too small is refused" "$(error_of --cache-size 1M)" \
    "cache-size: 1M is not a number from"
like "and one that is none" "$(error_of --cache-size much)" "cache-size: much"
rm -rf "$TMP/cache"
most=0
for round in $(seq 6); do
    head -c 12000000 /dev/urandom | base64 >source/noise
    pack --cache-size 32M --level 1 -o big.sqfs >/dev/null
    size=$(du -s --apparent-size -B 1 "$cache" | cut -f 1)
    [ "$size" -le "$most" ] || most=$size
done
ok "it stays within its size ($most bytes)" test "$most" -le $((32 << 20))
ok "and uses it" test "$most" -gt $((16 << 20))
seq 60000 >source/noise

# --- Two at once, and one that is killed ---------------------------------------------

rm -rf "$TMP/cache"
pack --no-cache -o plain.sqfs >/dev/null
pack -j 2 -o one.sqfs >one.out 2>&1 &
one=$!
pack -j 2 -o x.sqfs >two.out 2>&1
is "one of two at once" "$?" 0
wait "$one"
is "and the other" "$?" 0
same "both make the same image"
ok "that is the one without a cache" cmp plain.sqfs one.sqfs
unlike "nothing is wrong" "$(cat one.out two.out)" "warning"
got=$(found x.sqfs)
is "afterwards all is found" "${got% of *}" "${got#* of }"

# The tool itself and not a shell around it, so that a signal reaches it.
in_background() {
    "$JAILPACK" --cache "$TMP/cache" -o x.sqfs "$@" "$file" >/dev/null 2>&1 &
    one=$!
}

rm -rf "$TMP/cache"
for round in $(seq 8); do
    head -c 3000000 /dev/urandom | base64 >source/noise
    in_background -j 2
    sleep "0.$round"
    kill -KILL "$one" 2>/dev/null
    wait "$one" 2>/dev/null
done
pack --no-cache -o plain.sqfs >/dev/null
run pack -o x.sqfs
is "after one that was killed it packs" "$STATUS" 0
is "and nothing is wrong" "$STDERR" ""
same "the image is the same"

# What was compressed before a signal is kept.
seq 3000000 >source/noise
for seconds in 1 3 9; do
    rm -rf "$TMP/cache"
    in_background -j 1 --level 22
    sleep "$seconds"
    kill -TERM "$one" 2>/dev/null
    wait "$one"
    ended=$?
    [ ! -s "$cache/00000001/blocks" ] || break
done
is "a signal ends it" "$ended" 143
ok "what it had compressed is kept" test -s "$cache/00000001/blocks"

plan_done
