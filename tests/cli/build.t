#!/bin/bash
# build: commands that are run while packing, apart from the host, and what
# they leave in their stage.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

export XDG_CACHE_HOME=$TMP/cache
cd "$TMP" || exit 1

# Root and an ordinary user take different ways to the same bytes.
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid 65534 --regid 65534 --clear-groups -- \
            env XDG_CACHE_HOME="$TMP/user-cache" "$@"
    else
        "$@"
    fi
}
give_to_user() {
    [ "$(id -u)" != 0 ] || chown -R 65534:65534 "$@"
}
mkdir user-cache user-out
give_to_user user-cache user-out

mkdir -p project/src
cat >project/src/greet.c <<'END'
#include <math.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	(void)argv;
	return printf("%s %f\n", GREETING, cos(argc)) < 0;
}
END
cat >project/src/Makefile <<'END'
greet: greet.c
	cc -O2 -DGREETING='"hello"' -o $@ $< -lm
install: greet
	install -d $(DESTDIR)/usr/bin $(DESTDIR)/var/spool/greet
	install -o root -g root -m 755 greet $(DESTDIR)/usr/bin/greet
	install -m 640 greet.c $(DESTDIR)/usr/greet.c
	ln -s greet $(DESTDIR)/usr/bin/greeter
	chmod 1777 $(DESTDIR)/var/spool/greet
END
recipe project/greet >/dev/null <<'END'
name greet
source host
build make -C src
build make -C src install DESTDIR=${stage} ; exclude *.c
run /usr/bin/greet
END

# --- What is made -------------------------------------------------------------

listing() {
    find project -printf '%p %s %m %T@\n' | sort
}
before=$(listing)
ok "a program is built and packed" "$JAILPACK" project/greet.recipe
is "nothing is said but the summary" "$STDERR" ""
is "the sources are as they were" "$(listing)" "$before"
list=$("$JAILPACK" --list greet.sqfs)
like "it is in it, root's" "$list" '^-rwxr-xr-x 0/0 .* /usr/bin/greet$'
like "so is a link" "$list" ' /usr/bin/greeter -> greet$'
like "and a directory with its mode" "$list" \
    '^drwxrwxrwt 0/0 .* /var/spool/greet$'
unlike "what is excluded is not" "$list" 'greet\.c'
ok "its reason" "$JAILPACK" --why greet.sqfs /usr/bin/greet
like "is the command, and where it stands" "$STDOUT" \
    'greet\.recipe:4: build make -C src install DESTDIR=/stage'
like "what it is linked with came along" "$list" '/libm\.so\.6$'
ok "it verifies" "$JAILPACK" --verify greet.sqfs

cp greet.sqfs first.sqfs
ok "packed again" "$JAILPACK" project/greet.recipe
ok "it has the same bytes" cmp greet.sqfs first.sqfs
cp -a project user-project
give_to_user user-project
ok "an ordinary user packs it" \
    as_user "$JAILPACK" -o user-out user-project/greet.recipe
ok "with the same bytes" cmp user-out/greet.sqfs first.sqfs

# Owners that the room cannot know: there the directory is copied.
if [ "$(id -u)" = 0 ]; then
    chmod 700 user-project
    ok "root packs what is another's alone" \
        "$JAILPACK" user-project/greet.recipe
    ok "with the same bytes" cmp greet.sqfs first.sqfs
    cp -a project copied-project
    ok "a user packs what is root's" \
        as_user "$JAILPACK" -o user-out copied-project/greet.recipe
    ok "with the same bytes" cmp user-out/greet.sqfs first.sqfs
    install -m 600 /dev/null copied-project/src/secret
    status "what cannot be read cannot be copied" 1 \
        as_user "$JAILPACK" -o user-out copied-project/greet.recipe
    like "it is named" "$STDERR" \
        'greet.recipe:3:1: cannot copy src/secret: Permission denied'
fi

