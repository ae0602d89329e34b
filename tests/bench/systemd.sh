# shellcheck shell=bash
#
# nginx restarted every second under load where systemd runs: `systemctl restart`
# of the service as it is, beside `systemctl reload`, which is a restore, of the
# unit of its jail. Both in one virtual machine, emulated in software, as
# tests/vm/systemd-lib.sh makes it: the ratio counts, and nothing else does. Ten
# clients are as many as an emulated processor has time for beside its services.

# The same tree, outside of a jail, as a service of its own.
systemd_plain_nginx() {
    local tree=$TMP/nginx file
    "$JAILPACK" --extract --privileges "$WORK/nginx-jail.sqfs" "$tree" \
        >/dev/null && rm -rf "${tree:?}/dev" || return
    for file in passwd group; do
        grep '^www-data:' "$tree/etc/$file" >>"$machine/etc/$file" || return
        rm "$tree/etc/$file"
    done
    # In a jail they lead to the log.
    mkdir -p "$machine/var/log/nginx" "$machine/etc/tmpfiles.d" &&
        cp -an "$tree/." "$machine" &&
        sed -i 's,/dev/std\(err\|out\),/var/log/nginx/\1,' \
            "$machine/etc/nginx/nginx.conf" &&
        echo 'd /run/nginx' >"$machine/etc/tmpfiles.d/nginx.conf" &&
        printf '%s\n' '[Unit]' 'StartLimitIntervalSec=0' \
            '[Service]' 'Type=exec' 'ExecStart=/usr/sbin/nginx' \
            'KillSignal=QUIT' 'KillMode=mixed' 'TimeoutStopSec=10' \
            >"$machine/etc/systemd/system/nginx.service"
}

systemd_machine() {
    local seconds=60
    [ -z "${BENCH_QUICK:-}" ] || seconds=20
    machine_tree && systemd_plain_nginx &&
        cp "$WORK/nginx-jail.sqfs" "$machine/images/nginx.sqfs" &&
        cp "$BENCH/load" "$machine/root/load" &&
        echo "$seconds" >"$machine/root/seconds" &&
        printf 'image /images/nginx.sqfs\nlisten 127.0.0.1:8080:80\n' \
            >"$machine/etc/jailmount/nginx.conf" &&
        machine_unit bench/systemd-guest.sh vm/guest-check.sh &&
        machine_initramfs && machine_disk &&
        machine_boot $((seconds * 20 + 300))
}

bench_systemd() {
    local TMP=$WORK/systemd machine kernel kernels
    if missing "$WORK/systemd-missing" qemu qemu-system-x86_64 mke2fs unxz; then
        echo "systemd: qemu-system-x86, e2fsprogs or xz-utils is missing"
        return
    fi
    mkdir -p "$TMP"
    # shellcheck source=tests/vm/lib.sh
    . "$SRC/tests/vm/lib.sh"
    # shellcheck source=tests/vm/systemd-lib.sh
    . "$SRC/tests/vm/systemd-lib.sh"
    recipe() {
        cat >"$TMP/$1.recipe"
    }
    if ! fetch_kernel "$machine_kernel" >"$TMP/log" 2>&1 ||
        ! systemd_machine >>"$TMP/log" 2>&1; then
        echo "systemd: failed"
        tail -n 20 "$TMP/log" "$TMP/console" 2>/dev/null
        return
    fi
    echo
    echo "nginx under systemd in qemu, restarted every second, a connection a request"
    sed -n 's/^BENCH //p' "$TMP/console" >"$TMP/measured"
    awk -F '\t' 'BEGIN {
        name["restart"] = "systemctl restart, no jail"
        name["reload"] = "systemctl reload, the jail"
        printf "  %-30s %9s %8s %8s %8s %14s\n", "", "requests", "failed", \
            "retried", "orders", "first page ms"
    }
    $2 == "failed" { printf "  %-30s failed\n", name[$1]; next }
    { printf "  %-30s %9d %8d %8d %8d %14d\n", name[$1], $2, $3, $4, $5, $6 }' \
        "$TMP/measured"
    awk -F '\t' -v text="restore, nginx, under systemd: failed requests" '
        $1 == "reload" {
            printf "  %-56s %7s  at most 0    %s\n", text, $3, \
                ($3 == "0" && $5 > 0) ? "met" : "MISSED"
        }' "$TMP/measured" >>"$WORK/verdicts"
    rm -rf "$machine" "$TMP/nginx" "$TMP/disk"
}
