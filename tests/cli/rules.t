#!/bin/bash
# The rules of the closure: what no ELF header says comes along, for its
# reason, from Debian's packages and from a tree.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
ln -s "$SRC/recipes/with" with
triplet=$(gcc -print-multiarch)
lib=/usr/lib/$triplet

# NAME TEXT PATH REGEX: a file of the image NAME has that chain of reasons
because() {
    if "$JAILPACK" --why "$2.sqfs" "$3" >why 2>&1 &&
        tr '\n' ' ' <why | grep -qE -- "$4"; then
        pass "$1"
    else
        fail "$1"
        diag "$(cat why)"
        diag "does not match: $4"
    fi
}

packs() {
    ok "$1 is packed" "$JAILPACK" "$(recipe "$1")"
    warnings=$STDERR
    list=$("$JAILPACK" --list "$1.sqfs")
}

# --- PAM, TCP wrappers, OpenSSL: vsftpd ---

packs ftp <<'END'
name ftp
source debian
fetch vsftpd
with pam
run /usr/sbin/vsftpd
END
is "vsftpd: without a warning" "$warnings" ""
because "PAM: the service of the program's name" ftp /etc/pam.d/vsftpd \
    'PAM: /usr/sbin/vsftpd imports pam_start.*ftp.recipe:5: run'
because "PAM: a module that an included stack names" ftp \
    "$lib/security/pam_unix.so" \
    'module of PAM, named in /etc/pam.d/common-[a-z]+:1.*pam.recipe:[0-9]+: file'
because "PAM: its helper" ftp /usr/sbin/unix_chkpwd \
    'helper of PAM, for .*/pam_unix.so'
because "PAM: a file that an argument names" ftp /etc/pam.d/other \
    'pam.recipe:[0-9]+: copy'
like "PAM: a module of the service's own" "$list" "$lib/security/pam_listfile.so"
unlike "PAM: no other module" "$list" 'pam_(time|mail|selinux).so'
because "names of ports" ftp /etc/netconfig 'transports .* for .*libtirpc'

packs nopam <<'END'
name nopam
source debian
fetch vsftpd
closure without pam tirpc
run /usr/sbin/vsftpd
END
unlike "closure without pam: nothing of it is there" "$list" \
    'pam.d|/security/|netconfig'
packs again <<'END'
name again
include nopam.recipe
closure with pam
with pam
END
because "what a nearer recipe says of a rule counts" again \
    "$lib/security/pam_unix.so" 'module of PAM'
unlike "and what it says nothing of stays" \
    "$("$JAILPACK" --list again.sqfs)" 'netconfig'
packs halfpam <<'END'
name halfpam
source debian
fetch vsftpd
run /usr/sbin/vsftpd
END
like "a stack that is not there is told, with what to add" "$warnings" \
    '/usr/sbin/vsftpd calls PAM, .* common-account, common-.*with pam'
recipe ownpam >/dev/null <<'END'
name ownpam
source debian
fetch vsftpd
file /etc/pam.d/mine <<X
auth required pam_nothing.so
X
run /usr/sbin/vsftpd
END
status "in the recipe's own stack it is an error" 1 "$JAILPACK" ownpam.recipe
like "at the recipe's line" "$STDERR" \
    'ownpam.recipe:4:.*/etc/pam.d/mine needs pam_nothing.so \(line 1\)'

# --- OpenSSL, locale, time zone, terminal: a program of Debian's ---

packs tls <<'END'
name tls
source debian
fetch openssl tzdata ncurses-base libncurses6 bash
with locale=C.UTF-8 charsets=KOI8-R
env TZ=Europe/Berlin TERM=vt220
file /etc/ssl/openssl.cnf <<X
openssl_conf = init
[init]
providers = list
[list]
default = default
legacy = legacy
[default]
activate = 1
[legacy]
activate = 1
X
copy /usr/bin/bash
run /usr/bin/openssl version
END
like "what can load more, and has no rule, is told" "$warnings" \
    '/usr/bin/bash can load more when it runs'
