#!/bin/bash
# --diff: what differs between two images, and what the exit status says.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
tree=$TMP/source

# A package of the tree, with the files on the command line.
# installed NAME VERSION PATH...
installed() {
    mkdir -p "$tree/var/lib/dpkg/info"
    printf '%s\n' "Package: $1" "Status: install ok installed" \
        "Version: $2" "Architecture: all" "" >>"$tree/var/lib/dpkg/status"
    printf '%s\n' /. "${@:3}" >"$tree/var/lib/dpkg/info/$1.list"
}

library() {
    echo "int f(void) { return $1; }" | "${CC:-cc}" -x c - -shared -fPIC \
        -nostdlib -Wl,-soname,libf.so.1 -o "$tree/usr/lib/libf.so.1.$1"
    ln -sf "libf.so.1.$1" "$tree/usr/lib/libf.so.1"
}

# The tree as of before, but for what must differ.
mkdir -p "$tree"/{bin,etc/keep,srv,usr/{lib,share/p}}
library 1
echo 'int f(void); void _start(void) { f(); for (;;); }' | "${CC:-cc}" -x c - \
    -nostdlib -L"$tree/usr/lib" -l:libf.so.1.1 -Wl,-rpath,/usr/lib,-dynamic-linker,/bin/loader \
    -o "$tree/bin/p"
echo 'void _start(void) { for (;;); }' | "${CC:-cc}" -x c - -nostdlib -static \
    -o "$tree/bin/loader"
printf 'a\nb\tone\nc\n' >"$tree/etc/conf"
printf 'a\n' >"$tree/etc/same"
printf 'packaged\n' >"$tree/etc/package.conf"
printf 'old\n' >"$tree/usr/share/p/data"
head -c 300000 /dev/zero >"$tree/srv/large"
printf 'a\0b' >"$tree/srv/binary"
printf 'x' >"$tree/srv/gone"
printf 'colour \033[31m' >"$tree/srv/escape"
ln -s conf "$tree/etc/link"
installed p 1.0-1 /usr/share/p/data /etc/package.conf
installed q 1.0-1 /etc/same

