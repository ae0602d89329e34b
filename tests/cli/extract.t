#!/bin/bash
# --extract: the files of an image in a directory, whole or not at all, and
# nothing outside of it.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
tree=$TMP/source
mkdir -p "$tree"/{bin,etc/closed,srv}
printf 'a\n' >"$tree/etc/conf"
printf 'secret\n' >"$tree/etc/secret"
seq 100000 >"$tree/srv/numbers"
: >"$tree/srv/empty"
truncate -s 3M "$tree/srv/holes"
printf 'middle' | dd of="$tree/srv/holes" bs=1 seek=1500000 conv=notrunc \
    2>/dev/null
ln -s ../etc/conf "$tree/srv/link"
ln -s "$TMP/outside" "$tree/srv/out"
printf 'x\n' >"$tree/etc/closed/file"
chmod 640 "$tree/etc/secret"
chmod 500 "$tree/etc/closed"
echo 'keeper:x:77:78::/:/nologin' >"$tree/etc/passwd"
echo 'keeper:x:78:' >"$tree/etc/group"
cat >demo.recipe <<'END'
name demo
source tree source
copy /etc/conf /etc/secret /etc/closed/** /srv/**
dir /etc/closed 0500
file /bin/become 4755 <<EOT
x
EOT
dir /var/tmp 1777
dir /srv/mail 2775 keeper:keeper
device null
user keeper
run /bin/become
END
SOURCE_DATE_EPOCH=1000000000 "$JAILPACK" --level 1 --force demo.recipe >/dev/null 2>&1
ok "the image is there" test -e demo.sqfs || exit 1

# As anybody, in a directory of theirs.
mkdir nobody
cp "$JAILPACK" demo.sqfs nobody
as_nobody=(env)
if [ "$(id -u)" = 0 ]; then
    chown 65534:65534 nobody
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
extract=("${as_nobody[@]}" "$TMP/nobody/jailpack" --extract)

# What a directory holds, but for owners.
listing() {
    (cd "$1" && find . ! -type c -printf '%y %m %T@ %s %p %l\n' |
        sed 's/^d \([0-9]* [0-9.]*\) [0-9]*/d \1/' | sort -k5)
    (cd "$1" && find . -type f -exec sha256sum {} + | sort -k2)
}

names() {
    find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '
}

ok "--extract" "${extract[@]}" nobody/demo.sqfs nobody/out
like "tells how much" "$STDOUT" '^nobody/out: [0-9]+ files, 3\.7 MB$'
like "and what was left out: devices" "$STDOUT" '^left out: the device /dev/null$'
like "set-id bits" "$STDOUT" '^left out: the set-id bits of /bin/become$'
like "of directories too" "$STDOUT" '^left out: the set-id bits of /srv/mail$'
like "owners" "$STDOUT" '^left out: owners$'
unsquashfs -quiet -no-progress -d reference demo.sqfs >/dev/null 2>&1
chmod ug-s reference/bin/become reference/srv/mail
touch -d @1000000000 reference/dev
is "what comes out is what unsquashfs has" "$(listing nobody/out)" \
    "$(listing reference)"
is "no device is there" "$(find nobody/out -type c)" ""
is "nothing has set-id bits" "$(find nobody/out -perm /6000)" ""
is "the mode of a closed directory is kept" \
    "$(stat -c %a nobody/out/etc/closed)" 500
is "a sticky bit too" "$(stat -c %a nobody/out/var/tmp)" 1777
is "times are kept" "$(stat -c %Y nobody/out/srv/link nobody/out/etc nobody/out)" \
    "$(printf '1000000000\n%.0s' 1 2 3)"
ok "zeros are holes" test "$(stat -c %b nobody/out/srv/holes)" -le 64
is "nothing else is there" "$(names nobody)" \
    "demo.sqfs jailpack out "

# --- A part of it ---

ok "paths can be named" "$JAILPACK" --extract demo.sqfs part /etc/closed /srv/link
is "with the directories on the way" "$(cd part && find . | sort | tr '\n' ' ')" \
    ". ./etc ./etc/closed ./etc/closed/file ./srv ./srv/link "
