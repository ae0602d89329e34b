# shellcheck shell=bash
#
# A repository of Debian packages in $repository, for scripts that have sourced
# tests/lib.sh and have set `repository` and `architecture`.

: "${repository:?}" "${architecture:?}"

# A package of the files that are in $TMP/package.
# make_package NAME VERSION [FIELD...]
make_package() {
    local name=$1 version=$2 file
    shift 2
    mkdir -p "$TMP/package/DEBIAN" "$repository/pool"
    printf '%s\n' "Package: $name" "Version: $version" "Architecture: all" \
        "Maintainer: nobody <nobody@localhost>" "$@" "Description: a test" \
        >"$TMP/package/DEBIAN/control"
    # What no packing may run.
    printf '#!/bin/sh\ntouch %s/script-ran\n' "$TMP" \
        >"$TMP/package/DEBIAN/postinst"
    cp "$TMP/package/DEBIAN/postinst" "$TMP/package/DEBIAN/preinst"
    chmod 755 "$TMP/package/DEBIAN/p"*inst
    file=$repository/pool/${name}_${version}_all.deb
    dpkg-deb --root-owner-group -Zgzip --build "$TMP/package" "$file" \
        >/dev/null
    rm -rf "$TMP/package"
}

# The lists of the repository, as of what is in its pool.
publish() {
    local dist=$repository/dists/bookworm lists
    lists=$dist/main/binary-$architecture
    rm -rf "$dist"
    mkdir -p "$lists"
    for file in "$repository"/pool/*.deb; do
        dpkg-deb --field "$file"
        echo "Filename: ${file#"$repository"/}"
        echo "Size: $(stat -c %s "$file")"
        echo "SHA256: $(sha256sum <"$file" | cut -d' ' -f1)"
        echo
    done >"$lists/Packages"
    {
        echo "Origin: Test"
        echo "Codename: bookworm"
        echo "Architectures: $architecture all"
        echo "Components: main"
        LC_ALL=C date -u '+Date: %a, %d %b %Y %H:%M:%S UTC'
        echo "SHA256:"
        echo " $(sha256sum <"$lists/Packages" | cut -d' ' -f1)" \
            "$(stat -c %s "$lists/Packages") ${lists#"$dist"/}/Packages"
    } >"$dist/Release"
}

# What the "host's" apt has for its sources.
host_sources() {
    mkdir -p "$TMP/etc/sources.list.d"
    cat >"$TMP/etc/sources.list.d/test.list"
}
