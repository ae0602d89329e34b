#!/bin/bash
# Lock files: what a recipe was packed from, so that it is packed from the same
# again, and an error that says what differs where that cannot be.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

architecture=$(dpkg --print-architecture)
repository=$TMP/repository
export APT_CONFIG=$TMP/apt.conf
export XDG_CACHE_HOME=$TMP/cache
cache=$TMP/cache/jailpack
# shellcheck source=tests/repository.sh
. "$(dirname "$0")/../repository.sh"

mkdir -p "$TMP/etc/apt.conf.d" "$TMP/etc/preferences.d" "$TMP/work"
cd "$TMP/work" || exit 1
echo "Dir::Etc \"$TMP/etc\";" >"$APT_CONFIG"
host_sources <<EOF
deb [trusted=yes] copy:$repository bookworm main
EOF

# demo VERSION CONTENT: a package with a file that says it
demo() {
    mkdir -p "$TMP/package/usr/bin" "$TMP/package/etc"
    cp /bin/busybox "$TMP/package/usr/bin/demo"
    echo "$2" >"$TMP/package/etc/demo.conf"
    make_package demo "$1" "Depends: helper"
}
mkdir -p "$TMP/package/usr/share/base-passwd"
echo root:*:0:0:root:/root:/bin/sh >"$TMP/package/usr/share/base-passwd/passwd.master"
echo root:*:0: >"$TMP/package/usr/share/base-passwd/group.master"
make_package base-passwd 3
mkdir -p "$TMP/package/usr/share/helper"
make_package helper 1:2.0~rc1
mkdir -p "$TMP/package/usr/share/other"
make_package other 1.0
demo 1.0 one
publish

# --- Written ------------------------------------------------------------------

cat >demo.recipe <<'EOF'
name demo
source debian bookworm
package demo
run /usr/bin/demo
EOF
ok "without --lock" "$JAILPACK" demo.recipe
ok "there is no lock file" test ! -e demo.lock
status "--lock and --dry-run do not go together" 2 \
    "$JAILPACK" --lock --dry-run demo.recipe
ok "nothing is written then" test ! -e demo.lock
ok "--lock" "$JAILPACK" --lock demo.recipe
deb() {
    echo "$(stat -c %s "$repository/pool/$1")" \
        "$(sha256sum <"$repository/pool/$1" | cut -d' ' -f1)"
}
is "writes what was taken" "$(cat demo.lock)" \
    "jailpack lock 1
debian base-passwd all 3 $(deb base-passwd_3_all.deb) needed
debian demo all 1.0 $(deb demo_1.0_all.deb) named
debian helper all 1:2.0~rc1 $(deb helper_1:2.0~rc1_all.deb) needed
suite bookworm"
is "for all to read" "$(stat -c %a demo.lock)" 644
is "and leaves nothing beside it" "$(find . -name '*demo*' | sort | xargs)" \
    "./demo.lock ./demo.recipe ./demo.sqfs"
cp demo.sqfs first.sqfs
cp demo.lock first.lock
rm -rf "$cache"
ok "an empty cache" "$JAILPACK" demo.recipe
ok "gives the same image" cmp demo.sqfs first.sqfs
ok "and does not touch the lock file" cmp demo.lock first.lock
ok "without apt, once it is in the cache" \
    env PATH=/nonexistent "$JAILPACK" demo.recipe
ok "--check uses it, too" "$JAILPACK" --check demo.recipe

# --- Newer versions -----------------------------------------------------------

demo 2.0 two
publish
ok "a newer version" "$JAILPACK" --refresh demo.recipe
ok "is not taken" cmp demo.sqfs first.sqfs
rm -rf "$cache"
ok "nor with an empty cache, while the old one is offered" \
    "$JAILPACK" demo.recipe
ok "it is the same image" cmp demo.sqfs first.sqfs

mv "$repository/pool/demo_1.0_all.deb" "$TMP/kept.deb"
publish
ok "a version that is gone is had from the cache" \
    "$JAILPACK" --refresh demo.recipe
ok "it is the same image" cmp demo.sqfs first.sqfs
rm -rf "$cache/packages" "$cache/roots" "$cache/answers"
ok "from the file itself" "$JAILPACK" demo.recipe
ok "it is the same image" cmp demo.sqfs first.sqfs
rm -rf "$cache/packages" "$cache/roots" "$cache/archives/helper"*
ok "also if another one must be fetched" "$JAILPACK" demo.recipe
ok "it is the same image" cmp demo.sqfs first.sqfs
rm -rf "$cache"
status "without it in the cache that is an error" 1 "$JAILPACK" demo.recipe
like "which says what is gone" "$STDERR" \
    "demo\.lock are offered any more.*1\.0.*demo"
like "and what to do" "$STDERR" "^ *--lock renews demo\.lock"
ok "the image is as it was" cmp demo.sqfs first.sqfs

