#!/bin/bash
# Alarms for what an intruder tries: system calls that are refused, and the
# execution of what the image does not hold. And none for what servers try.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
base=test-alarms-$$
ok "the probe is built" "${CC:-cc}" -static -D_GNU_SOURCE -o probe \
    "$SRC/tests/root/alarm_probe.c"

# A service with a door for the intruder: what lies in /tmp/order is run by it,
# not by --exec, whose programs nobody watches.
cat >serve <<'END'
#!/usr/bin/busybox sh
busybox httpd -f -p 80 -h /srv &
while :; do
    if [ -f /tmp/order ]; then
        busybox mv /tmp/order /tmp/doing
        . /tmp/doing >/tmp/said 2>&1
        busybox mv /tmp/said /tmp/answer
    fi
    busybox sleep 0.05
done
END
printf '#!/usr/bin/busybox sh\necho of the image\n' >hook
chmod 755 serve hook

# jail NAME <<WORDS: packs and runs one with these words more.
jail() {
    {
        cat <<END
name $base-$1
source host
copy /usr/bin/busybox
source tree $TMP
copy /serve /hook => /usr/bin/
copy /probe => /probe
copy /probe => /opt/tools/probe
file /srv/index.html <<EOF
well
EOF
file /opt/share/text <<EOF
text
EOF
device null
proc
writable /tmp 8M 1777
writable /opt/work 1M 1777
env PATH=/usr/bin
listen 80
ready http /
drain 1s
run /usr/bin/serve
END
        cat
    } >"$1.recipe"
    PORT=$(free_port)
    stop_later "$base-$1"
    ok "$1: packed" "$JAILPACK" -o "$1.sqfs" "$1.recipe"
    ok "$1: runs" "$JAILMOUNT" "$1.sqfs" --run -d \
        --listen "127.0.0.1:$PORT:80"
}
inside() {
    "$JAILMOUNT" "$base-$1" --exec -- /usr/bin/busybox "${@:2}"
}
# order NAME COMMANDS: what the service itself is to do.
order() {
    printf '%s\n' "$2" >order.text
    "$JAILMOUNT" "$base-$1" --exec -- /usr/bin/busybox sh -c \
        'busybox cat >/tmp/order.new &&
            busybox mv /tmp/order.new /tmp/order' <order.text
}
# answer NAME COMMANDS: and what it says.
answer() {
    inside "$1" rm -f /tmp/answer
    order "$1" "$2"
    wait_until 20 inside "$1" test -f /tmp/answer
    inside "$1" cat /tmp/answer
}
status_of() {
    "$JAILMOUNT" "$base-$1" --status --json | jq -r "$2"
}
log_of() {
    cat "/var/log/jailmount/$base-$1.log"
}

# --- A quiet life ---

jail quiet </dev/null
is "quiet: programs of the image" "$(answer quiet '/usr/bin/hook
/probe nothing && /opt/tools/probe nothing && echo both
cd /opt/tools && ./probe nothing && echo from here
/probe exec /probe
/probe fexec /opt/tools/probe
/probe self /probe
/probe exec /proc/self/exe
sh -c "nothing-like-it; exit 0" 2>/dev/null
busybox true && echo a link')" "of the image
both
from here
exec ok
fexec ok
self ok
exec ok
a link" || log_of quiet
is "quiet: what servers try and do without" "$(answer quiet '
/probe call keyctl
/probe call netlink
/probe call clone3
/probe call unknown')" "keyctl EPERM
netlink EAFNOSUPPORT
clone3 ENOSYS
unknown ENOSYS"
is "quiet: nothing of that is an alarm" \
    "$(status_of quiet '.alarms | .call, .execution')" "0
0"

# --- Refused calls ---

is "refused: each fails as before" "$(answer quiet '
/probe call ptrace
/probe call mount
/probe call unshare
/probe call packet
/probe call ptrace')" "ptrace EPERM
mount EPERM
unshare EPERM
packet EAFNOSUPPORT
ptrace EPERM"
is "refused: each is an alarm" "$(status_of quiet .alarms.call)" 5
is "refused: the log has each once" \
    "$(log_of quiet | grep -o 'alarm: refused: system call.*' |
        sed 's/([0-9]*)/(N)/')" \
    "alarm: refused: system call ptrace by probe (N)
