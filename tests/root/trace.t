#!/bin/bash
# Recipes drafted by watching a service run: they pack, and the jail serves,
# without being edited.
. "$(dirname "$0")/../lib.sh"

# The services run in a network of their own, and write where nobody minds.
mount -t tmpfs none /srv
for place in /var/log/nginx /var/lib/nginx /var/www/html; do
    mkdir -p "$place"
    mount -t tmpfs -o mode=755 none "$place"
done
echo "a page of the host" >/var/www/html/index.html
made_run=
[ -d /run/vsftpd ] || { mkdir /run/vsftpd && made_run=1; }
mount -t tmpfs -o mode=755 none /run/vsftpd

# jailpack --trace with these arguments, in the background, as $tracer.
trace() {
    unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh \
        "$JAILPACK" --trace "$@" </dev/null >"$TMP/trace.out" 2>&1 &
    tracer=$!
    kill_later "$tracer"
}

# A command in the network of the service that is traced.
beside() {
    nsenter --target "$tracer" --net -- "$@"
}

fetch() {
    beside curl -sS --fail --max-time 5 "$@"
}

# The service is told to end, and so does the trace.
traced() {
    kill -TERM "$tracer"
    wait "$tracer"
    is "$1" "$?" 0 || diag "$(cat "$TMP/trace.out")"
}

# The recipe has this line.
says() {
    ok "it says: $2" grep -qxF -- "$2" "$1"
}

# --- nginx, by the package's own configuration --------------------------------

nginx=$TMP/nginx.recipe
trace -o "$nginx" -- nginx -g 'daemon off;'
ok "nginx answers while it is traced" wait_until 10 fetch http://127.0.0.1/
traced "its recipe is written when it has ended"
says "$nginx" "name nginx"
says "$nginx" "run /usr/sbin/nginx -g 'daemon off;'"
says "$nginx" "listen 80"
says "$nginx" "ready listen"
says "$nginx" "user www-data"
says "$nginx" "writable /run 1M"
says "$nginx" "overlay /var/log/nginx 16M"
says "$nginx" "overlay /var/lib/nginx 32M"
for capability in chown setgid setuid; do
    says "$nginx" "allow capability $capability"
done
unlike "what the closure brings is not listed" "$(cat "$nginx")" \
    '^(copy|package) .*(libc|libpcre|libssl|\.so)'


# Packs a draft and starts its jail; what follows are the ports.
jail=test-trace-$$
stop_later "$jail"
start() {
    local recipe=$1 listen=()
    shift
    for pair in "$@"; do
        listen+=(--listen "127.0.0.1:$pair")
    done
    ok "it packs as it is" "$JAILPACK" --level 1 -o "$TMP/jail.sqfs" "$recipe"
    ok "the jail starts" "$JAILMOUNT" "$TMP/jail.sqfs" --run -d \
        --name "$jail" "${listen[@]}"
}

stop() {
    ok "it ends" "$JAILMOUNT" "$jail" --stop
    rm -f "/var/log/jailmount/$jail.log"
}

port=$(free_port)
start "$nginx" "$port:80"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/"
is "the page that was fetched" "$STDOUT" "a page of the host"
stop

# --- A further run ------------------------------------------------------------

status "what is there is not replaced" 1 \
    "$JAILPACK" --trace -o "$nginx" -- /bin/true
like "and what to do is told" "$STDERR" 'continue .* adds to it'

cp "$nginx" "$TMP/before.recipe"
trace --continue "$nginx" -o "$nginx"
ok "the recipe's own command runs again" wait_until 10 fetch http://127.0.0.1/
traced "it ends"
ok "what was seen before is not added" cmp "$nginx" "$TMP/before.recipe"

echo "another page" >/var/www/html/other.html
sed -i 's,^listen 80$,listen 80 # an edit,' "$nginx"
cp "$nginx" "$TMP/before.recipe"
for _ in 1 2; do
    trace --continue "$nginx" -o "$nginx"
    ok "a page that was not fetched before" \
        wait_until 10 fetch http://127.0.0.1/other.html
    traced "it ends"
