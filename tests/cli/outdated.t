#!/bin/bash
# --outdated: what is packed against what apt offers now, from repositories
# that this script makes.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
architecture=$(dpkg --print-architecture)
export APT_CONFIG=$TMP/apt.conf
export XDG_CACHE_HOME=$TMP/cache

# A package in the pool of a suite.
# make_package SUITE NAME VERSION
make_package() {
    local pool=$TMP/pool/$1
    mkdir -p "$TMP/package/DEBIAN" "$TMP/package/usr/lib/$2" "$pool"
    printf '%s\n' "Package: $2" "Version: $3" \
        "Architecture: ${4:-$architecture}" \
        "Maintainer: nobody <nobody@localhost>" "Description: a test" \
        >"$TMP/package/DEBIAN/control"
    echo "$3" >"$TMP/package/usr/lib/$2/version"
    if [ "$2" = base-passwd ]; then
        mkdir -p "$TMP/package/usr/share/base-passwd"
        echo 'root:*:0:0:root:/root:/bin/bash' \
            >"$TMP/package/usr/share/base-passwd/passwd.master"
        echo 'root:*:0:' >"$TMP/package/usr/share/base-passwd/group.master"
    fi
    dpkg-deb --root-owner-group -Zgzip --build "$TMP/package" \
        "$pool/$2_${3//:/%3a}.deb" >/dev/null
    rm -rf "$TMP/package"
}

