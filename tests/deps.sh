#!/bin/bash
# Installs the Debian packages that a task needs and that are missing.
#
#   tests/deps.sh SET...     sets: build test recipes vm demo bench lint fuzz
#
# Does nothing, quickly, when all are there.
set -euo pipefail

packages_of() {
    case $1 in
    build)
        echo gcc libc6-dev make pkgconf libsquashfs-dev libelf-dev \
            libarchive-dev liblmdb-dev libjansson-dev libssl-dev \
            libmnl-dev libnftables-dev \
            libcurl4-openssl-dev \
            ca-certificates
        ;;
    test)
        echo libcmocka-dev perl squashfs-tools squashfs-tools-ng \
            cryptsetup-bin openssl curl jq strace busybox-static binutils \
            iproute2 procps mandoc util-linux wrk xz-utils zstd \
            libarchive-tools nginx-light vsftpd python3 chromium \
            openssh-client e2fsprogs systemd softhsm2 libengine-pkcs11-openssl \
            nftables docker-registry skopeo apache2-utils crun runc podman \
            python3-yaml systemd-container
        ;;
    recipes)
        # The services themselves, to be packed from the host, and their
        # clients.
        echo apache2 busybox-static libapache2-mod-php8.2 memcached \
            micro-httpd mini-httpd nginx openssh-server redis-server tcpd \
            unbound vsftpd bind9-dnsutils curl finger gcc \
            libmemcached-tools make redis-tools
        ;;
    vm)
        echo qemu-system-x86 busybox-static cryptsetup-bin e2fsprogs gcc \
            libc6-dev jq python3 xz-utils
        ;;
    demo)
        echo curl jq perl procps util-linux
        ;;
    bench)
        echo perl curl jq squashfs-tools squashfs-tools-ng bubblewrap crun \
            runc podman busybox-static time util-linux docker-registry zsync \
            casync nginx-light openssl qemu-system-x86 e2fsprogs xz-utils
        ;;
    lint)
        echo clang clang-format clang-tidy cppcheck shellcheck mandoc
        ;;
    fuzz)
        echo clang llvm
        ;;
    *)
        echo "deps.sh: no such set: $1" >&2
        return 1
        ;;
    esac
}

wanted=()
for set in "$@"; do
    names=$(packages_of "$set")
    # shellcheck disable=SC2206  # names of packages, one a word
    wanted+=($names)
done
[ ${#wanted[@]} -gt 0 ] || exit 0

if ! command -v dpkg-query >/dev/null; then
    echo "deps.sh: this is not Debian; what is needed is called there:" >&2
    echo "  ${wanted[*]}" >&2
    exit 0
fi

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
    "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || :)
missing=()
for package in "${wanted[@]}"; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "deps.sh: as root, install what is missing:" >&2
        echo "  apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null
}

# Servers that come along are for the tests to start: they do not start now
# (invoke-rc.d(8)), nor when the machine does.
policy=/usr/sbin/policy-rc.d
leave_no_policy() {
    "${as_root[@]}" rm -f "$policy"
}
if [ ! -e "$policy" ] && [ -d "${policy%/*}" ]; then
    trap leave_no_policy EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi

echo "installing: ${missing[*]}"
install=(install -y --no-install-recommends "${missing[@]}")
# A machine that is new has no package lists, an old one has stale ones.
if ! apt "${install[@]}" >/dev/null 2>&1; then
    apt update
    apt "${install[@]}"
fi

for package in "${missing[@]}"; do
    while read -r script; do
        "${as_root[@]}" update-rc.d "${script##*/}" disable >/dev/null 2>&1 || :
    done < <(dpkg-query -L "$package" | grep '^/etc/init\.d/.' || :)
done