done
is "is what is added, once" "$(diff "$TMP/before.recipe" "$nginx" |
    sed -n 's/^> //p' | grep -v -e '^#' -e '^$')" "copy /var/www/html/other.html"
is "below a heading" "$(grep -c '^# --- Seen in a further run' "$nginx")" 1
ok "nothing of the operator's is lost" \
    cmp <(head -c "$(stat -c %s "$TMP/before.recipe")" "$nginx") \
    "$TMP/before.recipe"
start "$nginx" "$port:80"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/other.html"
is "the other page" "$STDOUT" "another page"
stop

# --- Python -------------------------------------------------------------------

mkdir /srv/site
echo "a page of Python's" >/srv/site/index.html
python=$TMP/python.recipe
cd /srv/site || exit
trace -o "$python" -- /usr/bin/python3 -m http.server 8000
cd / || exit
ok "Python answers" wait_until 10 fetch http://127.0.0.1:8000/
traced "its recipe is written"
says "$python" "workdir /srv/site"
says "$python" "listen 8000"
unlike "it calls nobody" "$(cat "$python")" '^connect'
unlike "bytecode is not packed" "$(cat "$python")" __pycache__
start "$python" "$port:8000"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/"
is "the page" "$STDOUT" "a page of Python's"
stop

# --- vsftpd: a process for each connection, roots and users of their own ------

port=$(free_port)
data=$(free_port)
mkdir -p /srv/ftp /srv/files/pub /run/vsftpd/empty
echo "a file" >/srv/files/pub/file
cat >/srv/vsftpd.conf <<END
listen=YES
listen_port=$port
background=NO
anonymous_enable=YES
local_enable=NO
anon_root=/srv/files
pasv_min_port=$data
pasv_max_port=$data
secure_chroot_dir=/var/run/vsftpd/empty
END
ftp=$TMP/ftp.recipe
trace -o "$ftp" -- /usr/sbin/vsftpd /srv/vsftpd.conf
ok "vsftpd answers" wait_until 10 fetch "ftp://127.0.0.1:$port/pub/file"
traced "its recipe is written"
says "$ftp" "listen $port"
says "$ftp" "listen $data"
says "$ftp" "user nobody"
says "$ftp" "allow capability sys_chroot"
says "$ftp" "dir /run/vsftpd/empty"
start "$ftp" "$port:$port" "$data:$data"
ok "it serves" curl -sS --fail --max-time 5 "ftp://127.0.0.1:$port/pub/file"
is "the file" "$STDOUT" "a file"
ok "and its directories" curl -sS --fail --max-time 5 \
    "ftp://127.0.0.1:$port/pub/"
like "with what was fetched" "$STDOUT" ' file$'
stop

# --- Whatever else a service may do -------------------------------------------

mkdir -p /srv/odd/bin /srv/odd/data /srv/odd/var
echo "a secret" >/srv/odd/data/secret
chmod 600 /srv/odd/data/secret
mkfifo /srv/odd/data/fifo
ln -s data /srv/odd/link
cat >/srv/odd/bin/odd <<'END'
#!/usr/bin/perl
use strict;
use Socket;
my $state = "/srv/odd/var/state";
sub try { my ($number, @arguments) = @_; syscall($number, @arguments) }
mkdir $state;
# By a descriptor, by openat2, by creat; through a link; never a FIFO's turn.
opendir(my $zones, "/usr/share/zoneinfo") or die;
my ($zone, $services, $created) =
    ("Europe/Berlin", "/etc/debian_version", "$state/created");
