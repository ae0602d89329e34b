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
# not by --exec, of whose programs only executions are watched.
cat >serve <<'END'
#!/usr/bin/busybox sh
busybox httpd -f -p 80 -h /srv &
while :; do
    if [ -f /tmp/order ]; then
        busybox mv /tmp/order /tmp/doing
        answer=none
        . /tmp/doing >/tmp/said 2>&1
        busybox mv /tmp/said "/tmp/answer.$answer"
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
    local name=$RANDOM$RANDOM
    order "$1" "answer=$name
$2"
    wait_until 20 inside "$1" test -f "/tmp/answer.$name"
    inside "$1" cat "/tmp/answer.$name"
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
begun=$SECONDS
flooding() {
    [ "$(status_of quiet .alarms.call)" -gt 100 ]
}
ok "flood: it has begun" wait_until 20 flooding
like "flood: the jail serves" "$(curl -fsS "http://127.0.0.1:$PORT/")" well
flooded() {
    [ "$(status_of quiet .alarms.call)" = 8005 ]
}
ok "flood: it is over, and all are counted" wait_until 120 flooded
# 640 of them a second at most.
ok "flood: it had to wait for its turn ($((SECONDS - begun)) s)" \
    [ $((SECONDS - begun)) -ge 10 ]
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

# --- Executions by programs of --exec ---

calls=$(status_of quiet .alarms.call)
is "--exec: what it executes of the image is no alarm" "$(inside quiet sh -c '
/probe exec /probe
/probe exec /proc/self/exe
busybox echo run; busybox sh -c "busybox true; busybox echo run again"')" "exec ok
exec ok
run
run again"
is "nor is it listed" "$(status_of quiet .alarms.execution)" 6
is "what it would execute beside the image is refused" "$(inside quiet sh -c '
busybox cp /probe /tmp/other
busybox chmod 755 /tmp/other
/probe exec /tmp/other
/probe exec /tmp/other
/probe fexec /tmp/other
/probe exec /tmp/none')" "exec EACCES
exec EACCES
fexec EACCES
exec ENOENT"
is "and an alarm, each time" "$(status_of quiet .alarms.execution)" 9
like "with the reason" "$(log_of quiet)" \
    "refused: execution of /tmp/other, which is not the image's, by probe"
status "the program itself is the operator's" 126 \
    "$JAILMOUNT" "$base-quiet" --exec -- /tmp/other
is "whatever it is" "$(status_of quiet .alarms.execution)" 9
is "its system calls are not looked at" "$(status_of quiet .alarms.call)" "$calls"
for _ in 1 2 3 4 5 6 7 8; do
    inside quiet sh -c 'for i in 1 2 3 4 5; do busybox true || exit 1; done' &
done
wait
ok "many at once" [ "$(inside quiet sh -c 'busybox echo still')" = still ]
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

# Set-id bits are refused where files are kept.
jail tamper <<'END'
restore on tamper
persist /kept 0777
overlay /srv 1M
overlay /etc 1M
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

# --- Afterwards ---

# Everything at once, as an intruder would, and what is left of it.
inside tamper sh -c "busybox rm -rf /tmp/answer.*"
order tamper 'busybox cp /probe /tmp/.tool
busybox printf "#!/usr/bin/busybox sh\necho x\n" >/tmp/run.me
busybox chmod 755 /tmp/.tool /tmp/run.me
echo "<?php system(1);" >/srv/shell.php
busybox rm /srv/index.html
echo deny >/etc/app.conf
echo "GET /" >/srv/access.log
busybox chmod 4755 /srv/shell.php
busybox cp /probe /kept/again
echo x >/kept/data.db
/probe exec /tmp/run.me'
ok "afterwards: it is restored" wait_until 20 generation 4
ok "afterwards: and evidence kept" wait_until 20 has_reason 3 \
    "tampering: a system call that was refused"
