#!/bin/sh
# shellcheck shell=dash
#
# What is tried in a virtual machine whose process 1 is systemd, in as many
# boots as there are functions boot_N. Results go to the console as "RESULT ok
# TEXT" and "RESULT not ok TEXT".

PATH=/usr/local/sbin:/usr/sbin:/usr/bin
export PATH

# shellcheck source=tests/vm/systemd-check.sh
. /root/systemd-check.sh

# --- The unit -----------------------------------------------------------------

starts() {
    check "systemctl start" systemctl start $unit
    check "is over when the jail serves" page_is "$page"
    check "the unit is active" property_is ActiveState active
    check "it says how it is" until_it property_is StatusText \
        "generation 1 serves"
    check "the watchdog is armed" property_is WatchdogUSec 30s
    check "and is heard of" not property_is WatchdogTimestampMonotonic 0
}

reloads() {
    local asking
    rm -f /tmp/enough /tmp/asked
    ask_on &
    asking=$!
    check "systemctl reload" systemctl reload $unit
    check "is a restore" is generation "$(generation)" 2
    check "after which the unit is active" property_is ActiveState active
    check "by its own word too" until_it property_is StatusText \
        "generation 2 serves, restored 1 times"
    jailmount hello --restore &
    check "systemd hears of a restore" \
        until_it property_is ActiveState reloading
    wait $!
    check "and of its end" until_it property_is SubState running
    check "it is the next generation" is generation "$(generation)" 3
    touch /tmp/enough
    wait $asking
    check "no request was lost meanwhile" not test -s /tmp/lost
    check "of those there were" at_least requests "$(wc -l </tmp/asked)" 3
}

bites() {
    local before
    setting WatchdogSec=6s
    systemctl restart $unit
    before=$(pid)
    kill -STOP "$before"
    check "a supervisor that does nothing is killed" \
        until_it not test -e "/proc/$before"
    check "by the watchdog" sh -c \
        "journalctl -u $unit | grep -i 'watchdog timeout'"
    check "and started again" until_it property_is ActiveState active
    check "once" property_is NRestarts 1
    check "it serves" page_is "$page"
    check "there is one jail" until_it only_one
}

# --- Killed -------------------------------------------------------------------

taken_over() {
    journalctl -u $unit -o cat | grep -c 'earlier supervisor taken over'
}

is_killed() {
    local before asking taken
    setting RestartSec=10s
    systemctl restart $unit
    check "systemctl restart hands over the sockets" \
        at_least "taken over" "$(taken_over)" 1
    taken=$(taken_over)
    check "and is a life of its own" is generation "$(generation)" 1
    before=$(pid)
    kill -KILL "$before"
    check "it is killed" until_it property_is SubState auto-restart
    timeout 60 wget -q -O - "$url" >/tmp/waited 2>/dev/null &
    asking=$!
    sleep 1
    check "while there is nobody" property_is SubState auto-restart
    check "who comes waits" test -d /proc/$asking
    wait $asking
    check "and is answered by the next" file_is /tmp/waited "$page"
    check "which systemd has started" until_it property_is ActiveState active
    check "with the sockets" is "taken over" "$(taken_over)" $((taken + 1))
    check "there is one jail then" only_one
    rm -r "/run/systemd/system/$unit.d"
    systemctl daemon-reload
}

# --- Control groups -----------------------------------------------------------

divides() {
    local group
    group=$(group)/g$(generation)
    check "processes are limited" file_is "$group/pids.max" 32
    check "memory is limited" file_is "$group/memory.max" 67108864
    check "processor time is limited" file_is "$group/cpu.max" "50000 100000"
    check "the supervisor is in a group of its own" is group \
        "$(cat "/proc/$(pid)/cgroup")" "0::$(property ControlGroup)/supervisor"
    check "and nobody in that of the unit" is processes \
        "$(cat "$(group)/cgroup.procs")" ""
    check "nor anything at the root" not test -e /sys/fs/cgroup/jailmount
    check "systemd-cgls shows the jail's processes" sh -c \
        "systemd-cgls -l -u $unit | grep 'busybox httpd'"
    check "systemctl status shows them" sh -c \
        "systemctl status -l --no-pager $unit | grep 'busybox httpd'"
    check "jailmount --status tells the group" sh -c \
        "jailmount hello --status | grep -x 'cgroup  *$group'"
    systemctl daemon-reload
    check "systemd leaves the limits alone" file_is "$group/pids.max" 32
}

