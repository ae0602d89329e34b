# shellcheck shell=bash
#
# jailpack beside gensquashfs and mksquashfs, on the very same tree: what an
# image of jailpack's holds, unpacked again. jailpack has more to do (the
# closure, digests, the manifest, the hash tree), and its file holds that too;
# the size compared is that of the squashfs in it. Without the cache of blocks.

# pack_tree IMAGE NAME - unpacks without device nodes, which all would store
# alike.
pack_tree() {
    rm -rf "${WORK:?}/$2"
    unsquashfs -q -n -d "$WORK/$2" "$1" >/dev/null
    find "$WORK/$2" \( -type b -o -type c \) -delete
    pack_recipe "$2"
}

# pack_recipe NAME - for that tree.
pack_recipe() {
    local program
    program=$(cd "$WORK/$1" &&
        find usr -path "*bin/*" -type f -perm -u+x | head -n 1)
    cat >"$WORK/$1.recipe" <<RECIPE
name $1
source tree $WORK/$1
copy /**
run /$program
RECIPE
}

# pack_host NAME - the tree of a compiler and its headers: binaries, archives,
# objects, text; they are where this was built.
pack_host() {
    cat >"$WORK/host.recipe" <<'RECIPE'
name host
source host
copy /usr/lib/gcc/**
copy /usr/include/**
copy /bin/true
run /bin/true
RECIPE
    "$JAILPACK" --no-cache --level 1 -o "$WORK/host.sqfs" \
        "$WORK/host.recipe" >/dev/null 2>"$WORK/host.log" || {
        cat "$WORK/host.log"
        return 1
    }
    pack_tree "$WORK/host.sqfs" "$1"
}

# squashfs_bytes FILE - bytes_used of the superblock.
squashfs_bytes() {
    od -A n -t u8 -j 40 -N 8 "$1" | tr -d ' '
}

pack_compare() {
    local name=$1 runs=$2 title=$3 threads file result commands=() tool
    threads=$(nproc)
    file=$WORK/pack-$name
    commands=(jailpack "$JAILPACK" --no-cache -j "$threads"
        -o "$WORK/$name.sqfs" "$WORK/$name.recipe")
    : >"$file.missing"
    missing "$file.missing" gensquashfs gensquashfs ||
        commands+=(--- gensquashfs gensquashfs -q -f -e -D "$WORK/$name"
            -c zstd -X level=15 -b 131072 -j "$threads"
            "$WORK/$name.gensquashfs")
    missing "$file.missing" mksquashfs mksquashfs ||
        commands+=(--- mksquashfs mksquashfs "$WORK/$name"
            "$WORK/$name.mksquashfs" -comp zstd -Xcompression-level 15
            -b 131072 -processors "$threads" -no-xattrs -noappend
            -no-progress -quiet)
    "$BENCH/compare" "$runs" "${commands[@]}" >"$file.times" 2>"$file.log" ||
        cat "$file.log"
    grep -q failed "$file.times" && head -n 5 "$file.log"
    while IFS= read -r result; do
        tool=${result%%$'\t'*}
        case $tool in
        jailpack) image=$WORK/$name.sqfs ;;
        *) image=$WORK/$name.$tool ;;
        esac
        if [[ $result == *failed ]]; then
            printf '%s\n' "$result"
        else
            printf '%s\t%s\n' "$result" "$(squashfs_bytes "$image")"
        fi
    done <"$file.times" >"$file"
    cat "$file.missing" >>"$file"
    table "$file" gensquashfs "$title"
    verdict "pack, $name: wall, of gensquashfs's" \
        "$(value "$file" jailpack 3)" "$(value "$file" gensquashfs 3)" 1.0
    verdict "pack, $name: peak memory, of gensquashfs's" \
        "$(value "$file" jailpack 6)" "$(value "$file" gensquashfs 6)" 1.5
    verdict "pack, $name: size, of gensquashfs's" \
        "$(value "$file" jailpack 7)" "$(value "$file" gensquashfs 7)" 1.0
}

describe_tree() {
    find "$WORK/$1" -type f -printf '%s\n' | awk '{ sum += $1 }
        END { printf "%d files, %.0f MB", NR, sum / 1e6 }'
}

bench_pack() {
    local runs=9 big_runs=3
    [ -z "${BENCH_QUICK:-}" ] || runs=3 big_runs=0

    pack_tree "$WORK/apache-jail.sqfs" apache
    pack_compare apache $runs \
        "Packing the Apache tree ($(describe_tree apache)), zstd 15, 128K"

    [ $big_runs -gt 0 ] || return 0
    pack_host compiler || return 0
    pack_compare compiler $big_runs \
        "Packing a compiler ($(describe_tree compiler)), zstd 15, 128K"
}
