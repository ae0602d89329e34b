#!/bin/bash
# `source debian`: packages by way of apt, first from a repository that this
# script makes, then from the one that this machine uses itself.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

architecture=$(dpkg --print-architecture)
repository=$TMP/repository
export APT_CONFIG=$TMP/apt.conf
export XDG_CACHE_HOME=$TMP/cache
cache=$TMP/cache/jailpack
image=$TMP/image.sqfs

# shellcheck source=tests/repository.sh
. "$(dirname "$0")/../repository.sh"

mkdir -p "$TMP/etc/apt.conf.d" "$TMP/etc/preferences.d"
chmod 755 "$TMP"
# A host whose hooks do harm, and which would let unsigned packages pass.
cat >"$APT_CONFIG" <<EOF
Dir::Etc "$TMP/etc";
APT::Get::AllowUnauthenticated "true";
Acquire::AllowInsecureRepositories "true";
APT::Install-Recommends "true";
APT::Update::Pre-Invoke { "touch $TMP/hook-ran"; };
APT::Update::Post-Invoke { "touch $TMP/hook-ran"; };
APT::Update::Post-Invoke-Success { "touch $TMP/hook-ran"; };
DPkg::Pre-Invoke { "touch $TMP/hook-ran"; };
DPkg::Post-Invoke { "touch $TMP/hook-ran"; };
DPkg::Pre-Install-Pkgs { "touch $TMP/hook-ran"; };
EOF

mkdir -p "$TMP/package/usr/share/base-passwd"
printf '%s\n' root:*:0:0:root:/root:/bin/bash keeper:*:77:78::/:/nologin \
    >"$TMP/package/usr/share/base-passwd/passwd.master"
printf '%s\n' root:*:0: keeper:*:78: \
    >"$TMP/package/usr/share/base-passwd/group.master"
make_package base-passwd 3

mkdir -p "$TMP/package/bin" "$TMP/package/etc" "$TMP/package/usr/share/doc/demo"
echo "one" >"$TMP/package/etc/demo.conf"
printf '#!/bin/demo-helper\n' >"$TMP/package/bin/demo"
chmod 4755 "$TMP/package/bin/demo"
echo "by hand" >"$TMP/package/usr/share/doc/demo/README"
make_package demo 1.0 "Depends: demo-helper" "Recommends: demo-more" \
    "Provides: demo-virtual"

mkdir -p "$TMP/package/usr/bin"
cp /bin/busybox "$TMP/package/usr/bin/demo-helper"
make_package demo-helper 1:2.0
mkdir -p "$TMP/package/usr/share/more"
make_package demo-more 1.0
publish

demo=$(recipe demo <<EOF
name demo
source debian bookworm
package demo
user keeper
run /bin/demo
EOF
)

# --- Trust -------------------------------------------------------------------

host_sources <<EOF
deb file:$repository bookworm main
EOF
status "an unsigned repository is refused" 1 "$JAILPACK" -o "$image" "$demo"
like "and the reason is told" "$STDERR" "is not signed"
ok "nothing is written then" test ! -e "$image"

host_sources <<EOF
deb [trusted=yes] copy:$repository bookworm main
EOF
ok "one that the operator trusts is not" "$JAILPACK" -o "$image" "$demo"
ok "no script of a package ran" test ! -e "$TMP/script-ran"
ok "no hook of the host's ran" test ! -e "$TMP/hook-ran"

# --- What is packed ----------------------------------------------------------

run "$JAILPACK" --list "$image"
like "a package's files are there, beneath a merged /usr" "$STDOUT" \
    "/usr/bin/demo( |$)"
unlike "without its documentation" "$STDOUT" "README"
like "with what its dependencies have that is needed" "$STDOUT" \
    "/usr/bin/demo-helper"
unlike "and what is only recommended is not even fetched" \
    "$(ls "$cache/archives")" "demo-more"
run "$JAILPACK" --inspect --json "$image"
like "versions stand in the manifest" "$STDOUT" '1:2\.0'
ok "a user of base-passwd's is known" \
    sh -c "unsquashfs -cat '$image' etc/passwd | grep -q '^keeper:.*:77:78:'"