# A package that was built anew under its old version.
cp "$TMP/kept.deb" "$TMP/original.deb"
rm "$repository/pool"/demo_*
demo 1.0 "one, anew"
publish
rm -rf "$cache"
status "other bytes under the same version" 1 "$JAILPACK" demo.recipe
like "are an error" "$STDERR" "demo 1\.0 has the SHA-256 [0-9a-f]{64} in demo"
like "and what to do" "$STDERR" "^ *--lock renews demo\.lock"

# The cache has a file of that name which is another.
mkdir -p "$cache/archives"
cp "$repository/pool/demo_1.0_all.deb" "$cache/archives/"
truncate -s "$(stat -c %s "$TMP/original.deb")" \
    "$cache/archives/demo_1.0_all.deb"
status "a wrong file in the cache is not used" 1 "$JAILPACK" demo.recipe
cp "$TMP/original.deb" "$cache/archives/demo_1.0_all.deb"
ok "the right one is, whatever is offered" "$JAILPACK" demo.recipe
ok "it is the same image" cmp demo.sqfs first.sqfs

ok "--lock renews" "$JAILPACK" --lock --refresh demo.recipe
is "it takes what is offered now" "$(unsquashfs -cat demo.sqfs etc/demo.conf)" \
    "one, anew"
unlike "and says so" "$(cat demo.lock)" "$(grep -o '[0-9a-f]\{64\} named' first.lock)"

# --- What the recipe says now -------------------------------------------------

cp demo.lock good.lock
changed() {
    local text=$1 wanted=$2
    status "$text" 1 "$JAILPACK" demo.recipe
    like "$text: told" "$STDERR" "$wanted"
    like "$text: what to do" "$STDERR" "^ *--lock renews demo\.lock"
}
echo "fetch other" >>demo.recipe
changed "a package that the lock file lacks" \
    "demo\.lock does not have the package other, which the recipe needs"
ok "renewed" "$JAILPACK" --lock demo.recipe
ok "it is there" "$JAILPACK" demo.recipe
is "nothing is said" "$STDERR" ""
like "as named" "$(cat demo.lock)" "^debian other all 1\.0 .* named$"
sed -i '$d' demo.recipe
ok "one that is not needed any more" "$JAILPACK" demo.recipe
like "is warned of" "$STDERR" \
    "demo\.lock has what is not needed any more: other"
sed -i 's/package demo/package demo=2.0/' demo.recipe
changed "another version" \
    "demo\.lock has the package demo in version 1\.0, .* needs 2\.0"
sed -i 's/package demo=2.0/package demo/; s/bookworm/trixie/' demo.recipe
changed "another suite" "is for packages bookworm, and the recipe wants .* trixie"
sed -i 's/trixie/bookworm/' demo.recipe
cp good.lock demo.lock
ok "as it was" "$JAILPACK" demo.recipe

# --- Files that are none ------------------------------------------------------

wrong() {
    local text=$1 wanted=$2
    status "$text" 1 "$JAILPACK" demo.recipe
    like "$text: told" "$STDERR" "$wanted"
}
sed -i 's/^debian demo all 1\.0 \([0-9]*\) ./debian demo all 1.0 \1 x/' demo.lock
wrong "a digest that is none" "demo\.lock:3: the line has no SHA-256"
sed 's/^debian demo/debian aaaa/' good.lock >demo.lock
wrong "a line out of its place" "demo\.lock:3: the line does not stand where"
: >demo.lock
wrong "an empty file" "demo\.lock:1: it does not begin with"
rm demo.lock
mkdir demo.lock
wrong "a directory" "demo\.lock is not a regular file"
rmdir demo.lock
mkfifo demo.lock
wrong "a FIFO" "demo\.lock is not a regular file"
rm demo.lock
# Another digest is another package.
sed 's/^\(debian demo all 1\.0 [0-9]* \).\{8\}/\100000000/' good.lock >demo.lock
changed "a digest that somebody changed" "demo 1\.0 has the SHA-256 00000000"
cp good.lock demo.lock

# --- Archives -----------------------------------------------------------------

mkdir -p "$TMP/site/srv" sub
echo hello >"$TMP/site/srv/index"
tar -C "$TMP/site" -cf "sub/my site.tar" .
cat >archive.recipe <<'EOF'
name archive
archive "sub/my site.tar"
file /bin/x 0755 <<'E'
E
run /bin/x
EOF
ok "an archive" "$JAILPACK" --lock archive.recipe
is "is in the lock file" "$(cat archive.lock)" "jailpack lock 1
archive $(sha256sum <"sub/my site.tar" | cut -d' ' -f1) sub/my site.tar"
ok "is packed as it was" "$JAILPACK" archive.recipe
mv archive.sqfs "$TMP/archive.sqfs"
echo changed >"$TMP/site/srv/index"
tar -C "$TMP/site" -cf "sub/my site.tar" .
status "one that has changed is not" 1 "$JAILPACK" archive.recipe
like "which is told" "$STDERR" \
    "archive\.recipe:2:1: the archive sub/my site\.tar has the SHA-256 .* has"
