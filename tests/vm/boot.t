#!/bin/bash
# A jail under Debian's own kernel, with a pure cgroup v2: the host that tests
# run on may have neither. The kernel is unpacked, not installed, and boots
# with an initramfs of busybox, jailmount and an image (guest.sh).
. "$(dirname "$0")/../lib.sh"

cache=$BUILD/cache/vm
modules=(loop squashfs overlay)

# The newest kernel that apt offers, unpacked once.
fetch_kernel() {
    local package
    package=$(apt-cache depends linux-image-amd64 |
        sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] || return 1
    [ -e "$cache/$package/boot" ] || {
        rm -rf "${cache:?}" && mkdir -p "$cache/$package.part" &&
            (cd "$cache" && apt-get -q download "$package") &&
            dpkg-deb -x "$cache"/linux-image-*.deb "$cache/$package.part" &&
            rm -f "$cache"/linux-image-*.deb &&
            mv "$cache/$package.part" "$cache/$package" || return 1
    }
    kernel=$cache/$package
}

make_image() {
    recipe hello >/dev/null <<'RECIPE'
name hello
source host
copy /bin/busybox
file /srv/index.html <<END
From a virtual machine.
END
device null
listen 80
limit processes 32
limit memory 64M
limit cpu 50%
ready listen
run /bin/busybox httpd -f -p 80 -h /srv
RECIPE
    mkdir -p "$TMP/root/images" &&
        "$JAILPACK" -o "$TMP/root/images/hello.sqfs" "$TMP/hello.recipe"
}

make_initramfs() {
    local root=$TMP/root file
    mkdir -p "$root"/{bin,sbin,modules} &&
        cp /bin/busybox "$root/bin/busybox" &&
        cp "$JAILMOUNT" "$root/sbin/jailmount" &&
        cp "$SRC/tests/vm/guest.sh" "$root/guest.sh" &&
        ln -s guest.sh "$root/init" || return 1
    while read -r file; do
        mkdir -p "$root$(dirname "$file")" && cp "$file" "$root$file"
    done < <(ldd "$JAILMOUNT" | grep -o '/[^ ]*')
    printf '%s\n' "${modules[@]}" >"$root/modules/order"
    for file in "${modules[@]}"; do
        find "$kernel/lib/modules" -name "$file.ko" \
            -exec cp {} "$root/modules/" \;
    done
    (cd "$root" && find . | busybox cpio -o -H newc | gzip -1) \
        >"$TMP/initramfs"
}

boot() {
    timeout 180 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 \
        -m 768 -nodefaults -nographic -no-reboot -serial stdio \
        -kernel "$kernel"/boot/vmlinuz-* -initrd "$TMP/initramfs" \
        -append "console=ttyS0 quiet panic=-1" | tr -d '\r' >"$TMP/console"
    grep -qx 'RESULT end' "$TMP/console"
}

ok "Debian's kernel is there" fetch_kernel || plan_done
ok "an image for it" make_image
ok "an initramfs" make_initramfs
ok "the machine boots and comes to its end" boot || diag "$(cat "$TMP/console")"

failed=
while read -r _ result text; do
    case $result in
    ok) pass "$text" ;;
    not)
        fail "${text#ok }"
        failed=1
        ;;
    esac
done < <(grep '^RESULT ' "$TMP/console")
[ -z "$failed" ] || diag "$(cat "$TMP/console")"
plan_done