unlike "what has one is not" "$warnings" 'lib(crypto|ssl|tinfo)'
because "OpenSSL: the provider that is configured" tls \
    "$lib/ossl-modules/legacy.so" \
    'provider of OpenSSL, named in /etc/ssl/openssl.cnf.*tls.recipe:6: file'
because "OpenSSL: the way to its configuration" tls /usr/lib/ssl/openssl.cnf \
    'on the way to /etc/ssl/openssl.cnf'
because "a time zone" tls /usr/share/zoneinfo/Europe/Berlin \
    'time zone: .* imports (localtime|mktime|tzset)'
because "a terminal" tls /lib/terminfo/v/vt220 'terminal, for .*libtinfo'
unlike "and no other one" "$list" 'terminfo/x/xterm'
because "a character set that is asked for" tls "$lib/gconv/KOI8-R.so" \
    'charsets.recipe:[0-9]+: copy'

packs common <<'END'
name common
source debian
fetch bash libc-bin ncurses-base
env LANG=C.UTF-8
copy /usr/bin/iconv
run /usr/bin/bash
END
because "a locale of the environment" common /usr/lib/locale/C.utf8/LC_CTYPE \
    'locale: .* imports setlocale'
because "common character sets" common "$lib/gconv/ISO8859-1.so" \
    'character set: /usr/bin/iconv imports iconv_open \(ISO-8859-1\)'
unlike "and none that is not" "$list" 'gconv/(KOI8-R|EUC-JP)'
because "common terminals" common /lib/terminfo/x/xterm 'terminal, for'
packs nowhere <<'END'
name nowhere
source debian
fetch bash
env LANG=xx_XX.UTF-8 TZ=Nowhere/At_all TERM=nothing
run /usr/bin/bash
END
like "a locale that is not there is told" "$warnings" \
    'the locale xx_XX.UTF-8, .*with language=xx_XX.UTF-8'
like "a time zone is" "$warnings" 'TZ names .*/Nowhere/At_all.*tzdata'
like "a terminal is" "$warnings" 'the terminal nothing'

# --- Plug-ins ---

packs mem <<'END'
name mem
source debian
fetch memcached libsasl2-modules file
copy /usr/bin/file
run /usr/bin/memcached
END
because "mechanisms of SASL" mem "$lib/sasl2/libplain.so" \
    'mechanism of SASL: /usr/bin/memcached imports sasl_server_init'
because "the database of libmagic" mem /usr/lib/file/magic.mgc \
    'database of libmagic, for .*libmagic'

# --- Lines of configuration, and what objects say themselves ---

tree=$TMP/tree
mkdir -p "$tree"/{bin,etc/redis,lib64,srv,"lib/$triplet","lib/$triplet/rsyslog"}
loader=$(ldd /bin/true | awk '$1 ~ /^\// { print $1 }')
cp --dereference "$loader" "$tree$loader"
cp --dereference "$loader" "/lib/$triplet/libc.so.6" "$tree/lib/$triplet/"
printf 'int x;\n' >x.c
gcc -shared -fPIC -o "$tree/srv/mod.so" x.c
cp "$tree/srv/mod.so" "$tree/lib/$triplet/rsyslog/imudp.so"
printf '%s\n' '#include <stdlib.h>' 'int main(void) { return 0; }' \
    '__asm__(".pushsection .note.dlopen,\"a\",@note\n.balign 4\n"' \
    '".long 4, 2f-1f, 0x407c0c0a\n.asciz \"FDO\"\n1: .asciz \"["' \
    '"{\\\"soname\\\":[\\\"libextra.so.1\\\"],\\\"priority\\\":"' \
    '"\\\"suggested\\\"}]\"\n2: .balign 4\n.popsection\n");' >noted.c
gcc -o "$tree/bin/noted" noted.c
cp "$tree/srv/mod.so" "$tree/lib/$triplet/libextra.so.1"
printf 'port 0\nloadmodule /srv/mod.so x\nloadmodule /srv/none.so\n' \
    >"$tree/etc/redis/redis.conf"