takes_hold() {
    # shellcheck disable=SC2016 # the jail's shell expands it
    jailmount hello --exec -- /bin/sh -c \
        'for i in 1 2 3 4 5 6 7 8 9 10; do
            for j in 1 2 3 4; do /bin/busybox sleep 2 & done
        done' >/dev/null 2>&1
    check "there are not more processes than that" at_least max \
        "$(events pids.events max)" 1
    jailmount hello --exec -- /bin/busybox tail -c 200000000 /dev/zero \
        >/dev/null 2>&1
    check "nor more memory" at_least oom_kill \
        "$(events memory.events oom_kill)" 1
    jailmount hello --exec -- /bin/busybox timeout 2 /bin/sh -c \
        'while :; do :; done' >/dev/null 2>&1
    check "nor more processor time" at_least nr_throttled \
        "$(events cpu.stat nr_throttled)" 1
    check "the unit goes on" property_is ActiveState active
    check "as it was" property_is NRestarts 0
}

is_worked_with() {
    check "a program is run inside" jailmount hello --exec -- \
        /bin/busybox true
    check "it is updated" jailmount hello --update /images/next.sqfs --trial 0
    check "to another page" page_is "$next_page"
    check "and back" jailmount hello --update /images/hello.sqfs --trial 0 \
        --downgrade
    check "all below the unit" until_it only_one
}

# Fields of what the service has said itself.
is_in_the_journal() {
    journalctl -o json JAIL_NAME=hello JAIL_STREAM=stdout |
        grep '"MESSAGE":"it begins"' | tail -n 1 >/tmp/entry
    check "what the service says is in the journal" test -s /tmp/entry
    for field in JAIL_VERSION:1 "JAIL_GENERATION:$(generation)" \
        "JAIL_ROOT_HASH:$(status root_hash)" "_SYSTEMD_UNIT:$unit" \
        SYSLOG_IDENTIFIER:hello; do
        check "with ${field%%:*}" grep -F \
            "\"${field%%:*}\":\"${field#*:}\"" /tmp/entry
    done
}

stops() {
    check "systemctl stop" systemctl stop $unit
    check "which is no failure" property_is Result success
    check "leaves nothing behind" until_it nothing_left
}

# Not in a unit that is given anything.
without_a_unit() {
    check "a jail is started by hand" jailmount /images/hello.sqfs --run -d \
        --listen 127.0.0.1:8080:80
    check "its groups are where they are without systemd" file_is \
        /sys/fs/cgroup/jailmount/hello/g1/pids.max 32
    systemctl daemon-reload
    check "systemd leaves them alone, too" file_is \
        /sys/fs/cgroup/jailmount/hello/g1/cpu.max "50000 100000"
    check "it is stopped" jailmount hello --stop
    check "and leaves nothing behind" until_it nothing_left
}

# --- Booting ------------------------------------------------------------------

enables() {
    mkdir -p /etc/systemd/system/jailmount@second.service.d
    printf '[Unit]\nAfter=%s\n' $unit \
        >/etc/systemd/system/jailmount@second.service.d/order.conf
    check "systemctl enable" systemctl enable $unit jailmount@second
}

began() {
    property InactiveExitTimestampMonotonic "$1"
}

served() {
    property ActiveEnterTimestampMonotonic "$1"
}

is_booted() {
    check "the boot has started the jail" property_is ActiveState active
    check "which serves" page_is "$page"
    check "and one behind it" property_is ActiveState active jailmount@second
    check "which serves, too" page_is "$page" http://127.0.0.1:8082/
    check "in order" at_least "second begins" \
        "$(began jailmount@second)" "$(served $unit)"
    check "before who waits for all of it" at_least "the test begins" \
        "$(began test.service)" "$(served jailmount@second)"
    systemctl disable --now $unit jailmount@second
    check "both are stopped and leave nothing" until_it nothing_left
}

