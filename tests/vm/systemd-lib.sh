# shellcheck shell=bash
#
# A virtual machine with systemd as its process 1, on a disk that outlives a
# reboot. What it consists of is packed by jailpack out of Debian's packages and
# unpacked again; jailpack and jailmount get there by `make install`. Needs
# lib.sh of this directory.
#
#   machine_tree            fills $machine with the root of such a machine
#   machine_image RECIPE    packs $TMP/RECIPE.recipe into its /images
#   machine_unit SCRIPT [FILE...]
#                           has it run this script beneath tests/ once it is up;
#                           what that sources lies in /root, too
#   machine_boot SECONDS    boots it, and again when it wants to; each time has
#                           that long. $TMP/console is what it said
#   machine_results         and what became of its tests

machine=$TMP/guest
machine_kernel=linux-image-6.12-amd64
# What of the kernel is no part of it. What these depend on comes along.
machine_modules=(virtio_pci virtio_blk crc32c_generic ext4 loop squashfs overlay
    dm-verity)

machine_recipe() {
    recipe guest <<'RECIPE'
name guest
source debian
package systemd dbus dbus-daemon dbus-system-bus-common systemd-container udev dmsetup
fetch libjansson4
copy /usr/lib/*/libjansson.so.*
copy /bin/mount /bin/umount
run /lib/systemd/systemd
RECIPE
}

# Machines of this kind have no need of these.
masked=(getty.target console-getty.service serial-getty@ttyS0.service
    systemd-update-utmp.service
    systemd-user-sessions.service systemd-timesyncd.service
    systemd-networkd.service systemd-hwdb-update.service
    systemd-journal-catalog-update.service systemd-journal-flush.service
    systemd-random-seed.service systemd-pstore.service
    systemd-machine-id-commit.service systemd-update-done.service
    systemd-firstboot.service systemd-sysusers.service ldconfig.service
    systemd-boot-system-token.service systemd-pcrphase.service
    systemd-pcrphase-sysinit.service systemd-ask-password-wall.path
    systemd-ask-password-console.path systemd-network-generator.service
    systemd-repart.service systemd-binfmt.service
    proc-sys-fs-binfmt_misc.automount dev-hugepages.mount
    sys-kernel-debug.mount sys-kernel-tracing.mount
    sys-fs-fuse-connections.mount var-lib-machines.mount
    systemd-udev-settle.service systemd-fsck-root.service e2scrub_all.timer
    systemd-tmpfiles-clean.timer modprobe@.service kmod-static-nodes.service
    systemd-modules-load.service)

machine_settings() {
    local etc=$machine/etc unit
    cat >"$etc/passwd" <<'EOF_PASSWD'
root:x:0:0:root:/root:/bin/sh
messagebus:x:100:100::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
EOF_PASSWD
    for unit in root:0 tty:5 disk:6 kmem:15 dialout:20 cdrom:24 tape:26 \
        audio:29 video:44 input:101 sgx:102 kvm:103 render:104 adm:4 utmp:43 \
        lp:7 messagebus:100 systemd-journal:105 nogroup:65534; do
        echo "${unit%:*}:x:${unit#*:}:"
    done >"$etc/group"
    printf 'ID=debian\nVERSION_ID=guest\n' >"$etc/os-release"
    echo 0123456789abcdef0123456789abcdef >"$etc/machine-id"
    echo guest >"$etc/hostname"
    : >"$etc/fstab"
    for unit in "${masked[@]}"; do
        ln -sf /dev/null "$etc/systemd/system/$unit"
    done
}

machine_install() {
    make -s -C "$SRC" BUILD="$BUILD" install DESTDIR="$machine"
}

machine_tree() {
    local name
    machine_recipe >/dev/null &&
        "$JAILPACK" --level 1 -o "$TMP/guest.sqfs" "$TMP/guest.recipe" &&
        "$JAILPACK" --extract --privileges "$TMP/guest.sqfs" "$machine" &&
        cp /bin/busybox "$machine/usr/bin/busybox" &&
        for name in sh cat echo grep sed awk cut tr head tail sort wc ls cp mv \
            rm mkdir rmdir ln touch find sleep kill pidof printf test date \
            wget nc env readlink basename dirname dmesg ps seq tee timeout \
            httpd chmod stat id true false sync losetup ip xargs od; do
            [ -e "$machine/usr/bin/$name" ] ||
                ln -s busybox "$machine/usr/bin/$name" || return
        done &&
        mkdir -p "$machine"/{proc,sys,dev,run,tmp,root,images,etc/jailmount} &&
        machine_settings && machine_install
}

machine_image() {
    "$JAILPACK" -o "$machine/images/$1.sqfs" "$TMP/$1.recipe"
}

machine_unit() {
    local units=$machine/etc/systemd/system
    cp "${@/#/$SRC/tests/}" "$machine/root" &&
        cp "$SRC/tests/$1" "$machine/root/script" &&
        chmod 755 "$machine/root/script" &&
        printf '%s\n' '[Unit]' 'Requires=multi-user.target test.service' \
            'After=multi-user.target' >"$units/test.target" &&
        printf '%s\n' '[Unit]' 'After=multi-user.target' '[Service]' \
            'Type=oneshot' "ExecStart=/root/script" 'StandardOutput=tty' \
            'StandardError=tty' 'TTYPath=/dev/ttyS0' 'TimeoutStartSec=0' \
            >"$units/test.service" &&
        ln -s test.target "$units/default.target"
}

# --- The kernel's modules -----------------------------------------------------

module_file() {
    # shellcheck disable=SC2154 # lib.sh sets it
    find "$kernel/lib/modules" -name "*.ko*" |
        awk -v wanted="$1" 'BEGIN { gsub("-", "_", wanted) } {
            name = $0
            sub(".*/", "", name)
            sub("[.]ko.*", "", name)
            gsub("-", "_", name)
            if (name == wanted) { print; exit }
        }'
}

