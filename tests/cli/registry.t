#!/bin/bash
# --push, --pull and --tags: against a registry that does what it is told, well
# and badly, and against Debian's docker-registry with a login and TLS.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
export HOME=$TMP/home
mkdir -p "$HOME" tree

# Three images of one jail: as it is, a line changed, something inserted.
head -c 3000000 /dev/urandom >tree/library
head -c 900000 /dev/urandom >tree/program
seq 2000 >tree/settings
chmod 755 tree/program
cat >demo.recipe <<'END'
name demo
version ${V}
source tree tree
copy /library /program /settings
run /program
END
pack_version() {
    SOURCE_DATE_EPOCH=1000000000 "$JAILPACK" -D V="$1" --force --level 1 \
        --no-cache -o "demo-$1.sqfs" demo.recipe >/dev/null 2>&1
}
pack_version 1
sed -i 's/^1500$/fifteen hundred/' tree/settings
pack_version 2
ok "there is something to push" test -s demo-1.sqfs -a -s demo-2.sqfs || exit 1
size() {
    stat -c %s "$1"
}

# --- A registry that does what it is told ---------------------------------

mkdir registry
python3 "$SRC/tests/registry.py" "$TMP/registry" </dev/null >registry.log 2>&1 &
kill_later $!
wait_until 30 test -e registry/port
host=127.0.0.1:$(cat registry/port)
demo=$host/web/demo

# What it is to do from now on, and nothing noted yet.
behave() {
    echo "$1" >registry/behave
    curl -s -o "$TMP/ignored" "http://$host/stop-behaving"
    : >registry/requests
}

behave '{}'
run "$JAILPACK" --push demo-1.sqfs "$demo:1"
is "--push" "$STATUS" 0
like "tells what was sent" "$STDOUT" "^demo-1.sqfs: $demo:1: 4\.0 MB of 4\.0 MB sent$"
like "and the digest" "$STDOUT" '^digest sha256:[0-9a-f]{64}$'
digest=$(sed -n 's/^digest //p' <<<"$STDOUT")
ok "--push, once more, elsewhere" "$JAILPACK" --push --json demo-1.sqfs "$demo:one"
is "sends nothing that is there" "$(jq .sent <<<"$STDOUT")" 0
is "and the manifest is the same" "$(jq -r .digest <<<"$STDOUT")" "$digest"

ok "--pull" "$JAILPACK" --pull "$demo:1"
ok "what comes is what was pushed" cmp demo.sqfs demo-1.sqfs
ok "--pull by digest" "$JAILPACK" --pull -o by-digest.sqfs "$demo@$digest"
ok "is the same" cmp by-digest.sqfs demo-1.sqfs
rm demo.sqfs by-digest.sqfs

behave '{"page": 1}'
ok "--tags, page by page" "$JAILPACK" --tags "$demo"
is "has both" "$STDOUT" "$(printf '1\none')"
ok "--tags --json" "$JAILPACK" --tags --json "$demo"
is "has both" "$(jq -r '.tags | join(" ")' <<<"$STDOUT")" "1 one"

manifest=$(curl -s "http://$host/v2/web/demo/manifests/1")
is "the manifest is an artifact's" "$(jq -r .artifactType <<<"$manifest")" \
    application/vnd.jailpack.image.v1
config=$(jq -r .config.digest <<<"$manifest")
curl -s "http://$host/v2/web/demo/blobs/$config" >config.json
is "its config is the contract" "$(jq -r '.annotations["io.jailpack.name"]' config.json)" demo
is "the root hash stands in it" \
    "$(jq -r '.annotations["io.jailpack.root-hash"]' <<<"$manifest")" \
    "$("$JAILPACK" --verify --json demo-1.sqfs | jq -r .root_hash)"

: >registry/requests
ok "--inspect of a reference" "$JAILPACK" --inspect "$demo:1"
like "tells what it asks for" "$STDOUT" '^runs +/program$'
like "and who it is" "$STDOUT" '^root hash +[0-9a-f]{64}$'
unlike "without the image" "$(cat registry/requests)" \
    "$(jq -r '.layers[0].digest' <<<"$manifest")"
ok "--inspect --json" "$JAILPACK" --inspect --json "$demo:1"
is "has the contract" "$(jq -S .contract <<<"$STDOUT")" "$(jq -S . config.json)"

# --- What is fetched ---

