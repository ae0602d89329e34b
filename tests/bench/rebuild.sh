# shellcheck shell=bash
#
# One changed file in a tree of 265 MB: jailpack, which finds the rest of the
# blocks in its cache, beside those who compress everything again. The file
# becomes a line longer before each run, of each of them; jailpack's first run,
# which fills the cache, is the one that is not counted.

REBUILD_BYTES=265000000

# sized_tree NAME BYTES - the compiler's tree, made as large as that: without
# some of its headers and archives, or with some of the host's shared files.
sized_tree() {
    local tree=$WORK/$1 bytes
    pack_host compiler &&
        mv "$WORK/compiler" "$tree" &&
        pack_recipe "$1" || return
    bytes=$(find "$tree" -type f -printf '%s\n' |
        awk '{ sum += $1 } END { print sum }')
    find "$tree/usr/include" "$tree/usr/lib/gcc" -type f ! -perm /111 \
        ! -name '*.so*' -printf '%s %p\n' | LC_ALL=C sort -k 2 -r |
        awk -v over=$((bytes - $2)) '
            over > 0 { over -= $1; sub(/^[0-9]+ /, ""); print }' |
        tr '\n' '\0' | xargs -0 -r rm
    find /usr/share -xdev -type f ! -perm /111 -printf '%s %p\n' |
        LC_ALL=C sort -k 2 |
        awk -v left=$(($2 - bytes)) '
            left >= $1 { left -= $1; sub(/^[0-9]+ /, ""); print }' |
        tr '\n' '\0' | xargs -0 -r cp --parents -t "$tree"
}

# changing FILE COMMAND... - what runs the command when the file has changed.
changing() {
    # shellcheck disable=SC2016  # for the shell that it starts
    change=(sh -c 'file=$1; shift; echo "/* $$ */" >>"$file"; exec "$@"' _ "$1")
}

rebuild_compare() {
    local name=$1 runs=$2 changed=$3 title=$4 tool
    local tree=$WORK/$name threads file commands=() change=()
    threads=$(nproc)
    file=$WORK/rebuild-$name
    changing "$tree/$changed"
    commands=(jailpack "${change[@]}" "$JAILPACK" -j "$threads"
        --cache "$WORK/rebuild-cache" -o "$WORK/$name.sqfs"
        "$WORK/$name.recipe")
    : >"$file.missing"
    missing "$file.missing" gensquashfs gensquashfs ||
        commands+=(--- gensquashfs "${change[@]}" gensquashfs -q -f -e
            -D "$tree" -c zstd -X level=15 -b 131072 -j "$threads"
            "$WORK/$name.gensquashfs")
    missing "$file.missing" mksquashfs mksquashfs ||
        commands+=(--- mksquashfs "${change[@]}" mksquashfs "$tree"
            "$WORK/$name.mksquashfs" -comp zstd -Xcompression-level 15
            -b 131072 -processors "$threads" -no-xattrs -noappend
            -no-progress -quiet)
    "$BENCH/compare" "$runs" "${commands[@]}" >"$file" 2>"$file.log"
    grep -q failed "$file" && head -n 5 "$file.log"
    cat "$file.missing" >>"$file"
    table "$file" jailpack "$title"
    for tool in gensquashfs mksquashfs; do
        verdict "rebuild, $name: wall, of $tool's" \
            "$(value "$file" jailpack 3)" "$(value "$file" "$tool" 3)" "$5"
    done
    verdict "rebuild, $name: peak memory, of 64 MB" \
        "$(value "$file" jailpack 6)" 65536 1.0
}

bench_rebuild() {
    local changed

    if [ -n "${BENCH_QUICK:-}" ]; then
        pack_tree "$WORK/apache-jail.sqfs" again
        rebuild_compare again 3 etc/apache2/apache2.conf \
            "Packing the Apache tree again, one file changed, zstd 15, 128K" \
            0.5
        return
    fi
    sized_tree rebuild "$REBUILD_BYTES" || return 0
    # A header from among the others.
    changed=$(cd "$WORK/rebuild" && find usr/include -type f -name '*.h' |
        LC_ALL=C sort | awk '{ name[NR] = $0 }
            END { print name[int(NR / 2) + 1] }')
    rebuild_compare rebuild 3 "$changed" \
        "Packing $(describe_tree rebuild) again, one file changed, zstd 15, 128K" \
        0.05
}
