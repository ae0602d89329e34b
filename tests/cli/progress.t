#!/bin/bash
# What an operator sees who waits: one line on a terminal, after a second,
# gone at the end. Nothing anywhere else, nothing before.
. "$(dirname "$0")/../lib.sh"

# on_terminal COMMAND...: with a terminal for everything; STDOUT is what came
# to be on it, carriage returns as newlines, each line with its seconds.
on_terminal() {
    local command
    printf -v command '%q ' "$@"
    run script -qefc "$command" /dev/null
    STDOUT=$(tr '\r' '\n' <<<"$STDOUT")
}
export TERM=vt100

# A source that takes its time: apt-get is asked for packages, and waits.
mkdir -p "$TMP/slow"
cat >"$TMP/slow/apt-get" <<'END'
#!/bin/sh
sleep "${SLOW:-3}"
echo "E: the mirror is gone" >&2
exit 100
END
chmod 755 "$TMP/slow/apt-get"
file=$(recipe slow <<'END'
name slow
source debian
fetch coreutils
copy /bin/true
run /bin/true
END
)
slow=(env "PATH=$TMP/slow:$PATH" "$JAILPACK" --cache "$TMP/cache" "$file")

on_terminal "${slow[@]}"
like "a source that stands still: it is told which recipe waits, since when" \
    "$STDOUT" "^$file: .*package lists.*, 2 s"
unlike "not before a second is over" "$STDOUT" ', 0 s'
like "the line is gone before the error is told" "$(cat -v <<<"$STDOUT")" \
    '^\^\[\[Kjailpack: .*the mirror is gone'
last=$(grep -n ', [0-9]* s' <<<"$STDOUT" | tail -1)
ok "and does not come back" [ "${last%%:*}" -lt \
    "$(grep -n 'mirror is gone' <<<"$STDOUT" | cut -d: -f1)" ]

run "${slow[@]}"
unlike "without a terminal there is none" "$STDERR" ', [0-9]+ s'
TERM=dumb on_terminal "${slow[@]}"
unlike "nor on one that cannot write over a line" "$STDOUT" ', [0-9]+ s'
on_terminal sh -c 'exec "$@" 2>/dev/null' - "${slow[@]}"
unlike "nor if it is not for messages" "$STDOUT" ', [0-9]+ s'
SLOW=0.1 on_terminal "${slow[@]}"
unlike "what is quick is silent" "$(cat -v <<<"$STDOUT")" ' s$|\^\[\[K'

# A terminal of few columns: a line that wraps could not be taken away.
on_terminal sh -c 'stty cols 20; exec "$@"' - "${slow[@]}"
longest=$(grep -v jailpack: <<<"$STDOUT" | sed -n $'s/\033\\[K$//p' |
    awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }')
ok "never longer than the terminal is wide ($longest)" \
    [ "$longest" -gt 10 -a "$longest" -lt 20 ]

# Packing that takes longer than a second: how much of it, how fast.
mkdir -p "$TMP/tree/bin" "$TMP/out"
cp "$(command -v busybox)" "$TMP/tree/bin/sh"
for n in 1 2 3; do
    seq "$n" 2000000 >"$TMP/tree/numbers$n"
done
file=$(recipe large <<'END'
name large
source tree tree
copy /numbers*
run /bin/sh
END
)
pack=("$JAILPACK" --no-cache -j 1 --compressor xz -o "$TMP/out" "$file")
on_terminal "${pack[@]}"
like "packing: the share, the size, the speed" "$STDOUT" \
    "^$file: packing: [0-9]+ % of [0-9.]+ MB, [0-9.]+ [kM]B/s, [0-9]+ s"
like "the summary stands alone" "$(cat -v <<<"$STDOUT")" \
    '^\^\[\[K.*/out/large\.sqfs: 4 files'
on_terminal sh -c '(sleep 2; kill -INT $$) & exec "$@"' - "${pack[@]}"
unlike "interrupted: nothing is packed" "$STDOUT" 'root hash'
is "and the line is taken away" "$(cat -v <<<"$STDOUT" | grep -v '^$' | tail -1)" \
    '^[[K'

# Questions of a large image.
run truncate -s 1M "$TMP/out/large.sqfs"
on_terminal "$JAILPACK" --verify "$TMP/out/large.sqfs"
unlike "an error at once is all there is" "$STDOUT" ', [0-9]+ s'

plan_done
