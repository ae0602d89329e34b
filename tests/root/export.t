#!/bin/bash
# --export: other engines run what jailmount runs.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
# crun refuses to work beside a version 2 hierarchy without controllers.
umount /sys/fs/cgroup/unified 2>/dev/null

"$JAILPACK" -o apache.sqfs "$SRC/recipes/apache.recipe" >/dev/null 2>&1
ok "there is an image" test -s apache.sqfs || exit 1

# The page, seen from within a network namespace whose loopback is up.
page_in() {
    local pid=$1
    nsenter --net --target "$pid" ip link set lo up
    wait_until 30 nsenter --net --target "$pid" \
        curl -sf -o "$TMP/page" http://127.0.0.1/
    nsenter --net --target "$pid" curl -s http://127.0.0.1/ | head -c 15
}

# --- A bundle ---

ok "--export bundle" "$JAILPACK" --export bundle apache.sqfs bundle
like "tells what it has not" "$STDOUT" 'network namespace is empty'
is "is a runtime configuration" "$(jq -r .root.path bundle/config.json)" rootfs
is "and has every file" \
    "$("$JAILPACK" --list --json apache.sqfs |
        jq -r '.files[] | select(.type == "file") | "\(.sha256)  bundle/rootfs\(.path)"' |
        sha256sum --check --quiet 2>&1)" ""
status "what is there is left alone" 1 "$JAILPACK" --export bundle apache.sqfs bundle
like "it is told" "$STDERR" 'bundle is there already'
for runtime in crun runc; do
    id=test-export-$$-$runtime
    ok "$runtime run" "$runtime" run -d -b bundle --pid-file "$TMP/$runtime.pid" "$id"
    is "serves the page" "$(page_in "$(cat "$runtime.pid")")" '<!DOCTYPE html>'
    ok "and is ended" "$runtime" delete -f "$id"
done

# --- An OCI image ---

ok "--export oci" "$JAILPACK" --export oci apache.sqfs oci
like "tells its digest" "$STDOUT" '^digest sha256:[0-9a-f]{64}$'
"$JAILPACK" --export oci apache.sqfs again >/dev/null
ok "the same image gives the same bytes" diff -r oci again
ok "skopeo takes it" skopeo inspect "oci:$TMP/oci"
is "and its version" "$(jq -r '.Labels["org.opencontainers.image.version"]' <<<"$STDOUT")" \
    "$("$JAILPACK" --inspect --json apache.sqfs | jq -r '.contract.annotations["io.jailpack.version"]')"
is "each blob is what its name says" \
    "$(cd oci/blobs/sha256 && sha256sum -- * | awk '$1 != $2')" ""
podman=(podman --log-level=error --root "$TMP/podman" --runroot "$TMP/podman-run"
    --storage-driver vfs --cgroup-manager cgroupfs)
# Names of images have no capital letters.
mount --bind oci /mnt
ok "podman pulls it" "${podman[@]}" pull -q oci:/mnt
image=$STDOUT
ok "podman run" "${podman[@]}" run -d --name "test-export-$$" \
    --cgroups=disabled --ulimit nofile=1024:1024 \
    --ulimit nproc=1024:1024 --security-opt seccomp=unconfined \
    --network none --conmon-pidfile "$TMP/conmon.pid" "$image"
pid=$("${podman[@]}" inspect -f '{{.State.Pid}}' "test-export-$$")
is "serves the page" "$(page_in "$pid")" '<!DOCTYPE html>'
ok "and is ended" "${podman[@]}" rm -f -t 0 "test-export-$$"
"${podman[@]}" rmi -f "$image" >/dev/null 2>&1
umount /mnt

# --- A Pod ---

ok "--export kube" "$JAILPACK" --export kube apache.sqfs pod.yaml
ok "on standard output too" "$JAILPACK" --export kube apache.sqfs -
is "the same" "$STDOUT" "$(cat pod.yaml)"
python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open("pod.yaml"))))' >pod.json
pod() {
    jq -c "$1" pod.json
}
is "is a Pod" "$(pod '[.apiVersion, .kind, .metadata.name]')" '["v1","Pod","apache"]'
is "that runs the service" "$(pod '.spec.containers[0].command')" '["/usr/sbin/apache2","-DFOREGROUND"]'
is "with the contract's powers" "$(pod '.spec.containers[0].securityContext.capabilities')" \
    '{"drop":["ALL"],"add":["SETGID","SETUID","NET_BIND_SERVICE"]}'
is "limits" "$(pod '.spec.containers[0].resources.limits.memory')" '"536870912"'
is "and probe" "$(pod '.spec.containers[0].readinessProbe.httpGet')" '{"path":"/","port":80}'

# --- systemd ---

ok "--export systemd" "$JAILPACK" --export systemd apache.sqfs systemd
told=$STDOUT
"$JAILPACK" --export systemd apache.sqfs systemd-again >/dev/null
ok "the same image gives the same bytes" diff -r systemd systemd-again
root_hash=$("$JAILPACK" --verify --json apache.sqfs | jq -r .root_hash)
is "the sidecars are the image's" "$(cat systemd/sealed/apache.roothash)" "$root_hash"
for place in systemd systemd/sealed; do
    ok "veritysetup verify: $place" veritysetup verify "$place/apache.raw" \
        "$place/apache.verity" "$(cat "$place/apache.roothash")"
    ok "systemd-dissect: $place" systemd-dissect "$place/apache.raw"
done
like "the portable service tells what it is" \
    "$(systemd-dissect systemd/apache.raw 2>&1)" 'PORTABLE_PREFIXES=apache'
unsquashfs -q -n -d portable systemd/apache.raw >/dev/null 2>&1
ok "and has its unit" test -s portable/usr/lib/systemd/system/apache.service
is "and all of the image's files" \
    "$("$JAILPACK" --list --json apache.sqfs |
        jq -r '.files[] | select(.type == "file") | "\(.sha256)  portable\(.path)"' |
        sha256sum --check --quiet 2>&1)" ""
like "what systemd would miss in the image itself is told" "$told" \
    'recipe: dir .*/proc.* /sys'
like "a profile lets the unit speak" "$(cat systemd/profile/jail/service.conf)" '^\[Service\]$'
unlike "and waits for no semaphore of udev's" "$(cat systemd/sealed/apache.service)" 'PrivateIPC'
ok "systemd-analyze verify" systemd-analyze verify systemd/sealed/apache.service
ok "systemd-analyze security" systemd-analyze security --offline=true \
    --threshold=40 systemd/sealed/apache.service
diag "$(tail -n 1 <<<"$STDOUT")"

# --- What is wrong ---

status "a kind that there is not" 1 "$JAILPACK" --export tar apache.sqfs x
like "those that there are" "$STDERR" 'bundle, oci, kube and systemd'
status "a word that is missing" 2 "$JAILPACK" --export oci apache.sqfs
status "a directory that is not there" 1 "$JAILPACK" --export oci apache.sqfs none/x
is "nothing half-made is left" "$(echo .??*)" '.??*'

plan_done