try(257, fileno($zones), $zone, 0);
try(437, -100, $services, pack("QQQ", 0, 0, 0), 24);
try(85, $created, 0644);
open(my $secret, "<", "/srv/odd/link/secret");
stat("/srv/odd/data/fifo");
symlink "there", "$state/one" or die; rename "$state/one", "$state/two" or die;
link $created, "$state/three"; unlink "$state/two", "$state/three";
chmod 0600, $created; chown 33, 33, $created; utime 1, 1, $created;
truncate $created, 10;
# Where the kernel would see through a ring what no filter sees.
my $ring = "\0" x 200;
print "io_uring: ", try(425, 8, $ring) < 0 ? "$!" : "works", "\n";
# Children, and theirs.
system "/bin/sh", "-c", "id -un; /bin/true";
# Sockets.
socket(my $log, AF_UNIX, SOCK_DGRAM, 0);
connect $log, pack_sockaddr_un("/srv/odd/data/host.sock");
socket(my $own, AF_UNIX, SOCK_STREAM, 0);
bind $own, pack_sockaddr_un("$state/own.sock") or die; listen $own, 5;
socket(my $any, AF_INET, SOCK_STREAM, 0); listen $any, 5;
socket(my $named, AF_INET, SOCK_STREAM, 0);
bind $named, sockaddr_in(7, inet_aton("127.0.0.1")); listen $named, 5;
socket(my $datagrams, AF_INET, SOCK_DGRAM, 0);
bind $datagrams, sockaddr_in(69, inet_aton("127.0.0.1"));
socket(my $peer, AF_INET, SOCK_DGRAM, 0);
connect $peer, sockaddr_in(514, inet_aton("127.0.0.9"));
# Devices and processes.
open(my $null, ">", "/dev/null"); open(my $status, "<", "/proc/self/status");
open(my $kernel, "<", "/dev/kmsg");
# Another user, who may not write there.
if (!fork) { $) = "33 33"; ($<, $>) = (33, 33);
    open(my $no, ">", "/etc/jail-test") and die; exit 0 }
wait;
# A process of its own goes on after it.
if (!fork) { select undef, undef, undef, 0.5; open my $late, "<", "/etc/issue"; exit 0 }
exit 3;
END
chmod 755 /srv/odd/bin/odd
perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
    bind $s, pack_sockaddr_un("/srv/odd/data/host.sock")'
odd=$TMP/odd.recipe
run timeout 30 unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh \
    "$JAILPACK" --trace -o "$odd" -- /srv/odd/bin/odd
is "an odd service is traced to its end" "$STATUS" 0 || diag "$STDERR"
like "it finds no io_uring" "$STDOUT" 'io_uring: Function not implemented'
like "that it went into the background is told" "$STDERR" 'went into the background'
while IFS= read -r line; do
    says "$odd" "$line"
done <<'END'
user www-data
overlay /srv/odd/var 16M
device null
proc
allow capability chown
allow capability dac_override
allow capability fowner
allow capability setgid
allow capability setuid
listen 7
listen 69/udp
connect 127.0.0.9:514/udp
run /srv/odd/bin/odd
END
text=$(cat "$odd")
for file in /usr/share/zoneinfo/Europe/Berlin /etc/debian_version /etc/issue \
    /srv/odd/link/secret /bin/sh /usr/bin/id /bin/true; do
    like "it has $file" "$text" "^copy .*$file( |\$)"
done
like "the host's socket is told" "$text" '^# connect.* of /srv/odd/data/host.sock'
like "the kernel's choice of a port is told" "$text" '^# listen.2. on a port that'
like "a device is offered, not given" "$text" '^# device /dev/kmsg c 1 11 '
unlike "what was refused is not given" "$text" '^(overlay|writable) /etc'
unlike "what it made is not packed" "$text" '^copy .*/srv/odd/var'
unlike "a FIFO is not packed" "$text" '^copy .*fifo'

# --- Without privileges -------------------------------------------------------