like "and what to do" "$STDERR" "^ *--lock renews archive\.lock"
ok "nothing is written then" test ! -e archive.sqfs
sed -i 's/^archive/source archive/; /^run/i copy /srv/index' archive.recipe
status "nor as a source" 1 "$JAILPACK" archive.recipe
like "which is told, too" "$STDERR" "archive\.recipe:2:1: the archive sub/"
ok "renewed" "$JAILPACK" --lock archive.recipe
ok "it is taken" "$JAILPACK" archive.recipe
sed -i '/^source\|^copy/d' archive.recipe
ok "an archive that is not needed any more" "$JAILPACK" archive.recipe
like "is warned of" "$STDERR" "not needed any more: sub/my site\.tar"
echo "archive \"sub/my site.tar\" at /srv" >>archive.recipe
echo "jailpack lock 1" >archive.lock
status "one that is not in the lock file" 1 "$JAILPACK" archive.recipe
like "is told" "$STDERR" "archive\.lock does not have the archive sub/my site"

# --- The host's packages ------------------------------------------------------

host=$TMP/host
mkdir -p "$host/var/lib/dpkg/info" "$host/usr/bin" "$host/etc"
ln -s usr/bin "$host/bin"
cp /bin/busybox "$host/usr/bin/tool"
echo local >"$host/etc/local"
ln -s tool "$host/usr/bin/alias"
# tool VERSION
tool() {
    printf '%s\n' "Package: tool" "Status: install ok installed" \
        "Version: $1" "Architecture: $architecture" "" \
        "Package: alias" "Status: install ok installed" \
        "Version: 7" "Architecture: all" "" \
        "Package: unused" "Status: install ok installed" \
        "Version: 1" "Architecture: all" "" >"$host/var/lib/dpkg/status"
    printf '%s\n' /usr /usr/bin /usr/bin/tool >"$host/var/lib/dpkg/info/tool.list"
    printf '%s\n' /usr /usr/bin /usr/bin/alias >"$host/var/lib/dpkg/info/alias.list"
    printf '%s\n' /etc/unused >"$host/var/lib/dpkg/info/unused.list"
}
tool 1.0-1
cat >host.recipe <<'EOF'
name host
source host
copy /etc/local /usr/bin/alias
run /usr/bin/tool
EOF
ok "packages of the host" "$JAILPACK" --lock -C "$host" host.recipe
is "that are used are in the lock file" "$(cat host.lock)" "jailpack lock 1
host alias all 7
host tool $architecture 1.0-1"
ok "as they were" "$JAILPACK" -C "$host" host.recipe
tool 1.0-2
rm host.sqfs
status "another version" 1 "$JAILPACK" -C "$host" host.recipe
like "is told" "$STDERR" \
    "the host has the package tool in version 1\.0-2, and host\.lock has 1\.0-1"
like "and what to do" "$STDERR" "^ *--lock renews host\.lock"
ok "nothing is written then" test ! -e host.sqfs
ok "renewed" "$JAILPACK" --lock -C "$host" host.recipe
ok "it is packed" "$JAILPACK" -C "$host" host.recipe
sed -i '/^host tool/d' host.lock
status "a package that the lock file lacks" 1 "$JAILPACK" -C "$host" host.recipe
like "is told, with what is of it" "$STDERR" \
    "does not have the host's package tool, which /usr/bin/tool is of"
ok "renewed" "$JAILPACK" --lock -C "$host" host.recipe
sed -i 's, /usr/bin/alias,,' host.recipe
ok "one that is not needed any more" "$JAILPACK" -C "$host" host.recipe
like "is warned of" "$STDERR" "not needed any more: alias"

# This machine itself.
cat >here.recipe <<'EOF'
name here
source host
copy /bin/true
run /bin/true
EOF
unset APT_CONFIG
ok "the packing machine's own" "$JAILPACK" --lock here.recipe
like "versions are dpkg's" "$(cat here.lock)" \
    "^host coreutils $architecture $(dpkg-query -W -f '${Version}' coreutils |
        sed 's/[+.]/\\&/g')\$"
ok "as they were" "$JAILPACK" here.recipe

# --- What cannot be written ---------------------------------------------------

rm here.lock here.sqfs
mkdir here.lock
status "where a lock file cannot be written" 1 "$JAILPACK" --lock here.recipe
like "that is told" "$STDERR" "here\.lock is not a regular file"
ok "before anything is packed" test ! -e here.sqfs
is "and nothing is left beside it" "$(find . -name '.*')" "."
rmdir here.lock
mkdir "$TMP/kept"
cp here.recipe "$TMP/kept"
chmod 555 "$TMP/kept"
cp "$JAILPACK" "$TMP/jailpack"
mkdir "$TMP/nobody"
as_nobody=(env XDG_CACHE_HOME="$TMP/nobody")
if [ "$(id -u)" = 0 ]; then
    chown 65534:65534 "$TMP/nobody"
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups
        "${as_nobody[@]}")
fi
status "nor in a directory that may not be written to" 1 "${as_nobody[@]}" \
    "$TMP/jailpack" -o "$TMP/nobody/" --lock "$TMP/kept/here.recipe"
like "which is told" "$STDERR" "cannot write .*/kept/here\.lock: Permission"
ok "before anything is packed" test ! -e "$TMP/nobody/here.sqfs"

plan_done
