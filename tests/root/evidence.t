#!/bin/bash
# What a restore keeps of the generation that goes: who it was, what it had
# written, what it did when it heard that it was to finish.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

jail=test-evidence-$$
port=$(free_port)
kept=/var/lib/jailmount/evidence/$jail
stop_later "$jail"

remove_kept() {
    rm -rf "$kept"
    rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
        /var/lib/jailmount 2>/dev/null
}

# A service that destroys its traces when it is told to finish.
cat >"$TMP/serve" <<'END'
#!/usr/bin/busybox sh
trap 'rm -f /var/lib/loot; echo gone >/var/lib/farewell; exit 0' TERM
busybox nc -l -p 99
busybox httpd -f -p 80 -h /srv &
while :; do sleep 0.1; done
END
chmod 755 "$TMP/serve"
recipe evidence <<END >/dev/null
name $jail
version 1.5
source host
copy /usr/bin/busybox
link /usr/bin/sh busybox
link /usr/bin/sleep busybox
link /usr/bin/rm busybox
file /srv/index.html <<EOF
served
EOF
dir /var/lib
file /var/lib/kept <<EOF
of the image
EOF
file /var/lib/doomed <<EOF
of the image
EOF
overlay /var/lib 8M
writable /tmp 8M 1777
source tree $TMP
copy /serve => /usr/bin/serve
device null
env PATH=/usr/bin
listen 80
ready http /
drain 3s
run /usr/bin/serve
END
ok "it is packed" "$JAILPACK" -o "$TMP/$jail.sqfs" "$TMP/evidence.recipe"
ok "it runs" "$JAILMOUNT" "$TMP/$jail.sqfs" --run -d \
    --listen "127.0.0.1:$port:80"

# An intruder: files of every kind, and a process of their own that holds a
# connection.
inside() {
    "$JAILMOUNT" "$jail" --exec -- /usr/bin/busybox "$@"
}
inside sh -c 'cd /var/lib && printf "\177ELF tool" >loot && chmod 755 loot &&
    rm doomed && echo changed >kept && ln -s /etc/shadow link &&
    mkdir -p "sub/odd
name" && echo deep >"sub/odd
name/file" && mkfifo pipe && echo temporary >/tmp/t'
inside sh -c 'exec sleep 777' &
intruder=$!
wait_until 5 sh -c "grep -qs 'sleep.777' /proc/[0-9]*/cmdline"
exec 9<>"/dev/tcp/127.0.0.1/$port"
client_port=$(ss -Htnp "dport = :$port" | grep "pid=$$," |
    awk '{print $4}' | sed 's/.*://' | head -n 1)
ok "it is restored" "$JAILMOUNT" "$jail" --restore
like "the page is served" "$(curl -fsS "http://127.0.0.1:$port/")" served
count() {
    # Not what is still being written.
    find "$kept" -mindepth 1 -maxdepth 1 -name "[0-9]*-g1-$1" 2>/dev/null |
        wc -l
}
count_is() {
    [ "$(count "$1")" = 1 ]
}
ok "evidence is kept of it" wait_until 10 count_is replaced
ok "and of what it did at its end" wait_until 10 count_is ended
wait $intruder
exec 9<&-
first=$(find "$kept" -name '[0-9]*-g1-replaced')
last=$(find "$kept" -name '[0-9]*-g1-ended')
is "for root alone" "$(stat -c '%a %u' "$kept" "$first" | sort -u)" "700 0"
is "its files too" "$(stat -c %a "$first"/* | sort -u)" 600
ok "the digests are right" sh -c "cd '$first' && sha256sum -c SHA256SUMS"
is "of all files" "$(wc -l <"$first/SHA256SUMS")" \
    "$(find "$first" -type f ! -name SHA256SUMS | wc -l)"
sum=$(sha256sum "$first/SHA256SUMS" | cut -d' ' -f1)
like "the log has the digest of the digests" \
    "$(cat "/var/log/jailmount/$jail.log")" "evidence: $first .*$sum"

is "whose it is" "$(jq -r '[.jail, .version, .generation, .reason] | join(" ")' \
    "$first/evidence.json")" "$jail 1.5 1 restored by order"
