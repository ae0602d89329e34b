#!/bin/bash
# A tree is packed; every tool that ought to read the image does, and the
# bytes depend on nothing but the recipe and the tree.
. "$(dirname "$0")/../lib.sh"

tree=$TMP/source
mkdir -p "$tree"/{bin,etc,data/deep/deeper,dev}
for i in $(seq 400); do echo "line $i of some text that compresses"; done >"$tree/etc/text"
cp "$tree/etc/text" "$tree/data/twin"
head -c 300000 /dev/urandom >"$tree/data/noise"
cp "$tree/data/noise" "$tree/data/noise-twin"
{ cat "$tree/data/noise"; echo; } >"$tree/data/noise-longer"
truncate -s 3M "$tree/data/sparse"
: >"$tree/data/empty"
echo x >"$tree/data/deep/deeper/x"
echo odd >"$tree/data/a name with spaces"
echo odd >"$tree/data/"$'line\nfeed'
echo odd >"$tree/data/"$'latin-\xe9'
echo odd >"$tree/data-file"
ln -s ../etc/text "$tree/data/link"
ln -s data "$tree/alias"
printf '#!/bin/sh\n' >"$tree/bin/run"
cp "$(command -v busybox)" "$tree/bin/sh"
chmod 755 "$tree/bin/run" "$tree/bin/sh"

file=$(recipe small <<'EOF'
name small
summary "A small tree"
version 1.0
source tree source
copy /etc/text
copy /data/**
copy /data-file /alias
copy /bin/run
dir /var/lib/small 0750 root:daemon
group daemon gid=1
device null zero
file /etc/greeting 0600 <<END
hello
END
writable /tmp 1M 1777
overlay /var 2M
listen 80
limit processes 8
run /bin/run
EOF
)

cd "$TMP" || exit 1
ok "a recipe is packed" "$JAILPACK" "$file"
like "the summary names the image" "$STDOUT" '^small\.sqfs: [0-9]+ files, .* in '
like "the summary has the root hash" "$STDOUT" '^root hash [0-9a-f]{64}$'
is "nothing is said that was not asked for" "$STDERR" ""
root_hash=$(sed -n 's/^root hash //p' <<<"$STDOUT")
is "the image may be read by everybody" "$(stat -c %a small.sqfs)" 644
first=$(sha256sum <small.sqfs)

# --- The same bytes ---

for jobs in 1 2 8; do
    ok "packs with -j$jobs" "$JAILPACK" --no-cache -j$jobs -o again.sqfs "$file"
    is "-j$jobs gives the same bytes" "$(sha256sum <again.sqfs)" "$first"
done
if [ "$(id -u)" = 0 ]; then
    mkdir nobody
    chown 65534:65534 nobody
    ok "nobody packs" setpriv --reuid=65534 --regid=65534 --clear-groups \
        "$JAILPACK" -o nobody/ "$file"
    is "as nobody the same bytes" "$(sha256sum <nobody/small.sqfs)" "$first"
fi
touch -d '2001-02-03' "$tree/etc/text" "$tree/data" "$tree/bin/run"
"$JAILPACK" -o again.sqfs "$file" >/dev/null
is "times of the source do not matter" "$(sha256sum <again.sqfs)" "$first"
export SOURCE_DATE_EPOCH=1000000000
"$JAILPACK" -o dated.sqfs "$file" >/dev/null
"$JAILPACK" -j8 -o dated2.sqfs "$file" >/dev/null
unset SOURCE_DATE_EPOCH
is "SOURCE_DATE_EPOCH is the time of every file" \
    "$(TZ=UTC unsquashfs -lln dated.sqfs | grep -v -e 2001-09-09 -e ^feed)" ""
is "and gives the same bytes again" "$(sha256sum <dated2.sqfs)" \
    "$(sha256sum <dated.sqfs)"
SOURCE_DATE_EPOCH=yesterday status "a date that is none is refused" 2 \
    "$JAILPACK" -o no.sqfs "$file"

# --- Others read it ---

ok "unsquashfs lists it" unsquashfs -lln small.sqfs
like "with the owner of the recipe" "$STDOUT" \
    '^drwxr-x--- 0/1 .* squashfs-root/var/lib/small$'
like "with the device node" "$STDOUT" '^crw-rw-rw- 0/0 +1, +3 .*/dev/null$'
like "with the times at 0" "$STDOUT" '^-rw-r--r--.* 1970-01-01 00:00 .*/etc/text$'
like "it can be exported" "$(unsquashfs -s small.sqfs)" 'exportable via NFS'
like "it has no extended attributes" "$(unsquashfs -s small.sqfs)" \
    'Xattrs are not stored'
ok "unsquashfs unpacks it" unsquashfs -q -n -d unpacked -ignore-errors small.sqfs
for name in data alias data-file etc/text bin/run bin/sh; do
    ok "$name is what it was" diff -r --no-dereference "$tree/$name" \
        "unpacked/$name"
done
rdsquashfs -d small.sqfs >/dev/null 2>&1
is "rdsquashfs reads it" $? 0
offset=$("$JAILPACK" --inspect --json small.sqfs |
    jq .sections.hash_tree.offset)
ok "veritysetup verifies it" veritysetup verify small.sqfs small.sqfs \
    "$root_hash" --hash-offset="$offset"
head -c "$offset" small.sqfs >covered
length=$("$JAILPACK" --inspect --json small.sqfs |
    jq .sections.hash_tree.length)
tail -c +$((offset + 1)) small.sqfs | head -c "$length" >section
uuid=$(dd if=section bs=1 skip=16 count=16 2>/dev/null | od -An -tx1 |
    tr -d ' \n' | sed -E 's/(.{8})(.{4})(.{4})(.{4})/\1-\2-\3-\4-/')
like "its UUID is of RFC 4122's form" "$uuid" \
    '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
ok "veritysetup makes a tree" veritysetup format --salt=- --uuid="$uuid" \
    covered theirs
ok "ours is the same, byte for byte" cmp section theirs

# --- Questions ---

ok "--verify" "$JAILPACK" --verify small.sqfs
like "it is intact" "$STDOUT" '^small\.sqfs: intact: '
like "it tells the root hash" "$STDOUT" "^root hash $root_hash\$"
is "--verify --json" \
    "$("$JAILPACK" --verify --json small.sqfs | jq -r '.intact, .root_hash')" \
    "true
$root_hash"

ok "--list" "$JAILPACK" --list small.sqfs
like "it lists as ls does" "$STDOUT" '^-rw------- 0/0 +6 /etc/greeting$'
like "it shows where links lead" "$STDOUT" ' /alias -> data$'
like "it lets no name break a line" "$STDOUT" ' /data/line\\x0afeed$'
like "and none that is not text" "$STDOUT" ' /data/latin-\\xe9$'
is "it lists as many as unsquashfs" "$(wc -l <<<"$STDOUT")" \
    "$(rdsquashfs -d small.sqfs | wc -l)"
is "--list --json has the digests" \
    "$("$JAILPACK" --list --json small.sqfs |
        jq -r '.files[] | select(.path == "/etc/text").sha256')" \
    "$(sha256sum <"$tree/etc/text" | cut -d' ' -f1)"
