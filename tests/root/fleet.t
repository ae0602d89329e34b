#!/bin/bash
# docs/fleet.md, tried as it is written: three servers in network and mount
# namespaces of their own, a registry with TLS and a login, signed images.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG
export HOME=$TMP

# A command of the document, by the comment that it begins with, with the names
# and times of this test.
block() {
    awk -v wanted="# $1" '
        /^```/ { inside = 0 }
        inside { print }
        $0 == wanted { inside = 1 }' "$SRC/docs/fleet.md" |
        sed -e 's/registry\.example/10.77.0.1:5000/g' -e 's/30s/2s/' \
            -e 's/rsa:3072/rsa:2048/'
}

# --- A network: a registry at 10.77.0.1, servers at .11, .12, .13 ---

inside() {
    local pid
    pid=$(cat "$TMP/$1.pid")
    shift
    nsenter --net --mount --target "$pid" --wd="$TMP" -- "$@"
}
different_network() {
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
mkdir bin cgroups
for name in registry web1 web2 web3; do
    unshare --net --mount --propagation private -- sleep 1000 </dev/null &
    kill_later $!
    echo $! >"$name.pid"
    wait_until 10 different_network $!
done
inside registry ip link add bridge0 type bridge
inside registry ip address add 10.77.0.1/24 dev bridge0
inside registry ip link set bridge0 up
inside registry ip link set lo up
made=()
for i in 1 2 3; do
    host=web$i
    inside registry ip link add "to-$host" type veth peer name eth0 \
        netns "$(cat $host.pid)"
    inside registry ip link set "to-$host" master bridge0 up
    inside $host ip link set lo up
    inside $host ip link set eth0 up
    inside $host ip address add "10.77.0.1$i/24" dev eth0
    # What a server has for itself: /etc, /run, /var/lib, its control groups.
    mkdir -p "$host"/{etc,work,var}
    inside $host mount -t overlay overlay \
        -o "lowerdir=/etc,upperdir=$TMP/$host/etc,workdir=$TMP/$host/work" /etc
    inside $host mount -t tmpfs tmpfs /run
    inside $host mount --bind "$TMP/$host/var" /var/lib
    for controller in /sys/fs/cgroup/*; do
        [ -e "$controller/cgroup.procs" ] || continue
        mkdir -p "$controller/test-fleet-$$-$host"
        made+=("$controller/test-fleet-$$-$host")
        inside $host mount --bind "$controller/test-fleet-$$-$host" \
            "$controller"
    done
done

# What ssh and the installed tools are to the document.
cat >bin/ssh <<END
#!/bin/sh
host=\$1
shift
exec nsenter --net --mount --target "\$(cat $TMP/\$host.pid)" --wd=/ -- \
    env HOME=$TMP PATH="$BUILD:\$PATH" sh -c "\$*"
END
chmod +x bin/ssh
PATH=$TMP/bin:$BUILD:$PATH

# --- The registry ---

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=registry \
    -addext subjectAltName=IP:10.77.0.1 -keyout tls.key -out tls.crt \
    >/dev/null 2>&1
htpasswd -Bbn fleet secret >logins
cat >registry.yml <<END
version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: $TMP/store } }
auth: { htpasswd: { realm: test, path: $TMP/logins } }
http:
  addr: 10.77.0.1:5000
  tls: { certificate: $TMP/tls.crt, key: $TMP/tls.key }
END
nsenter --net --mount --target "$(cat registry.pid)" --wd="$TMP" -- \
    docker-registry serve registry.yml </dev/null >registry.log 2>&1 &
kill_later $!
wait_until 30 inside registry curl -sk -o "$TMP/ignored" https://10.77.0.1:5000/v2/
mkdir -p .config/containers
echo "{\"auths\":{\"10.77.0.1:5000\":{\"auth\":\"$(printf 'fleet:secret' | base64)\"}}}" \
    >.config/containers/auth.json
# The registry's certificate is one of the system's, everywhere.
cat /etc/ssl/certs/ca-certificates.crt tls.crt >all.crt
for name in registry web1 web2 web3; do
    inside $name mount --bind all.crt /etc/ssl/certs/ca-certificates.crt
done

# --- The images ---

cat >site.recipe <<'END'
name site
version ${VERSION}
set PORT 80
source host
copy /bin/busybox
file /srv/index.html <<EOT
version ${VERSION}
EOT
listen 80
ready http /
run /bin/busybox httpd -f -p ${PORT} -h /srv
END
eval "$(block key)" >/dev/null 2>&1
ok "there is a key" test -s images.crt || exit 1
push() {
    version=$1 inside registry env HOME="$TMP" PATH="$PATH" version="$1" \
        bash -e -c "$(block push)"
}
ok "push" push 1
like "the tag costs nothing" "$(tail -n 2 <<<"$STDOUT")" '0 bytes of'
for host in web1 web2 web3; do
    inside $host mkdir -p /etc/verity.d /etc/jailmount
    inside $host cp images.crt /etc/verity.d/
    block '/etc/jailmount/web.conf' >web.conf
    inside $host cp web.conf /etc/jailmount/web.conf
done
like "the settings are the document's" "$(cat web.conf)" \
    '^image 10.77.0.1:5000/web/site:stable'

page() {
    inside registry curl -s "http://10.77.0.1${1#web}:8080/"
}
versions() {
    local host
    for host in web1 web2 web3; do
        page $host
    done | tr '\n' ' '
}
run_block() {
    eval "$(block "$1")"
}

stop_all() {
    local host
    for host in web1 web2 web3; do
        ssh $host jailmount web --stop
    done
}

ok "the first start" run_block start
is "all serve it" "$(versions)" "version 1 version 1 version 1 "

# --- A roll-out ---

ok "a newer image" push 2
begun=$(date +%s%N)
ok "the roll-out" run_block "roll out"
diag "three servers, a trial of 2 s each: $(($(date +%s%N) - begun)) ns"
is "all serve it" "$(versions)" "version 2 version 2 version 2 "
root_hash=$(jailpack --roothash site.sqfs)
run_block status >reported
is "its root hash runs everywhere" "$(cut -f 4 reported | sort -u)" "$root_hash"
is "and its version" "$(cut -f 1-3 reported)" \
    "$(printf 'web%d\tready\t2\n' 1 2 3)"
ok "once more" run_block "roll out"
like "changes nothing" "$STDOUT" 'this image runs already'

# --- One that does not work, one that nobody signed, one that is older ---

sed -i 's/^set PORT 80/set PORT 81/; s/^ready http \/$/ready http \/ 3s/' site.recipe
ok "a broken image is pushed" push 3
status "its roll-out fails" 0 run_block "roll out"
like "is rolled back" "$STDERR" 'web'
is "and nobody serves it" "$(versions)" "version 2 version 2 version 2 "
is "the second was not even asked" \
    "$(inside web2 env HOME="$TMP" "$JAILMOUNT" --images --json | jq -r '.[].version' | sort -u | tr '\n' ' ')" "2 "

sed -i 's/^set PORT 81/set PORT 80/' site.recipe
unsigned() {
    inside registry env HOME="$TMP" PATH="$PATH" version=4 bash -e -c \
        "$(block push | grep -v -e --sign -e --check)"
}
ok "an unsigned image is pushed" unsigned
status "nobody runs it" 0 run_block "roll out"
like "it is told why" "$STDERR" 'sign'
is "all serve what they did" "$(versions)" "version 2 version 2 version 2 "

ok "the first one once more" push 1
status "nobody goes back" 0 run_block "roll out"
like "it is told why" "$STDERR" 'downgrade'
is "all serve what they did" "$(versions)" "version 2 version 2 version 2 "

ok "and so to the next" push 5
wave=$(printf 'web%d ' 1 2 3)
ok "in one wave" run_block "a wave: all at once, and a failure of any of them is one of the wave"
is "all serve it" "$(versions)" "version 5 version 5 version 5 "

stop_all >/dev/null 2>&1
for host in web1 web2 web3; do
    kill "$(cat $host.pid)" 2>/dev/null
done
# A control group goes when what was beneath it has gone.
for directory in "${made[@]}"; do
    find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null
done
is "no control group is left" "$(find /sys/fs/cgroup -maxdepth 2 -name "test-fleet-$$-*" | wc -l)" 0

plan_done