is "set-id bits are not" \
    "$(unsquashfs -lls "$image" | awk '/\/bin\/demo$/ { print $1 }')" \
    "-rwxr-xr-x"
ok "the host's own lists and status are untouched" \
    test -z "$(find /var/lib/apt/lists /var/lib/dpkg -newer "$APT_CONFIG" \
        -type f -print -quit)"

# --- The cache ---------------------------------------------------------------

mv "$image" "$TMP/first.sqfs"
mkdir "$TMP/empty"
ok "what is known is packed without apt" \
    env PATH="$TMP/empty" "$JAILPACK" -o "$image" "$demo"
ok "with the same result" cmp "$TMP/first.sqfs" "$image"

rm -rf "$cache/roots" "$cache/answers"
ok "packages that are unpacked already make a root again" \
    "$JAILPACK" -o "$image" "$demo"
ok "with the same result" cmp "$TMP/first.sqfs" "$image"

rm -rf "$cache/roots" "$cache/answers" "$cache/packages"
for file in "$cache/archives"/demo_*.deb; do
    truncate -s "$(stat -c %s "$file")" "$TMP/zeros"
    cp "$TMP/zeros" "$file"
done
ok "a package that was damaged on disk is fetched again" \
    "$JAILPACK" -o "$image" "$demo"
ok "with the same result" cmp "$TMP/first.sqfs" "$image"

# A new version: not in the lists that are there, which are of today.
mkdir -p "$TMP/package/etc" "$TMP/package/bin"
echo "two" >"$TMP/package/etc/demo.conf"
cp /bin/busybox "$TMP/package/bin/demo"
make_package demo 2.0
publish
ok "lists of today are used" "$JAILPACK" -o "$image" "$demo"
ok "so the version stays" cmp "$TMP/first.sqfs" "$image"
exact=$(recipe exact <<EOF
name demo
source debian bookworm
package demo=2.0
run /bin/demo
EOF
)
touch -d '2 minutes ago' "$cache/suites/bookworm/state"
ok "unless a version is wanted that they do not have" \
    "$JAILPACK" -o "$image" "$exact"
is "and that one is had" "$(unsquashfs -cat "$image" etc/demo.conf)" "two"
touch -d '2 days ago' "$cache/suites/bookworm/state"
ok "lists of the day before yesterday are fetched anew" \
    "$JAILPACK" -o "$image" "$demo"
is "and a new version is taken" "$(unsquashfs -cat "$image" etc/demo.conf)" \
    "two"

mv "$repository" "$TMP/away"
touch -d '2 days ago' "$cache/suites/bookworm/state"
ok "a mirror that is gone is no reason to fail for what is there" \
    "$JAILPACK" -o "$image" "$demo"
like "but it is told" "$STDERR" "those fetched before are used"
status "unless new lists are asked for" 1 \
    "$JAILPACK" --refresh -o "$image" "$demo"
mv "$TMP/away" "$repository"
ok "which works when it is back" "$JAILPACK" --refresh -o "$image" "$demo"

# --- Two at once, and the end of one -----------------------------------------

rm -rf "$cache"
"$JAILPACK" -o "$TMP/a.sqfs" "$demo" >"$TMP/a.out" 2>&1 &
one=$!
"$JAILPACK" -o "$TMP/b.sqfs" "$demo" >"$TMP/b.out" 2>&1 &
other=$!
ok "of two at once, one" wait "$one"
ok "and the other come to an end" wait "$other"
ok "with the same result" cmp "$TMP/a.sqfs" "$TMP/b.sqfs"

