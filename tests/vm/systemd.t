#!/bin/bash
# Jails under systemd: the units that `make install` installs, in a virtual
# machine whose process 1 it is.
. "$(dirname "$0")/../lib.sh"
. "$SRC/tests/vm/lib.sh"
. "$SRC/tests/vm/systemd-lib.sh"

web() {
    recipe "$1" >/dev/null <<RECIPE
name hello
version $2
source host
copy /bin/busybox
link /bin/sh busybox
file /srv/index.html <<END
$3
END
file /bin/serve 0755 <<END
#!/bin/sh
echo "it begins"
/bin/busybox sleep 1
exec /bin/busybox httpd -f -p 80 -h /srv
END
device null zero
dir /proc /run /sys /tmp /var/tmp
listen 80
limit processes 32
limit memory 64M
limit cpu 50%
ready listen
drain 1s
run /bin/serve
RECIPE
    machine_image "$1"
}

ok "the kernel is there" fetch_kernel "$machine_kernel" || exit 1
ok "the root of a machine" machine_tree || exit 1
ok "an image for it" web hello 1 "From a virtual machine."
ok "and the next" web next 2 "The next one."
printf 'image /images/hello.sqfs\nlisten 127.0.0.1:8080:80\n' \
    >"$machine/etc/jailmount/hello.conf"
printf 'image /images/hello.sqfs\nlisten 127.0.0.1:8082:80\n' \
    >"$machine/etc/jailmount/second.conf"
printf 'image /images/hello.sqfs\nlisten 127.0.0.1:8083:80\nboot\nafter fourth\n' \
    >"$machine/etc/jailmount/third.conf"
printf 'image /images/hello.sqfs\nlisten 127.0.0.1:8084:80\nboot\n' \
    >"$machine/etc/jailmount/fourth.conf"
ok "its export for systemd" "$JAILPACK" --export systemd \
    "$machine/images/hello.sqfs" "$machine/root/portable"
ok "its script" machine_unit vm/systemd-guest.sh \
    vm/systemd-check.sh vm/guest-check.sh
ok "an initramfs" machine_initramfs
ok "a disk" machine_disk
ok "the machine boots and comes to its end" machine_boot 420
machine_results
[ -z "${KEEP:-}" ] || cp "$TMP/console" "$KEEP"
plan_done
