# shellcheck shell=bash
#
# What every test script of tests/cli and tests/root stands on. A script
# sources it, makes its assertions and ends with plan_done; what it prints is
# TAP, for prove. Scripts of tests/root run in a mount namespace of their own.
#
#   ok TEXT COMMAND...             passes when the command gives 0
#   status TEXT WANTED COMMAND...  passes when it gives WANTED
#   is TEXT GOT WANTED             two equal strings
#   like TEXT GOT REGEX            an extended regular expression matches
#   unlike TEXT GOT REGEX          it does not
#   pass TEXT, fail TEXT           when the script has decided for itself
#   skip TEXT REASON               a failure in CI: nothing skips there
#   diag TEXT                      lines for whoever reads a failure
#   run COMMAND...                 runs it and sets STATUS, STDOUT, STDERR
#
# ok, status and run leave what the command printed in STDOUT and STDERR.
# Commands run in this shell, so functions may set variables; their standard
# input is empty.
#
#   SRC BUILD JAILPACK JAILMOUNT   the checkout, the build, the two tools
#   TMP                            a fresh directory, removed at the end
#   recipe NAME <<EOF              writes $TMP/NAME.recipe, prints its path
#   free_port                      a TCP port of 127.0.0.1 nobody listens on
#   wait_for URL [SECONDS]         until a GET of it succeeds
#   wait_until SECONDS COMMAND...  until the command succeeds
#   stop_later NAME...             jails to stop at the end, if they still run
#   kill_later PID...              processes to end at the end
#
# XDG_CACHE_HOME is one directory for all tests, so that packages are
# downloaded once.

set -u

SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(cd "${BUILD:-$SRC/build}" && pwd)
JAILPACK=${JAILPACK:-$BUILD/jailpack}
JAILMOUNT=${JAILMOUNT:-$BUILD/jailmount}
export BUILD JAILPACK JAILMOUNT
export LC_ALL=C.UTF-8
export XDG_CACHE_HOME=$BUILD/cache
export PATH="$PATH:/usr/sbin:/sbin"

tests_made=0
tests_failed=0
jails_to_stop=()
pids_to_kill=()
STATUS=0
STDOUT=
STDERR=

diag() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

# A reason why a whole script cannot run here.
skip_all() {
    if [ -n "${CI:-}${JAIL_NO_SKIP:-}" ]; then
        echo "1..1"
        echo "not ok 1 - cannot be skipped: $1"
        exit 1
    fi
    echo "1..0 # SKIP $1"
    exit 0
}

case $(cd "$(dirname "$0")" && pwd) in
*/tests/root)
    [ "$(id -u)" = 0 ] || skip_all "needs root"
    if [ -z "${JAIL_TEST_NAMESPACE:-}" ]; then
        JAIL_TEST_NAMESPACE=1 exec \
            unshare --mount --propagation private -- bash "$0" "$@"
    fi
    unset JAIL_TEST_NAMESPACE
    ;;
esac

TMP=$(mktemp -d "${TMPDIR:-/tmp}/jail-test.XXXXXX")
chmod 755 "$TMP"
captured=$(mktemp -d "${TMPDIR:-/tmp}/jail-test-output.XXXXXX")
mkdir -p "$XDG_CACHE_HOME"

clean_up() {
    local status=$? jail pid point
    trap - EXIT
    for jail in "${jails_to_stop[@]}"; do
        [ ! -e "/run/jailmount/$jail" ] ||
            "$JAILMOUNT" "$jail" --stop </dev/null >/dev/null 2>&1
        [ ! -e "/var/lib/jailmount/versions/$jail" ] ||
            rm -rf "/var/lib/jailmount/versions/$jail"
    done
    rmdir /var/lib/jailmount/versions /var/lib/jailmount 2>/dev/null
    for pid in "${pids_to_kill[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    while read -r point; do
        umount -l "$point"
    done < <(awk -v tmp="$TMP" 'index($5 "/", tmp "/") == 1 { print $5 }' \
        /proc/self/mountinfo | sort -r)
    rm -rf --one-file-system "$TMP" "$captured"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

report() {
    local passed=$1 text=$2
    tests_made=$((tests_made + 1))
    if [ "$passed" = 0 ]; then
        echo "ok $tests_made - $text"
    else
        tests_failed=$((tests_failed + 1))
        echo "not ok $tests_made - $text"
    fi
    return "$passed"
}

pass() {
    report 0 "$1"
}

fail() {
    report 1 "$1"
    return 1
}

skip() {
    if [ -n "${CI:-}${JAIL_NO_SKIP:-}" ]; then
        fail "$1 (cannot be skipped: $2)"
    else
        tests_made=$((tests_made + 1))
        echo "ok $tests_made - $1 # SKIP $2"
    fi
}

run() {
    "$@" </dev/null >"$captured/stdout" 2>"$captured/stderr"
    STATUS=$?
    STDOUT=$(tr -d '\0' <"$captured/stdout")
    STDERR=$(tr -d '\0' <"$captured/stderr")
}

# What the last command was and did, shortened where it is long.
tell() {
    diag "command: $(printf '%q ' "$@")"
    diag "status:  $STATUS"
    head -c 4000 <<<"$STDOUT" | awk 'NF { print "# stdout:  " $0 }'
    head -c 4000 <<<"$STDERR" | awk 'NF { print "# stderr:  " $0 }'
}

ok() {
    local text=$1
    shift
    run "$@"
    if [ "$STATUS" = 0 ]; then
        pass "$text"
    else
        fail "$text"
        tell "$@"
        return 1
    fi
}

status() {
    local text=$1 wanted=$2
    shift 2
    run "$@"
    if [ "$STATUS" = "$wanted" ]; then
        pass "$text"
    else
        fail "$text"
        tell "$@"
        diag "wanted:  $wanted"
        return 1
    fi
}

is() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        diag "got:    $2"
        diag "wanted: $3"
        return 1
    fi
}

like() {
    if grep -qE -- "$3" <<<"$2"; then
        pass "$1"
    else
        fail "$1"
        diag "got:         $2"
        diag "does not match: $3"
        return 1
    fi
}

unlike() {
    if grep -qE -- "$3" <<<"$2"; then
        fail "$1"
        diag "got:     $2"
        diag "matches: $3"
        return 1
    else
        pass "$1"
    fi
}

recipe() {
    cat >"$TMP/$1.recipe"
    echo "$TMP/$1.recipe"
}

# Below what the kernel gives to whoever does not ask for a port, so that no
# connection of another test comes to have it in the meantime.
free_port() {
    perl -MIO::Socket::INET -e '
        for (1 .. 1000) {
            my $socket = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
                LocalAddr => "127.0.0.1",
                LocalPort => 10_000 + int rand 22_000) or next;
            print $socket->sockport;
            last;
        }'
}

wait_until() {
    local deadline=$((SECONDS + $1 + 1))
    shift
    until "$@" </dev/null >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

wait_for() {
    wait_until "${2:-10}" curl -fsS --max-time 2 "$1"
}

stop_later() {
    jails_to_stop+=("$@")
}

kill_later() {
    pids_to_kill+=("$@")
}

# Prints the plan; a script that ends before this counts as failed.
plan_done() {
    echo "1..$tests_made"
    [ "$tests_failed" = 0 ] || exit 1
    exit 0
}