status "one that is not in the image" 1 "$JAILPACK" --extract demo.sqfs none /etc/cnf
like "is told, with what is" "$STDERR" 'did you mean /etc/conf'
ok "and nothing is made" test ! -e none

# --- What is there already ---

mkdir there
touch there/file
for name in there there/file there/. .; do
    status "$name is not overwritten" 1 "$JAILPACK" --extract demo.sqfs "$name"
    like "which is told" "$STDERR" 'is there already'
done
ln -s nowhere dangling
status "nor is a link" 1 "$JAILPACK" --extract demo.sqfs dangling
is "all is as it was" "$(find there dangling nowhere 2>/dev/null | sort | tr '\n' ' ')" \
    "dangling there there/file "
status "there must be somewhere to put it" 1 "$JAILPACK" --extract demo.sqfs no/where
like "that is told" "$STDERR" 'cannot open no: No such file'
ok "a slash at the end does not matter" "$JAILPACK" --extract demo.sqfs slash///
ok "it is there" test -f slash/etc/conf
status "a directory must be named" 2 "$JAILPACK" --extract demo.sqfs

# --- Privileges ---

status "--privileges is for root" 1 "${extract[@]}" --privileges \
    nobody/demo.sqfs nobody/all
like "which is told" "$STDERR" 'only root'
ok "and nothing is made" test ! -e nobody/all
status "--privileges belongs to --extract" 2 "$JAILPACK" --list --privileges demo.sqfs
if [ "$(id -u)" = 0 ]; then
    umask 077
    ok "root has everything" "$JAILPACK" --extract --privileges demo.sqfs all
    umask 022
    is "owners, set-id bits and devices" \
        "$(cd all && find . -printf '%y %m %U:%G %p\n' | sort)" \
        "$(rm -rf reference; unsquashfs -quiet -no-progress -d reference demo.sqfs >/dev/null 2>&1
            cd reference && find . -printf '%y %m %U:%G %p\n' | sort)"
    is "of whoever they are" "$(stat -c %u:%g all/srv/mail)" 77:78
    is "of the device, the number" "$(stat -c %t:%T all/dev/null)" 1:3
    is "nothing is left out" "$(grep -c 'left out' <<<"$STDOUT")" 0
fi
is "as JSON" "$("$JAILPACK" --extract --json demo.sqfs json |
    jq -c '[.directory, .files > 6, .left_out]')" \
    '["json",true,{"devices":["/dev/null"],"set_id":["/bin/become","/srv/mail"],"owners":true}]'

# --- When it does not come to its end ---

# Also what has a closed directory in it.
remove() {
    chmod -R u+rwx "$@"
    rm -rf "$@"
}

# nothing_left TEXT [TEMPORARY]
nothing_left() {
    is "$1" "$(find . -maxdepth 1 \( -name 'x' -o -name '.x.*' \) |
        sed 's/\.[^.]*$//')" "${2:-}"
}
status "a disk that is full" 1 bash -c "trap '' XFSZ; ulimit -f 1000
    exec \"\$0\" --extract demo.sqfs x" "$JAILPACK"
like "is told" "$STDERR" 'cannot make /srv/holes: File too large'
nothing_left "and leaves nothing"
# The shell would tell of each signal.
exec 9>&2 2>/dev/null
for signal in TERM INT HUP; do
    strace -qq -o /dev/null -e trace=symlinkat \
        -e inject=symlinkat:signal=$signal:when=1 \
        "$JAILPACK" --extract demo.sqfs x >/dev/null 2>&1
    is "SIG$signal ends it" $? $((128 + $(kill -l "$signal")))
    nothing_left "and nothing is left"
done
strace -qq -o /dev/null -e trace=symlinkat \
    -e inject=symlinkat:signal=KILL:when=1 \
    "$JAILPACK" --extract demo.sqfs x >/dev/null 2>&1
