#!/bin/bash
# All jails of the host's settings: --boot in order, --shutdown in the reverse.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

jail=test-boot-$$
settings=/etc/jailmount
made=
[ -e "$settings" ] || made=1
mkdir -p "$settings"
mount -t tmpfs -o mode=755 settings "$settings"
stop_later "$jail-a" "$jail-b" "$jail-c" "$jail-idle"

recipe app <<RECIPE >/dev/null
name $jail
source host
copy /bin/busybox
ready exec
run /bin/busybox sleep 1000
RECIPE
recipe broken <<RECIPE >/dev/null
name $jail-broken
source host
copy /bin/busybox
listen 80
ready listen
run /bin/busybox false
RECIPE
ok "an image" "$JAILPACK" -o "$TMP/app.sqfs" "$TMP/app.recipe"
ok "and one that does not become ready" \
    "$JAILPACK" -o "$TMP/broken.sqfs" "$TMP/broken.recipe"

conf() {
    cat >"$settings/$jail-$1.conf"
}

# Our jails that run, in the order of their start.
running() {
    "$JAILMOUNT" --list --json |
        jq -r --arg jail "$jail-" \
            'map(select(.name | startswith($jail)) |
                select(.state == "ready")) | sort_by(.started) |
            map(.name | ltrimstr($jail)) | join(" ")'
}

# When it ended, as its log has it.
ended() {
    grep -h 'ended with status' "/var/log/jailmount/$jail-$1.log" |
        tail -n 1 | cut -d ' ' -f 1
}

image="image $TMP/app.sqfs"
printf '%s\nboot\nafter %s\n' "$image" "$jail-c" | conf a
printf '%s\nboot\nafter nobody\n' "$image" | conf b
printf '%s\nboot\n' "$image" | conf c
printf '%s\n' "$image" | conf idle
printf 'image %s\nboot\nlisten 127.0.0.1:%s:80\n' "$TMP/broken.sqfs" \
    "$(free_port)" | conf broken
printf 'boot\nboot again\n' | conf mistake
printf '%s\nboot\nafter %s\n' "$image" "$jail-round" | conf circle
printf '%s\nboot\nafter %s\n' "$image" "$jail-circle" | conf round

status "--boot tells that some failed" 1 "$JAILMOUNT" --boot
like "one whose service ends" "$STDERR" "jailmount: $jail-broken:"
like "one whose settings are wrong" "$STDERR" \
    "jailmount: $jail-mistake: $settings/$jail-mistake.conf:2:1: boot"
like "one that waits for itself" "$STDERR" "$jail-circle: it waits for itself"
like "and the other one" "$STDERR" "$jail-round: it waits for itself"
is "all others run, in order" "$(running)" "b c a"

rm "$settings/$jail"-{broken,mistake,circle,round}.conf
ok "again: what runs stays" "$JAILMOUNT" --boot
is "it is as it was" "$(running)" "b c a"
ok "one is stopped" "$JAILMOUNT" "$jail-c" --stop
ok "one that is not enabled is started by hand" \
    "$JAILMOUNT" "$jail-idle" --run -d
ok "--boot starts what is missing" "$JAILMOUNT" --boot
is "now they are all there" "$(running)" "b a idle c"

ok "--shutdown" "$JAILMOUNT" --shutdown
is "stops what --boot starts" "$(running)" idle
ok "in the reverse order" [ "$(ended a)" '<' "$(ended c)" ]
ok "of the start" [ "$(ended c)" '<' "$(ended b)" ]
ok "again: nothing to do" "$JAILMOUNT" --shutdown
ok "the other one is stopped by hand" "$JAILMOUNT" "$jail-idle" --stop
status "--boot takes no name" 2 "$JAILMOUNT" "$jail-a" --boot
rm "$settings/$jail"-*.conf
ok "without settings there is nothing to do" "$JAILMOUNT" --boot

umount "$settings"
[ -z "$made" ] || rmdir --ignore-fail-on-non-empty "$settings"
rm -f "/var/log/jailmount/$jail"-*.log
plan_done
