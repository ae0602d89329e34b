#!/bin/bash
# The static proof: what the finished tree lacks is told before it is sealed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
tree=$TMP/tree
triplet=$(gcc -print-multiarch)
mkdir -p "$tree"/{bin,etc,lib64,srv,"lib/$triplet"}
lib=$tree/lib/$triplet
loader=$(ldd /bin/true | awk '$1 ~ /^\// { print $1 }')
cp --dereference "$loader" "$tree$loader"
cp --dereference "$loader" "/lib/$triplet/libc.so.6" "$lib/"

# A library of two releases, a program that wants the later one, a plug-in.
printf 'V1 { global: old; local: *; };\n' >v1.map
printf 'V1 { global: old; local: *; };\nV2 { global: new; } V1;\n' >v2.map
printf 'int old(void) { return 1; }\n' >old.c
printf 'int old(void) { return 1; }\nint new(void) { return 2; }\n' >new.c
printf 'int new(void);\nint main(void) { return new(); }\n' >main.c
printf 'int host(void);\nint plug(void) { return host(); }\n' >plug.c
printf 'int plug(void);\nint host(void) { return 0; }\n%s\n' \
    'int main(void) { return 0; }' >host.c
build() { gcc -fPIC -shared -Wl,-soname,libtwo.so.1 "$@"; }
build -o old.so -Wl,--version-script=v1.map old.c
build -o new.so -Wl,--version-script=v2.map new.c
build -o plain-old.so old.c
build -o plain-new.so new.c
gcc -o "$tree/bin/main" main.c new.so
gcc -o "$tree/bin/plain" main.c plain-new.so
gcc -shared -fPIC -o "$tree/srv/plug.so" plug.c
gcc -rdynamic -o "$tree/bin/host" host.c

# LINE... -> a recipe over the tree
over_tree() {
    { printf 'name proof\nsource tree tree\n'; printf '%s\n' "$@"; } |
        recipe proof
}

cp new.so "$lib/libtwo.so.1"
ok "what is whole is packed" "$JAILPACK" "$(over_tree 'run /bin/main')"
is "without a word" "$STDERR" ""

rm "$lib/libtwo.so.1"
status "a library that was removed" 1 "$JAILPACK" -n proof.recipe
like "is told with the object and the line" "$STDERR" \
    'proof.recipe:3:.*/bin/main needs libtwo.so.1'
like "and what to add" "$STDERR" 'fetch PACKAGE.*libtwo.so.1'
rm -f proof.sqfs
ok "--force packs it all the same" "$JAILPACK" --force proof.recipe
like "with a warning" "$STDERR" 'warning: .*/bin/main needs libtwo.so.1'
is "which is given once" "$(grep -c 'needs libtwo' <<<"$STDERR")" 1
ok "and there is an image" "$JAILPACK" --verify proof.sqfs

cp old.so "$lib/libtwo.so.1"
status "a library of an earlier release" 1 "$JAILPACK" -n proof.recipe
like "lacks a version" "$STDERR" \
    "/bin/main needs the version V2 of libtwo.so.1, which .*/libtwo.so.1 does not have"
like "and they belong together" "$STDERR" 'one release'
ok "--force packs it all the same" "$JAILPACK" --force -n proof.recipe
like "with a warning" "$STDERR" 'warning: /bin/main needs the version V2'

cp plain-old.so "$lib/libtwo.so.1"
status "one without versions lacks a symbol" 1 "$JAILPACK" -n \
    "$(over_tree 'run /bin/plain')"
like "which is told" "$STDERR" '/bin/plain needs the symbol new, which'
cp new.so "$lib/libtwo.so.1"
ok "a symbol with a version does for one without" "$JAILPACK" -n proof.recipe

# --- Plug-ins ---

ok "a plug-in is bound to its program" "$JAILPACK" -n \
    "$(over_tree 'copy /srv/plug.so' 'run /bin/host')"
is "without a word" "$STDERR" ""
ok "without one it is packed" "$JAILPACK" -n \
    "$(over_tree 'copy /srv/plug.so' 'run /bin/main')"
like "with a warning" "$STDERR" 'warning: /srv/plug.so needs the symbol host'

# --- Layers, links, scripts ---

status "a program that a layer hides" 1 "$JAILPACK" -n \
    "$(over_tree 'copy /bin/main => /opt/main' 'link /start opt/main' \
        'writable /opt 1M' 'run /start')"
like "is told" "$STDERR" \
    'proof.recipe:6:.*run /start: it is hidden by `writable /opt`'
status "so is a library" 1 "$JAILPACK" -n \
    "$(over_tree 'writable /lib 1M' 'run /bin/main')"
like "that is hidden" "$STDERR" 'libc.so.6, which is hidden by `writable /lib`'
ok "an overlay hides nothing" "$JAILPACK" -n \
    "$(over_tree 'overlay /lib 1M' 'run /bin/main')"

status "a link of the recipe's that leads nowhere" 1 "$JAILPACK" -n \
    "$(over_tree 'link /etc/here ../srv/none' 'run /bin/main')"
like "is told with its line and what to add" "$STDERR" \
    'proof.recipe:3:.*the link /etc/here -> ../srv/none leads nowhere'
like "and what to add" "$STDERR" '/srv/none'
ok "into /run, /dev, /proc or a layer it may" "$JAILPACK" -n \
    "$(over_tree 'link /a /run/x' 'link /b dev/log' 'link /c proc/self' \
        'link /d /e/x' 'link /e var' 'writable /var 1M' 'run /bin/main')"
ln -s nowhere "$tree/srv/gone"
ok "one that came along is packed" "$JAILPACK" -n \
    "$(over_tree 'copy /srv/**' 'run /bin/host')"
like "with a warning" "$STDERR" 'warning: /srv/gone -> nowhere leads nowhere'

printf '#!/bin/none\n' >"$tree/srv/script"
chmod 755 "$tree/srv/script"
status "a script that the recipe names" 1 "$JAILPACK" -n \
    "$(over_tree 'copy /srv/script' 'run /bin/main')"
like "needs its interpreter" "$STDERR" 'script needs the interpreter /bin/none'
ok "one that came along is packed" "$JAILPACK" -n \
    "$(over_tree 'copy /srv/**' 'run /bin/host')"
like "with a warning" "$STDERR" 'warning: /srv/script cannot be run'
status "a script whose interpreter a layer hides" 1 "$JAILPACK" -n \
    "$(over_tree 'file /start 0755 <<X' '#!/opt/main' 'X' \
        'copy /bin/main => /opt/main' 'writable /opt 1M' 'run /start')"
like "is told" "$STDERR" 'hidden by `writable /opt`'

plan_done