is "of which image" "$(jq -r .root_hash "$first/evidence.json")" \
    "$("$JAILPACK" --inspect --json "$TMP/$jail.sqfs" | jq -r .root_hash)"

# --- The layers ---

changes() {
    jq -r '.changes[] | .change + " " + .path + " " +
        ((.traits // []) | join(","))' "$1/changes.json"
}
list=$(changes "$first")
diag "$list"
like "a program that was brought along" "$list" 'added /var/lib/loot ELF'
like "what was deleted" "$list" 'deleted /var/lib/doomed'
like "what was changed" "$list" 'changed /var/lib/kept'

mkdir "$TMP/layers"
ok "the archive unpacks" tar -C "$TMP/layers" --xattrs \
    --xattrs-include='*' -xpf "$first/layers.tar"
is "a program, byte by byte" "$(cat "$TMP/layers/var/lib/loot")" \
    "$(printf '\177ELF tool')"
is "a whiteout is one" \
    "$(stat -c '%F %t:%T' "$TMP/layers/var/lib/doomed")" \
    "character special file 0:0"
is "a link is not followed" "$(readlink "$TMP/layers/var/lib/link")" \
    /etc/shadow
is "any name" "$(cat "$TMP/layers/var/lib/sub/odd
name/file")" deep
ok "a fifo does not block it" [ -p "$TMP/layers/var/lib/pipe" ]
is "the other layer" "$(cat "$TMP/layers/tmp/t")" temporary
is "owners are the jail's" \
    "$(tar --numeric-owner -tvf "$first/layers.tar" var/lib/loot |
        awk '{print $2}')" 0/0

# --- Its end ---

list=$(changes "$last")
diag "$list"
like "what it wrote then" "$list" 'added /var/lib/farewell'
unlike "what it destroyed is gone there" "$list" '/var/lib/loot'
like "but was kept before it heard of its end" "$(changes "$first")" loot

# --- The processes ---

json=$first/processes.json
is "the intruder's process" \
    "$(jq -r '.processes[].command | join(" ")' "$json" |
        grep -c '^sleep 777')" 1
is "what it ran" "$(jq -r '.processes[] | select(.command[0] == "sleep" and
    .command[1] == "777") | .executable' "$json" | sed 's,.*/,,')" busybox
like "what it had mapped" "$(jq -r '.processes[] |
    select(.command[1] == "777") | .maps[]' "$json")" 'r-xp.*busybox'
is "the client that was connected" \
    "$(jq -r '.sockets[] | select(.state == "established") | .remote' \
        "$json")" "127.0.0.1:$client_port"
is "none but the jail's are there" "$(jq -r '.processes[].pid' "$json" |
    grep -cxE "1|$$")" 0
is "what was refused" "$(jq -r '.[0].bind' "$first/refused.json" |
    sed 's/.*://')" 99
like "the log" "$(cat "$first/log")" "refused: bind"

# --- Bounds ---

ok "a restore can do without" "$JAILMOUNT" "$jail" --restore --no-evidence
ok "that one has ended" wait_until 10 \
    bash -c "'$JAILMOUNT' '$jail' --status --json | jq -e '.finishing == []'"
is "nothing is kept of it" "$(find "$kept" -name '*-g2-*' | wc -l)" 0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
    "$JAILMOUNT" "$jail" --restore >"$TMP/out" 2>&1 ||
        fail "a restore: $(cat "$TMP/out")"
    sleep 0.05
done
ok "all have ended" wait_until 20 \
    bash -c "'$JAILMOUNT' '$jail' --status --json | jq -e '.finishing == []'"
settled() {
    local all
    all=$(find "$kept" -mindepth 1 -maxdepth 1)
    [ -n "$all" ] && ! grep -q partial <<<"$all"
}
ok "nothing is unfinished" wait_until 20 settled
all=$(find "$kept" -mindepth 1 -maxdepth 1)
# As many writers as there were at once may each have counted without the
# others.
number=$(wc -l <<<"$all")
ok "no more are kept than the bound ($number)" [ "$number" -le 24 ]
is "the oldest went first" "$(grep -c -e '-g1-' <<<"$all")" 0
ok "it stops" "$JAILMOUNT" "$jail" --stop
remove_kept
rm -f "/var/log/jailmount/$jail.log"
plan_done
