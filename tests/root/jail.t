#!/bin/bash
# What an intruder who is root inside a jail can do: nothing to the host, and
# nothing to the image.
. "$(dirname "$0")/../lib.sh"

busybox=$(command -v busybox)
mkdir -p "$TMP/tree/bin"
cp "$busybox" "$TMP/tree/bin/busybox"
cp "$busybox" "$TMP/tree/bin/busybox-suid"
chmod 4755 "$TMP/tree/bin/busybox-suid"
for name in sh id cat ls rm; do
    ln -s busybox "$TMP/tree/bin/$name"
done
ok "the attacker is built" "${CC:-cc}" -static -D_GNU_SOURCE -Wall -O1 \
    -o "$TMP/tree/bin/attack" "$SRC"/tests/root/attack*.c
ok "so is what it becomes another user with" "${CC:-cc}" -static -D_GNU_SOURCE \
    -Wall -o "$TMP/tree/bin/as_user" "$SRC/tests/root/as_user.c"

# An abstract socket, which belongs to the host's network.
abstract=test-attack-$$
perl -MIO::Socket::UNIX -e '
    my $s = IO::Socket::UNIX->new(Local => "\0$ARGV[0]", Listen => 1) or die;
    sleep 600' "$abstract" </dev/null &
kill_later $!
there() {
    grep -q "@$abstract$" /proc/net/unix
}
ok "an abstract socket of the host's listens" wait_until 10 there

common="source tree tree
copy /bin/**
device null zero stdout stderr log
writable /tmp 16M 1777
dir /var
overlay /var 8M
env ABSTRACT=$abstract"

# The report of the attacker, one assertion a line.
judge() {
    local result text
    while read -r result text; do
        case $result in
        pass) pass "$1: $text" ;;
        fail) fail "$1: $text" ;;
        esac
    done <<<"$STDOUT"
    is "$1: all was tried" "$(tail -n 1 <<<"$STDOUT")" end
}

# --- Root without any power ---------------------------------------------------

recipe attack <<END >/dev/null
name test-attack-$$
$common
run /bin/attack
END
ok "packed" "$JAILPACK" -o "$TMP/attack.sqfs" "$TMP/attack.recipe"
ok "root in a jail" "$JAILMOUNT" "$TMP/attack.sqfs" --run
judge "root"

# --- The same for what is run in a jail that runs already ---------------------

sleeper=test-sleeper-$$
sed "s|^name .*|name $sleeper|; s|^run .*|run /bin/busybox sleep 300|" \
    "$TMP/attack.recipe" >"$TMP/sleeper.recipe"
ok "packed" "$JAILPACK" -o "$TMP/sleeper.sqfs" "$TMP/sleeper.recipe"
stop_later "$sleeper"
ok "started" "$JAILMOUNT" "$TMP/sleeper.sqfs" --run -d
ok "root by --exec" "$JAILMOUNT" "$sleeper" --exec -- /bin/attack
judge "exec"
# The init, the service and this one, in every hierarchy.
all_in_groups() {
    local file files
    files=$(find /sys/fs/cgroup -path "*/jailmount/$sleeper/g1/cgroup.procs")
    [ -n "$files" ] || return 1
    for file in $files; do
        [ "$(wc -l <"$file")" = 3 ] || return 1
    done
}
"$JAILMOUNT" "$sleeper" --exec -- /bin/busybox sleep 301 </dev/null &
client=$!
kill_later $client
ok "it is in the jail's control groups" wait_until 5 all_in_groups
ok "stopped" "$JAILMOUNT" "$sleeper" --stop
wait $client
is "and it ends with the jail" $? 137

# --- Root with every capability and the calls that are refused otherwise ------

capabilities=$(for ((number = 0; \
    number <= $(cat /proc/sys/kernel/cap_last_cap); number++)); do
    capsh --decode="$(printf %x $((1 << number)))"
done | sed 's/.*=cap_//' | tr '\n' ' ')
calls=$(sed -n 's/^\tREFUSE\(_AT\)\?(\([a-z0-9_]*\).*/\2/p' \
    "$SRC/mount/seccomp_list.c" | tr '\n' ' ')