# A fragment's commands begin where the fragment lies.
mkdir -p elsewhere/part
echo part >elsewhere/part/content
recipe elsewhere/part/fragment >/dev/null <<'END'
build cp content ${stage}/part
END
recipe whole >/dev/null <<'END'
name whole
source host
include elsewhere/part/fragment.recipe
build sh -c "test ! -e content && echo whole >${stage}/whole"
run /bin/true
END
ok "a fragment builds where it lies" "$JAILPACK" whole.recipe
is "its content" "$("$JAILPACK" --cat whole.sqfs /part)" part
is "and the recipe's" "$("$JAILPACK" --cat whole.sqfs /whole)" whole

# --- What the commands find ---------------------------------------------------

# probe LINE: packs a recipe that has this build.
probe() {
    printf '%s\n' "name probe" "source host" "build $1" "run /bin/true" \
        >probe.recipe
    "$JAILPACK" probe.recipe
}
# told: what the shell commands of standard input print in there.
told() {
    cat >told.sh
    rm -f probe.sqfs
    # shellcheck disable=SC2016  # the recipe's own variable
    probe 'sh -c "sh told.sh >${stage}/out 2>&1; true"' >/dev/null 2>&1 &&
        "$JAILPACK" --cat probe.sqfs /out
}

is "the environment" "$(SECRET=1 told <<<'env | grep -v ^_= | sort')" \
    "HOME=/home
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PWD=/build
SOURCE_DATE_EPOCH=0
TZ=UTC"
is "SOURCE_DATE_EPOCH is the image's" \
    "$(SOURCE_DATE_EPOCH=86400 told <<<'echo $SOURCE_DATE_EPOCH')" 86400
is "root's name, and no other's" "$(told <<<'id -un; id -gn; id -u')" "root
root
0"
is "no power" "$(told <<<'grep Cap /proc/self/status | grep -vc "0\{16\}"')" 0
is "no processes of the host's" "$(told <<<'test -d /proc/4000; echo $?
    test "$(ls -d /proc/[0-9]* | wc -l)" -lt 10; echo $?')" "1
0"
is "no name of the host's" "$(told <<<'hostname')" localhost
is "umask" "$(told <<<'umask')" 0022
is "no files of the host's" "$(told <<<'ls -d /etc/shadow /root /var /run \
    /etc/hostname /sys 2>/dev/null')" ""
is "no users of the host's" "$(told <<<'grep -c . /etc/passwd')" 2
like "no tools can be changed" "$(told <<<'touch /usr/bin/x')" 'Read-only'
like "nor the root" "$(told <<<'touch /x')" 'Read-only'
like "no mounts" "$(told <<<'mount -t tmpfs x /tmp')" \
    'permission denied|must be|not permitted'
like "no devices" "$(told <<<'mknod /tmp/x c 1 3')" 'not permitted'
is "no terminal" "$(told <<<'tty; test -e /dev/tty || echo none')" "not a tty
none"

port=$(free_port)
perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1",
        LocalPort => $ARGV[0], ReuseAddr => 1) or die;
    $s->accept; open(my $f, ">", $ARGV[1]); sleep 60' \
    "$port" "$TMP/called" &
kill_later $!
call="perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
    PeerAddr => q(127.0.0.1:$port)) ? q(connected) : q(none)'"
is "no network" "$(told <<<"$call")" none
ok "nobody was called" [ ! -e called ]

# --- Results that are not to be trusted ---------------------------------------

# shellcheck disable=SC2016
status "a link that leads out" 1 probe 'ln -s ../x ${stage}/up'
like "is refused" "$STDERR" \
    'probe.recipe:3:1: /up is a link to ../x, which leads out of the stage'
cat >odd.sh <<'END'
cd "$1"
mkfifo pipe
echo x >su
chmod 6755 su
ln su hard
ln -s /etc/shadow absolute
mkdir d
ln -s ../su d/inside
END
# shellcheck disable=SC2016
ok "odd things are staged" probe 'sh odd.sh ${stage}'
like "a pipe is told of" "$STDERR" \
    "probe.recipe:3: the build's output: /pipe is left out"
list=$("$JAILPACK" --list probe.sqfs)
unlike "and is not in it" "$list" /pipe
like "set-id bits are gone" "$list" '^-rwxr-xr-x 0/0 .* /su$'
like "a hard link is a file" "$list" '^-rwxr-xr-x 0/0 .* /hard$'
like "an absolute link is the jail's" "$list" '/absolute -> /etc/shadow$'
like "links within the stage stay" "$list" '/d/inside -> ../su$'
# shellcheck disable=SC2016
status "what is too large" 1 probe 'fallocate -l 5G ${stage}/x'
like "does not fit" "$STDERR" 'No space left'

