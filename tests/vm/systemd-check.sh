# shellcheck shell=dash
# shellcheck disable=SC2034 # for who sources it
#
# What systemd-guest.sh looks at.

unit=jailmount@hello.service
url=http://127.0.0.1:8080/
page="From a virtual machine."
next_page="The next one."
export SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0 SYSTEMD_PAGER=

# shellcheck source=tests/vm/guest-check.sh
. /root/guest-check.sh

tell_more() {
    journalctl -n 20 --no-pager
}

until_it() {
    local end
    end=$(($(date +%s) + 90))
    while [ "$(date +%s)" -lt $end ]; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "not within 90 s:" "$@"
    "$@"
}

not() {
    ! "$@"
}

# A property of the unit; of another one, with its name behind it.
property() {
    systemctl show -P "$1" "${2:-$unit}"
}

is() {
    echo "$1: is $2, should be $3"
    [ "$2" = "$3" ]
}

property_is() {
    is "$1" "$(property "$1" "${3:-}")" "$2"
}

at_least() {
    echo "$1: is ${2:-none}, at least $3"
    [ "${2:-0}" -ge "$3" ]
}

# page_is TEXT [URL]
page_is() {
    is "page" "$(timeout 30 wget -q -O - "${2:-$url}")" "$1"
}

file_is() {
    is "$1" "$(cat "$1")" "$2"
}

# A member of what --status --json has, of the jail or of another.
status() {
    jailmount "${2:-hello}" --status --json | tr -d '\n' |
        sed -n "s/.*[{ ]\"$1\": *\"*\([0-9a-f]*\).*/\1/p"
}

generation() {
    status generation
}

pid() {
    property MainPID
}

group() {
    echo "/sys/fs/cgroup$(property ControlGroup)"
}

# Of the events of a group's file, one's number.
events() {
    sed -n "s/^$2 //p" "$(group)/g$(generation)/$1"
}

# What a jail is made of outside of it, a line each.
made_of() {
    find /sys/fs/cgroup -type d -name 'g[0-9]*'
    find /sys/fs/cgroup -maxdepth 1 -name 'jailmount*'
    cat /sys/block/loop*/loop/backing_file /sys/block/dm-*/dm/name
    grep -E 'squashfs|overlay|jail' /proc/mounts
    # shellcheck disable=SC2009 # what it was started as
    ps -o pid,args | grep '[/]bin/busybox httpd'
} 2>/dev/null

nothing_left() {
    {
        made_of
        find /run/jailmount -mindepth 1
        find /sys/fs/cgroup -path '*jailmount@*'
        pidof jailmount
    } 2>/dev/null >/tmp/left
    cat /tmp/left
    [ ! -s /tmp/left ]
}

# One generation, and no more than that.
only_one() {
    made_of >/tmp/made
    cat /tmp/made
    [ "$(grep -c '/g[0-9]*$' /tmp/made)" = 1 ] &&
        [ "$(grep -c 'memfd\|[.]sqfs' /tmp/made)" = 1 ] &&
        [ "$(grep -c httpd /tmp/made)" = 1 ]
}

# A setting of the unit's until the next boot.
setting() {
    mkdir -p "/run/systemd/system/$unit.d"
    printf '[Service]\n%s\n' "$1" >"/run/systemd/system/$unit.d/test.conf"
    systemctl daemon-reload
}

# Requests one after the other until /tmp/enough is there; /tmp/lost counts.
ask_on() {
    : >/tmp/lost
    while [ ! -e /tmp/enough ]; do
        [ "$(timeout 30 wget -q -O - "$url")" = "$page" ] || echo lost >>/tmp/lost
        echo asked >>/tmp/asked
    done
}