is "and keeps names that are no text" \
    "$("$JAILPACK" --list --json small.sqfs |
        jq -r '.files[] | ."path-hex" // empty')" \
    "$(printf '/data/latin-\351' | od -An -tx1 | tr -d ' \n')"

ok "--inspect" "$JAILPACK" --inspect small.sqfs
like "the contract is there" "$STDOUT" '^runs +/bin/run$'
like "the layers are" "$STDOUT" '^overlay +/var, at most 2 MiB '
like "the sections are" "$STDOUT" '  hash_tree$'
is "--inspect --json" \
    "$("$JAILPACK" --inspect --json small.sqfs |
        jq -r '.name, .version, .contract.ociVersion,
            .contract.annotations."io.jailpack.listen",
            .contract.linux.resources.pids.limit')" \
    "small
1.0
1.0.2
80/tcp
8"

ok "--why of a file that the recipe names" "$JAILPACK" --why small.sqfs /etc/greeting
like "it names the line" "$STDOUT" 'small\.recipe:[0-9]+: file /etc/greeting'
ok "--why of a file that another one needs" "$JAILPACK" --why small.sqfs /bin/sh
like "the chain ends at the recipe" "$STDOUT" 'small\.recipe:[0-9]+: copy /bin/run'
ok "--why follows links" "$JAILPACK" --why small.sqfs /alias/twin
like "to the file itself" "$STDOUT" '^/data/twin$'
is "--why --json" \
    "$("$JAILPACK" --why --json small.sqfs /bin/sh | jq -r '.[-1].path')" \
    /bin/run
status "--why of what is not there" 1 "$JAILPACK" --why small.sqfs /etc/txet
like "suggests what is" "$STDERR" 'did you mean /etc/text\?'
status "--why of the right name elsewhere" 1 "$JAILPACK" --why small.sqfs /usr/lib/twin
like "suggests where it is" "$STDERR" 'did you mean /data/twin\?'

