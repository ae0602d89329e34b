# shellcheck shell=dash
#
# What runs in a virtual machine says so by sourcing this, and tells what it
# finds there on the console: "RESULT ok TEXT" and "RESULT not ok TEXT".

printf '\nGUEST begins\n'

result() {
    printf '\nRESULT %s\n' "$*"
}

# Of a failure, beside what the command has printed.
tell_more() {
    :
}

# check TEXT COMMAND... - its output is shown when it fails.
check() {
    local text=$1
    shift
    if "$@" </dev/null >/tmp/output 2>&1; then
        result "ok $text"
    else
        result "not ok $text"
        echo "command: $*"
        cat /tmp/output
        tell_more
    fi
}