mkdir /srv/mine
chown 65534:65534 /srv/mine
mine=/srv/mine/mine.recipe
cd /srv/site || exit
run timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$JAILPACK" --trace -o "$mine" -- /bin/busybox cat index.html
cd / || exit
is "anybody may trace" "$STATUS" 0 || diag "$STDERR"
is "what they could run" "$STDOUT" "a page of Python's"
says "$mine" "run /bin/busybox cat index.html"
says "$mine" "workdir /srv/site"
like "what it opened is there" "$(cat "$mine")" '^copy /srv/site/index.html$'
unlike "no capability is needed" "$(cat "$mine")" '^allow'

# --- A unit first, then what a run of it shows --------------------------------

cat >"$TMP/site.service" <<'END'
[Service]
Environment=ROOT=/srv/site
User=www-data
ExecStart=/bin/busybox httpd -f -p 8081 -h ${ROOT}
END
site=$TMP/site.recipe
ok "a unit becomes a recipe" \
    "$JAILPACK" --from-unit "$TMP/site.service" -o "$site"
trace --continue "$site" -o "$site"
ok "what it runs is traced" wait_until 10 fetch http://127.0.0.1:8081/
traced "and added"
says "$site" "listen 8081"
port=$(free_port)
start "$site" "$port:8081"
ok "it serves" curl -sS --fail --max-time 5 "http://127.0.0.1:$port/"
is "the page" "$STDOUT" "a page of Python's"
supervisor=$("$JAILMOUNT" "$jail" --status --json | jq .supervisor)
is "as the unit's user" "$(pgrep -P "$supervisor" | xargs -n 1 pgrep -P |
    xargs -n 1 ps -o uid= -p | awk '{ print $1 % 65536 }')" \
    "$(id -u www-data)"
stop

# --- A recipe of other sources ------------------------------------------------

mkdir -p "$TMP/tree/bin"
cp /bin/busybox "$TMP/tree/bin/"
recipe other <<'END' >/dev/null
name other
source tree tree
run /bin/busybox cat /srv/site/index.html
END
cp "$TMP/other.recipe" "$TMP/before.recipe"
ok "a recipe that takes its files from a tree is continued" \
    "$JAILPACK" --trace --continue "$TMP/other.recipe" -o "$TMP/other.recipe"
is "what the tree does not have comes from the host" \
    "$(diff "$TMP/before.recipe" "$TMP/other.recipe" | sed -n 's/^> //p' |
        grep -v -e '^#' -e '^$')" \
    "source host
copy /srv/site/index.html
proc"
ok "it packs" "$JAILPACK" --level 1 -o "$TMP/other.sqfs" "$TMP/other.recipe"

# --- What cannot be traced ----------------------------------------------------

status "no program" 1 "$JAILPACK" --trace -o "$TMP/x.recipe" -- no-such-program
like "is named" "$STDERR" 'no-such-program: there is no such program'
printf 'nothing' >/srv/nothing
chmod 755 /srv/nothing
status "no program in it" 1 "$JAILPACK" --trace -o "$TMP/x.recipe" -- /srv/nothing
like "is told" "$STDERR" 'cannot execute /srv/nothing'
status "no command" 1 "$JAILPACK" --trace -o "$TMP/x.recipe"
like "is told, with an example" "$STDERR" 'the command to run is missing'
status "nowhere to write to" 1 \
    "$JAILPACK" --trace -o "$TMP/none/x.recipe" -- /bin/busybox touch "$TMP/ran"
like "is told" "$STDERR" 'none/x.recipe'
ok "before anything runs" [ ! -e "$TMP/ran" ]
status "no output" 1 "$JAILPACK" --trace -- /bin/true
status "a command without --" 2 "$JAILPACK" --trace -o "$TMP/x.recipe" /bin/true
like "is told" "$STDERR" 'a command behind --'
status "what fails" 0 "$JAILPACK" --trace -o "$TMP/false.recipe" -- /bin/false
like "is told" "$STDERR" 'ended with status 1'
ok "nothing else was written" [ ! -e "$TMP/x.recipe" ]

umount /run/vsftpd
[ -z "$made_run" ] || rmdir /run/vsftpd
plan_done
