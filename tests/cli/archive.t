#!/bin/bash
# Archives: put into the tree, and looked into as a source. Hostile ones are
# refused, with the archive, the entry and the line of the recipe.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

export XDG_CACHE_HOME=$TMP/cache
unpacked=$TMP/cache/jailpack/unpacked

cd "$TMP" || exit 1
mkdir -p site/{etc/app,bin,lib,data/deep,run.d}
echo configuration >site/etc/app/app.conf
echo backup >site/etc/app/app.conf.bak
echo program >site/bin/app
echo "one content, two names" >site/data/one
ln site/data/one site/data/two
ln -s ../etc/app/app.conf site/data/link
ln -s /nowhere/at/all site/data/absolute
echo secret >site/data/deep/secret
echo "odd" >"site/data/a name with spaces"
echo library >site/lib/libapp.txt
chmod 755 site site/* site/etc/app site/bin/app site/data/deep
chmod 4755 site/run.d
chmod 640 site/data/deep/secret
cp site/bin/app site/bin/setuid
chmod 6755 site/bin/setuid

# A tar of whatever an attacker likes. hostile NAME [FIELD=VALUE]... [+ ...]
# with path, type (0 file, 1 hard link, 2 link, 3 device, 5 directory, 6 FIFO),
# content, target, size; "+" begins the next member.
hostile() {
    perl -e '
        my ($out, %m) = ("", ());
        sub member {
            my $content = $m{content} // "";
            my $size = $m{size} // length $content;
            my $size_field = $size < 8 ** 11 ? sprintf("%011o\0", $size)
                : pack("CxxxQ>", 128, $size);
            my $h = pack("a100 a8 a8 a8 a12 a12 A8 a1 a100 a6 a2 a32 a32 a8 a8 a155 a12",
                $m{path}, sprintf("%07o", oct($m{mode} // "755")),
                "0000000", "0000000", $size_field, "00000000000", "",
                $m{type} // "0", $m{target} // "", "ustar", "00",
                $m{user} // "", $m{group} // "",
                sprintf("%07o", 1), sprintf("%07o", 3), "", "");
            my $sum = unpack("%32C*", $h);
            substr($h, 148, 8) = sprintf("%06o\0 ", $sum);
            $out .= $h . $content . "\0" x (-length($content) % 512);
            %m = ();
        }
        for (@ARGV[1 .. $#ARGV]) {
            if ($_ eq "+") { member(); next }
            my ($key, $value) = split /=/, $_, 2;
            $m{$key} = $value;
        }
        member();
        open(my $file, ">", $ARGV[0]) or die;
        print $file $out, "\0" x 1024;' "$@"
}

# recipe_for LINE...: a jail whose program comes from the archive.
recipe_for() {
    {
        printf '%s\n' 'name x' 'run /bin/app' "$@"
    } >x.recipe
}

list() {
    "$JAILPACK" --list "$1" | awk '{ $1 = $1; print }'
}

pack() {
    rm -f x.sqfs
    "$JAILPACK" --level 1 x.recipe
}

# --- Every kind ---

content=$(cd site && find . -mindepth 1 -type f ! -name '*.bak' | sort)
archive_of() {
    bsdtar -C site --uid 0 --gid 0 --uname root --gname root \
        -cf "$1" "${@:2}" etc bin lib data run.d
}
archive_of plain.tar --format pax
archive_of old.tar --format ustar
archive_of gz.tgz --format pax --gzip
archive_of bz2.tar --format pax --bzip2
archive_of xz.tar.xz --format pax --xz
archive_of zstd.tar.zst --format pax --zstd
archive_of lz4.tar --format pax --lz4
archive_of newc.cpio --format newc
archive_of odc.cpio --format odc
archive_of zip.zip --format zip
archive_of 7z.7z --format 7zip
archive_of iso.iso --format iso9660
mkdir package
cp -a site/. package/
mkdir package/DEBIAN
printf '%s\n' 'Package: demo' 'Version: 1' 'Architecture: all' \
    'Maintainer: nobody <nobody@localhost>' 'Description: a test' \
    >package/DEBIAN/control
dpkg-deb --root-owner-group --build package deb.deb >/dev/null

for archive in plain.tar old.tar gz.tgz bz2.tar xz.tar.xz zstd.tar.zst lz4.tar \
    newc.cpio odc.cpio zip.zip 7z.7z iso.iso deb.deb; do
    recipe_for "archive $archive"
    ok "$archive is packed" pack || continue
    unsquashfs -q -n -f -d out x.sqfs >/dev/null 2>&1
    same=yes
    while read -r file; do
        cmp -s "site/$file" "out/$file" || same="$file differs"
    done <<<"$content"
    is "$archive: the content is the same" "$same" yes
    is "$archive: a link is a link" "$(readlink out/data/link)" \
        ../etc/app/app.conf
    like "$archive: the program may be executed" "$(list x.sqfs)" \
        '^-r[w-]xr-xr-x .* /bin/app$'
    unlike "$archive: no set-id bits" "$(list x.sqfs)" '^[-d].{0,8}[sS]'
    is "$archive: all is root's" \
        "$(list x.sqfs | awk '{ print $2 }' | sort -u)" "0/0"
    rm -rf out
done
is "what was unpacked is gone" "$(ls -A "$unpacked")" ""

# --- Where it goes, what is left out, why ---

recipe_for 'archive plain.tar at /opt/app ; exclude *.bak /data/deep' \
    'archive plain.tar ; exclude etc data run.d' \
    'file /opt/app/etc/app/app.conf <<EOF' 'mine' 'EOF'
ok "an archive goes to a directory" pack
listing=$(list x.sqfs)
like "a file is there" "$listing" ' /opt/app/data/one$'
unlike "what is excluded by name is not" "$listing" 'app.conf.bak'
unlike "nor is what an excluded directory holds" "$listing" '/opt/app/data/deep'
unlike "nor is there anything where the archive had it" "$listing" ' /data/'
like "the reason names the archive and the line" \
    "$("$JAILPACK" --why x.sqfs /opt/app/data/one)" \
    'x.recipe:3: archive plain.tar'
unsquashfs -q -n -f -d out x.sqfs >/dev/null 2>&1
is "what the recipe names stands" "$(cat out/opt/app/etc/app/app.conf)" mine
rm -rf out
cp x.sqfs first.sqfs
ok "it is packed again" pack
ok "the bytes are the same" cmp x.sqfs first.sqfs
mkdir elsewhere
cp plain.tar x.recipe elsewhere
(cd elsewhere && "$JAILPACK" --level 1 x.recipe >/dev/null 2>&1)
ok "wherever it is packed" cmp elsewhere/x.sqfs first.sqfs

mkdir fragments
cp plain.tar fragments/inner.tar
echo 'archive inner.tar' >fragments/part.recipe
recipe_for 'include fragments/part.recipe'
ok "a fragment's archive lies beside the fragment" pack

recipe_for 'archive plain.tar' 'link /lib usr/lib' 'dir /usr/lib'
status "a link of the recipe cannot take the place of a full directory" 1 pack
recipe_for 'link /lib usr/lib' 'archive plain.tar'
ok "what is in /lib goes through the jail's link /lib" pack
like "to where it leads" "$(list x.sqfs)" ' /usr/lib/libapp.txt$'

# --- Owners ---

bsdtar -C site --uname www --gname web -cf owned.tar bin etc
recipe_for 'archive owned.tar' 'user www uid=33 gid=44' 'group web gid=44'
ok "an archive has owners" pack
like "those that the recipe names stay" "$(list x.sqfs)" \
    ' 33/44 .* /etc/app/app.conf$'

# --- What an attacker makes of it ---

# refused TEXT REGEX MEMBERS...: the archive is refused for that reason.
refused() {
    local text=$1 expected=$2
    shift 2
    hostile bad.tar "$@"
    recipe_for 'archive bad.tar at /srv'
    status "$text is refused" 1 pack
    like "$text: the line is named" "$STDERR" 'x\.recipe:3:1: '
    like "$text: so are archive and entry" "$STDERR" "bad\.tar.*$expected"
    ok "$text: there is no image" test ! -e x.sqfs
    recipe_for 'source archive bad.tar' 'copy /**'
    status "$text as a source is refused" 1 pack
}

refused "an absolute path" '/etc/passwd, which leads out' path=/etc/passwd
refused "a parent in front" '\.\./escape, which leads out' path=../escape
refused "a parent inside" 'a/../../escape, which leads out' path=a/../../escape
refused "a parent alone" '\.\., which leads out' path=.. type=5
refused "a file behind a link" '/a/passwd is in the way' \
    path=a type=2 target=/etc + path=a/passwd content=x
refused "a file behind a relative link" '/a/x is in the way' \
    path=b/c type=5 + path=a type=2 target=b/c + path=a/x content=x
refused "a link that climbs out" '/a/b is a link to \.\./\.\./x, which leads' \
    path=a/b type=2 target=../../x
refused "one that does so on its way" '/a is a link to b/\.\./\.\./x, which' \
    path=a type=2 target=b/../../x
refused "a hard link out" '/etc/shadow, which leads out' \
    path=a type=1 target=/etc/shadow
refused "a hard link out by parents" '\.\./shadow, which leads out' \
    path=a type=1 target=../shadow
refused "a hard link to nothing" '/a is a hard link to /b, which does not' \
    path=a type=1 target=b
refused "a hard link behind a link" '/b is in the way' \
    path=a type=2 target=/etc + path=b type=1 target=a/shadow
refused "a file larger than any archive may be" \
    'unpacks to more than 268435456 bytes, with /huge' \
    path=huge size=1099511627776
like "the limit is told" "$STDERR" '256 MiB, or 100 times'
refused "many that are too large together" \
    'unpacks to more than 268435456 bytes, with /d' \
    path=a size=8 content=12345678 + path=d size=268435450
ok "nothing was written elsewhere" test ! -e /srv/escape -a ! -e escape
is "nothing of what was refused is left" "$(ls -A "$unpacked")" ""

# The zeros are real; what says their number is cut off.
truncate -s 300M zeros
bsdtar --format zip -cf - zeros | head -c -200 >bomb.zip
recipe_for 'archive bomb.zip'
status "a bomb whose size nothing tells is refused" 1 pack
like "for its size" "$STDERR" 'bomb\.zip unpacks to more than 268435456 bytes'
bsdtar --format pax --zstd -cf bomb.tar.zst zeros
recipe_for 'archive bomb.tar.zst'
status "one that tells it is refused" 1 pack
like "for the same reason" "$STDERR" 'x\.recipe:3:1: .*bomb\.tar\.zst unpacks to'
rm -f zeros bomb.zip bomb.tar.zst

recipe_for 'archive x.recipe'
status "what is no archive is refused" 1 pack
like "as such" "$STDERR" 'x\.recipe:3:1: cannot read x\.recipe: '
printf '#mtree\na type=file contents=/etc/passwd\n' >list.mtree
recipe_for 'archive list.mtree'
status "a list of files elsewhere is no archive" 1 pack
head -c 3000 plain.tar >cut.tar
recipe_for 'archive cut.tar'
status "half an archive is refused" 1 pack
like "as damaged" "$STDERR" 'x\.recipe:3:1: .*cut\.tar'

# A link may lead anywhere in the jail, but brings nothing of a source along.
mkdir -p tree/etc
echo "not for the jail" >tree/etc/private
hostile link.tar path=bin/app content=x + path=leak type=2 target=/etc/private
recipe_for 'source tree tree' 'archive link.tar'
ok "an absolute link is kept" pack
unlike "what it would lead to does not come along" "$(list x.sqfs)" '^-.*private'

# --- Devices, set-id bits ---

hostile devices.tar path=bin/app content=x mode=6755 + path=dev/null type=3 + \
    path=dev/pipe type=6
recipe_for 'archive devices.tar'
ok "an archive holds devices" pack
like "they are told" "$STDERR" \
    'x\.recipe:3: the archive devices\.tar: /dev/null and more are left out'
unlike "and left out" "$(list x.sqfs)" '/dev/(null|pipe)'
like "set-id bits are dropped" "$(list x.sqfs)" '^-rwxr-xr-x .* /bin/app'
recipe_for 'archive devices.tar ; exclude /dev'
ok "they are excluded" pack
is "then there is nothing to tell" "$STDERR" ""

# --- As a source ---

recipe_for 'source archive plain.tar' 'copy /etc/app ; exclude *.bak'
ok "paths are looked up in an archive" pack
listing=$(list x.sqfs)
like "what is copied is there" "$listing" ' /etc/app/app.conf$'
like "so is the program" "$listing" ' /bin/app$'
unlike "nothing else is" "$listing" '/data|bak'
recipe_for 'source archive plain.tar' 'copy /nowhere'
status "what is not in it is missed" 1 pack
like "by the archive's name" "$STDERR" 'there is no /nowhere in plain\.tar'
chmod 700 "$TMP/cache"
is "what was unpacked is gone" "$(ls -A "$unpacked")" ""

# What a killed process left.
mkdir -p "$unpacked/left/tree"
recipe_for 'archive plain.tar'
ok "something was left there" pack
is "it is gone now" "$(ls -A "$unpacked")" ""

if [ "$(id -u)" = 0 ]; then
    mkdir -m 777 theirs
    chmod 755 "$TMP"
    chmod 644 ./*.tar x.recipe
    rm -f x.sqfs first.sqfs
    ok "root packs" pack
    ok "so does anybody else" env XDG_CACHE_HOME="$TMP/theirs/cache" \
        setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$JAILPACK" --level 1 -o theirs/x.sqfs x.recipe
    ok "and the bytes are the same" cmp x.sqfs theirs/x.sqfs
fi

plan_done
