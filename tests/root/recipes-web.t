#!/bin/bash
# The recipes that serve pages: hello, nginx, mini-httpd, thttpd and PHP.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/recipes.sh
. "$SRC/tests/recipes.sh"

port=$(free_port)
url=http://127.0.0.1:$port

# --- hello ---

pack_recipe "$SRC/recipes/hello.recipe"
serve hello "$port:80"
answers "hello serves its page" "curl -fsS $url/" '<h1>Hello from a jail</h1>'
answers "and nothing else" \
    "curl -so /dev/null -w '%{http_code}' --path-as-is $url/../../bin/busybox" \
    '^40[04]$'
restore hello
answers "hello serves again" "curl -fsS $url/" '<h1>Hello from a jail</h1>'
finish hello

# --- nginx ---

pack_recipe "$SRC/recipes/nginx.recipe"
serve nginx "$port:80"
answers "nginx serves its page" "curl -fsS $url/" '<h1>It works</h1>'
answers "does not tell its version" "curl -sI $url/" '^Server: nginx.?$'
answers "what is not there" "curl -so /dev/null -w '%{http_code}' $url/none" 404
answers "is for reading only" \
    "curl -so /dev/null -w '%{http_code}' -d x=1 $url/" 403
answers "does not leave its pages" \
    "curl -so /dev/null -w '%{http_code}' --path-as-is $url/../../etc/passwd" '^40[04]$'
restore nginx
answers "nginx serves again" "curl -fsS $url/" '<h1>It works</h1>'
finish nginx

# --- mini_httpd, with a program of ours ---

site=$(recipe mini <<END
include $SRC/recipes/mini-httpd.recipe
name mini
fetch busybox-static
copy /usr/bin/busybox
file /srv/www/cgi-bin/who 0755 <<'EOF'
#!/usr/bin/busybox sh
echo "Content-Type: text/plain"
echo
/usr/bin/busybox id -un
echo "asked for: \$QUERY_STRING"
EOF
END
)
pack_recipe "$site"
serve mini "$port:80"
answers "mini_httpd serves its page" "curl -fsS $url/" '<h1>It works</h1>'
answers "a CGI program runs as www-data" "curl -fsS $url/cgi-bin/who" \
    '^www-data$'
answers "with what it is asked" "curl -fsS '$url/cgi-bin/who?a=b'" \
    '^asked for: a=b$'
answers "does not leave its pages" \
    "curl -so /dev/null -w '%{http_code}' --path-as-is $url/../../etc/passwd" '^40[04]$'
restore mini
answers "mini_httpd serves again" "curl -fsS $url/" '<h1>It works</h1>'
finish mini

# --- thttpd ---
#
# Debian has no package of it. Its sibling of the same author reads the same
# configuration, and stands in for it as something that was built here and
# staged; only the signal that it ends by is another.

install -D /usr/sbin/mini_httpd "$TMP/stage/usr/local/sbin/thttpd"
site=$(recipe thttpd <<END
name thttpd
source tree stage
include $SRC/recipes/thttpd.recipe
stop-signal TERM
END
)
pack_recipe "$site"
serve thttpd "$port:80"
answers "what was built here serves its page" "curl -fsS $url/" \
    '<h1>It works</h1>'
restore thttpd
answers "and again" "curl -fsS $url/" '<h1>It works</h1>'
finish thttpd

# --- PHP ---

site=$(recipe site <<END
include $SRC/recipes/php.recipe
name site
file /srv/www/probe.php <<'EOF'
<?php
header('Content-Type: text/plain');
ini_set('display_errors', 0);
echo 'sum: ', array_sum([20, 22]), "\n";
echo 'shell: ', function_exists('system') ? 'yes' : 'no', "\n";
echo 'passwd: ', @file_get_contents('/etc/passwd') ? 'yes' : 'no', "\n";
echo 'page: ', @file_put_contents('/srv/www/x', 'x') ? 'yes' : 'no', "\n";
echo 'scratch: ', file_put_contents('/tmp/x', 'x') ? 'yes' : 'no', "\n";
echo 'uid: ', fileowner('/tmp/x'), "\n";
echo 'call: ', @fsockopen('127.0.0.1', $port) ? 'yes' : 'no', "\n";
EOF
END
)
pack_recipe "$site"
serve site "$port:80"
answers "PHP makes a page" "curl -fsS $url/" 'PHP 8[0-9.]+ in a jail'
answers "PHP counts" "curl -fsS $url/probe.php" '^sum: 42$'
is "as www-data, and within its bounds" "$(sed /^sum/d <<<"$STDOUT")" "shell: no
passwd: no
page: no
scratch: yes
uid: 33
call: no"
visit() {
    curl -fsS -b "$TMP/jar" -c "$TMP/jar" "$url/" | grep 'visits'
}
visit >/dev/null
like "it knows who comes again" "$(visit)" 'visits: 2'
answers "its source is not shown" "curl -sS $url/index.php" '^<!DOCTYPE html>'
restore site
like "after a restore it knows nobody" "$(visit)" 'visits: 1'
finish site

plan_done
