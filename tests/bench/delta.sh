# shellcheck shell=bash
#
# What has to be fetched when an image has changed: --pull over the older image
# beside zsync and casync, which get the file system alone, without manifest and
# hash tree. Counted are bytes that the tool asks for: indexes and contents,
# without the headers of HTTP.

DELTA_BYTES=90000000

# Libraries of this machine and what configures them, about as much as that.
delta_tree() {
    local tree=$WORK/delta
    mkdir -p "$tree/usr/bin"
    cp /bin/true "$tree/usr/bin"
    find /usr/lib/*-linux-gnu -maxdepth 1 -type f -name '*.so*' -size -12000k \
        -printf '%s %p\n' | LC_ALL=C sort -k 2 |
        awk -v left="$DELTA_BYTES" '
            left >= $1 { left -= $1; sub(/^[0-9]+ /, ""); print }' |
        tr '\n' '\0' | xargs -0 -r cp --parents -t "$tree"
    find /etc -xdev -type f -name '*.conf' -perm -o=r -print0 |
        xargs -0 -r cp --parents -t "$tree"
    pack_recipe delta
}

# delta_change CHANGE - done to the tree.
delta_change() {
    local tree=$WORK/delta file=$WORK/delta-file size
    case $1 in
    line)
        printf '/* a line more */\n' >>"$tree/$delta_text"
        ;;
    bytes)
        size=$(stat -c %s "$tree/$delta_library")
        head -c 400 /dev/urandom |
            dd of="$tree/$delta_library" bs=1 seek=$((size / 2)) \
                conv=notrunc status=none
        ;;
    insert)
        size=$(stat -c %s "$tree/$delta_library")
        {
            head -c $((size / 2)) "$tree/$delta_library"
            head -c 5000 /dev/urandom
            tail -c +$((size / 2 + 1)) "$tree/$delta_library"
        } >"$file"
        cat "$file" >"$tree/$delta_library"
        ;;
    esac
}

# The file system alone, as NAME.squashfs.
delta_pack() {
    "$JAILPACK" --force --cache "$WORK/delta-cache" -o "$WORK/$1.sqfs" \
        "$WORK/delta.recipe" >/dev/null 2>&1 || return
    head -c "$("$JAILPACK" --inspect --json "$WORK/$1.sqfs" |
        jq .sections.squashfs.length)" "$WORK/$1.sqfs" >"$WORK/$1.squashfs"
}

delta_jailpack() {
    cp "$WORK/$1.sqfs" "$WORK/delta-pulled.sqfs"
    "$JAILPACK" --push "$WORK/$2.sqfs" "$delta_registry/delta:$2" >/dev/null
    "$JAILPACK" --pull --json -o "$WORK/delta-pulled.sqfs" \
        "$delta_registry/delta:$2" | jq .fetched
    cmp "$WORK/$2.sqfs" "$WORK/delta-pulled.sqfs" >&2
}

delta_zsync() {
    local directory=$WORK/zsync
    mkdir -p "$directory"
    rm -f "$directory"/*
    cp "$WORK/$2.squashfs" "$directory/new"
    (cd "$directory" && zsyncmake -u new -o new.zsync new 2>/dev/null)
    (cd "$directory" && zsync -i "$WORK/$1.squashfs" -o got \
        "http://127.0.0.1:$delta_port/new.zsync" 2>&1) |
        sed -n 's/.*fetched \([0-9]*\).*/\1/p' |
        awk -v index_bytes="$(stat -c %s "$directory/new.zsync")" \
            'END { print $1 + index_bytes }'
    cmp "$directory/new" "$directory/got" >&2
}

delta_casync() {
    local store=$WORK/casync-store before=$WORK/casync-before
    casync make --chunk-size=16384 --store="$store" "$WORK/$1.caibx" \
        "$WORK/$1.squashfs" >/dev/null
    find "$store" -type f | sort >"$before"
    casync make --chunk-size=16384 --store="$store" "$WORK/$2.caibx" \
        "$WORK/$2.squashfs" >/dev/null
    find "$store" -type f | sort | comm -13 "$before" - |
        xargs -r stat -c %s |
        awk -v index_bytes="$(stat -c %s "$WORK/$2.caibx")" \
            '{ sum += $1 } END { print sum + index_bytes }'
}

# A registry and, for zsync, a server of files; ended by delta_stop.
delta_serve() {
    local port=$((20000 + RANDOM % 10000))
    delta_registry=127.0.0.1:$port
    delta_port=$((port + 1))
    cat >"$WORK/registry.yml" <<YAML
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: $WORK/registry } }
http: { addr: "$delta_registry" }
YAML
    docker-registry serve "$WORK/registry.yml" </dev/null \
        >"$WORK/registry.log" 2>&1 &
    delta_servers=$!
    mkdir -p "$WORK/zsync"
    cat >"$WORK/nginx.conf" <<CONF
daemon off;
master_process off;
error_log $WORK/nginx.log;
pid $WORK/nginx.pid;
events { }
http {
    access_log off;
    server { listen 127.0.0.1:$delta_port; root $WORK/zsync; }
}
CONF
    nginx -c "$WORK/nginx.conf" </dev/null >/dev/null 2>&1 &
    delta_servers="$delta_servers $!"
    for ((i = 0; i < 100; i++)); do
        curl -s -o "$WORK/ignored" "http://$delta_registry/v2/" && break
        sleep 0.1
    done
}

delta_stop() {
    # shellcheck disable=SC2086  # two numbers
    kill $delta_servers 2>/dev/null
    # shellcheck disable=SC2086
    wait $delta_servers 2>/dev/null
}

bench_delta() {
    local change from=delta-0 to tool bytes number=0
    local titles=([1]="a line in a text file" "400 bytes within a library"
        "5000 bytes inserted into a library")

    for tool in docker-registry nginx zsync zsyncmake casync; do
        command -v $tool >/dev/null && continue
        echo "delta: $tool is missing"
        return 0
    done
    delta_tree || return 0
    delta_text=etc/ld.so.conf
    delta_library=$(cd "$WORK/delta" && find usr/lib -type f \
        -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
    delta_pack $from || return 0
    delta_serve
    "$JAILPACK" --push "$WORK/$from.sqfs" "$delta_registry/delta:$from" \
        >/dev/null
    echo
    echo "Fetching an image of $(stat -c %s "$WORK/$from.sqfs") bytes over an older one"
    printf '  %-38s %12s %12s %12s\n' "" jailpack zsync casync
    for change in line bytes insert; do
        number=$((number + 1))
        to=delta-$number
        delta_change $change
        delta_pack $to || break
        : >"$WORK/delta-bytes"
        for tool in jailpack zsync casync; do
            bytes=$("delta_$tool" $from $to)
            printf '%s\t%s\n' "$tool" "${bytes:-0}" >>"$WORK/delta-bytes"
        done
        printf '  %-38s %12s %12s %12s\n' "${titles[number]}" \
            "$(value "$WORK/delta-bytes" jailpack 2)" \
            "$(value "$WORK/delta-bytes" zsync 2)" \
            "$(value "$WORK/delta-bytes" casync 2)"
        for tool in zsync casync; do
            verdict "delta, ${titles[number]}: bytes, of $tool's" \
                "$(value "$WORK/delta-bytes" jailpack 2)" \
                "$(value "$WORK/delta-bytes" "$tool" 2)" 1.0
        done
        from=$to
    done
    delta_stop
}