behave '{}'
"$JAILPACK" --push demo-2.sqfs "$demo:2" >/dev/null
cp demo-1.sqfs demo.sqfs
: >registry/requests
ok "--pull over an older image" "$JAILPACK" --pull --json -o demo.sqfs "$demo:2"
fetched=$(jq .fetched <<<"$STDOUT")
ok "gives the newer one" cmp demo.sqfs demo-2.sqfs
ok "and fetches little: $fetched bytes" test "$fetched" -lt 200000 -a "$fetched" -gt 100
ok "--pull --base" "$JAILPACK" --pull --json --base demo-1.sqfs -o new.sqfs "$demo:2"
is "fetches as much" "$(jq .fetched <<<"$STDOUT")" "$fetched"
ok "gives the newer one" cmp new.sqfs demo-2.sqfs

behave '{"ranges": false}'
ok "where there are no parts" "$JAILPACK" --pull --json --base demo-1.sqfs -o new.sqfs "$demo:2"
fetched=$(jq .fetched <<<"$STDOUT")
ok "it comes whole" cmp new.sqfs demo-2.sqfs
ok "all of it" test "$fetched" -ge "$(size demo-2.sqfs)"

echo "no image" >new.sqfs
behave '{}'
ok "what lies there need be no image" "$JAILPACK" --pull -o new.sqfs "$demo:2"
ok "it is replaced" cmp new.sqfs demo-2.sqfs
echo "no image" >other
status "but --base must be one" 1 "$JAILPACK" --pull --base other -o new.sqfs "$demo:2"
like "and is named" "$STDERR" 'other: it is not a jail image'

# --- What breaks off ---

rm -f new.sqfs
behave '{"cut": 1000000, "cuts": 3}'
ok "a connection that breaks three times" "$JAILPACK" --pull -o new.sqfs "$demo:1"
like "it is told" "$STDERR" 'trying again in 0\.5 s'
ok "is no harm" cmp new.sqfs demo-1.sqfs
like "it goes on where it broke off" "$(cat registry/requests)" \
    'bytes=1000000-[0-9]+'
rm new.sqfs
behave '{"cut": 1000000, "cuts": 3, "ranges": false}'
ok "without parts it begins again" "$JAILPACK" --pull -o new.sqfs "$demo:1"
ok "and comes all the same" cmp new.sqfs demo-1.sqfs

rm new.sqfs
behave '{"cut": 100000, "cuts": 1000, "fail": 500, "fails": 0}'
(
    "$JAILPACK" --pull -o new.sqfs "$demo:1" </dev/null >/dev/null 2>&1 &
    pull=$!
    for ((i = 0; i < 600; i++)); do
        sleep 0.1
        part=$(echo .new.sqfs.sha256-*.part)
        [ -s "$part" ] && [ "$(size "$part")" -ge 200000 ] && break
    done
    kill -9 "$pull"
    wait "$pull" 2>/dev/null
)
part=$(echo .new.sqfs.sha256-*.part)
ok "one that is killed leaves a beginning" test -s "$part"
ok "and no image" test ! -e new.sqfs
begun=$(size "$part")
behave '{}'
ok "the next goes on" "$JAILPACK" --pull --json -o new.sqfs "$demo:1"
like "from there" "$(cat registry/requests)" "bytes=$begun-"
is "fetches the rest alone" "$(jq .fetched <<<"$STDOUT")" \
    $(($(size demo-1.sqfs) - begun))
ok "and has the image" cmp new.sqfs demo-1.sqfs
ok "the beginning is gone" test ! -e "$part"
rm new.sqfs
head -c 500000 /dev/zero >"$part"
ok "a beginning that is another's" "$JAILPACK" --pull -o new.sqfs "$demo:1"
ok "is begun anew" cmp new.sqfs demo-1.sqfs

behave '{"fail": 503, "fails": 2}'
ok "a server that is overloaded is asked again" "$JAILPACK" --tags "$demo"
like "it is told" "$STDERR" 'answers 503; trying again'
behave '{"upload_cuts": 2}'
head -c 2000000 /dev/urandom >tree/library
pack_version 3
ok "an upload that breaks off twice" "$JAILPACK" --push demo-3.sqfs "$demo:3"
like "goes on where it broke off" "$(cat registry/requests)" 'GET .*/uploads/'
behave '{}'
ok "and is whole" "$JAILPACK" --pull -o new.sqfs "$demo:3"
ok "byte for byte" cmp new.sqfs demo-3.sqfs

# A proxy that the environment names: this registry takes whole URLs too.
behave '{}'
http_proxy=http://$host no_proxy='' \
    ok "a proxy is asked" "$JAILPACK" --plain-http --tags registry.example/web/demo
like "for the registry" "$(cat registry/requests)" \
    '^GET http://registry.example/v2/web/demo/tags/list'

