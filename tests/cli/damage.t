#!/bin/bash
# Images that are not what was packed: every one is refused, with the reason.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$TMP/source"
head -c 600000 /dev/urandom >"$TMP/source/noise"
seq 3000 >"$TMP/source/numbers"
chmod 755 "$TMP/source/noise"
file=$(recipe small <<'EOF'
name small
source tree source
copy /**
run /noise
EOF
)
cd "$TMP" || exit 1
"$JAILPACK" --level 1 -o good.sqfs "$file" >/dev/null
"$JAILPACK" --inspect --json good.sqfs >layout
get() {
    jq "$1" layout
}
length=$(get .length)
squashfs=$(get .sections.squashfs.length)
manifest=$(get .sections.manifest.offset)
manifest_length=$(get .sections.manifest.length)
tree=$(get .sections.hash_tree.offset)
tree_length=$(get .sections.hash_tree.length)
footer=$(get .sections.footer.offset)

# refused TEXT REGEX: bad.sqfs is, by every question, without a crash.
refused() {
    local question
    for question in --verify --list --inspect "--why"; do
        if [ "$question" = --why ]; then
            run "$JAILPACK" --why bad.sqfs /noise
        else
            run "$JAILPACK" "$question" bad.sqfs
        fi
        # What only --verify reads may be wrong for the others.
        [ "$question" = --verify ] || [ -z "${only_verify:-}" ] || continue
        if [ "$STATUS" != 1 ] || [ -n "$STDOUT" ] ||
            ! grep -qE -- "$2" <<<"$STDERR" ||
            ! grep -q '^jailpack: bad\.sqfs: ' <<<"$STDERR"; then
            fail "$1 ($question)"
            tell "$JAILPACK" "$question" bad.sqfs
            return
        fi
    done
    pass "$1"
}

# patch OFFSET FORMAT: overwrite bytes of bad.sqfs.
patch() {
    printf "$2" | dd of=bad.sqfs bs=1 seek="$1" conv=notrunc 2>/dev/null
}

# flip OFFSET: change one bit.
flip() {
    local byte
    byte=$(od -An -tu1 -j "$1" -N 1 bad.sqfs)
    patch "$1" "\\x$(printf %02x $((byte ^ 16)))"
}

# number OFFSET VALUE: a little-endian number of 8 bytes.
number() {
    local i text=
    for i in 0 8 16 24 32 40 48 56; do
        text+=$(printf '\\x%02x' $((($2 >> i) & 255)))
    done
    patch "$1" "$text"
}

fresh() {
    cp good.sqfs bad.sqfs
}

ok "the image is good to begin with" "$JAILPACK" --verify good.sqfs || exit 1

for at in 0 1 95 96 127 128 $((squashfs - 1)) "$squashfs" "$manifest" \
    $((manifest + 63)) $((manifest + manifest_length)) "$tree" \
    $((tree + 4096)) "$footer" $((footer + 1)) $((length - 1)); do
    fresh
    truncate -s "$at" bad.sqfs
    refused "cut off after $at bytes" 'not a jail image|no jail image.s footer'
done

fresh
echo >>bad.sqfs
refused "one byte more" "no jail image's footer"
fresh
head -c 4096 /dev/zero >>bad.sqfs
refused "a block more" "no jail image's footer"
fresh
tail -c 128 good.sqfs >>bad.sqfs
refused "two footers" 'file length is [0-9]+ where it should be [0-9]+'
cat good.sqfs good.sqfs >bad.sqfs
refused "an image behind an image" 'file length'
fresh
truncate -s $((length - 128)) bad.sqfs
{ head -c 4096 /dev/zero; tail -c 128 good.sqfs; } >>bad.sqfs
refused "a gap before the footer" 'file length'

fresh; flip 0
refused "another magic number" 'does not begin as a squashfs'
fresh; flip 28
refused "another version of squashfs" 'not of version 4.0'
fresh; flip 40
refused "another length of the squashfs" 'squashfs length in the footer'
for at in 50 5000 $((squashfs / 2)) $((squashfs - 1)); do
    fresh; flip "$at"
    refused "a bit of the file system at $at" \
        "changed in bytes $((at / 4096 * 4096)) to .*, in the file system"
done
if [ $((squashfs % 4096)) != 0 ]; then
    fresh; patch "$squashfs" x
    refused "something between squashfs and manifest" 'behind its squashfs'
fi
fresh; flip "$manifest"
refused "the manifest's magic number" 'manifest does not begin as one'
fresh; flip $((manifest + 8))
refused "the manifest's version" 'manifest has an unknown version'
fresh; flip $((manifest + 12))
refused "the manifest's header size" 'manifest has an unknown version'
fresh; flip $((manifest + 40))
refused "the manifest's reserved bytes" "manifest's header is damaged"
fresh; number $((manifest + 16)) $((1 << 40))
refused "an oversized contract" 'contract is longer than any'
fresh; number $((manifest + 24)) -1
refused "an oversized bill" 'bill of materials is longer than any'
fresh; number $((manifest + 16)) 5
refused "documents that do not fill the manifest" 'do not fill it'
fresh; flip $((manifest + 70))
refused "a bit of the contract" 'changed in bytes .*, in the manifest'
fresh; flip $((manifest + manifest_length - 3))
refused "a bit of the bill" 'changed in bytes .*, in the manifest'
fresh; patch $((manifest + manifest_length)) x
refused "something between manifest and hash tree" 'behind its manifest'
only_verify=1
for at in 0 16 30 80 200 4095; do
    fresh; flip $((tree + at))
    refused "byte $at of the superblock" "hash tree has been changed in byte $((tree + at))"
done
for at in 4096 $((tree_length / 2)) $((tree_length - 1)); do
    fresh; flip $((tree + at))
    refused "byte $at of the hash tree" "hash tree has been changed in byte $((tree + at))"
done
only_verify=

fresh; flip "$footer"
refused "the footer's magic number" "no jail image's footer"
fresh; flip $((footer + 8))
refused "the footer's version" 'version 17 of the image format'
fresh; flip $((footer + 12))
refused "the footer's size" 'footer is damaged'
fresh; flip $((footer + 72))
refused "another root hash" 'root hash is not that of its content'
fresh; flip $((footer + 104))
refused "the footer's reserved bytes" 'footer is damaged'
fresh; flip $((footer + 127))
refused "the last byte" 'footer is damaged'
what=(squashfs.length manifest.offset manifest.length hash.tree.offset
    hash.tree.length signature.offset signature.length)
for i in 0 1 2 3 4 5 6; do
    for value in 0 1 $((length - 1)) $((length + 1)) $((1 << 62)) -1; do
        [ "$i $value" != "6 0" ] || continue
        fresh; number $((footer + 16 + 8 * i)) "$value"
        refused "the footer's ${what[i]} of $value" \
            "${what[i]}|file length|signature of|is too small|do not fill it"
    done
done

# --- Whole images that contradict themselves ---

# What an image maker of another mind could seal: the contract is replaced,
# the hashes are right.
reseal() {
    cp bad.sqfs covered
    truncate -s "$tree" covered
    local root uuid
    root=$(veritysetup format --salt=- covered section |
        sed -n 's/^Root hash:[ \t]*//p')
    uuid=$(perl -e '$_ = pack("H32", shift);
        substr($_, 6, 1) &= "\x0f"; substr($_, 6, 1) |= "\x40";
        substr($_, 8, 1) &= "\x3f"; substr($_, 8, 1) |= "\x80";
        print join("-", unpack("H8H4H4H4H12", $_))' "$root")
    veritysetup format --salt=- --uuid="$uuid" covered section >/dev/null
    { cat covered section; tail -c 128 good.sqfs; } >bad.sqfs
    patch $((footer + 72)) "$(sed 's/../\\x&/g' <<<"$root")"
}

# replace TEXT WITH: of the same length, in the manifest.
replace() {
    local at
    at=$(tail -c +$((manifest + 1)) bad.sqfs | grep -abo -m1 -F -- "$1" | head -1 | cut -d: -f1)
    [ -n "$at" ] && [ ${#1} = ${#2} ] || fail "no $1 to replace"
    local with=${2//%/%%}
    patch $((manifest + at)) "${with//\\/\\\\}"
}

answers() {
    run "$JAILPACK" --verify bad.sqfs
    if [ "$STATUS" = 1 ] && grep -qE -- "$2" <<<"$STDERR"; then
        pass "$1"
    else
        fail "$1"
        tell "$JAILPACK" --verify bad.sqfs
    fi
}
fresh; replace '"noNewPrivileges":true' '"noNewPrivileges":null'; reseal
answers "a contract that asks for something unknown" 'not in the form it must have'
fresh; replace 'jailpack.name":"small"' 'jailpack.name":"../.."'; reseal
answers "a contract with a name that is a path" 'the name of the jail'
fresh; replace '"path":"/numbers"' '"path":"/\u001bz"'; reseal
answers "a bill that would speak to the terminal" '/.x1bz is out of order'
unlike "does not" "$STDERR" $'\033'
fresh; replace 'jailpack.contract":"1"' 'jailpack.contract":"9"'; reseal
answers "a contract of another version" 'version 9'
fresh; replace '"path":"/numbers"' '"path":"/numberz"'; reseal
answers "a bill that lists another file" '/number[sz] is (in the file system|listed)'
fresh; replace '"size":600000' '"size":600001'; reseal
answers "a bill with another size" 'size of /noise'
digest=$(sha256sum <source/noise | cut -c1-64)
fresh; replace "$digest" "${digest//[0-4]/5}"; reseal
answers "a bill with another digest" 'content of /noise'
fresh; replace '"mode":"0644"' '"mode":"4755"'; reseal
answers "a bill with another mode" "mode of /numbers"

: >bad.sqfs
refused "an empty file" 'not a jail image'
echo "not one" >bad.sqfs
refused "a text" 'not a jail image'
rm bad.sqfs
mkfifo bad.sqfs
refused "a fifo" 'not a regular file'
rm bad.sqfs
mkdir bad.sqfs
refused "a directory" 'not a regular file'

plan_done
