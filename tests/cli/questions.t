#!/bin/bash
# What can be asked of an image beyond what pack.t asks.
. "$(dirname "$0")/../lib.sh"

tree=$TMP/source
mkdir -p "$tree"/{bin,etc}
printf '#!/bin/sh\n' >"$tree/bin/run"
cp "$(command -v busybox)" "$tree/bin/sh"
chmod 755 "$tree/bin/run" "$tree/bin/sh"
seq 200000 >"$tree/etc/numbers"
printf 'one\ntwo\nthree\n' >"$tree/etc/settings"
: >"$tree/etc/empty"
ln -s settings "$tree/etc/link"
ln -s /etc "$tree/config"

file=$(recipe small <<'END'
name small
version 1.0
source tree source
copy /etc/** /config
copy /bin/run
device null
run /bin/run
END
)
cd "$TMP" || exit 1
ok "a recipe is packed" "$JAILPACK" --level 1 "$file"

# --- --cat ---

for name in numbers settings empty; do
    "$JAILPACK" --cat small.sqfs /etc/$name >content
    is "--cat of $name" $? 0
    ok "gives what was packed" cmp content "$tree/etc/$name"
done
is "--cat follows links" "$("$JAILPACK" --cat small.sqfs /config/link)" \
    "$(cat "$tree/etc/settings")"
status "--cat of a directory" 1 "$JAILPACK" --cat small.sqfs /etc
like "is refused" "$STDERR" 'not a regular file'
status "--cat of a device" 1 "$JAILPACK" --cat small.sqfs /dev/null
status "--cat of what is not there" 1 "$JAILPACK" --cat small.sqfs /etc/number
like "suggests what is" "$STDERR" 'did you mean /etc/numbers'
status "--cat without a path" 2 "$JAILPACK" --cat small.sqfs
status "--cat to /dev/full" 1 bash -c '"$1" --cat "$2" /etc/numbers >/dev/full' \
    - "$JAILPACK" small.sqfs

plan_done
