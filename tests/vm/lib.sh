# shellcheck shell=bash
#
# Virtual machines with a kernel of Debian's, unpacked, not installed, and an
# initramfs of busybox, jailmount and an image. What runs in them is guest.sh,
# or another script that sources guest-boot.sh.
#
#   vm_boot META [io]   boots the newest kernel that the package META stands
#                       for and reports what the guest found; with `io` also
#                       of the limits for storage, which takes a squashfs that
#                       can be shared (Linux 6.2)
#
#   vm_run              the same, with the kernel fetched and the images made
#
# What is in the machine:
#
#   guest               the script of tests/vm that runs in it
#   guest_modules       of the kernel, in the order in which they are loaded
#   guest_programs      beside busybox and jailmount, with their libraries
#   qemu_options        beside the usual ones

guest=guest.sh
guest_modules=(loop squashfs overlay)
guest_programs=()
qemu_options=()
kernels=$BUILD/cache/kernels

# Sets `kernel` to a directory with the kernel's package unpacked in it. The
# machine's package lists may be too old to know it, or where it is.
fetch_kernel() {
    unpack_kernel "$1" || { apt-get -q update && unpack_kernel "$1"; }
}

unpack_kernel() {
    local package
    package=$(apt-cache depends "$1" 2>/dev/null |
        sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] || return 1
    kernel=$kernels/$package
    [ ! -e "$kernel" ] || return 0
    rm -rf "$kernel.part" && mkdir -p "$kernel.part" &&
        (cd "$kernels" && apt-get -q download "$package") &&
        dpkg-deb -x "$kernels/$package"_*.deb "$kernel.part" &&
        rm -f "$kernels/$package"_*.deb &&
        mv "$kernel.part" "$kernel"
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

make_io_image() {
    recipe io >/dev/null <<'RECIPE'
name io
source host
copy /bin/busybox
dir /srv/shared
share /shared at /srv/shared
limit io read 1M
run /bin/busybox sleep 1000
RECIPE
    "$JAILPACK" -o "$TMP/root/images/io.sqfs" "$TMP/io.recipe"
}

# add_program FILE DESTINATION - into the initramfs, with its libraries.
add_program() {
    local library
    cp "$1" "$TMP/root$2" || return 1
    # What is linked statically has none.
    while read -r library; do
        mkdir -p "$TMP/root$(dirname "$library")" &&
            cp "$library" "$TMP/root$library" || return 1
    done < <(ldd "$1" 2>/dev/null | grep -o '/[^ ]*')
}

# Their names begin with the order in which the guest loads them.
add_modules() {
    local name file number=10
    for name in "${guest_modules[@]}"; do
        file=$(find "$kernel/lib/modules" \
            \( -name "$name.ko" -o -name "$name.ko.xz" \) | head -n 1)
        [ -n "$file" ] || { echo "no module $name" && return 1; }
        cp "$file" "$TMP/root/modules/$number-${file##*/}" || return 1
        number=$((number + 1))
    done
    find "$TMP/root/modules" -name '*.xz' -exec unxz {} +
}

make_initramfs() {
    local root=$TMP/root file
    mkdir -p "$root"/{bin,sbin,modules} &&
        cp /bin/busybox "$root/bin/busybox" &&
        add_program "$JAILMOUNT" /sbin/jailmount &&
        cp "$SRC"/tests/vm/guest-{boot,check}.sh "$root" &&
        cp "$SRC/tests/vm/$guest" "$root/guest.sh" &&
        ln -s guest.sh "$root/init" || return 1
    for file in "${guest_programs[@]}"; do
        add_program "$file" "/sbin/${file##*/}" || return 1
    done
    add_modules || return 1
    (cd "$root" && find . | busybox cpio -o -H newc | gzip -1) \
        >"$TMP/initramfs"
}

# emulate SECONDS MEGABYTES WORDS OPTION... - boots the kernel, with these words
# to it, until it powers off; $TMP/serial is what it said then. Now and then an
# emulated kernel dies on its way up, which is nobody's fault here: one that
# ends before "GUEST begins" is booted again, twice at most. tell_deaths tells.
emulate() {
    local limit=$1 memory=$2 words=$3 result
    shift 3
    for _ in 1 2 3; do
        timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
            -smp 2 -m "$memory" -nodefaults -display none -no-reboot \
            -serial "file:$TMP/console.raw" "$@" \
            -kernel "$kernel"/boot/vmlinuz-* -initrd "$TMP/initramfs" \
            -append "console=ttyS0 quiet panic=-1 no_timer_check $words"
        result=$?
        tr -d '\r' <"$TMP/console.raw" >"$TMP/serial"
        grep -qx 'GUEST begins' "$TMP/serial" && return
        {
            echo "The machine ended, with status $result, before it began:"
            grep -m 3 -i 'panic\|bug:' "$TMP/serial"
            tail -n 20 "$TMP/serial"
        } >>"$TMP/deaths"
    done
    return 1
}

tell_deaths() {
    [ ! -e "$TMP/deaths" ] || diag "$(cat "$TMP/deaths")"
}

boot() {
    emulate 600 768 "" "${qemu_options[@]}"
    cp "$TMP/serial" "$TMP/console"
    grep -qx 'RESULT end' "$TMP/console"
}

vm_boot() {
    ok "the kernel is there" fetch_kernel "$1" || return 1
    ok "an image for it" make_image
    [ -z "${2:-}" ] || ok "and one that reads a device" make_io_image
    vm_run
}

# With the images made.
vm_run() {
    local result text failed=
    ok "an initramfs" make_initramfs
    ok "the machine boots and comes to its end" boot || failed=1
    tell_deaths
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
}