alarm: refused: system call mount by probe (N)
alarm: refused: system call unshare by probe (N)
alarm: refused: system call socket by probe (N)"
is "refused: all are counted" "$(status_of quiet \
    '.refused_calls[] | [.call, .count, .command] | @csv')" \
    '"ptrace",2,"probe"
"mount",1,"probe"
"unshare",1,"probe"
"socket",1,"probe"'
like "refused: and shown" "$("$JAILMOUNT" "$base-quiet" --status)" \
    'ptrace  2 times, first by probe \([0-9]+\) at 20'
like "refused: in one line, too" "$("$JAILMOUNT" "$base-quiet" --status)" \
    'alarms +call 5'

# A flood: the supervisor has time for everything else.
order quiet '/probe flood ptrace 2000'
flooding() {
    [ "$(status_of quiet .alarms.call)" -gt 100 ]
}
ok "flood: it has begun" wait_until 20 flooding
like "flood: the jail serves" "$(curl -fsS "http://127.0.0.1:$PORT/")" well
flooded() {
    [ "$(status_of quiet .alarms.call)" = 8005 ]
}
ok "flood: it is over, and all are counted" wait_until 120 flooded
is "flood: the log has nothing of it" \
    "$(log_of quiet | grep -c 'system call ptrace')" 1

# --- Executions ---

is "execution: of what was brought along" "$(answer quiet '
busybox cp /probe /tmp/tool
busybox cp /probe /opt/work/tool
busybox printf "#!/usr/bin/busybox sh\necho run\n" >/tmp/script
busybox chmod 755 /tmp/tool /tmp/script /opt/work/tool
/probe exec /tmp/tool
/probe exec /tmp/script
/probe exec /opt/work/../work/tool
/probe fexec /tmp/tool
/probe self /tmp/tool
cd /tmp && /probe exec ./tool
/probe exec /tmp/none')" "exec EACCES
exec EACCES
exec EACCES
fexec EACCES
self EACCES
exec EACCES
exec ENOENT"
is "execution: each is an alarm" "$(status_of quiet .alarms.execution)" 6
is "execution: each file is told once" \
    "$(log_of quiet | grep -o 'execution of.*' | sed 's/([0-9]*)/(N)/')" \
    "execution of /tmp/tool, which is not the image's, by probe (N)
execution of /tmp/script, which is not the image's, by probe (N)
execution of /opt/work/tool, which is not the image's, by probe (N)"
"$JAILMOUNT" "$base-quiet" --stop

# --- Memory ---

jail memory <<<'allow syscall memfd_create'
is "memory: nothing of it is executed" "$(answer memory '/probe memory')" \
    "memory EACCES"
like "memory: and it is told" "$(log_of memory)" \
    "execution of /memfd:tool \(deleted\), which is not the image's"
is "memory: the call itself is none" "$(status_of memory .alarms.call)" 0
"$JAILMOUNT" "$base-memory" --stop

# --- Answered by a restore ---

jail tamper <<'END'
restore on tamper
persist /kept 0777
END
generation() {
    [ "$(status_of tamper .generation 2>/dev/null)" -ge "$1" ] 2>/dev/null &&
        [ "$(status_of tamper .state)" = ready ]
}
order tamper '/probe call mount'
ok "tamper: a refused call" wait_until 20 generation 2
order tamper 'busybox cp /probe /kept/tool; busybox chmod 755 /kept/tool
/probe exec /kept/tool'
ok "tamper: a program that is kept" wait_until 20 generation 3
like "tamper: it is told" "$(log_of tamper)" \
    "alarm: refused: execution of /kept/tool, which is not the image's"
reason() {
    jq -r .reason "/var/lib/jailmount/evidence/$base-tamper"/*-g"$1"-replaced/evidence.json
}
has_reason() {
    [ "$(reason "$1" 2>/dev/null)" = "$2" ]
}
ok "tamper: evidence of the first" wait_until 20 has_reason 1 \
    "tampering: a system call that was refused"
ok "tamper: and of the second" wait_until 20 has_reason 2 \
    "tampering: a program that is not the image's"
"$JAILMOUNT" "$base-tamper" --stop

for name in quiet memory tamper; do
    rm -rf "/var/log/jailmount/$base-$name.log" \
        "/var/lib/jailmount/evidence/$base-$name" \
        "/var/lib/jailmount/persist/$base-$name"
done
plan_done
