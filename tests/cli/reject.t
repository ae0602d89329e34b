#!/bin/bash
# Every recipe of tests/reject is refused with status 1, for the reason that
# it expects, and leaves nothing behind. In the first lines of such a recipe:
#
#   #! expect: REGEX     matches a line of what is printed; once or more
#   #! options: WORDS    more options for jailpack
. "$(dirname "$0")/../lib.sh"

mkdir "$TMP/cwd" "$TMP/cache"
export XDG_CACHE_HOME=$TMP/cache

# Everything after "#! KEY: " in the lines of that kind.
header() {
    sed -n "s/^#! $1: //p" "$2"
}

refuse() {
    local options
    read -ra options <<<"$(header options "$1")"
    (cd "$TMP/cwd" && "$JAILPACK" --dry-run "${options[@]}" "$1")
}

for recipe in "$SRC"/tests/reject/*.recipe; do
    name=$(basename "$recipe" .recipe)
    status "$name is refused" 1 refuse "$recipe"
    expectations=$(header expect "$recipe")
    [ -n "$expectations" ] || fail "$name expects nothing"
    while read -r expected; do
        like "$name: $expected" "$STDERR" "$expected"
    done <<<"$expectations"
    is "$name prints nothing else" "$STDOUT" ""
done
is "nothing was written" "$(find "$TMP/cwd" "$TMP/cache" -mindepth 1)" ""

plan_done
