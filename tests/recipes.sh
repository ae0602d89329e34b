# shellcheck shell=bash
#
# For tests/root/recipes-*.t, after lib.sh: recipes of the collection, packed
# and served.
#
#   pack_recipe PATH [OPTION...]   packs it as $TMP/NAME.sqfs
#   serve NAME [ADDRESS:]PORT:JAILPORT...
#                                  runs that image as the jail $(jail NAME), its
#                                  ports at 127.0.0.1 unless an address is
#                                  given, and stops it at the end
#   restore NAME                   once
#   restore_jail NAME JAIL         the same for a jail of another name
#   quiet NAME JAIL                has made no call, and executed nothing, that
#                                  raises an alarm
#   finish NAME                    stops it, and looks at what its log says
#   answers TEXT COMMAND REGEX     what the command prints matches

jail() {
    echo "test-$1-$$"
}

pack_recipe() {
    local name
    name=$(basename "$1" .recipe)
    ok "$name is packed" "$JAILPACK" -o "$TMP/$name.sqfs" "${@:2}" "$1"
}

serve() {
    local name=$1 maps=() map
    shift
    for map in "$@"; do
        [[ $map == *:*:* ]] || map=127.0.0.1:$map
        maps+=(--listen "$map")
    done
    stop_later "$(jail "$name")"
    ok "$name runs" "$JAILMOUNT" "$TMP/$name.sqfs" --run -d \
        --name "$(jail "$name")" "${maps[@]}"
}

restore() {
    restore_jail "$1" "$(jail "$1")"
}

restore_jail() {
    ok "$1 is restored" "$JAILMOUNT" "$2" --restore
}

quiet() {
    is "$1 has tried nothing that is an alarm" \
        "$("$JAILMOUNT" "$2" --status --json |
            jq -c '[.alarms.call, .alarms.execution]')" "[0,0]" ||
        diag "$(grep alarm: "/var/log/jailmount/$2.log")"
}

finish() {
    local log
    log=/var/log/jailmount/$(jail "$1").log
    quiet "$1" "$(jail "$1")"
    ok "$1 stops" "$JAILMOUNT" "$(jail "$1")" --stop
    unlike "$1 did not have to be killed" "$(cat "$log")" 'has not finished in time'
    rm -rf "$log" "/var/lib/jailmount/evidence/$(jail "$1")"
}

answers() {
    local text=$1 command=$2
    run bash -c "$command"
    like "$text" "$STDOUT$STDERR" "$3" || tell "$command"
}
