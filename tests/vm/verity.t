#!/bin/bash
# Under a kernel with a device mapper: the image is watched over by dm-verity,
# and a byte of it that changes on the disk is noticed. The disk is a file of
# ours with the images in it, the byte one in the middle of random data, which
# squashfs keeps as it is: it can be found in the disk.
. "$(dirname "$0")/../lib.sh"
. "$SRC/tests/vm/lib.sh"

cd "$TMP" || exit 1
guest=verity-guest.sh
guest_modules+=(crc16 mbcache jbd2 crc32c_generic ext4 dm-mod dm-bufio
    reed_solomon dm-verity virtio_blk)
guest_programs=(/usr/sbin/veritysetup "$TMP/fail_call" "$TMP/kill_call")
qemu_options=(-drive "file=$TMP/disk,format=raw,if=virtio")

make_tools() {
    local name
    for name in fail_call kill_call; do
        "${CC:-cc}" -static -D_GNU_SOURCE -Wall -O1 -o "$name" \
            "$SRC/tests/root/$name.c" || return 1
    done
}

make_images() {
    mkdir -p noise disk.d root/images
    head -c 262144 /dev/urandom >noise/noise
    recipe hello >/dev/null <<END
name hello
version 1
source tree $TMP/noise
copy /noise => /srv/noise
source host
copy /bin/busybox
file /srv/index.html <<HTML
From under dm-verity.
HTML
device null
listen 80
drain 1s
ready listen
restore on tamper
run /bin/busybox httpd -f -p 80 -h /srv
END
    # Without the noise, which is in the disk once.
    sed 's/^version 1/version 2\nlimit io read 100M/; /noise/d' hello.recipe \
        >next.recipe
    recipe short >/dev/null <<'END'
name short
source host
copy /bin/busybox
device null
run /bin/busybox true
END
    "$JAILPACK" -o disk.d/hello.sqfs hello.recipe &&
        "$JAILPACK" -o disk.d/next.sqfs next.recipe &&
        "$JAILPACK" -o disk.d/short.sqfs short.recipe || return 1
    "$JAILPACK" --inspect --json disk.d/hello.sqfs >inspect
}

# Prints at which byte of file $1 the 32 bytes from $3 on of file $2 are.
find_bytes() {
    python3 - "$@" <<'END'
import sys
whole = open(sys.argv[1], "rb").read()
part = open(sys.argv[2], "rb").read()[int(sys.argv[3]):][:32]
assert whole.count(part) == 1
print(whole.index(part))
END
}

# One whose tree is not that of its content.
make_wrong_tree() {
    local tree
    tree=$("$JAILPACK" --inspect --json disk.d/short.sqfs |
        jq .sections.hash_tree.offset) &&
        cp disk.d/short.sqfs disk.d/tree.sqfs &&
        printf '\377\377\377\377' | dd of=disk.d/tree.sqfs bs=1 \
            conv=notrunc seek=$((tree + 8192 + 100)) status=none
}

make_disk() {
    truncate -s 32M disk &&
        mke2fs -q -t ext4 -E lazy_itable_init=0 -d disk.d disk &&
        find_bytes disk noise/noise 200000 >noise.at &&
        printf 'root_hash=%s\ntree_offset=%s\nnoise_at=%s\n' "$root_hash" \
            "$tree_offset" "$(cat noise.at)" >root/images/facts
}

ok "the kernel is there" fetch_kernel linux-image-6.12-amd64
ok "what makes calls fail, and kills" make_tools
ok "images" make_images
root_hash=$(jq -r .root_hash inspect)
tree_offset=$(jq -r .sections.hash_tree.offset inspect)
ok "one with a wrong tree" make_wrong_tree
ok "a disk with them" make_disk
vm_run
plan_done