# publish SUITE: its lists, as of what is in its pool.
publish() {
    local dist=$TMP/repository/dists/$1 lists file
    lists=$dist/main/binary-$architecture
    rm -rf "$dist"
    mkdir -p "$lists" "$TMP/pool/$1"
    rm -rf "$TMP/repository/pool/$1"
    mkdir -p "$TMP/repository/pool"
    cp -r "$TMP/pool/$1" "$TMP/repository/pool/$1"
    for file in "$TMP/repository/pool/$1"/*.deb; do
        [ -e "$file" ] || continue
        dpkg-deb --field "$file"
        echo "Filename: ${file#"$TMP/repository/"}"
        echo "Size: $(stat -c %s "$file")"
        echo "SHA256: $(sha256sum <"$file" | cut -d' ' -f1)"
        echo
    done >"$lists/Packages"
    {
        echo "Origin: Test"
        echo "Codename: $1"
        echo "Architectures: $architecture all"
        echo "Components: main"
        LC_ALL=C date -u '+Date: %a, %d %b %Y %H:%M:%S UTC'
        echo "SHA256:"
        echo " $(sha256sum <"$lists/Packages" | cut -d' ' -f1)" \
            "$(stat -c %s "$lists/Packages") ${lists#"$dist"/}/Packages"
    } >"$dist/Release"
}

mkdir -p etc/{sources.list.d,apt.conf.d,preferences.d}
echo "Dir::Etc \"$TMP/etc\";" >"$APT_CONFIG"
for suite in bookworm bookworm-security; do
    echo "deb [trusted=yes] copy:$TMP/repository $suite main"
done >etc/sources.list.d/test.list

make_package bookworm base-passwd 3
for name in same plain secure both gone candidate; do
    make_package bookworm "$name" 1.0-1
done
make_package bookworm everywhere 1.0-1 all
make_package bookworm epoch 1:1.0~rc1-1
publish bookworm
publish bookworm-security

# An image of packages.
# image NAME SOURCE PACKAGE...
image() {
    {
        printf '%s\n' "name $1" "$2"
        printf 'package %s\n' "${@:3}"
        printf '%s\n' 'file /run-it 0755 <<EOT' x EOT 'run /run-it'
    } >"$1.recipe"
    "$JAILPACK" --level 1 "$1.recipe" >/dev/null
}
image all "source debian bookworm" same plain secure both gone candidate \
    everywhere epoch
image host "source debian" same secure
ok "the images are there" test -e all.sqfs -a -e host.sqfs || exit 1

ok "nothing is outdated at first" "$JAILPACK" --outdated all.sqfs
is "which is told" "$STDOUT" "all.sqfs: 8 packages, none outdated"

make_package bookworm plain 1.0-2
make_package bookworm-security secure 1.0-1+deb12u1
make_package bookworm-security both 1.0-1+deb12u1
make_package bookworm both 1.0-1+deb12u2
make_package bookworm everywhere 1.1-1 all
make_package bookworm epoch 1:1.0-1
make_package bookworm-security same 0.9-1
rm pool/bookworm/gone_*
publish bookworm
publish bookworm-security

ok "lists of today are used" "$JAILPACK" --outdated all.sqfs
status "unless new ones are asked for" 1 "$JAILPACK" --outdated --refresh all.sqfs
is "what is outdated is told, security first" "$STDOUT" \
"all.sqfs: 8 packages: 2 with security updates, 3 with other newer versions, 1 gone
  security  both ($architecture) 1.0-1 -> 1.0-1+deb12u2, bookworm/main
  security  secure ($architecture) 1.0-1 -> 1.0-1+deb12u1, bookworm-security/main
  newer     epoch ($architecture) 1:1.0~rc1-1 -> 1:1.0-1, bookworm/main
  newer     everywhere (all) 1.0-1 -> 1.1-1, bookworm/main
  newer     plain ($architecture) 1.0-1 -> 1.0-2, bookworm/main
  gone      gone ($architecture) 1.0-1"
touch -d '2 days ago' cache/jailpack/suites/host/state
status "several images, of several sources" 1 \
    "$JAILPACK" --outdated --json all.sqfs host.sqfs
is "as JSON" \
    "$(jq -c '[.[] | [.image, .security, .newer, .gone]]' <<<"$STDOUT")" \
    '[["all.sqfs",2,3,1],["host.sqfs",1,0,0]]'
is "with every package" "$(jq -c '.[0].packages[] | select(.name == "same")' <<<"$STDOUT")" \
    "{\"status\":\"current\",\"name\":\"same\",\"architecture\":\"$architecture\",\"version\":\"1.0-1\",\"suite\":\"bookworm\",\"offered\":\"1.0-1\",\"from\":\"bookworm/main\"}"
is "without a suite where the recipe names none" \
    "$(jq -c '.[1].packages[-1].suite' <<<"$STDOUT")" null

rm pool/bookworm/candidate_*
make_package bookworm candidate 0.5-1
publish bookworm
"$JAILPACK" --outdated --refresh --json all.sqfs >answer
is "what is newer than what is offered is not outdated" \
    "$(jq -r '.[0].packages[] | select(.name == "candidate").status' answer)" current

# The host's pins count for what comes from the host's sources.
printf '%s\n' "Package: secure" "Pin: release n=bookworm-security" \
    "Pin-Priority: -1" >etc/preferences.d/pin
ok "what the host does not want is not offered" \
    "$JAILPACK" --outdated --refresh host.sqfs
rm etc/preferences.d/pin

# --- The mirror is gone ---

mv repository away
touch -d '2 days ago' cache/jailpack/suites/bookworm/state
status "without a mirror, old lists are used" 1 "$JAILPACK" --outdated all.sqfs
like "which is warned about" "$STDERR" 'those fetched before are used'
status "unless new ones are asked for" 2 "$JAILPACK" --outdated --refresh all.sqfs
like "which fails" "$STDERR" 'cannot fetch the package lists'
mv away repository

# --- Images of something else ---

mkdir -p tree/etc tree/var/lib/dpkg/info
for name in strange another -o=Debug; do
    printf '%s\n' "Package: $name" "Status: install ok installed" \
        "Version: 1" "Architecture: $architecture" ""
    echo x >"tree/etc/$name"
    printf '%s\n' /. /etc "/etc/$name" >"tree/var/lib/dpkg/info/$name.list"
done >tree/var/lib/dpkg/status
{
    printf '%s\n' 'name strange' 'source tree tree' 'copy /etc/*'
    printf '%s\n' 'file /run-it 0755 <<EOT' x EOT 'run /run-it'
} >strange.recipe
"$JAILPACK" --level 1 strange.recipe >/dev/null
status "of packages that nobody offers nothing can be said" 2 \
    "$JAILPACK" --outdated strange.sqfs
like "which is told" "$STDOUT" 'none of them is offered'
status "of one among others neither" 2 "$JAILPACK" --outdated host.sqfs strange.sqfs
like "but of the others it is" "$STDOUT" '^  security  secure'
rm -r tree/var
"$JAILPACK" --level 1 strange.recipe >/dev/null
ok "what has no packages is not outdated" "$JAILPACK" --outdated strange.sqfs
like "which is told as well" "$STDOUT" 'nothing in it is of a package'

status "what is no image" 2 "$JAILPACK" --outdated strange.recipe
like "is told" "$STDERR" 'looks like a recipe'
status "no image at all" 2 "$JAILPACK" --outdated
status "--refresh belongs to what fetches" 2 "$JAILPACK" --list --refresh all.sqfs
: >etc/sources.list.d/test.list
status "a host without sources" 2 "$JAILPACK" --outdated host.sqfs
like "is told" "$STDERR" 'no sources of packages'

plan_done