for delay in 0.03 0.1 0.2 0.3 0.45; do
    rm -rf "$cache/roots" "$cache/answers" "$cache/packages"
    rm -f "$cache"/suites/*/state
    "$JAILPACK" -o "$TMP/killed.sqfs" "$demo" >/dev/null 2>&1 &
    pid=$!
    sleep "$delay"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    "$JAILPACK" -o "$image" "$demo" >"$TMP/after.out" 2>&1 &&
        cmp -s "$image" "$TMP/a.sqfs" && continue
    diag "$(cat "$TMP/after.out")"
    break
done
ok "killed at any moment, the next one works" cmp "$image" "$TMP/a.sqfs"
ok "and removes what was left" \
    test -z "$(find "$cache/roots" "$cache/packages" -maxdepth 1 -name '.*' \
        -print -quit)"

# --- Errors ------------------------------------------------------------------

# error TEXT REGEX SOURCE-LINE PACKAGE-LINE
error() {
    local file
    file=$(printf '%s\n' "name x" "$3" "$4" "run /bin/demo" | recipe error)
    status "$1" 1 "$JAILPACK" -o "$TMP/none.sqfs" "$file"
    like "$1: told" "$STDERR" "$2"
}
error "a package that there is not" "Unable to locate package demmo" \
    "source debian bookworm" "package demmo"
error "a version that there is not" "Version '9' for 'demo' was not found" \
    "source debian bookworm" "package demo=9"
error "a name that is an option to apt" "not the name of a package" \
    "source debian bookworm" "package -y"
error "a suite that is no name" "not the name of a suite" \
    "source debian ../x" "package demo"
error "a virtual package" "demo-virtual" \
    "source debian bookworm" "package demo-virtual"
error "a suite that the mirror does not have" "nonesuch" \
    "source debian nonesuch" "package demo"
host_sources <<EOF
deb [trusted=yes] copy:$repository tools main
EOF
error "a suite that the host has nothing for" "no source from which" \
    "source debian nonesuch" "package demo"
like "and what to do" "$STDERR" "sources.list.d"
: | host_sources
error "a host without sources" "no sources of packages" \
    "source debian" "package demo"
if [ "$(id -u)" = 0 ]; then
    chown 65534 "$cache"
    error "a cache of another user" "cannot be trusted" \
        "source debian bookworm" "package demo"
    chown 0 "$cache"
fi

# --- Debian itself, as anybody -----------------------------------------------

unset APT_CONFIG
export XDG_CACHE_HOME=$BUILD/cache
cp "$JAILPACK" "$TMP/jailpack"
real=$(recipe real <<EOF
name real
source debian
fetch busybox-static
copy /usr/bin/busybox
user nobody
run /usr/bin/busybox
EOF
)
ok "packages of the host's own sources" "$JAILPACK" -o "$TMP/root.sqfs" "$real"
run "$JAILPACK" --list "$TMP/root.sqfs"
like "are packed" "$STDOUT" "/usr/bin/busybox"

mkdir "$TMP/nobody"
as_nobody=(env XDG_CACHE_HOME="$TMP/nobody" HOME=/nonexistent)
if [ "$(id -u)" = 0 ]; then
    chown 65534:65534 "$TMP/nobody"
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups
        "${as_nobody[@]}")
fi
ok "by an unprivileged user with a cache of its own" \
    "${as_nobody[@]}" "$TMP/jailpack" -o "$TMP/nobody/" "$real"
ok "with the same result" cmp "$TMP/root.sqfs" "$TMP/nobody/real.sqfs"

# A signature that is not over what is there.
forged=$TMP/forged
release=$(find "$XDG_CACHE_HOME/jailpack/suites/host/lists" \
    -name '*_InRelease' -print -quit)
codename=$(awk '/^Codename:/ { print $2; exit }' "$release")
mkdir -p "$forged/dists/$codename" "$TMP/etc"
sed 's/^Label: .*/&ed/' "$release" >"$forged/dists/$codename/InRelease"
ok "a forged release differs from the signed one" \
    sh -c "! cmp -s '$release' '$forged/dists/$codename/InRelease'"
export APT_CONFIG=$TMP/apt.conf
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
host_sources <<EOF
deb [signed-by=$keyring] copy:$forged $codename main
EOF
export XDG_CACHE_HOME=$TMP/cache
error "a bad signature" "BADSIG|not signed|invalid|clearsigned" \
    "source debian $codename" "package demo"

plan_done
