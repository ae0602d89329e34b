#!/bin/sh
# shellcheck shell=dash
#
# In the virtual machine of systemd.sh. Lines "BENCH WAY", requests, failed,
# retried, orders, median ms to the first page, separated by tabs.

PATH=/usr/local/sbin:/usr/sbin:/usr/bin
export PATH
# shellcheck source=tests/vm/guest-check.sh
. /root/guest-check.sh
read -r seconds </root/seconds

# ms since the boot, to 10 of them.
now() {
    sed 's/\([0-9]*\)[.]\([0-9]*\) .*/\1\20/' /proc/uptime
}

# measure WAY UNIT PORT - the order, and then the first page, every second.
measure() {
    local way=$1 unit=$2 port=$3 load begun next
    if ! systemctl start "$unit" || ! /root/load first 60 "$port" >/dev/null; then
        journalctl --no-pager -n 20 -u "$unit"
        printf '\nBENCH %s\tfailed\n' "$way"
        return
    fi
    : >/tmp/orders
    /root/load close "$seconds" 10 "$port" >/tmp/load 2>/tmp/reasons &
    load=$!
    next=$(($(now) + 1000))
    while kill -0 $load 2>/dev/null; do
        if [ "$(now)" -lt "$next" ]; then
            sleep 0.05
            continue
        fi
        begun=$(now)
        next=$((begun + 1000))
        systemctl "$way" "$unit"
        /root/load first 60 "$port" >/dev/null
        echo $(($(now) - begun)) >>/tmp/orders
    done
    wait $load
    systemctl stop "$unit"
    printf '\nBENCH %s\t%s\t%s\t%s\n' "$way" "$(cut -f 1-3 /tmp/load)" \
        "$(wc -l </tmp/orders)" \
        "$(sort -n /tmp/orders | awk '{ line[NR] = $1 } END {
            print line[int((NR + 1) / 2)] }')"
    cat /tmp/reasons
}

measure restart nginx.service 80
measure reload jailmount@nginx.service 8080
result end
systemctl start --no-block poweroff.target