# --- What is wrong ---

rm new.sqfs
behave '{"lie": true}'
status "a byte that is another" 1 "$JAILPACK" --pull -o new.sqfs "$demo:1"
like "is told" "$STDERR" 'what came is not sha256:[0-9a-f]{64}, as the manifest says'
ok "and leaves nothing" test ! -e new.sqfs
is "no beginning either" "$(echo .new.sqfs*)" '.new.sqfs*'
behave '{"long": true}'
status "a blob that is too long" 1 "$JAILPACK" --pull -o new.sqfs "$demo:1"
like "is told" "$STDERR" 'sends more of sha256:'
ok "and leaves nothing" test ! -e new.sqfs
behave '{}'
status "no such tag" 1 "$JAILPACK" --pull "$demo:none"
like "the registry's words" "$STDERR" 'cannot fetch the manifest of none: .* answers 404: manifest unknown'
status "no registry named" 1 "$JAILPACK" --pull web/demo
like "what to do" "$STDERR" 'REGISTRY/REPOSITORY'
status "nobody there" 1 "$JAILPACK" --pull "127.0.0.1:$(free_port)/a:1"
like "is told" "$STDERR" 'onnect'
echo '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[]}' >other.json
curl -s -o "$TMP/ignored" -X PUT --data-binary @other.json \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    "http://$host/v2/web/other/manifests/1"
status "a container's image" 1 "$JAILPACK" --pull "$host/web/other:1"
like "is none of ours" "$STDERR" 'it is no jail image, but application/vnd.oci.image.config'
status "what is no image is not pushed" 1 "$JAILPACK" --push other.json "$demo:9"
status "a digest is not given" 1 "$JAILPACK" --push demo-1.sqfs "$demo@$digest"
status "one reference too many" 2 "$JAILPACK" --pull "$demo:1" "$demo:2"

# --- Who asks ---

user=$(printf 'test:secret' | base64)
behave "{\"auth\": \"bearer\", \"user\": \"$user\"}"
status "without a login" 1 "$JAILPACK" --pull -o new.sqfs "$demo:1"
like "what to do" "$STDERR" 'skopeo login'
mkdir -p "$HOME/.config/containers"
echo "{\"auths\":{\"$host\":{\"auth\":\"$user\"}}}" >"$HOME/.config/containers/auth.json"
ok "with one where tools keep it" "$JAILPACK" --pull -o new.sqfs "$demo:1"
ok "it comes" cmp new.sqfs demo-1.sqfs
echo "{\"auths\":{\"$host\":{\"auth\":\"d3Jvbmc6d3Jvbmc=\"}}}" >wrong.json
status "a wrong one" 1 "$JAILPACK" --pull --authfile wrong.json -o new.sqfs "$demo:1"
like "is told" "$STDERR" 'does not know us'
REGISTRY_AUTH_FILE=$HOME/.config/containers/auth.json \
    ok "the variable of the tools" "$JAILPACK" --tags "$demo"
status "a file that is not there" 1 "$JAILPACK" --authfile none.json --tags "$demo"

echo "{\"credHelpers\":{\"$host\":\"test\"}}" >helper.json
helped() {
    PATH=$TMP/helpers:$PATH "$JAILPACK" --authfile helper.json "$@"
}
status "a helper that is not there" 1 helped --tags "$demo"
like "is named" "$STDERR" 'docker-credential-test: there is no such program'
mkdir helpers
cat >helpers/docker-credential-test <<'END'
#!/bin/sh
read -r registry
echo "$1 $registry" >>"$HELPER_ASKED"
cat "$HELPER_ANSWER"
exit "${HELPER_STATUS:-0}"
END
chmod 755 helpers/docker-credential-test
export HELPER_ASKED=$TMP/asked HELPER_ANSWER=$TMP/answer
echo "{\"ServerURL\":\"$host\",\"Username\":\"test\",\"Secret\":\"secret\"}" >answer
ok "a helper is asked" helped --tags "$demo"
is "for the registry" "$(sort -u asked)" "get $host"
echo '{"Username":"test","Secret":"wrong"}' >answer
status "what it has may be wrong" 1 helped --tags "$demo"
echo 'credentials not found in native keychain' >answer
HELPER_STATUS=1 status "or nothing" 1 helped --tags "$demo"
like "which is no login" "$STDERR" 'skopeo login'
echo 'the keychain is locked' >answer
HELPER_STATUS=1 status "one that fails" 1 helped --tags "$demo"
like "says why" "$STDERR" 'docker-credential-test: it failed'
like "in its words" "$STDERR" 'the keychain is locked'
echo '{"Username":"test","Secret":"never shown' >answer
status "one that babbles" 1 helped --tags "$demo"
like "is not understood" "$STDERR" 'its answer is not JSON'
unlike "nor quoted" "$STDERR" 'never shown'