recipe powerful <<END >/dev/null
name test-powerful-$$
$common
allow capability $capabilities
allow syscall $calls clone clone3 unshare
run /bin/attack powerful
END
ok "packed with every capability" \
    "$JAILPACK" -o "$TMP/powerful.sqfs" "$TMP/powerful.recipe"
hostname=$(hostname)
ok "root with every capability" "$JAILMOUNT" "$TMP/powerful.sqfs" --run
judge "powerful root"

kept=/var/lib/jailmount/persist/test-places-$$
mkdir "$TMP/shared"
sed '/^name \|^run /d' "$TMP/powerful.recipe" >"$TMP/places.recipe"
cat >>"$TMP/places.recipe" <<END
name test-places-$$
proc
persist /kept 16M
share $TMP/shared at /shared rw
run /bin/attack powerful places proc
END
ok "packed with places and /proc" \
    "$JAILPACK" -o "$TMP/places.sqfs" "$TMP/places.recipe"
ok "root with all that there is" "$JAILMOUNT" "$TMP/places.sqfs" --run
judge "all"
ok "the shared directory was written to" [ -e "$TMP/shared/attack" ]
rm -rf "$kept" "/var/log/jailmount/test-places-$$.log"
is "the host has its name" "$(hostname)" "$hostname"

# --- What the recipe allows, and no more --------------------------------------

recipe some <<END >/dev/null
name test-some-$$
$common
proc
hostname inside
allow capability setuid setgid chown
run /bin/sh
END
ok "packed with three capabilities" \
    "$JAILPACK" -o "$TMP/some.sqfs" "$TMP/some.recipe"
within() {
    run "$JAILMOUNT" "$TMP/some.sqfs" --run -- -c "$1"
}

within "exec cat /proc/self/status"
for set in CapPrm CapEff CapBnd; do
    like "$set" "$STDOUT" "^$set:	00000000000000c1$"
done
for set in CapInh CapAmb; do
    like "$set" "$STDOUT" "^$set:	0000000000000000$"
done
like "no new privileges" "$STDOUT" "^NoNewPrivs:	1$"
like "filtered" "$STDOUT" "^Seccomp:	2$"

within "exec /bin/as_user 33 /bin/cat /proc/self/status"
like "another user has none of them" "$STDOUT" "^CapPrm:	0000000000000000$"
within "exec /bin/as_user 33 /bin/busybox-suid id -u"
is "a set-user-id program gives nothing" "$STDOUT" 33

within "ls /proc"
like "its own processes are in /proc" "$STDOUT" '^self$'
unlike "nothing of the kernel's is" "$STDOUT" \
    '^(sys|kcore|cpuinfo|keys|mounts)$'
within "cat /proc/1/environ /proc/1/maps; ls /proc/1/root/ /proc/1/fd"
like "the init is out of reach" "$STDERR" "/proc/1/environ"
is "and says nothing" "$STDOUT" ""
within "echo 1 >/proc/self/oom_score_adj"
like "/proc is read-only" "$STDERR" "Read-only"

within "cat /proc/self/mountinfo"
unlike "no mount of the host's in sight" "$STDOUT" \
    " (ext4|xfs|btrfs|cgroup2?|sysfs|devtmpfs) "
like "the image is read-only" "$STDOUT" " / / ro,nosuid,nodev"
like "/tmp holds nothing that runs" "$STDOUT" " /tmp rw,nosuid,nodev,noexec"
like "/dev is read-only" "$STDOUT" " / /dev ro,nosuid,noexec"
within "cat /proc/self/cgroup"
unlike "it does not see its control groups" "$STDOUT" jailmount
within "/bin/busybox hostname"
is "the hostname" "$STDOUT" inside
within "ls /"
is "only what the image holds" "$(tr '\n' ' ' <<<"$STDOUT")" "bin dev etc proc tmp var "

# --- Every life begins anew ---------------------------------------------------

within "rm -rf / 2>/dev/null; echo wrecked >/tmp/x; ls /bin | head -n 1"
within "ls /bin; ls /tmp"
is "rm -rf / spares the image, and the layers are new" \
    "$(tr '\n' ' ' <<<"$STDOUT")" "as_user attack busybox busybox-suid cat id ls rm sh "

# What its alarms have left for the operator.
for name in attack sleeper powerful places some; do
    rm -rf "/var/lib/jailmount/evidence/test-$name-$$"
done
plan_done
