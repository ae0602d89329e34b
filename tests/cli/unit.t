#!/bin/bash
# Recipes drafted from systemd units.
. "$(dirname "$0")/../lib.sh"

unit=$TMP/thing.service
mkdir "$unit.d"
cat >"$unit" <<'END'
[Unit]
Description=A "thing" for 5$

[Service]
Type=notify
EnvironmentFile=-/nowhere/none
Environment=ROOT=/srv/www "TWO=a b"
ExecStartPre=/bin/true
ExecStart=-/bin/busybox httpd -f \
    # a comment between
    -p 8080 \
    -h ${ROOT}
User=www-data
WorkingDirectory=/srv
RuntimeDirectory=thing
RuntimeDirectoryMode=0750
StateDirectory=thing
PrivateTmp=yes
NoNewPrivileges=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_KILL
KillSignal=SIGQUIT
TimeoutStopSec=1min 30s
LimitNOFILE=1024:4096
MemoryMax=64M
Nice=-5
END
cat >"$unit.d/10-tasks.conf" <<'END'
[Service]
TasksMax=32
Restart=on-failure
END
cat >"$TMP/thing.socket" <<'END'
[Socket]
ListenStream=127.0.0.1:8080
ListenStream=/run/thing.sock
END

draft=$TMP/thing.recipe
ok "--from-unit" "$JAILPACK" --from-unit "$unit" -o "$draft"
while IFS= read -r line; do
    ok "it says: $line" grep -qxF -- "$line" "$draft"
done <<'END'
name thing
summary "A \"thing\" for 5$$"
source host
copy /bin/busybox
user www-data
writable /run/thing 1M 0750 www-data:www-data
persist /var/lib/thing 0755 www-data:www-data
writable /tmp 16M 1777
writable /var/tmp 16M 1777
workdir /srv
env ROOT=/srv/www
env 'TWO=a b'
env RUNTIME_DIRECTORY=/run/thing
allow capability setgid setuid
allow capability kill
listen 8080
limit files 4096
limit memory 67108864
limit processes 32
ready notify
stop-signal QUIT
drain 90s
restore on exit
run /usr/bin/setpriv --reuid www-data --regid www-data --init-groups --inh-caps +kill --ambient-caps +kill /bin/busybox httpd -f -p 8080 -h /srv/www
# ExecStartPre=/bin/true
# Nice=-5
END
like "a socket that is no port" "$(cat "$draft")" \
    '^# ListenStream=/run/thing.sock is not carried'
unlike "what a jail does anyway is not told" "$(cat "$draft")" NoNewPrivileges
ok "it packs as it is" "$JAILPACK" --level 1 -o "$TMP/thing.sqfs" "$draft"

status "what is there is not replaced" 1 \
    "$JAILPACK" --from-unit "$unit" -o "$draft"
like "and it is told what does" "$STDERR" '--force replaces it'
cp "$draft" "$TMP/before"
ok "--force" "$JAILPACK" --from-unit "$unit" -o "$draft" --force
ok "the same unit gives the same recipe" cmp "$draft" "$TMP/before"

# A template's instance, and values that cannot be carried.
cat >"$TMP/many@one.service" <<'END'
[Service]
Type=forking
ExecStart=/bin/busybox sleep %i
MemoryMax=50%
User=4711
this is nothing
END
ok "an instance" "$JAILPACK" --from-unit "$TMP/many@one.service" \
    -o "$TMP/many.recipe"
many=$(cat "$TMP/many.recipe")
like "its name is put in" "$many" '^run /bin/busybox sleep one$'
like "forking is told" "$many" 'Type=forking'
like "a number that nobody has is told" "$many" 'User=4711 has no name'
like "what is no assignment is told" "$many" 'No assignment: this is nothing'

# A process for each connection.
cat >"$TMP/each@.service" <<'END'
[Service]
ExecStart=-/bin/busybox cat
StandardInput=socket
END
cat >"$TMP/each.socket" <<'END'
[Socket]
ListenStream=7
Accept=yes
END
ok "a socket's template" "$JAILPACK" --from-unit "$TMP/each@.service" \
    -o "$TMP/each.recipe"
like "is a service for each connection" "$(cat "$TMP/each.recipe")" \
    '^service each per-connection 7 /bin/busybox cat$'
like "on its port" "$(cat "$TMP/each.recipe")" '^listen 7$'
ok "it packs" "$JAILPACK" --level 1 -o "$TMP/each.sqfs" "$TMP/each.recipe"

# --- What is refused ----------------------------------------------------------

status "a unit that is not there" 1 \
    "$JAILPACK" --from-unit no-such-thing -o "$TMP/x.recipe"
like "is named" "$STDERR" 'there is no unit no-such-thing'
ln -s /dev/null "$TMP/masked.service"
status "a masked unit" 1 \
    "$JAILPACK" --from-unit "$TMP/masked.service" -o "$TMP/x.recipe"
like "is told so" "$STDERR" masked
status "nowhere to write to" 1 "$JAILPACK" --from-unit "$unit"
like "is told" "$STDERR" 'say it with -o'
printf '\377\n' >"$TMP/binary.service"
status "no text" 1 \
    "$JAILPACK" --from-unit "$TMP/binary.service" -o "$TMP/x.recipe"
like "is told" "$STDERR" 'no unit file'
ok "nothing was written" [ ! -e "$TMP/x.recipe" ]

plan_done
