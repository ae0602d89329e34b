#!/bin/bash
# A disk that fills up while an image is written: told, and nothing left.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$TMP/source" "$TMP/disk"
head -c 3000000 /dev/urandom >"$TMP/source/noise"
chmod 755 "$TMP/source/noise"
file=$(recipe small <<'EOF'
name small
source tree source
copy /**
run /noise
EOF
)
"$JAILPACK" --level 1 -o "$TMP/good.sqfs" "$file" >/dev/null || exit 1
size=$(stat -c %s "$TMP/good.sqfs")
squashfs=$("$JAILPACK" --inspect --json "$TMP/good.sqfs" |
    jq .sections.squashfs.length)
mount -t tmpfs -o size=8M tmpfs "$TMP/disk" || exit 1

# full FREE TEXT: so many pages are left, rounded down.
full() {
    rm -f "$TMP"/disk/*
    fallocate -l $((8 * 1024 * 1024 - $1 / 4096 * 4096)) "$TMP/disk/filler"
    status "a disk that is full $2" 1 \
        "$JAILPACK" --level 1 -o "$TMP/disk/small.sqfs" "$file"
    like "is told ($2)" "$STDERR" 'small\.sqfs: .*No space left on device'
    is "and nothing is left ($2)" "$(ls -A "$TMP/disk")" filler
}
full 0 "from the start"
full 1000000 "within the data"
full $((squashfs - 8192)) "within the tables"
full $((squashfs + 4096)) "within the manifest"
full $((size - 4096)) "within the hash tree"

rm "$TMP/disk/filler"
ok "with room for it the image is packed" \
    "$JAILPACK" --level 1 -o "$TMP/disk/small.sqfs" "$file"
ok "and the same" cmp "$TMP/good.sqfs" "$TMP/disk/small.sqfs"

# An older image stays when its successor cannot be written.
before=$(sha256sum <"$TMP/disk/small.sqfs")
fallocate -l 4M "$TMP/disk/filler"
status "no room beside an older image" 1 \
    "$JAILPACK" --level 1 -o "$TMP/disk/small.sqfs" "$file"
is "the older image is untouched" "$(sha256sum <"$TMP/disk/small.sqfs")" \
    "$before"

mount -o remount,ro "$TMP/disk"
status "a disk that cannot be written" 1 \
    "$JAILPACK" --level 1 -o "$TMP/disk/small.sqfs" "$file"
like "is told" "$STDERR" 'Read-only file system'

plan_done