printf 'module(load="imudp" x="y")\n' >"$tree/etc/rsyslog.conf"
packs lines <<'END'
name lines
source tree tree
copy /etc/**
run /bin/noted
END
because "a module that a line names" lines /srv/mod.so \
    'module of Redis, named in /etc/redis/redis.conf:2.*lines.recipe:3: copy'
because "in the directory of the program's libraries" lines \
    "/lib/$triplet/rsyslog/imudp.so" 'module of rsyslog, named in .*:1'
like "one that is not there is told" "$warnings" \
    'redis.conf:3 names /srv/none.so'
unlike "what an object suggests is left out" "$list" 'libextra'
packs suggested <<'END'
name suggested
source tree tree
closure with suggested
run /bin/noted
END
because "but can be asked for" suggested "/lib/$triplet/libextra.so.1" \
    'opened by /bin/noted \(.note.dlopen, suggested\)'

# --- Interpreters: that they run is in tests/root/interpreters.t ---

packs plug <<'END'
name plug
source debian
fetch python3 coreutils
file /srv/serve.py 0755 <<'X'
#!/usr/bin/env python3
import importlib, sys
importlib.import_module(sys.argv[1])
X
file /srv/plugins/one.py <<'X'
import zipfile
X
run /srv/serve.py one
END
like "a computed import is told" "$warnings" \
    '/srv/serve.py:3 imports a module whose name it computes'
because "what the recipe brings is looked through" plug \
    /usr/lib/python3.11/zipfile.py 'imported by /srv/plugins/one.py:1'
site=venv/srv/venv/lib/python3.11/site-packages
mkdir -p venv/srv/venv/bin "$site/tool" venv/srv/beside
ln -s /usr/bin/python3 venv/srv/venv/bin/python3
printf 'home = /usr/bin\n' >venv/srv/venv/pyvenv.cfg
printf '#!/srv/venv/bin/python3\nfrom tool import main\nimport far\n' \
    >venv/srv/venv/bin/serve
chmod 755 venv/srv/venv/bin/serve
: >"$site/tool/__init__.py"
printf 'from .inner import x\n' >"$site/tool/main.py"
: >"$site/tool/inner.py"
: >"$site/tool/unused.py"
printf '# a path\n/srv/beside\nimport os\n' >"$site/beside.pth"
: >venv/srv/beside/far.py
packs venv <<'END'
name venv
source tree venv
source debian
fetch python3
run /srv/venv/bin/serve
END
because "a virtual environment's module" venv \
    /srv/venv/lib/python3.11/site-packages/tool/inner.py \
    'imported by .*/tool/main.py:1.*imported by /srv/venv/bin/serve:2'
because "what makes it one" venv /srv/venv/pyvenv.cfg 'virtual environment'
because "a directory that a .pth names" venv /srv/beside/far.py \
    'imported by /srv/venv/bin/serve:3'
like "and the file that names it" "$list" 'site-packages/beside.pth'
unlike "what nobody imports is not there" "$list" 'unused.py'
recipe lacking >/dev/null <<'END'
name lacking
source debian
fetch python3 perl
file /srv/serve.py <<'X'
import no_such.module
X
run /usr/bin/python3 /srv/serve.py
END
status "a module that is not there is an error" 1 "$JAILPACK" lacking.recipe
like "at the line that brings the script" "$STDERR" \
    'lacking.recipe:4:.*/srv/serve.py needs the module no_such.module \(line 1\)'
ok "--force packs it all the same" "$JAILPACK" --force lacking.recipe
packs none <<'END'
name none
source debian
fetch perl
closure without perl
run /usr/bin/perl -e 1
END
unlike "closure without perl: no modules" "$list" 'strict\.pm'
recipe noext >/dev/null <<'END'
name noext
source debian
fetch php8.2-cgi
file /etc/php/8.2/cgi/conf.d/x.ini <<X
extension=nothing
X
run /usr/bin/php-cgi8.2
END
status "an extension that is not there is an error" 1 "$JAILPACK" noext.recipe
like "at the line that brings its name" "$STDERR" \
    'noext.recipe:4:.*x.ini needs /usr/lib/php/[0-9]+/nothing.so'

plan_done