# --- What goes wrong ----------------------------------------------------------

mkdir fails
recipe fails/fails >/dev/null <<'END'
name fails
source host
build true
build sh -c "seq 100; printf 'bad \\033[2J'; exit 4"
run /bin/true
END
status "a command that fails" 1 "$JAILPACK" -o fails fails/fails.recipe
like "is told with its place" "$STDERR" \
    'fails.recipe:4:1: sh ended with status 4$'
like "and with what it said last" "$STDERR" '^  100$'
unlike "not with all of it" "$STDERR" '^  80$'
like "which gives no orders to the terminal" "$STDERR" 'bad \\x1b\[2J'
is "nothing is left" "$(ls fails)" fails.recipe
status "a command that is killed" 1 probe 'sh -c "kill -9 $$$$"'
like "is told so" "$STDERR" 'sh was ended by the signal KILL'
status "a command that there is not" 1 probe no-such-command
like "is told so" "$STDERR" \
    'probe.recipe:3:1: cannot run no-such-command: No such file'
status "one that may not be executed" 1 probe /etc/passwd
like "is told so" "$STDERR" 'cannot run /etc/passwd: Permission denied'

# --- Ends ---------------------------------------------------------------------

# shellcheck disable=SC2016
ok "what a command leaves running ends with it" timeout 60 "$JAILPACK" -n \
    "$(recipe leaves <<'END'
name leaves
source host
build sh -c "sleep 987 & touch ${stage}/x"
run /bin/true
END
)"

# --- A lock file --------------------------------------------------------------

recipe project/locked >/dev/null <<'END'
name locked
source host
build make -C src
build make -C src install DESTDIR=${stage} ; exclude *.c
run /usr/bin/greet
END
ok "--lock" "$JAILPACK" --lock project/locked.recipe
is "notes what each build made" \
    "$(sed -nE 's/^(build) [0-9a-f]{64} /\1 /p' project/locked.lock | xargs)" \
    "build 1 build 2"
ok "made again it is the same" "$JAILPACK" project/locked.recipe
ok "an ordinary user makes it, too" as_user env HOME=/nonexistent \
    "$JAILPACK" -o user-out/locked.sqfs project/locked.recipe
cp project/src/greet.c greet.c
echo '/* of no account */' >>project/src/greet.c
ok "what is excluded may differ" "$JAILPACK" project/locked.recipe
sed -i 's/hello/howdy/' project/src/Makefile
before=$(sha256sum locked.sqfs)
status "another result" 1 "$JAILPACK" project/locked.recipe
like "is an error, with its place" "$STDERR" \
    "locked\.recipe:4:1: what it makes is not what it made for project/locked\.lock"
like "and what to do" "$STDERR" "^ *--lock renews project/locked\.lock"
is "nothing is written" "$(sha256sum locked.sqfs)" "$before"
sed -i 's/howdy/hello/' project/src/Makefile
sed -i 's/-m 755/-m 555/' project/src/Makefile
status "permissions are a part of it" 1 "$JAILPACK" project/locked.recipe
sed -i 's/-m 555/-m 755/' project/src/Makefile
sed -i '/^build .* 2$/d' project/locked.lock
status "a build that the lock file lacks" 1 "$JAILPACK" project/locked.recipe
like "is told" "$STDERR" "project/locked\.lock does not have what it makes"
cp greet.c project/src/greet.c

recipe long >/dev/null <<'END'
name long
source host
build sleep 654.321
run /bin/true
END
"$JAILPACK" long.recipe >/dev/null 2>&1 &
packer=$!
# The sleep of a room that the packer has made.
sleeper() {
    pgrep -xf 'sleep 654.321'
}
ok "a long build" wait_until 10 sleeper
{
    kill -9 $packer
    wait $packer
} 2>/dev/null
no_sleeper() {
    ! sleeper
}
ok "ends with the packer" wait_until 5 no_sleeper

plan_done