behave "{\"auth\": \"bearer\", \"user\": \"$user\", \"redirect\": true}"
rm new.sqfs
ok "a blob that is elsewhere" "$JAILPACK" --pull -o new.sqfs "$demo:1"
ok "comes" cmp new.sqfs demo-1.sqfs
like "and nobody there learns who asks" "$(cat registry/requests)" \
    '^GET /elsewhere/.* unknown$'
unlike "never" "$(grep elsewhere registry/requests)" ' known'

# --- Debian's registry, with a login and TLS ------------------------------

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout tls.key -out tls.crt >/dev/null 2>&1
htpasswd -Bbn test secret >logins
port=$(free_port)
cat >registry.yml <<END
version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: $TMP/store } }
auth: { htpasswd: { realm: test, path: $TMP/logins } }
http:
  addr: 127.0.0.1:$port
  tls: { certificate: $TMP/tls.crt, key: $TMP/tls.key }
END
docker-registry serve registry.yml </dev/null >docker-registry.log 2>&1 &
served=$!
kill_later $served
real=localhost:$port/web/demo
wait_until 30 curl -sk -o "$TMP/ignored" "https://localhost:$port/v2/"
echo "{\"auths\":{\"localhost:$port\":{\"auth\":\"$user\"}}}" >auth.json
with=(--authfile auth.json --ca tls.crt)

status "a certificate that nobody knows" 1 "$JAILPACK" --authfile auth.json --tags "$real"
like "is told" "$STDERR" 'certificate'
status "no login" 1 "$JAILPACK" --ca tls.crt --push demo-1.sqfs "$real:1"
like "is told" "$STDERR" 'wants to know who is asking'
ok "--push with TLS and a login" "$JAILPACK" "${with[@]}" --push demo-1.sqfs "$real:1"
ok "--pull" "$JAILPACK" "${with[@]}" --pull -o real.sqfs "$real:1"
ok "the same bytes" cmp real.sqfs demo-1.sqfs
ok "a newer one" "$JAILPACK" "${with[@]}" --push demo-2.sqfs "$real:2"
ok "comes over the older" "$JAILPACK" "${with[@]}" --pull --json -o real.sqfs "$real:2"
fetched=$(jq .fetched <<<"$STDOUT")
ok "the same bytes" cmp real.sqfs demo-2.sqfs
ok "in parts" test "$fetched" -lt 200000
ok "--tags" "$JAILPACK" "${with[@]}" --tags "$real"
is "are there" "$(sort <<<"$STDOUT")" "$(printf '1\n2')"

# Killed, and started again while somebody waits for it.
kill -9 "$served"
wait "$served" 2>/dev/null
(
    sleep 1
    exec docker-registry serve registry.yml </dev/null >>docker-registry.log 2>&1
) &
kill_later $!
ok "a registry that comes back meanwhile" "$JAILPACK" "${with[@]}" --pull \
    -o real.sqfs "$real:1"
like "is waited for" "$STDERR" 'trying again'
ok "and gives what it has" cmp real.sqfs demo-1.sqfs

# --- Other people's tools ---

mkdir certs
cp tls.crt certs/ca.crt
source=(--src-cert-dir certs --src-authfile auth.json)
target=(--dest-cert-dir certs --dest-authfile auth.json)
ok "skopeo inspect --raw" skopeo inspect --raw --cert-dir certs \
    --authfile auth.json "docker://$real:1"
is "sees the artifact" "$(jq -r .artifactType <<<"$STDOUT")" \
    application/vnd.jailpack.image.v1
ok "skopeo copy into another repository" skopeo copy "${source[@]}" \
    "${target[@]}" "docker://$real:1" "docker://localhost:$port/copy/demo:1"
ok "--pull of what skopeo has copied" "$JAILPACK" "${with[@]}" --pull \
    -o copied.sqfs "localhost:$port/copy/demo:1"
ok "the same bytes" cmp copied.sqfs demo-1.sqfs
ok "skopeo copy into a directory" skopeo copy "${source[@]}" \
    "docker://$real:1" "dir:$TMP/skopeo"
ok "has the image as a file" cmp \
    "skopeo/$(sha256sum demo-1.sqfs | cut -d' ' -f1)" demo-1.sqfs

plan_done