# Prints names in the order in which they can be loaded; some more than once.
module_order() {
    local name file needs
    for name in "$@"; do
        file=$(module_file "$name")
        # What is not there is a part of the kernel.
        [ -n "$file" ] || continue
        needs=$(unpacked "$file" | tr '\0' '\n' | sed -n 's/^depends=//p')
        # shellcheck disable=SC2046  # a name a word
        [ -z "$needs" ] || module_order $(tr , ' ' <<<"$needs")
        echo "$name"
    done
}

unpacked() {
    case $1 in
    *.xz) unxz -c "$1" ;;
    *) cat "$1" ;;
    esac
}

# --- Booting ------------------------------------------------------------------

machine_initramfs() {
    local root=$TMP/initramfs.d name number=100
    mkdir -p "$root"/{bin,dev,modules,proc,root,sys} &&
        cp /bin/busybox "$root/bin/busybox" &&
        cp "$SRC/tests/vm/systemd-init.sh" "$root/init" &&
        chmod 755 "$root/init" || return
    while read -r name; do
        unpacked "$(module_file "$name")" \
            >"$root/modules/$number-$name.ko" || return
        number=$((number + 1))
    done < <(module_order "${machine_modules[@]}" | awk '!seen[$0]++')
    (cd "$root" && find . | busybox cpio -o -H newc | gzip -1) \
        >"$TMP/initramfs"
}

machine_disk() {
    mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -d "$machine" \
        "$TMP/disk" 512M
}

# Another process for each boot: qemu does not get over a reset quickly.
boot_once() {
    emulate "$1" 1024 systemd.show_status=0 \
        -drive "file=$TMP/disk,format=raw,if=virtio,cache=unsafe"
    cat "$TMP/serial" >>"$TMP/console"
    grep -qx 'RESULT reboot' "$TMP/serial"
}

machine_boot() {
    : >"$TMP/console"
    while boot_once "$1"; do
        :
    done
    grep -qx 'RESULT end' "$TMP/console"
}

# Tells what was found as tests of this script's. 0 if all passed.
machine_results() {
    local result text failed=0
    tell_deaths
    grep -qx 'RESULT end' "$TMP/console" || failed=1
    while read -r _ result text; do
        case $result in
        ok) pass "$text" ;;
        not) fail "${text#ok }" || failed=1 ;;
        esac
    done < <(grep '^RESULT ' "$TMP/console")
    [ "$failed" = 0 ] || diag "$(cat "$TMP/console")"
    return "$failed"
}
