#!/bin/bash
# Services that are scripts: the jail holds the modules that they take in and
# no others, and they run in it. Nothing of the host is used.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
ln -s "$SRC/recipes/with" with

# NAME REGEX: the recipe NAME is packed, runs, and answers with that
serves() {
    local jail=test-$1-$$ port
    port=$(free_port)
    stop_later "$jail"
    sed -i "s/^name .*/name $jail/" "$1.recipe"
    ok "$1: it is packed" "$JAILPACK" -o "$1.sqfs" "$1.recipe"
    warnings=$STDERR
    list=$("$JAILPACK" --list "$1.sqfs")
    ok "$1: it starts" "$JAILMOUNT" "$1.sqfs" --run -d \
        --listen "127.0.0.1:$port:80"
    ok "$1: it answers" curl -fsS --max-time 10 "http://127.0.0.1:$port/"
    like "$1: with what it has worked out" "$STDOUT" "$2"
    [ "$tests_failed" = 0 ] || diag "$(tail -20 "/var/log/jailmount/$jail.log")"
    ok "$1: it stops" "$JAILMOUNT" "$jail" --stop
}

# --- Python ---

recipe python >/dev/null <<'END'
name python
source debian
fetch python3
user nobody
file /srv/app/serve.py 0755 <<'X'
#!/usr/bin/env python3
import http.server, json
import ssl
from datetime import datetime
from helpers import words

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        import sqlite3
        year = datetime.strptime("1994-05-06", "%Y-%m-%d").year
        db = sqlite3.connect(":memory:")
        body = json.dumps({
            "year": year, "ssl": ssl.OPENSSL_VERSION.split()[0],
            "sum": db.execute("select 20 + 22").fetchone()[0],
            "word": words.first("a b").encode("idna").decode(),
        }).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
X
file /srv/app/helpers/__init__.py <<'X'
X
file /srv/app/helpers/words.py <<'X'
from __future__ import annotations
import re
def first(text): return re.match(r"\w+", text).group()
X
fetch coreutils
env PYTHONDONTWRITEBYTECODE=1
listen 80
ready listen
run /srv/app/serve.py
END
serves python '"year": 1994, "ssl": "OpenSSL", "sum": 42, "word": "a"'
unlike "python: no warning of its modules" "$warnings" 'python|\.py'
like "python: what a function imports is there" "$list" '/sqlite3/dbapi2.py$'
unlike "python: what nobody imports is not" "$list" \
    '/(unittest|tkinter|pdb|pydoc|asyncio|xmlrpc)(/|\.py)'
ok "python: a module has its reason" "$JAILPACK" --why python.sqfs \
    /usr/lib/python3.11/json/decoder.py
like "python: who imports it, and where" "$STDOUT" \
    'imported by /usr/lib/python3.11/json/__init__.py:[0-9]+'
like "python: the chain ends at the recipe" "$STDOUT" \
    'python.recipe:[0-9]+: (file /srv/app/serve.py|run)'

# --- Perl ---

recipe perl >/dev/null <<'END'
name perl
source debian
fetch perl
file /srv/lib/Local/Words.pm <<'X'
package Local::Words;
use parent 'Exporter';
our @EXPORT = ('first');
sub first { $_[0] =~ /^(?<word>\w+)/; return $+{word} }
1;
X
file /srv/bin/serve.pl 0755 <<'X'
#!/usr/bin/perl
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Local::Words;
use IO::Socket;
use POSIX qw(strftime floor);
my $server = IO::Socket::INET->new(Listen => 5, LocalPort => 80,
    ReuseAddr => 1) or die "listen: $!";
while (my $client = $server->accept) {
    1 while (my $line = <$client>) =~ /\S/;
    require JSON::PP;
    my $body = JSON::PP->new->canonical->encode({ floor => floor(2.7),
        word => first("one two"), year => strftime("%Y", gmtime 0) });
    print $client "HTTP/1.0 200 OK\r\n\r\n$body\n";
    $client->close;
}
X
listen 80
ready listen
run /srv/bin/serve.pl
END
serves perl '"floor":2,"word":"one","year":"1970"'
is "perl: without a warning" "$warnings" ""
like "perl: the object of a module in C" "$list" '/auto/POSIX/POSIX.so$'
unlike "perl: what nobody uses is not there" "$list" \
    '/(CPAN|Pod|Test|CGI)(/|\.pm)|unicore'
ok "perl: a module has its reason" "$JAILPACK" --why perl.sqfs \
    "/usr/lib/$(gcc -print-multiarch)/perl-base/POSIX.pm"
like "perl: who uses it, and where" "$STDOUT" 'used by /srv/bin/serve.pl:8'

# --- PHP ---

recipe php >/dev/null <<'END'
name php
source debian
fetch php8.2-cli php8.2-mbstring
file /etc/php/8.2/cli/conf.d/jail.ini <<'X'
extension=mbstring
extension=ctype.so
date.timezone = "Europe/Berlin"
X
file /srv/www/index.php <<'X'
<?php
require_once __DIR__ . '/../lib/words.php';
echo json_encode(["len" => mb_strlen(first("äöü x")), "alpha" => ctype_alpha("a"),
    "hour" => date("H", 0)]), "\n";
X
file /srv/lib/words.php <<'X'
<?php
function first(string $text): string { return explode(" ", $text)[0]; }
X
writable /tmp 1M 1777
listen 80
ready listen
run /usr/bin/php8.2 -S 0.0.0.0:80 -t /srv/www
END
serves php '"len":3,"alpha":true,"hour":"01"'
is "php: without a warning" "$warnings" ""
unlike "php: an extension that is not named is not there" "$list" \
    '/php/[0-9]+/(phar|sysvmsg|pdo).so'
ok "php: an extension has its reason" "$JAILPACK" --why php.sqfs \
    /usr/lib/php/20220829/mbstring.so
like "php: the line that names it" "$STDOUT" \
    'extension of PHP, named in /etc/php/8.2/cli/conf.d/jail.ini:1'

plan_done
