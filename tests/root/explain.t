#!/bin/bash
# jailmount --run --explain: what a service fails at for want of something,
# with the line for the recipe that adds it; and that the line does.
. "$(dirname "$0")/../lib.sh"

jail=test-explain-$$
source=$TMP/source
stop_later "$jail"

ok "the service is compiled" "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -O1 -static \
    -pthread -o "$TMP/probe" "$SRC/tests/root/explain_probe.c"

# What is nowhere but in this source, whatever the host has.
mkdir -p "$source"/jt/{conf/parts,deep,sub,real} "$source/srv/jt"
for file in jt/conf/main jt/conf/parts/one jt/deep/file jt/sub/x jt/real/data \
    "jt/a b;c" jt/star\* jt/thread jt/stat jt/access; do
    echo "$file" >"$source/$file"
done
ln -s real "$source/jt/by-link"
ln -s ../real/data "$source/jt/sub/link"
cp "$TMP/probe" "$source/jt/tool"
mkdir "$source/jt/scripts"
echo '#! /jt/scripts/second -x' >"$source/jt/scripts/first"
echo '#!/jt/late' >"$source/jt/scripts/second"
echo '#!/jt/scripts/round' >"$source/jt/scripts/round"
chmod 755 "$source"/jt/scripts/*
mkfifo "$source/jt/fifo"
chown 33:4 "$source/jt/conf"
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Listen => 1,
    Local => $ARGV[0]) or die' "$source/srv/jt/socket"

base() {
    cat <<END
name $jail
source tree $source
source host
copy $TMP/probe => /bin/probe
copy /jt/real/data
copy /jt/real/data => /jt/layer/hidden
dir /jt/sub /jt/out /jt/outer/inner /etc
file /jt/out/old 0644 <<EOF
old
EOF
writable /jt/layer 1M
END
}

# explain RECIPE WORD... packs the recipe with these words to run, and runs it:
# STDOUT is what came of them, STDERR what was told.
explain() {
    local recipe=$1
    shift
    { cat "$TMP/$recipe.recipe"; echo "run /bin/probe $*"; } \
        >"$TMP/packed.recipe"
    ok "$recipe: packed" "$JAILPACK" -o "$TMP/$recipe.sqfs" \
        "$TMP/packed.recipe" || diag "$(cat "$TMP/packed.recipe")"
    rm -f "$TMP/list"
    ok "$recipe: it runs" timeout 60 "$JAILMOUNT" "$TMP/$recipe.sqfs" --run \
        --explain --source "$source" --output "$TMP/list" "${options[@]}"
}
options=()

# What was told, without its beginning.
told() {
    sed -n 's/^jailmount: generation 1: //p' <<<"$STDERR"
}

lines() {
    grep -v '^#' "$TMP/list"
}

# --- Things that are missing --------------------------------------------------

words="open:/jt/conf/main list:/jt/conf/parts at:/jt/sub:x
    in:/jt/sub:../deep/file open:/jt/by-link/data exec:/jt/tool
    loop:500:open:/jt/conf/main thread:open:/jt/thread stat:/jt/stat
    access:/jt/access readlink:/jt/sub/link stat:/jt/conf
    open:/jt/nowhere stat:/srv/nowhere/x open:/dev/zero open:/dev/log
    open:/jt/layer/hidden"
words=$(tr '\n' ' ' <<<"$words")
base >"$TMP/missing.recipe"
explain missing "$words"
is "nothing of it is there" "$(grep -c ' ENOENT$' <<<"$STDOUT")" 17
is "each is told once, as it happens" "$(told)" \
    "missing: /jt/conf/main, openat by probe: copy /jt/conf/main ($source)
missing: /jt/conf/parts, openat by probe: copy /jt/conf/parts ($source; a directory, with all that is in it)
missing: /jt/sub/x, openat by probe: copy /jt/sub/x ($source)
missing: /jt/deep/file, openat by probe: copy /jt/deep/file ($source)
missing: /jt/by-link/data, openat by probe: link /jt/by-link real ($source)
missing: /jt/tool, execve by probe: copy /jt/tool ($source)
missing: /jt/thread, openat by probe: copy /jt/thread ($source)
missing: /jt/stat, newfstatat by probe: copy /jt/stat ($source)
missing: /jt/access, access by probe: copy /jt/access ($source)
missing: /jt/sub/link, readlink by probe: link /jt/sub/link ../real/data ($source)
missing: /jt/conf, newfstatat by probe: dir /jt/conf 0755 33:4 ($source)
missing: /dev/zero, openat by probe: device zero (the host)
missing: /dev/log, openat by probe: device log$(
    [ ! -e /dev/log ] || echo " (the host)")
missing: /jt/layer/hidden, openat by probe: # overlay /jt/layer 16M, in place of: writable /jt/layer (the image; that layer hides it)"
is "at the end, sorted" "$(lines)" \
    "copy /jt/access
copy /jt/conf/main
copy /jt/conf/parts
copy /jt/deep/file
copy /jt/stat
copy /jt/sub/x
copy /jt/thread
copy /jt/tool
device log
device zero
dir /jt/conf 0755 33:4
link /jt/by-link real
link /jt/sub/link ../real/data"
ok "what is nowhere is counted" grep -q '^# 2 paths .* nowhere' "$TMP/list"
is "the list is for root alone" "$(stat -c %a "$TMP/list")" 600

{ base | sed 's,^writable /jt/layer 1M,overlay /jt/layer 1M,'; cat "$TMP/list"; } \
    >"$TMP/complete.recipe"
explain complete "$words"
is "with these lines it finds all of it" \
    "$(grep -v ' ok$' <<<"$STDOUT")" "open:/jt/nowhere ENOENT
stat:/srv/nowhere/x ENOENT
open:/dev/log EACCES"
is "and nothing is missing" "$(told)" ""
is "which is said" "$(head -n 1 "$TMP/list")" \
    "# This run was missing nothing that a recipe could add."

# --- Scripts ------------------------------------------------------------------

{ base; echo 'copy /jt/scripts/*'; } >"$TMP/scripts.recipe"
explain scripts exec:/jt/scripts/first exec:/jt/scripts/round
is "a script whose interpreter is nowhere" "$(told)" ""
cp "$TMP/probe" "$source/jt/late"
ok "its interpreter is somewhere by now" "$JAILMOUNT" "$TMP/scripts.sqfs" \
    --run --explain --source "$source"
is "the script is what fails" "$(head -n 1 <<<"$STDOUT")" \
    "exec:/jt/scripts/first ENOENT"
is "the interpreter of its interpreter what is missing" "$(told)" \
    "missing: /jt/late, execve by probe: copy /jt/late ($source)"

# --- From packages of the host ------------------------------------------------

base >"$TMP/package.recipe"
explain package "open:/usr/share/zoneinfo/UTC open:/etc/ld.so.cache" \
    "open:/etc/shadow"
like "the package is told" "$(told)" \
    'copy /usr/share/zoneinfo/UTC \(the host, package tzdata\)'
unlike "what the loader does without is not" "$(told)" ld.so.cache
is "the package is fetched, accounts are the operator's to name" \
    "$(grep -v '^# [0-9W]' "$TMP/list")" \
    "# user NAME, for each that it needs
copy /usr/share/zoneinfo/UTC
fetch tzdata"
options=(--all)
explain package "open:/etc/ld.so.cache"
ok "--all lists it" grep -qx 'copy /etc/ld.so.cache' "$TMP/list"

# --- What is read-only --------------------------------------------------------

options=()
words="create:/jt/out/new mkdir:/jt/out/directory write:/jt/out/old
    unlink:/jt/out/gone rename:/jt/out/old:/jt/out/older chmod:/jt/out/old
    writable:/jt/out/old unixbind:/jt/outer/inner/socket create:/jt/outer/x
    create:/jt/layer/x open:/jt/out/old create:/srv/jt/log"
words=$(tr '\n' ' ' <<<"$words")
base >"$TMP/readonly.recipe"
explain readonly "$words"
is "the image is read-only" "$(grep -c ' EROFS$' <<<"$STDOUT")" 9
is "each directory is told once" "$(told)" \
    "read-only: /jt/out/new, openat by probe: overlay /jt/out 16M
read-only: /jt/outer/inner/socket, bind by probe: overlay /jt/outer/inner 16M
read-only: /jt/outer/x, openat by probe: overlay /jt/outer 16M
missing: /srv/jt, openat by probe: dir /srv/jt 0755 ($source)
read-only: /srv/jt/log, openat by probe: overlay /srv/jt 16M"
is "in the list one stands for those in it" "$(lines)" \
    "dir /srv/jt 0755
overlay /jt/out 16M
overlay /jt/outer 16M
overlay /srv/jt 16M"
{ base; cat "$TMP/list"; } >"$TMP/writable.recipe"
explain writable "$words"
is "with these lines all can be written" \
    "$(grep -v ' ok$' <<<"$STDOUT")" "unlink:/jt/out/gone ENOENT
chmod:/jt/out/old ENOENT
writable:/jt/out/old ENOENT
open:/jt/out/old ENOENT"
is "and nothing is told" "$(told)" ""

# --- What is refused ----------------------------------------------------------

base >"$TMP/refused.recipe"
explain refused tcp:10.0.0.5:5432 udp:10.0.0.5:53 udp:10.0.0.5:80 bind:8080 \
    setuid:33 chown:/jt/layer chroot:/jt mount memfd \
    unix:/srv/jt/socket clone3
like "nothing is let through" "$STDOUT" '^memfd EPERM$'
is "it fails as without --explain" "$STDOUT" \
    "$("$JAILMOUNT" "$TMP/refused.sqfs" --run 2>"$TMP/err" </dev/null)"
is "each is told" "$(told | grep -v '^alarm: ')" \
    "refused: 10.0.0.5:5432, connect by probe: connect 10.0.0.5:5432
refused: 10.0.0.5:53, connect by probe: connect 10.0.0.5:53/udp
refused: 0.0.0.0:8080, bind by probe: listen 8080
refused: setuid, setuid by probe: allow capability setuid
refused: chown, chown by probe: allow capability chown
refused: chroot, chroot by probe: allow capability sys_chroot
refused: mount, mount by probe: allow syscall mount (refused for a reason: docs/security.md)
refused: memfd_create, memfd_create by probe: allow syscall memfd_create (refused for a reason: docs/security.md)
missing: /srv/jt/socket, connect by probe: # share /srv/jt ($source; a socket of the host's: whoever listens there then hears the jail)"
{ base; grep -E '^(listen|allow capability)' "$TMP/list"; echo "ready exec"; } \
    >"$TMP/allowed.recipe"
options=(--listen "127.0.0.1:$(free_port):8080")
explain allowed bind:8080 chown:/jt/layer chroot:/jt setuid:33 open:/bin/probe \
    open:/conf/main
is "with these lines it may" "$STDOUT" "bind:8080 ok
chown:/jt/layer ok
chroot:/jt ok
setuid:33 ok
open:/bin/probe ENOENT
open:/conf/main ENOENT"
is "paths in a changed root are told as the jail's" "$(told)" \
    "missing: /jt/conf/main, openat by probe: copy /jt/conf/main ($source)"

{ base; echo "connect 127.0.0.1:9 localhost:19"; } >"$TMP/peers.recipe"
options=()
explain peers tcp:127.0.0.1:9 tcp:127.0.0.1:19 tcp:127.0.0.1:29
is "who is a peer, by whatever name, is not told" \
    "$(told | grep -v '^alarm: ')" \
    "refused: 127.0.0.1:29, connect by probe: connect 127.0.0.1:29"

# --- A jail that means harm ---------------------------------------------------

options=()
mkdir "$source/jt/foreign"
ok "a file system that may have to ask others" \
    mount -t proc none "$source/jt/foreign"
echo "no line of a recipe" >"$source/jt/x"$'\n'"run bad"
{ base; echo proc; } >"$TMP/hostile.recipe"
explain hostile symlink:/jt/layer/a:/etc/hostname open:/jt/layer/a \
    symlink:/jt/layer/b:../../../../../../jt/deep/file open:/jt/layer/b \
    open:/jt/layer/../../../../../jt/thread \
    symlink:/jt/layer/c:/proc/1/root open:/jt/layer/c/jt/stat \
    open:/proc/self/root/jt/stat open:/proc/self/cwd/../jt/stat \
    open:/jt/foreign/version open:/jt/fifo symlink:/jt/layer/l:l open:/jt/layer/l \
    "'open:/jt/a b;c'" "'open:/jt/star*'" '"open:/jt/x\nrun bad"'
is "nothing of the host opens" "$(grep -c '^open:.* ok$' <<<"$STDOUT")" 0
like "links lead where the jail's root says" "$(told)" \
    '^missing: /jt/deep/file, openat by probe: copy /jt/deep/file '
like "and so do dots" "$(told)" '^missing: /jt/thread, .*: copy /jt/thread '
like "and the links of /proc" "$(told)" '^missing: /jt/stat, .*: copy /jt/stat '
unlike "it is not entered" "$(told)" /jt/foreign
unlike "what is no file is none to copy" "$(cat "$TMP/list")" fifo
ok "a name with blanks is quoted" grep -qxF "copy '/jt/a b;c'" "$TMP/list"
ok "a pattern is none" grep -qxF 'copy /jt/star[*]' "$TMP/list"
ok "a newline begins no line" [ "$(grep -c '^run' "$TMP/list")" = 0 ]
ok "it is a remark" grep -qxF \
    '# copy /jt/x\x0arun bad, which no recipe can name' "$TMP/list"
{ base; echo proc; cat "$TMP/list"; } >"$TMP/quoted.recipe"
explain quoted "'open:/jt/a b;c'" "'open:/jt/star*'"
is "what was quoted is found" "$(grep -c ' ok$' <<<"$STDOUT")" 2

# --- As JSON; and how it ends -------------------------------------------------

options=(--json)
base >"$TMP/json.recipe"
explain json open:/jt/thread create:/jt/out/new open:/jt/nowhere
is "the lines" "$(jq -c .lines "$TMP/list")" \
    '["copy /jt/thread","overlay /jt/out 16M"]'
is "and why" \
    "$(jq -c '.findings[] | select(.usual | not) |
        [.kind, .subject, .call, .origin]' "$TMP/list")" \
    "[\"missing\",\"/jt/thread\",\"openat\",\"$source\"]
[\"read-only\",\"/jt/out/new\",\"openat\",null]"
is "what is nowhere is a number" "$(jq .nowhere "$TMP/list")" 1

ok "without --output" "$JAILMOUNT" "$TMP/json.sqfs" --run --explain
is "the list is behind all else" "$(tail -n 1 <<<"$STDERR")" \
    "overlay /jt/out 16M"
is "the service's own output stays its own" "$(wc -l <<<"$STDOUT")" 3
status "wrong usage: in the background" 125 \
    "$JAILMOUNT" "$TMP/json.sqfs" --run --explain -d
status "wrong usage: without --run" 2 "$JAILMOUNT" "$TMP/json.sqfs" --explain
status "a source that is not there" 125 "$JAILMOUNT" "$TMP/json.sqfs" --run \
    --explain --source "$TMP/no-such"
like "is named" "$STDERR" "$TMP/no-such"
ok "nothing is left" [ ! -e "/run/jailmount/$jail" ]

plan_done
