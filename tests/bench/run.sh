#!/bin/bash
# Everything that `make bench` measures, as root, in a mount namespace of its
# own. BENCH_QUICK=1 for a short run; `tests/bench/run.sh pack start` for some
# of it: hash pack rebuild delta start response share throughput restore
# systemd. Noise never fails it: the verdicts at the end are for people.
set -uo pipefail

SRC=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "${BUILD:-$SRC/build}" && pwd)
export BUILD XDG_CACHE_HOME=$BUILD/cache LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin

if [ "$(id -u)" != 0 ]; then
    echo "bench: starting jails needs root" >&2
    exit 1
fi
if [ -z "${JAIL_BENCH_NAMESPACE:-}" ]; then
    JAIL_BENCH_NAMESPACE=1 exec \
        unshare --mount --propagation private -- "$0" "$@"
fi

JAILPACK=$BUILD/jailpack
JAILMOUNT=$BUILD/jailmount
BENCH=$BUILD/tests/bench
WORK=$BUILD/bench
rm -rf "$WORK"
mkdir -p "$WORK"
: >"$WORK/verdicts"

parts=(hash pack rebuild delta start response share throughput restore
    systemd)
for part in lib "${parts[@]}"; do
    # shellcheck source=/dev/null
    . "$SRC/tests/bench/$part.sh"
done

# crun refuses to work beside a version 2 hierarchy without controllers.
umount /sys/fs/cgroup/unified 2>/dev/null

echo "$(nproc) processors ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
    head -n 1)), Linux $(uname -r), $(date -u +%F)"
for tool in gensquashfs mksquashfs bwrap crun runc podman; do
    case $tool in
    mksquashfs) version=$(mksquashfs -version) ;;
    *) version=$($tool --version) ;;
    esac 2>/dev/null
    printf '%s; ' "$(head -n 1 <<<"${version:-$tool: missing}")"
done
echo

for service in apache nginx; do
    "$JAILPACK" -o "$WORK/$service-jail.sqfs" "$SRC/recipes/$service.recipe" \
        >/dev/null || exit 1
done

[ $# -gt 0 ] || set -- "${parts[@]}"
for part in "$@"; do
    "bench_$part"
done

rm -rf /var/lib/jailmount/versions/jail-bench-*

# What the host keeps of jails that have been.
rm -rf /var/log/jailmount/jail-bench-* /var/lib/jailmount/versions/jail-bench-* \
    /var/log/jailmount/bench-true* /var/lib/jailmount/versions/bench-true

echo
echo "Verdicts"
cat "$WORK/verdicts"