ok "--dry-run" "$JAILPACK" -n -o none.sqfs "$file"
like "says what and why" "$STDOUT" ' /bin/sh  # interpreter of /bin/run'
ok "and packs nothing" test ! -e none.sqfs
is "--dry-run --json lists what --list --json does" \
    "$("$JAILPACK" -n --json "$file" | jq -c '[.files[].path]')" \
    "$("$JAILPACK" --list --json small.sqfs | jq -c '[.files[].path]')"
is "the summary as JSON" \
    "$("$JAILPACK" --json -o again.sqfs "$file" | jq -r '.image, .root_hash')" \
    "again.sqfs
$root_hash"

# --- Options ---

for compressor in zstd xz gzip lz4; do
    ok "$compressor" "$JAILPACK" --compressor $compressor -o c.sqfs "$file"
    like "$compressor is used" "$(unsquashfs -s c.sqfs)" \
        "^Compression $compressor"
    ok "$compressor verifies" "$JAILPACK" --verify c.sqfs
done
ok "--level and --block-size" "$JAILPACK" --level=3 --block-size 64K -o c.sqfs "$file"
like "the level is used" "$(unsquashfs -s c.sqfs)" 'compression-level 3'
like "the block size is used" "$(unsquashfs -s c.sqfs)" '^Block size 65536'
mkdir there
ok "-o DIRECTORY" "$JAILPACK" -o there "$file"
ok "names the image there" test -f there/small.sqfs
sed 's/^name small/name other/' "$file" >other.recipe
ok "several recipes" "$JAILPACK" -o there "$file" other.recipe
ok "make several images" test -f there/other.sqfs
mkdir moved
cp -r source moved/source
echo changed >moved/source/data-file
ok "-C takes the files from elsewhere" "$JAILPACK" -C moved -o moved.sqfs "$file"
is "and they are the ones in the image" \
    "$(unsquashfs -cat moved.sqfs data-file)" changed

usage() {
    status "$1" 2 "$JAILPACK" "${@:3}"
    like "$1: says so" "$STDERR" "$2"
}
usage "no arguments" 'a recipe is missing'
usage "an unknown option" 'did you mean --verify' --verfy small.sqfs
usage "an unknown letter" 'unknown option -x' -x "$file"
usage "a missing value" 'needs a value' "$file" -o
usage "a value too much" 'takes no value' --list=yes small.sqfs
usage "a number that is none" 'is not a number' -j many "$file"
usage "no threads" 'is not a number from 1' -j0 "$file"
usage "an unknown compressor" 'zstd, xz, gzip and lz4' --compressor lzma "$file"
usage "a level out of range" '1 to 22' --level 23 "$file"
usage "a level for lz4" 'has no levels' --compressor lz4 --level 1 "$file"
usage "a block size that is no power of two" 'power of two' --block-size 100000 "$file"
usage "two questions" 'something else was asked' --list --verify small.sqfs
usage "an option that does not belong" 'belongs to packing' --list -o x small.sqfs
usage "a question about nothing" 'an image is missing' --list
usage "one word too many" 'one too many' --list small.sqfs c.sqfs
usage "one file for two images" 'not a directory' -o x.sqfs "$file" other.recipe
ok "--help" "$JAILPACK" --help
ok "--version" "$JAILPACK" --version

status "an image where a recipe belongs" 1 "$JAILPACK" small.sqfs
like "is recognized" "$STDERR" 'is an image, not a recipe'
status "a recipe where an image belongs" 1 "$JAILPACK" --list "$file"
like "is recognized too" "$STDERR" 'looks like a recipe'
status "nothing where an image belongs" 1 "$JAILPACK" --list nothing.sqfs
like "is told" "$STDERR" 'nothing\.sqfs: No such file'

# --- Nothing half-made is left ---

before=$(ls -A)
status "a directory that is not there" 1 "$JAILPACK" -o not/there.sqfs "$file"
like "is told" "$STDERR" 'not/there\.sqfs'
status "output to /dev/full" 1 bash -c '"$1" --list "$2" >/dev/full' - \
    "$JAILPACK" small.sqfs
like "is told as well" "$STDERR" 'No space left'
head -c 60000000 /dev/urandom | base64 >source/data/large
for signal in INT TERM HUP; do
    # As a background job of a shell without job control it would ignore INT.
    (
        env --default-signal=INT "$JAILPACK" --level 22 -o large.sqfs \
            "$file" >/dev/null 2>&1
        exit $?
    ) &
    packing=$!
    wait_until 20 compgen -G '.large.sqfs.*'
    kill -s $signal "$(pgrep -P $packing)"
    wait $packing
    is "SIG$signal ends a pack" $? $((128 + $(kill -l $signal)))
    is "and nothing is left after SIG$signal" "$(ls -A)" "$before"
done

plan_done
