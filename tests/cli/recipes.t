#!/bin/bash
# The recipes that come with the tools: what they hold, and what they do not.
#
# Each recipe is packed from Debian's packages, and its listing compared with
# the golden one of its name in tests/golden/recipes; GOLDEN_UPDATE=1 writes
# those anew. Where the packages are installed here it is packed from this host,
# too, which may add configuration that other packages brought, but no programs.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
golden=$SRC/tests/golden/recipes

# --- Every recipe -------------------------------------------------------------

# What --check may find at most. 19: nothing of the gravest kind, which has 20
# points each: set-id files, secrets, capabilities to rule the host by.
declare -A allowed=()
score_allowed=19

# What an image holds, without what an update within a release changes: sizes,
# and the last numbers of libraries. What lies under a layer has the mode of
# the source.
listing() {
    "$JAILPACK" --list "$1" | sed -E \
        -e 's/^([-dl][^ ]+ [^ ]+) +[0-9]+ /\1 /' \
        -e 's/(\.so\.[0-9]+)(\.[0-9]+)+/\1.*/g' \
        -e "s/$(gcc -print-multiarch)/MULTIARCH/g" \
        -e 's,^d[^ ]+ ([^ ]+ /tmp)$,drwxr-xr-x \1,'
}

compare() {
    listing "$1.sqfs" >"$1.list"
    [ -z "${GOLDEN_UPDATE:-}" ] || cp "$1.list" "$golden/$1.list"
    ok "$1 holds what is in tests/golden/recipes/$1.list" \
        diff -u "$golden/$1.list" "$1.list"
}

compare_host() {
    listing "$1.sqfs" | LC_ALL=C sort >"$1.host"
    LC_ALL=C sort "$golden/$1.list" >"$1.sorted"
    is "$1 from the host: nothing is missing" \
        "$(LC_ALL=C comm -13 "$1.host" "$1.sorted")" ""
    is "$1 from the host: no program more" \
        "$(LC_ALL=C comm -23 "$1.host" "$1.sorted" | grep -E '/s?bin/|^-..s')" ""
}

# Are all the packages of an image installed here?
installed() {
    local packages
    mapfile -t packages < <("$JAILPACK" --inspect --json "$1" |
        jq -r '.packages[].name')
    [ ${#packages[@]} -gt 0 ] &&
        dpkg-query -W -f '${db:Status-Status}\n' "${packages[@]}" 2>/dev/null |
        awk '$1 != "installed" { bad = 1 } END { exit bad || NR == 0 }'
}

# thttpd is nobody's package: the sibling of the same author stands in for one
# that was built here and staged. It reads the same configuration.
prepare_thttpd() {
    install -D /usr/sbin/mini_httpd stage/usr/local/sbin/thttpd
    path=$(
        recipe thttpd <<END
name thttpd
source tree stage
include $SRC/recipes/thttpd.recipe
END
    )
}

for path in "$SRC"/recipes/*.recipe; do
    name=$(basename "$path" .recipe)
    ! declare -F "prepare_$name" >/dev/null || "prepare_$name"
    ok "$name is packed" "$JAILPACK" "$path" || continue
    unlike "$name: nothing is missing" "$STDERR" 'is missing|is not there'
    ok "$name verifies" "$JAILPACK" --verify "$name.sqfs"
    ok "$name is not dangerous" "$JAILPACK" --check \
        --fail-above "${allowed[$name]:-$score_allowed}" "$name.sqfs"
    unlike "$name has a version" "$("$JAILPACK" --inspect "$name.sqfs")" \
        "^$name 0\$"
    compare "$name"
    grep -q '^source ${SOURCE}' "$path" || continue
    if ! installed "$name.sqfs"; then
        skip "$name from the host" "its packages are not installed"
        continue
    fi
    ok "$name is packed from the host" \
        "$JAILPACK" -D SOURCE=host "$path" || continue
    compare_host "$name"
done

# --- Apache ---

ok "apache.recipe is packed" "$JAILPACK" "$SRC/recipes/apache.recipe"
is "no warning comes with it" "$(grep warning <<<"$STDERR")" ""
size=$(stat -c %s apache.sqfs)
ok "in at most 2.6 MB ($size)" [ "$size" -le 2600000 ]
list=$("$JAILPACK" --list apache.sqfs)
is "what is not enabled is not" "$(grep -c 'mod_cgi\|mod_ssl' <<<"$list")" 0
is "nor is a shell, perl, or documentation" \
    "$(grep -cE '/(sh|bash|perl[^ ]*)$|/usr/share/(doc|man)' <<<"$list")" 0
version=$("$JAILPACK" --inspect --json apache.sqfs |
    jq -r '.packages[] | select(.name == "apache2").version')
like "its version is the package's" "$("$JAILPACK" --inspect apache.sqfs)" \
    "^apache ${version//+/.}$"
ok "libgcc_s has its reason" "$JAILPACK" --why apache.sqfs \
    "/usr/lib/$(gcc -print-multiarch)/libgcc_s.so.1"
like "the first reason is a thread's end" "$STDOUT" 'imports pthread_exit'
like "the last one is the recipe's word" "$STDOUT" \
    'apache.recipe:[0-9]+: copy /usr/sbin/apache2'

# A recipe of one's own on top of it.
site=$(recipe site <<EOF
name site
include $SRC/recipes/apache.recipe
file /var/www/html/index.html <<END
mine
END
EOF
)
ok "a site includes it" "$JAILPACK" "$site"
ok "its page is there" "$JAILPACK" --why site.sqfs /var/www/html/index.html
like "by the site's own word" "$STDOUT" 'site.recipe:3: file'

# --- hello ---

ok "hello.recipe is packed" "$JAILPACK" "$SRC/recipes/hello.recipe"
is "two files are in it" \
    "$("$JAILPACK" --list hello.sqfs | grep '^-' | awk '{print $NF}' | xargs)" \
    "/srv/www/index.html /usr/bin/busybox"

# --- The bundles ---

ln -s "$SRC/recipes/with" with
all=$(recipe all <<EOF
name all
include $SRC/recipes/hello.recipe
with tls dns timezone locale=C.UTF-8
EOF
)
ok "all bundles go together" "$JAILPACK" "$all"
for path in /etc/ssl/certs/ca-certificates.crt /usr/lib/ssl/cert.pem \
    /etc/nsswitch.conf /etc/services /etc/localtime \
    /usr/share/zoneinfo/Etc/UTC /usr/lib/locale/C.utf8/LC_CTYPE; do
    ok "$path is there" "$JAILPACK" --why all.sqfs "$path"
done
like "the locale is the service's" "$("$JAILPACK" --inspect all.sqfs)" \
    'LANG=C.UTF-8'
ok "the certificates can be read" unsquashfs -q -n -d root all.sqfs
ok "and verified against themselves" openssl verify -CAfile \
    root/etc/ssl/certs/ca-certificates.crt \
    root/etc/ssl/certs/ca-certificates.crt

plan_done