is_running() {
    jailmount --list | grep "^$1 .*ready"
}

boots_without_units() {
    check "jailmount --boot" jailmount --boot
    check "starts what is to be started" is_running third
    check "and what that comes after" is_running fourth
    check "which serves" page_is "$page" http://127.0.0.1:8084/
    check "in order" at_least "supervisor of the second" \
        "$(status supervisor third)" "$(status supervisor fourth)"
    check "and nothing else" not is_running hello
    check "jailmount --shutdown" jailmount --shutdown
    check "leaves nothing" until_it nothing_left
}

# --- Updates ------------------------------------------------------------------

is_updated_by_the_clock() {
    local timer=jailmount-update@hello
    cp /images/hello.sqfs /images/current.sqfs
    echo "image /images/current.sqfs" >/etc/jailmount/hello.conf
    echo "listen 127.0.0.1:8080:80" >>/etc/jailmount/hello.conf
    systemctl start $unit
    check "it runs" page_is "$page"
    mkdir -p /run/systemd/system/$timer.timer.d
    printf '[Timer]\nOnCalendar=\nRandomizedDelaySec=0\nOnActiveSec=1s\n' \
        >/run/systemd/system/$timer.timer.d/test.conf
    systemctl daemon-reload
    cp /images/next.sqfs /images/new.sqfs
    mv /images/new.sqfs /images/current.sqfs
    check "a timer is started" systemctl start $timer.timer
    check "it updates the jail" until_it page_is "$next_page"
    check "and waits for what becomes of it" property_is ActiveState \
        activating $timer.service
    check "which is well" until_it property_is ActiveState inactive \
        $timer.service
    check "as it says" property_is Result success $timer.service
    check "the jail was not restarted for it" is generation "$(generation)" 2
    check "its groups are below its unit" test -d "$(group)/g2"
    systemctl stop $timer.timer $unit
}

# --- Without jailmount --------------------------------------------------------

is_portable() {
    check "systemd-dissect takes the export" systemd-dissect \
        /root/portable/hello.raw
    mkdir -p /etc/systemd/portable
    cp -r /root/portable/profile /etc/systemd/portable/
    check "portablectl attach" portablectl attach --profile jail \
        /root/portable/hello.raw
    check "systemctl start" systemctl start hello.service
    check "serves the page" until_it page_is "$page" http://127.0.0.1/
    check "from the verified image" sh -c \
        'grep " / .*squashfs" /proc/$(systemctl show -P MainPID hello)/mountinfo'
    check "within its limits" file_is \
        "/sys/fs/cgroup$(property ControlGroup hello)/pids.max" 32
    check "systemctl stop" systemctl stop hello.service
    check "portablectl detach" portablectl detach /root/portable/hello.raw
    check "leaves no unit" not systemctl cat hello.service
}

is_run_as_it_is() {
    cp /root/portable/sealed/hello.* /var/lib/machines
    mv /var/lib/machines/hello.service /etc/systemd/system/sealed.service
    systemctl daemon-reload
    check "the image itself is a unit's root" systemctl start sealed.service
    check "it serves the page" until_it page_is "$page" http://127.0.0.1/
    check "systemctl stop" systemctl stop sealed.service
}

boot_1() {
    starts
    reloads
    bites
    is_killed
    systemctl restart $unit
    divides
    takes_hold
    is_in_the_journal
    is_worked_with
    stops
    without_a_unit
    enables
}

boot_2() {
    is_booted
    boots_without_units
    is_updated_by_the_clock
    is_portable
    is_run_as_it_is
}

boot=$(($(cat /root/boots 2>/dev/null) + 1))
echo "$boot" >/root/boots
"boot_$boot"
sync
if grep -q "^boot_$((boot + 1))()" "$0"; then
    result reboot
    systemctl start --no-block reboot.target
else
    result end
    systemctl start --no-block poweroff.target
fi
