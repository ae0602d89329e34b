#!/bin/bash
# The recipes that come with the tools: what they hold, and what they do not.
# Nothing of them is installed here, nor needs to be.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# --- Apache ---

ok "apache.recipe is packed" "$JAILPACK" "$SRC/recipes/apache.recipe"
is "no warning comes with it" "$(grep warning <<<"$STDERR")" ""
size=$(stat -c %s apache.sqfs)
ok "in at most 2.6 MB ($size)" [ "$size" -le 2600000 ]
ok "it verifies" "$JAILPACK" --verify apache.sqfs
list=$("$JAILPACK" --list apache.sqfs)
for path in /usr/sbin/apache2 /usr/lib/apache2/modules/mod_mpm_event.so \
    /etc/mime.types /var/www/html/index.html /etc/passwd; do
    like "$path is in it" "$list" " $path( |\$)"
done
is "what is not enabled is not" "$(grep -c 'mod_cgi\|mod_ssl' <<<"$list")" 0
is "nor is a shell, perl, or documentation" \
    "$(grep -cE '/(sh|bash|perl[^ ]*)$|/usr/share/(doc|man)' <<<"$list")" 0
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