describe() {
    cat <<END
name demo
version $1
source tree source
copy /bin/p
copy /etc/*
copy /srv/*
copy /usr/share/p/*
END
    cat
    echo 'run /bin/p'
}

describe 1.0 >old.recipe <<'END'
device null
env A=1 B=2
allow capability net_bind_service
limit memory 64M
END
"$JAILPACK" --level 1 -o old.sqfs old.recipe >/dev/null
ok "the first image is there" test -e old.sqfs

rm -rf "${tree:?}/var" "$tree/usr/lib"/*
library 2
printf 'a\nb\ttwo\nc\nd' >"$tree/etc/conf"
printf 'packaged too\n' >"$tree/etc/package.conf"
printf 'new\n' >"$tree/usr/share/p/data"
printf 'more\n' >"$tree/usr/share/p/more"
printf x >>"$tree/srv/large"
printf 'a\0c' >"$tree/srv/binary"
rm "$tree/srv/gone" "$tree/etc/link"
ln -s same "$tree/etc/link"
chmod 600 "$tree/etc/same"
printf 'hello' >"$tree/srv/$(printf 'n\033ew')"
printf 'colour \033[32m' >"$tree/srv/escape"
installed p 1.0-2 /usr/share/p/data /usr/share/p/more /etc/package.conf
installed r 2.0 /etc/conf
describe 1.1 >new.recipe <<'END'
device null zero
env A=1 C=3
allow capability setuid chown
limit memory 128M
file /bin/become 4755 <<EOT
x
EOT
END
"$JAILPACK" --level 1 -o new.sqfs new.recipe >/dev/null
ok "and the second" test -e new.sqfs

# --- What is told ---

status "--diff of two images that differ" 1 "$JAILPACK" --diff old.sqfs new.sqfs
answer=$STDOUT
# has TEXT LINE
has() {
    if grep -qxF -- "$2" <<<"$answer"; then
        pass "$1"
    else
        fail "$1"
        diag "$answer"
    fi
}
has "a package of another version" '  ~ p (all) 1.0-1 -> 1.0-2'
has "a package that is gone" '  - q (all) 1.0-1'
has "a new package" '  + r (all) 2.0'
has "a library under another name" \
    '  ~ libf.so.1  /usr/lib/libf.so.1.1 -> /usr/lib/libf.so.1.2'
has "a set-id bit" '  + 4755 0/0 /bin/become'
has "a capability" '  + CAP_CHOWN'
has "one that is gone" '  - CAP_NET_BIND_SERVICE'
has "a limit" '  ~ linux.resources.memory.limit: 67108864 -> 134217728'
has "a variable of the environment" '  + process.env[]: C=3'
has "one that is gone, and no other" '  - process.env[]: B=2'
unlike "what stayed is not told" "$answer" 'A=1'
has "a device" '  + c 1,5 0666 0/0 /dev/zero'
has "a mode" '  ~ 0644 0/0 -> 0600 0/0 /etc/same'
has "a link" '  ~ /etc/link: conf -> same'
has "a file that is gone" '  - /srv/gone  1 bytes'
has "a new one, its name made harmless" '  + /srv/n\x1bew  5 bytes'
has "a binary one" '  ~ /srv/binary  3 bytes -> 3 bytes, binary'
has "what could move the cursor is binary" \
    '  ~ /srv/escape  12 bytes -> 12 bytes, binary'
has "one that is too large for lines" \
    '  ~ /srv/large  300.0 kB -> 300.0 kB, too large for a comparison of lines'
has "what came with a package is counted" \
    '    of the packages above, 1 added, 0 removed, 1 changed'
unlike "and not listed" "$answer" '/usr/share/p/more'
has "but its configuration is" '--- /etc/package.conf'
like "what takes how much more" "$answer" '^  ~ /bin \+2 bytes$'
is "configuration is compared by lines, as diff -u does" \
    "$(sed -n '/^--- .etc.conf/,/^---\|^size/p' <<<"$answer" | sed '1,2d;$d')" \
    "$(diff -u <("$JAILPACK" --cat old.sqfs /etc/conf) \
        <("$JAILPACK" --cat new.sqfs /etc/conf) | sed 1,2d)"
unlike "nothing gives orders to the terminal" "$answer" $'\033'

status "the other way round" 1 "$JAILPACK" --diff new.sqfs old.sqfs
answer=$STDOUT
has "an older package is told to be one" '  ~ p (all) 1.0-2 -> 1.0-1, an older one'
has "what was added is removed" '  - 4755 0/0 /bin/become'

# --- JSON ---

status "--diff --json" 1 "$JAILPACK" --diff --json old.sqfs new.sqfs
printf '%s' "$STDOUT" >answer.json
query() {
    jq -rc "$1" answer.json
}
is "says that they differ" "$(query .different)" true
is "has the root hashes" "$(query .new.root_hash)" \
    "$("$JAILPACK" --inspect --json new.sqfs | jq -r .root_hash)"
is "has packages" "$(query '[.packages[] | [.change, .name, .old, .new]]')" \
    '[["changed","p","1.0-1","1.0-2"],["removed","q","1.0-1",null],["added","r",null,"2.0"]]'
is "has objects" "$(query '.objects[] | select(.old.soname == "libf.so.1").new.path')" \
    /usr/lib/libf.so.1.2
is "has capabilities" "$(query .capabilities)" \
    '{"removed":["CAP_NET_BIND_SERVICE"],"added":["CAP_CHOWN","CAP_SETUID"]}'
is "has the contract" "$(query '.contract[] | select(.path == "linux.resources.memory.limit") | [.old, .new]')" \
    '[67108864,134217728]'
is "has every file, of packages too" \
    "$(query '.files[] | select(.path == "/usr/share/p/more").change')" added
is "has modes" "$(query '.files[] | select(.path == "/etc/same") | [.old.mode, .new.mode]')" \
    '["0644","0600"]'
is "has digests" "$(query '.files[] | select(.path == "/srv/binary").new.sha256')" \
    "$(printf 'a\0c' | sha256sum | cut -d' ' -f1)"
like "has text" "$(query '.files[] | select(.path == "/etc/conf").diff')" '^\+b.two$'
is "has sizes" "$(query '.sizes[] | select(.package == "p") | [.old, .new]')" '[13,22]'

# --- The exit status ---

ok "an image and itself" "$JAILPACK" --diff old.sqfs old.sqfs
is "nothing is told" "$STDOUT" ""
cp old.sqfs copy.sqfs
ok "an image and its copy" "$JAILPACK" --diff old.sqfs copy.sqfs
is "as JSON neither differs" \
    "$("$JAILPACK" --diff --json old.sqfs copy.sqfs | jq -c '[.different, .files]')" \
    '[false,[]]'
"$JAILPACK" --level 2 --compressor gzip -o packed.sqfs new.recipe >/dev/null
status "the same, packed otherwise, is another image" 1 \
    "$JAILPACK" --diff new.sqfs packed.sqfs
like "which is told" "$STDOUT" '^what is in them is the same'
status "an image that is not there" 2 "$JAILPACK" --diff old.sqfs nothing.sqfs
like "is told" "$STDERR" 'nothing.sqfs: No such file'
head -c 5000 old.sqfs >broken.sqfs
status "one that is not whole" 2 "$JAILPACK" --diff broken.sqfs old.sqfs
like "is told as well" "$STDERR" 'broken.sqfs'
status "one image alone" 2 "$JAILPACK" --diff old.sqfs
status "what cannot be written" 2 bash -c '"$1" --diff "$2" "$3" >/dev/full' \
    - "$JAILPACK" old.sqfs new.sqfs

plan_done
