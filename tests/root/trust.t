#!/bin/bash
# Who may sign what runs here, and that no older version comes back.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-trust-$$
log=/var/log/jailmount/$jail.log
kept=/var/lib/jailmount/versions/$jail
trusted=/run/verity.d
stop_later "$jail" "$jail-b"

# Certificates that nobody else sees: this script has its own mount namespace.
mkdir -p "$trusted"
mount -t tmpfs none "$trusted"
for other in /etc /usr/local/lib /usr/lib; do
    [ -z "$(find "$other/verity.d" -name '*.crt' 2>/dev/null)" ] ||
        skip_all "certificates are installed in $other/verity.d"
done

# certificate NAME
certificate() {
    openssl req -x509 -nodes -keyout "$1.key" -out "$1.crt" -days 9 \
        -subj "/CN=$1" -newkey rsa:2048 2>/dev/null
}
certificate first
certificate second

# image FILE VERSION OPTION...: a version of the jail, "" for none.
image() {
    recipe one <<END >/dev/null
name $jail
${2:+version $2}
source host
copy /bin/busybox
link /bin/sh busybox
file /run.sh <<EOF
trap 'exit 0' TERM
[ "$2" != 9:broken ] || exit 3
while :; do sleep 0.1; done
EOF
device null stdout stderr
drain 1s
run /bin/sh /run.sh
${READY:-}
END
    "$JAILPACK" -o "$1" "${@:3}" one.recipe >/dev/null || fail "packed $1"
}
image plain.sqfs 2.0
image first.sqfs 2.0 --key first.key --cert first.crt
image second.sqfs 2.0 --key second.key --cert second.crt

start() {
    "$JAILMOUNT" "$1" --run -d "${@:2}"
}
stop() {
    "$JAILMOUNT" "$jail" --stop >/dev/null 2>&1 </dev/null
}
# refused TEXT REGEX COMMAND...: with that reason; nothing has been done.
refused() {
    run "${@:3}"
    if [ "$STATUS" = 125 ] && grep -qE -- "$2" <<<"$STDERR" &&
        [ ! -e "/run/jailmount/$jail" ] &&
        ! grep -q "$jail" /proc/self/mountinfo; then
        pass "$1"
    else
        fail "$1"
        tell "${@:3}"
    fi
}
# kept TEXT VERSION: soon.
kept() {
    wait_until 10 grep -qxF "$2" "$kept/version"
    is "$1" "$(cat "$kept/version")" "$2"
}
signature() {
    "$JAILMOUNT" "$jail" --status --json </dev/null | jq -c .signature
}

# --- Nobody is trusted --------------------------------------------------------

ok "without certificates an unsigned image runs" start plain.sqfs
is "which --status tells" "$(signature)" '{"signed":false,"overruled":false}'
like "to people too" "$("$JAILMOUNT" "$jail" --status)" '^signature +none$'
like "and the log" "$(cat "$log")" 'image is not signed; no certificate is'
stop
refused "one that is signed has to be verified" \
    'first.sqfs: it is signed with the certificate of issuer CN=first.*no cert' \
    start first.sqfs
like "by" "$STDERR" "put the signer's certificate into /etc/verity.d"
refused "whatever is asked for" 'no certificate is trusted' \
    start first.sqfs --unsigned

# --- Somebody is --------------------------------------------------------------

cp first.crt "$trusted"
ok "what is signed by them runs" start first.sqfs
is "whose signature it is" "$(signature)" \
    "{\"signed\":true,\"signer\":\"CN=first\",\"certificate\":\"$trusted/first.crt\",\"installed\":true}"
like "for people" "$("$JAILMOUNT" "$jail" --status)" \
    "^signature +by CN=first \($trusted/first.crt\)$"
like "in the log" "$(cat "$log")" \
    "image is signed by CN=first \($trusted/first.crt\)"
stop
refused "what is not signed does not" \
    "it is not signed, and where a certificate is installed \($trusted/first" \
    start plain.sqfs
like "unless" "$STDERR" '--unsigned runs it all the same'
refused "not even planned" 'it is not signed' \
    "$JAILMOUNT" plain.sqfs --run --dry-run
ok "so be it" start plain.sqfs --unsigned
is "and is told" "$(signature)" '{"signed":false,"overruled":true}'
like "loudly" "$("$JAILMOUNT" "$jail" --status)" '^signature +NONE'
like "in the log too" "$(cat "$log")" 'image is NOT SIGNED'
stop
refused "somebody else's signature" \
    'certificate of issuer CN=second, serial [0-9a-f]+, which is not among' \
    start second.sqfs
refused "nor with" 'CN=second' start second.sqfs --unsigned

mkdir mnt
status "a jail is not even assembled" 1 "$JAILMOUNT" plain.sqfs mnt
like "for the same reason" "$STDERR" 'it is not signed'
is "nothing is mounted" "$(grep -c " $TMP/mnt " /proc/self/mountinfo)" 0
ok "unless" "$JAILMOUNT" plain.sqfs mnt --unsigned
ok "taken down" "$JAILMOUNT" --umount mnt
ok "what is signed is" "$JAILMOUNT" first.sqfs mnt
ok "and taken down" "$JAILMOUNT" --umount mnt

# --- Several, and one fewer ---------------------------------------------------

cp second.crt "$trusted"
ok "with two certificates one runs" start first.sqfs
stop
ok "and the other" start second.sqfs
rm "$trusted/second.crt"
is "its certificate is removed while it runs" "$(signature | jq .installed)" \
    false
