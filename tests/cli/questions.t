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

# --- --sbom ---
#
# CycloneDX's own schema is not at hand: these are its rules for what we write.

sbom_rules='
def components: .components[]? | ., components;
[.metadata.component, components] as $all |
[$all[]."bom-ref"] as $refs |
{
    format: (.bomFormat == "CycloneDX" and .specVersion == "1.5" and
        .version == 1),
    serial: (.serialNumber | test("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")),
    keys: ((keys - ["$schema", "bomFormat", "specVersion", "serialNumber",
        "version", "metadata", "components", "dependencies"]) == []),
    metadata: ((.metadata | keys - ["timestamp", "tools", "component"]) == []),
    component: all($all[];
        (.type | IN("application", "container", "library", "file")) and
        (.name | type == "string" and length > 0) and
        ((keys - ["type", "bom-ref", "name", "version", "purl", "hashes",
            "components", "properties"]) == [])),
    references: (($refs | length) == ($refs | unique | length)),
    hashes: all($all[].hashes[]?;
        .alg == "SHA-256" and (.content | test("^[0-9a-f]{64}$"))),
    purls: all($all[].purl // empty;
        test("^pkg:deb/debian/[a-z0-9.+%A-Z-]+@[A-Za-z0-9.~:%_-]+[?]arch=[a-z0-9]+(&distro=[a-z.+-]+)?$")),
    dependencies: (([.dependencies[].ref] | length) ==
            ([.dependencies[].ref] | unique | length) and
        all(.dependencies[]; (.dependsOn | length) ==
            (.dependsOn | unique | length)) and
        (([.dependencies[] | .ref, .dependsOn[]] | unique) - $refs == []))
} | to_entries | map(select(.value | not).key) | join(" ")'

"$JAILPACK" --sbom small.sqfs >small.json
is "--sbom" $? 0
is "follows the rules of CycloneDX" "$(jq -r "$sbom_rules" small.json)" ""
is "the rules can be broken" \
    "$(jq '.components += .components' small.json | jq -r "$sbom_rules")" references
is "files have their digests" \
    "$(jq -r '.. | objects | select(.name? == "/etc/settings").hashes[].content' small.json)" \
    "$(sha256sum <"$tree/etc/settings" | cut -d' ' -f1)"
is "what asks for another depends on it" \
    "$(jq -r '.dependencies[] | select(.ref == "file:/bin/run").dependsOn[]' small.json)" \
    file:/bin/sh
like "what the recipe names is the image's" \
    "$(jq -r '.dependencies[] | select(.ref == "image").dependsOn[]' small.json)" \
    '^file:/bin/run$'
is "it is not dated" "$(jq .metadata.timestamp small.json)" null
sleep 1.1
is "and the same a second later" "$("$JAILPACK" --sbom small.sqfs)" "$(cat small.json)"
is "SOURCE_DATE_EPOCH dates it" \
    "$(SOURCE_DATE_EPOCH=1000000000 "$JAILPACK" --sbom small.sqfs | jq -r .metadata.timestamp)" \
    2001-09-09T01:46:40Z
SOURCE_DATE_EPOCH=never status "a date that is none is refused" 1 "$JAILPACK" --sbom small.sqfs

file=$(recipe host <<'END'
name host
source host
copy /bin/true
run /bin/true
END
)
"$JAILPACK" --level 1 "$file" >/dev/null && "$JAILPACK" --sbom host.sqfs >host.json
is "--sbom of Debian packages" $? 0
is "follows the rules too" "$(jq -r "$sbom_rules" host.json)" ""
like "has their purls" "$(jq -r '.components[].purl // empty' host.json)" \
    '^pkg:deb/debian/libc6@.*\?arch=[a-z0-9]+$'
like "one package needs the other" \
    "$(jq -r '.dependencies[] | select(.ref | contains("/coreutils@")).dependsOn[]' host.json)" \
    'pkg:deb/debian/libc6@'

# --- --check ---

mkdir -p secrets/{bin,etc,srv,usr/lib}
cp "$(command -v busybox)" secrets/bin/sh
printf -- '-----BEGIN RSA PRIVATE KEY-----\nMII\n' >secrets/etc/key
printf 'root:$6$a$b:1::::::\n' >secrets/etc/shadow
printf '#!/bin/sh\n' >secrets/srv/cgi
chmod 755 secrets/srv/cgi
echo 'void _start(void) { for (;;); }' | "${CC:-cc}" -x c - -nostdlib -static \
    -no-pie -Wl,-z,execstack -o secrets/bin/old
file=$(recipe bad <<'END'
name bad
source tree secrets
copy /bin/sh /bin/old
copy /etc/key
copy /etc/shadow
copy /srv/cgi
file /bin/escalate 4755 <<EOT
x
EOT
dir /open 0777
overlay /srv 1M
allow capability sys_admin
run /bin/sh
END
)
ok "--check of a recipe" "$JAILPACK" --check "$file"
for found in 'set-id .* /bin/escalate' 'shell .* /bin/sh' 'private-key .* /etc/key' \
    'password-hash .* /etc/shadow' 'writable-program .* /srv/cgi' \
    'world-writable .* /open' 'great-capability .* CAP_SYS_ADMIN' \
    'no-limit .* memory' \
    'no-pie .* /bin/old' 'executable-stack .* /bin/old'; do
    like "finds ${found%% *}" "$STDOUT" "^ *[0-9]+  $found"
done
like "the heaviest comes first" "$(head -1 <<<"$STDOUT")" '^ 30  private-key'
findings=$(head -n -1 <<<"$STDOUT")
ok "it packs nothing" test ! -e bad.sqfs
"$JAILPACK" --level 1 "$file" >/dev/null
ok "--check of the image" "$JAILPACK" --check bad.sqfs
is "finds the same" "$(head -n -1 <<<"$STDOUT")" "$findings"
score=$("$JAILPACK" --check --json bad.sqfs | jq .score)
like "the score is told" "$STDOUT" "^bad\\.sqfs: [0-9]+ findings, score $score\$"
is "--check --json has what the text has" \
    "$("$JAILPACK" --check --json bad.sqfs | jq '.findings | length')" \
    "$(wc -l <<<"$findings")"
status "--fail-above the score" 0 "$JAILPACK" --check --fail-above "$score" bad.sqfs
status "--fail-above less than it" 1 "$JAILPACK" --check --fail-above $((score - 1)) bad.sqfs
like "tells the findings all the same" "$STDOUT" 'private-key'
status "--fail-above, of a recipe" 1 "$JAILPACK" --check --fail-above 0 "$file"
status "--fail-above belongs to --check" 2 "$JAILPACK" --list --fail-above 0 bad.sqfs
like "which is said" "$STDERR" 'belongs to --check'
status "--check of nothing" 1 "$JAILPACK" --check nothing.sqfs
status "-o does not belong to --check" 2 "$JAILPACK" --check -o x "$file"
unlike "what Debian builds is hardened" "$("$JAILPACK" --check host.sqfs)" \
    'no-(pie|relro)|executable-stack'

plan_done