exec 2>&9 9>&-
nothing_left "killed, it leaves what is not called so" ./.x
ok "and the next time it works" "$JAILPACK" --extract demo.sqfs x
remove .x.* x
for call in mkdir openat2 mkdirat ftruncate fchmod syncfs; do
    status "$call fails" 1 strace -qq -o /dev/null -e trace="$call" \
        -e inject="$call":error=EIO:when=1 \
        "$JAILPACK" --extract demo.sqfs x
    nothing_left "nothing is left"
done
status "somebody else is faster" 1 strace -qq -o /dev/null -e trace=renameat2 \
    -e inject=renameat2:error=EEXIST "${extract[@]}" nobody/demo.sqfs nobody/y
like "which is told" "$STDERR" 'there already'
is "what was closed already is removed too" "$(names nobody)" \
    "demo.sqfs jailpack out "
ok "a file system without RENAME_NOREPLACE" strace -qq -o /dev/null \
    -e trace=renameat2 -e inject=renameat2:error=EINVAL \
    "$JAILPACK" --extract demo.sqfs x
remove x

# --- Images that mean harm ---

"$JAILPACK" --inspect --json demo.sqfs >layout
manifest=$(jq .sections.manifest.offset layout)
manifest_length=$(jq .sections.manifest.length layout)

# number VALUE: 8 bytes, little-endian.
number() {
    perl -e 'print pack("Q<", shift)' "$1"
}

# An image around evil.squashfs, its hashes right.
seal() {
    local used root uuid offset
    used=$(perl -e 'local $/; $_ = <>; print unpack("x40Q<", $_)' evil.squashfs)
    truncate -s "$used" evil.squashfs
    cp evil.squashfs covered
    truncate -s %4096 covered
    offset=$(stat -c %s covered)
    tail -c +$((manifest + 1)) demo.sqfs | head -c "$manifest_length" >>covered
    truncate -s %4096 covered
    rm -f section
    root=$(veritysetup format --salt=- covered section |
        sed -n 's/^Root hash:[ \t]*//p')
    uuid=$(perl -e '$_ = pack("H32", shift);
        substr($_, 6, 1) &= "\x0f"; substr($_, 6, 1) |= "\x40";
        substr($_, 8, 1) &= "\x3f"; substr($_, 8, 1) |= "\x80";
        print join("-", unpack("H8H4H4H4H12", $_))' "$root")
    veritysetup format --salt=- --uuid="$uuid" covered section >/dev/null
    {
        cat covered section
        tail -c 128 demo.sqfs | head -c 16
        number "$used"
        number "$offset"
        number "$manifest_length"
        number "$(stat -c %s covered)"
        number "$(stat -c %s section)"
        number $(($(stat -c %s covered) + $(stat -c %s section)))
        number 0
        perl -e 'print pack("H64", shift)' "$root"
        tail -c 24 demo.sqfs
    } >evil.sqfs
}

mkdir -p evil/aaa
ln -s "$TMP" evil/bbb
echo pwned >evil/aaa/pwned
echo pwned >evil/zzzpwned
squash_evil() {
    rm -f evil.squashfs
    mksquashfs evil evil.squashfs -noI -noD -noF -no-xattrs -quiet \
        -no-progress -comp gzip -all-root >/dev/null
}
squash_evil
seal
ok "an image from elsewhere is one" "$JAILPACK" --extract evil.sqfs tame
is "its link is a link" "$(readlink tame/bbb)" "$TMP"
# harm TEXT FROM TO
harm() {
    squash_evil
    perl -0pi -e 'BEGIN { $from = shift; $to = shift } s/\Q$from\E/$to/g' \
        "$2" "$3" evil.squashfs
    seal
    status "$1" 1 "$JAILPACK" --extract evil.sqfs x
    like "is refused" "$STDERR" 'the file system is damaged'
    nothing_left "nothing is made"
    ok "and nothing outside" test ! -e pwned -a ! -e zpwned -a ! -e ../zpwned
}
harm "a directory with the name of a link" aaa bbb
harm "a name that leads upwards" zzzpwned ../zpwned
harm "a name with a slash" zzzpwned bbb/pwne
printf x >>demo.sqfs
status "what is not whole is not extracted" 1 "$JAILPACK" --extract demo.sqfs x
nothing_left "at all"

find . -type d -exec chmod u+rwx {} +
plan_done