piece=$(basename "/var/lib/jailmount/evidence/$base-tamper"/*-g3-replaced)
ok "afterwards: evidence is listed" "$JAILMOUNT" "$base-tamper" --evidence
like "afterwards: whole, and what there is" "$(grep -e "$piece" <<<"$STDOUT")" \
    "^$piece +[0-9.]+ kB  whole +tampering: a system call .*; program 2, script 2, configuration 1, deleted 1"
ok "afterwards: --diff of it" "$JAILMOUNT" "$base-tamper" --diff "$piece"
sum=$(sha256sum <probe | cut -d' ' -f1)
is "afterwards: worst first" \
    "$(sed -e 's/sha256 [0-9a-f]*\([0-9a-f]\{4\}\)/sha256 \1/' \
        -e '/^caches/,$d' <<<"$STDOUT")" \
    "$piece (whole), tampering: a system call that was refused
programs:
+ /tmp/.tool  (ELF, sha256 ${sum: -4})
+ /kept/again  (ELF, kept)
scripts:
+ /srv/shell.php  (sha256 $(printf '<?php system(1);\n' | sha256sum |
    cut -c61-64))
+ /tmp/run.me  (script, sha256 $(sed 's/of the image/x/' hook | sha256sum |
    cut -c61-64))
configuration:
+ /etc/app.conf
deleted:
- /srv/index.html
databases:
+ /kept/data.db  (kept)
logs:
+ /srv/access.log"
like "afterwards: in one line" "$STDOUT" "^[0-9]+ changes: 2 programs, 2 scripts,\
 1 of configuration, 1 deleted, 1 database, 1 log, [0-9]+ temporary$"
like "afterwards: what was executed" "$STDOUT" \
    "^  /usr/bin/busybox  [0-9]+ times, first by serve \([0-9]+\) at 20"
like "afterwards: and what was tried" "$STDOUT" \
    "^  /tmp/run.me  1 time, first by probe .*; not the image's, and refused"
by_piece=$STDOUT
ok "afterwards: by its generation" "$JAILMOUNT" "$base-tamper" --diff \
    --generation 3
is "afterwards: which is the same" "$STDOUT" "$by_piece"
is "afterwards: for machines" "$("$JAILMOUNT" "$base-tamper" --diff "$piece" \
    --json | jq -c '.verdict, .generation, .classes.program,
    (.changes[] | select(.path == "/tmp/.tool") | .class, .sha256),
    (.executed[] | select(.of_image | not) | .path)')" "\"whole\"
3
2
\"program\"
\"$sum\"
\"/tmp/run.me\""
like "afterwards: a refused call is in it" \
    "$(jq -r '.[].call' "/var/lib/jailmount/evidence/$base-tamper/$piece/refused.json")" \
    '^f?chmod(at)?$'
status "afterwards: a generation that is nowhere" 1 \
    "$JAILMOUNT" "$base-tamper" --diff --generation 99
like "afterwards: is told" "$STDERR" 'generation 99 .* neither serves nor was kept'
status "afterwards: a name that leads elsewhere" 1 \
    "$JAILMOUNT" "$base-tamper" --diff ..
order tamper 'echo y >/kept/live.conf
busybox cp /usr/bin/hook /tmp/live; /tmp/live; true'
lives() {
    "$JAILMOUNT" "$base-tamper" --diff --generation "$1" | grep -q '/tmp/live'
}
ok "afterwards: one that lives has a number, too" wait_until 20 lives 4
live=$("$JAILMOUNT" "$base-tamper" --diff)
like "afterwards: what it has put where it is kept" "$live" \
    '^\+ /kept/live.conf  \(kept\)$'
unlike "afterwards: but not what another one has" "$live" '/kept/again'
unlike "afterwards: which a restore would not lose" \
    "$("$JAILMOUNT" "$base-tamper" --drill)" /kept

# Whoever alters evidence is found out.
kept=/var/lib/jailmount/evidence/$base-tamper/$piece
cp "$kept/changes.json" changes.json
sed -i 's/tool/fool/' "$kept/changes.json"
status "altered: it is not believed" 1 "$JAILMOUNT" "$base-tamper" --diff "$piece"
like "altered: and told" "$STDERR" "is not what was kept: changes.json is another one"
like "altered: in the list, too" "$("$JAILMOUNT" "$base-tamper" --evidence)" \
    "^$piece .*ALTERED +changes.json is another one"
(cd "$kept" && awk '{ print $2 }' SHA256SUMS | xargs sha256sum >sums &&
    mv sums SHA256SUMS)
like "altered: with its sums" "$("$JAILMOUNT" "$base-tamper" --evidence)" \
    "^$piece .*unlogged"
touch "$kept/more"
like "altered: with a file more" "$("$JAILMOUNT" "$base-tamper" --evidence)" \
    "^$piece .*ALTERED +more came later"
is "none of one that never was" "$("$JAILMOUNT" test-alarms-never --evidence)" ""
"$JAILMOUNT" "$base-tamper" --stop

for name in quiet memory tamper; do
    rm -rf "/var/log/jailmount/$base-$name.log" \
        "/var/lib/jailmount/evidence/$base-$name" \
        "/var/lib/jailmount/persist/$base-$name"
done
plan_done
