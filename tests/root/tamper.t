#!/bin/bash
# A signed image of which any one part was changed: jailmount refuses it with
# the reason, before anything is mounted.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
jail=test-tamper-$$
trusted=/run/verity.d
mkdir -p "$trusted"
mount -t tmpfs none "$trusted"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
    -out "$trusted/signer.crt" -days 9 -subj /CN=signer 2>/dev/null
mkdir source
head -c 30000 /dev/urandom >source/noise
seq 2000 >source/numbers
recipe small <<END >/dev/null
name $jail
source host
copy /bin/busybox
source tree source
copy /noise /numbers
run /bin/busybox true
END
"$JAILPACK" --level 1 -o good.sqfs --key key.pem --cert "$trusted/signer.crt" \
    small.recipe >/dev/null
ok "the image is good to begin with" "$JAILMOUNT" good.sqfs --run || exit 1
"$JAILPACK" --inspect --json good.sqfs |
    jq -r '.sections | to_entries[] | "\(.key) \(.value.offset) \(.value.length)"' \
        >sections

# One process changes, asks and changes back; a bash for each would take
# minutes. Prints a line for each section, and one for each image that was
# taken, or refused for a reason that is not its section's.
cat >tamper.pl <<'END'
use strict;
use warnings;
my ($jailmount) = @ARGV;
my %reason = (
    squashfs => qr/changed in bytes|squashfs/,
    manifest => qr/changed in bytes|manifest|contract is|bill of materials is/,
    hash_tree => qr/hash tree has been changed in byte/,
    signature => qr/its signature |signed with the certificate of/,
    footer => qr/footer|(offset|length)[ ,]|version|root hash|signature of|do not fill it/,
);
open my $good, '<:raw', 'good.sqfs' or die;
my $image = do { local $/; <$good> };

sub refused {
    my ($what, $bytes, $wanted) = @_;
    open my $bad, '>:raw', 'bad.sqfs' or die;
    print $bad $bytes;
    close $bad or die;
    my $said = qx($jailmount bad.sqfs --run 2>&1 </dev/null);
    return 1 if $? >> 8 == 125 && $said =~ /^jailmount: image \S+bad\.sqfs: /
        && $said =~ $wanted;
    print "$what: status ", $? >> 8, ": $said\n";
    return 0;
}

open my $sections, '<', 'sections' or die;
while (<$sections>) {
    my ($name, $offset, $length) = split;
    # Small sections wholly, of the others about a hundred bytes.
    my $step = $length <= 1024 ? 1 : int($length / 100);
    my ($tried, $refused) = (0, 0);
    for (my $at = $offset; $at < $offset + $length; $at += $step) {
        my $bytes = $image;
        my $bit = 1 << $tried % 8;
        substr($bytes, $at, 1) = chr(ord(substr $bytes, $at, 1) ^ $bit);
        $refused += refused("bit $bit of byte $at, $name", $bytes, $reason{$name});
        $tried++;
    }
    print "$name: $refused of $tried\n";
}

my $nothing = qr/no jail image's footer|not a jail image/;
my ($tried, $refused) = (0, 0);
for (my $length = 0; $length < length $image; $length += 12007) {
    $refused += refused("cut to $length", substr($image, 0, $length), $nothing);
    $tried++;
}
for my $cut (1 .. 8, 64, 127 .. 130, 400, 600) {
    $refused += refused("$cut bytes shorter", substr($image, 0, -$cut), $nothing);
    $tried++;
}
for my $more ("\0", "\n", "x" x 127, "\0" x 128, "\0" x 4096) {
    $refused += refused(length($more) . " bytes longer", $image . $more, $nothing);
    $tried++;
}
print "lengths: $refused of $tried\n";

# Footers that would make of what was appended a part of the image.
my $footer = substr $image, -128;
my $signature_length = unpack 'Q<', substr $footer, 64, 8;
sub with_signature {
    my ($length) = @_;
    my $changed = $footer;
    substr($changed, 64, 8) = pack 'Q<', $length;
    return $changed;
}
my @crafted = (
    [ 'two footers', $image . $footer, qr/file length is/ ],
    [ 'an image behind it', $image . $image, qr/file length|squashfs length/ ],
    [ 'the first footer as signature', $image . with_signature(
        $signature_length + 128), qr/its signature is not PKCS#7/ ],
    [ 'a signature that is too long', substr($image, 0, -128) . "\0" x 65536
        . with_signature($signature_length + 65536), qr/longer than any/ ],
    [ 'the signature twice', substr($image, 0, -128)
        . substr($image, -128 - $signature_length, $signature_length)
        . with_signature(2 * $signature_length), qr/its signature is not PKCS/ ],
    [ 'no signature', substr($image, 0, -128 - $signature_length)
        . with_signature(0), qr/it is not signed/ ],
    [ 'a signature of no bytes but one',
        substr($image, 0, -128 - $signature_length) . "\x30"
        . with_signature(1), qr/its signature is not PKCS/ ],
);
($tried, $refused) = (0, 0);
for my $case (@crafted) {
    $refused += refused(@$case);
    $tried++;
}
for my $field (0 .. 6) {
    for my $value (0, 1, length($image) - 1, length($image) + 1, 1 << 62,
        ~0) {
        my $bytes = $image;
        substr($bytes, -128 + 16 + 8 * $field, 8) = pack 'Q<', $value;
        $refused += refused("field $field is $value", $bytes,
            $field == 6 ? qr/length|signature/ : $reason{footer});
        $tried++;
    }
}
print "crafted: $refused of $tried\n";
END
run perl tamper.pl "$JAILMOUNT"
told=$STDOUT
for part in squashfs manifest hash_tree signature footer lengths crafted; do
    counts=$(sed -n "s/^$part: \([0-9]*\) of \([0-9]*\)$/\1 \2/p" <<<"$told")
    if [ -n "$counts" ] && [ "${counts% *}" = "${counts#* }" ]; then
        pass "$part: all of ${counts#* } are refused"
    else
        fail "$part: ${counts:-nothing} of what is to be refused"
    fi
done
wrong=$(grep -Ev '^[a-z_]+: [0-9]+ of [0-9]+$' <<<"$told" | head -20)
[ -z "$wrong$STDERR" ] || diag "$wrong" "$STDERR"

# Before a mount, or a device for one, is even asked for.
calls='mount,fsopen,fsconfig,fsmount,move_mount,open_tree,mount_setattr,ioctl'
cp good.sqfs bad.sqfs
printf x | dd of=bad.sqfs bs=1 seek=5000 conv=notrunc 2>/dev/null
status "no system call for a mount is made" 125 strace -f -qq -e signal=none \
    -e trace="$calls,clone,unshare,setns" -o trace "$JAILMOUNT" bad.sqfs --run
is "not one of these" "$(grep -cE '^[0-9]+ +(mount|fs|move|open_tree|ioctl\(.*LOOP|unshare|setns)' trace)" 0
status "which would be seen" 0 strace -f -qq -e signal=none \
    -e trace="$calls,clone,unshare,setns" -o trace "$JAILMOUNT" good.sqfs --run
like "as they are here" "$(cat trace)" 'fsmount\('

umount "$trusted"
rmdir --ignore-fail-on-non-empty "$trusted"
plan_done
