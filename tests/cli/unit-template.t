#!/bin/bash
# jailmount@.service as it is installed: systemd's own reader has nothing to
# say against it.
. "$(dirname "$0")/../lib.sh"

ok "it is installed" make -s -C "$SRC" BUILD="$BUILD" install \
    DESTDIR="$TMP/root"
unit=$TMP/root/usr/local/lib/systemd/system/jailmount@.service
ok "where systemd looks" [ -f "$unit" ]
like "it starts what is installed beside it" "$(cat "$unit")" \
    '^ExecStart=/usr/local/sbin/jailmount %i --run$'
like "and reloads with it" "$(cat "$unit")" \
    '^ExecReload=/usr/local/sbin/jailmount %i --restore$'
unlike "nothing is left to be filled in" "$(cat "$unit")" '@[a-z]+@'

# An instance whose program is there.
sed "s|/usr/local/sbin|$BUILD|" "$unit" >"$TMP/jailmount@web.service"
run systemd-analyze verify --man=no "$TMP/jailmount@web.service"
is "systemd understands every line" "$STDOUT$STDERR" ""
sed -i 's/^KillMode=mixed/KillMode=mixd/' "$TMP/jailmount@web.service"
run systemd-analyze verify --man=no "$TMP/jailmount@web.service"
like "it would have told" "$STDOUT$STDERR" 'kill mode'

ok "it is uninstalled" make -s -C "$SRC" BUILD="$BUILD" uninstall \
    DESTDIR="$TMP/root"
ok "and gone" [ ! -e "$unit" ]
plan_done