like "which is told" "$("$JAILMOUNT" "$jail" --status)" 'NO LONGER INSTALLED'
ok "a restore goes by the root hash" "$JAILMOUNT" "$jail" --restore
is "it has been one" "$("$JAILMOUNT" "$jail" --status --json |
    jq .generation)" 2
run start second.sqfs --name "$jail-b"
is "nor does another jail get it from the one that runs" "$STATUS" 125
like "for it is judged anew" "$STDERR" 'CN=second.*not among'
stop
refused "the next start is refused" 'CN=second.*not among' start second.sqfs

# --- What is wrong with it ----------------------------------------------------

section() {
    "$JAILPACK" --inspect --json "$1" | jq ".sections.signature.$2"
}
at=$(section first.sqfs offset)
# changed OFFSET: bad.sqfs, in one byte.
changed() {
    cp first.sqfs bad.sqfs
    printf x | dd of=bad.sqfs bs=1 seek="$1" conv=notrunc 2>/dev/null
}
changed $((at + 300))
refused "a changed signature" 'signature has been changed' start bad.sqfs
changed "$at"
refused "garbage" 'signature is not PKCS#7' start bad.sqfs
changed 5000
refused "a changed image" 'changed in bytes 4096 to 8191' start bad.sqfs
image other.sqfs 2.1 --key first.key --cert first.crt
tail -c +$(($(section other.sqfs offset) + 1)) other.sqfs |
    head -c "$(section other.sqfs length)" >other.p7s
cp first.sqfs bad.sqfs
dd if=other.p7s of=bad.sqfs bs=1 seek="$at" conv=notrunc 2>/dev/null
refused "another image's signature" 'is of another root hash' start bad.sqfs
echo "no certificate" >"$trusted/first.crt"
refused "a certificate that is none" 'which is not among those' start first.sqfs
refused "counts as one" 'it is not signed' start plain.sqfs
cp first.crt "$trusted"
ok "nothing of all this has been kept" start first.sqfs
stop

# --- Another image, while it runs ---------------------------------------------

# update STATUS IMAGE OPTION...: without a trial.
update() {
    run "$JAILMOUNT" "$jail" --update "$2" --trial 0 "${@:3}"
    [ "$STATUS" = "$1" ] || tell "$JAILMOUNT" "$jail" --update "$2" "${@:3}"
}
ok "signed" start first.sqfs
update 1 plain.sqfs
like "an update is judged as a start is" "$STDERR" 'it is not signed'
update 1 second.sqfs
like "by whoever has signed it" "$STDERR" 'CN=second.*not among'
update 1 bad.sqfs
like "and by what it is worth" "$STDERR" 'is of another root hash'
is "it goes on as it was" "$("$JAILMOUNT" "$jail" --status --json |
    jq -r '.generation, .version')" $'1\n2.0'
update 0 other.sqfs
is "a newer one takes over" "$("$JAILMOUNT" "$jail" --status --json |
    jq -r '.version, .signature.signer')" $'2.1\nCN=first'
like "which the log has, too" "$(grep 'image is signed by' "$log" | tail -n 1)" \
    "$jail 2.1 .*image is signed by CN=first"
kept "and its version is kept" 2.1
update 1 first.sqfs
like "the one before does not come back" "$STDERR" '2.1 of .* and 2.0 is older'
update 0 plain.sqfs --unsigned --downgrade
is "unless all that is asked for" "$(signature)" \
    '{"signed":false,"overruled":true}'
kept "and kept" 2.0
stop

# --- No version before --------------------------------------------------------

rm "$trusted"/*.crt
kept "what has run is known" 2.0
is "to root alone" "$(stat -c '%a %U' "$kept" "$kept/version")" \
    $'700 root\n600 root'
for version in 1.9 2.0~rc1 1:0.5 2.10 ''; do
    image "v${version:-none}.sqfs" "$version"
done
refused "an older one does not run" \
    "version 2.0 of $jail has run here, and 1.9 is older" start v1.9.sqfs
like "unless" "$STDERR" '--downgrade goes back'
refused "nor one that was to become it" '2.0~rc1 is older' start v2.0~rc1.sqfs
refused "nor one that does not say" 'and 0 is older' \
    start vnone.sqfs
ok "the same does" start plain.sqfs
stop
ok "a newer one does" start v2.10.sqfs
kept "and is noted" 2.10
stop
refused "the one before no longer" '2.10 of .* and 2.0 is older' \
    start plain.sqfs
ok "another name knows nothing of it" start v1.9.sqfs --name "$jail-b"
ok "back, on purpose" start plain.sqfs --downgrade
kept "noted" 2.0
stop
ok "then it needs no purpose" start plain.sqfs
stop
ok "an epoch counts" start v1:0.5.sqfs
stop
refused "and stays" '1:0.5 of .* and 2.10 is older' start v2.10.sqfs
READY="listen 80
ready listen" image broken.sqfs 9:broken
ok "back" start v2.10.sqfs --downgrade
stop
status "one that never gets ready" 125 start broken.sqfs
kept "does not count" 2.10
ok "back to no version" start vnone.sqfs --downgrade
stop
ok "and any" start v1.9.sqfs
stop

# --- Usage --------------------------------------------------------------------

status "--downgrade goes with a start" 2 "$JAILMOUNT" "$jail" --stop --downgrade
like "and says so" "$STDERR" '--downgrade does not go with'
status "--unsigned too" 2 "$JAILMOUNT" "$jail" --status --unsigned
like "and says so" "$STDERR" '--unsigned does not go with'

umount "$trusted"
rmdir --ignore-fail-on-non-empty "$trusted"
rm -f "$log" "/var/log/jailmount/$jail-b.log"
plan_done
