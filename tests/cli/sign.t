#!/bin/bash
# Signatures: what jailpack signs openssl verifies, what openssl signs jailpack
# takes, and everything that is wrong with a key, a certificate or a signature
# is told apart.
. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
mkdir source trust other empty
echo "one file" >source/file
printf '\177ELF not really' >source/program
chmod 755 source/program
file=$(recipe small <<'EOR'
name small
version 1.0
source tree source
copy /**
run /program
EOR
)

# make NAME OPTION...: a key and a certificate of its own.
make() {
    local name=$1
    shift
    openssl req -x509 -nodes -keyout "$name.key" -out "$name.crt" -days 9 \
        -subj "/CN=$name" "$@" 2>/dev/null
}
make signer -newkey rsa:2048
make foreign -newkey rsa:2048
make curve -newkey ec -pkeyopt ec_paramgen_curve:P-384
make tiny -newkey rsa:1024
openssl genpkey -algorithm ed25519 -out edwards.key 2>/dev/null
openssl req -x509 -key edwards.key -out edwards.crt -days 9 -subj /CN=edwards
cp signer.crt trust
cp foreign.crt other

pack() {
    "$JAILPACK" --force -o "$1" "${@:2}" "$file" >/dev/null 2>&1
}
layout() {
    "$JAILPACK" --inspect --json "$1" | jq -r "$2"
}
# section FILE NAME: its bytes.
section() {
    tail -c +$(($(layout "$1" ".sections.$2.offset") + 1)) "$1" |
        head -c "$(layout "$1" ".sections.$2.length")"
}
# openssl smime -sign with what follows NAME and the signature's file.
sign_elsewhere() {
    openssl smime -sign -binary -nocerts -noattr -outform der \
        -signer "$1.crt" -inkey "$1.key" -out "$2" "${@:3}" 2>/dev/null
}
# refused TEXT STATUS REGEX COMMAND...: with that reason, and nothing printed.
refused() {
    run "${@:4}"
    if [ "$STATUS" = "$2" ] && [ -z "$STDOUT" ] &&
        grep -qE -- "$3" <<<"$STDERR"; then
        pass "$1"
    else
        fail "$1"
        tell "${@:4}"
        diag "wanted:  $2 $3"
    fi
}

# --- While packing ---

pack plain.sqfs
status "packed and signed" 0 "$JAILPACK" --force -o signed.sqfs \
    --key signer.key --cert signer.crt "$file"
like "and says so" "$STDOUT" '^signed$'
is "by a signature it has the same root hash" \
    "$(layout signed.sqfs .root_hash)" "$(layout plain.sqfs .root_hash)"
pack again.sqfs --key signer.key --cert signer.crt
ok "RSA signs the same bytes the same way" cmp signed.sqfs again.sqfs
is "up to the signature it is the same file" \
    "$(head -c "$(layout signed.sqfs .sections.signature.offset)" signed.sqfs |
        sha256sum)" \
    "$(head -c "$(layout plain.sqfs .sections.signature.offset)" plain.sqfs |
        sha256sum)"
ok "it is good" "$JAILPACK" --verify --trust trust signed.sqfs
like "and whose it is" "$STDOUT" '^signed by CN=signer \(trust/signer\.crt\)$'
ok "in JSON" "$JAILPACK" --verify --trust trust --json signed.sqfs
is "likewise" "$(jq -r '.signed, .signer, .certificate' <<<"$STDOUT")" \
    $'true\nCN=signer\ntrust/signer.crt'
ok "an ordinary squashfs it still is" unsquashfs -l signed.sqfs

# --- openssl and we agree ---

ok "the root hash" "$JAILPACK" --roothash signed.sqfs
"$JAILPACK" --roothash signed.sqfs >roothash </dev/null
is "in 64 digits" "$(grep -Ec '^[0-9a-f]{64}$' roothash)" 1
is "and no newline" "$(wc -c <roothash)" 64
section signed.sqfs signature >ours.p7s
ok "openssl verifies what we signed" openssl smime -verify -binary -inform der \
    -in ours.p7s -content roothash -certfile signer.crt -nointern -noverify
sign_elsewhere signer theirs.p7s -in roothash
ok "and would have written the same" cmp ours.p7s theirs.p7s
cp plain.sqfs attached.sqfs
ok "what openssl signed is attached" "$JAILPACK" --attach-signature \
    --cert signer.crt theirs.p7s attached.sqfs
ok "to give the same image" cmp attached.sqfs signed.sqfs
sign_elsewhere curve curve.p7s -in roothash
ok "another's, in a file of its own" "$JAILPACK" --attach-signature \
    --cert curve.crt -o curve.sqfs curve.p7s plain.sqfs
mkdir both && cp signer.crt curve.crt both
ok "ECDSA" "$JAILPACK" --verify --trust both curve.sqfs
like "by its own" "$STDOUT" 'signed by CN=curve'
unlike "the image itself was left alone" \
    "$("$JAILPACK" --verify plain.sqfs)" 'signed by'
openssl smime -sign -binary -nocerts -outform der -signer signer.crt \
    -inkey signer.key -in roothash -out attributes.p7s
ok "signed attributes may be in it" "$JAILPACK" --attach-signature \
    --trust trust -o attributes.sqfs attributes.p7s plain.sqfs
ok "and are verified" "$JAILPACK" --verify --trust trust attributes.sqfs

# --- Later, in place ---

cp plain.sqfs later.sqfs
chmod 640 later.sqfs
ln -s later.sqfs link.sqfs
ok "signed later, by way of a link" "$JAILPACK" --sign --key signer.key \
    --cert signer.crt link.sqfs
ok "it is the same as signed at once" cmp later.sqfs signed.sqfs
ok "the link is one still" [ -L link.sqfs ]
is "its mode is kept" "$(stat -c %a later.sqfs)" 640
is "nothing else is left" "$(find . -maxdepth 1 -name '.*.*')" ""
refused "a second time it is not" 1 'signed already' "$JAILPACK" --sign \
    --key curve.key --cert curve.crt later.sqfs
like "but for" "$STDERR" '--force replaces'
refused "nor attached to" 1 'signed already' "$JAILPACK" --attach-signature \
    --cert signer.crt theirs.p7s later.sqfs
ok "it is as it was" cmp later.sqfs signed.sqfs
ok "replaced" "$JAILPACK" --sign --force --key curve.key --cert curve.crt \
    later.sqfs
ok "it is another's" "$JAILPACK" --verify --trust both later.sqfs
like "now" "$STDOUT" 'signed by CN=curve'
ok "and back" "$JAILPACK" --sign --force --key signer.key --cert signer.crt \
    later.sqfs
ok "nothing of the longer one is left" cmp later.sqfs signed.sqfs

# --- Keys ---

refused "a key of another certificate" 2 \
    'key foreign.key does not belong to the certificate signer.crt' \
    "$JAILPACK" --sign --key foreign.key --cert signer.crt plain.sqfs
refused "while packing too" 2 'foreign.key does not belong' "$JAILPACK" \
    --force -o no.sqfs --key foreign.key --cert signer.crt "$file"
ok "and nothing is packed" [ ! -e no.sqfs ]
refused "no key at all" 2 'signer.crt does not hold a private key' \
    "$JAILPACK" --sign --key signer.crt --cert signer.crt plain.sqfs
refused "no certificate at all" 2 'signer.key does not hold a certificate' \
    "$JAILPACK" --sign --key signer.key --cert signer.key plain.sqfs
refused "a missing file" 2 'cannot open nothing.key' "$JAILPACK" --sign \
    --key nothing.key --cert signer.crt plain.sqfs
refused "a short key" 2 'tiny.crt is too short' "$JAILPACK" --sign \
    --key tiny.key --cert tiny.crt plain.sqfs
refused "another kind of key" 2 'edwards.crt is of a kind' "$JAILPACK" --sign \
    --key edwards.key --cert edwards.crt plain.sqfs
refused "a key without certificate" 2 '--cert is missing' "$JAILPACK" --sign \
    --key signer.key plain.sqfs
refused "a certificate without key" 2 '--key is missing' "$JAILPACK" --force \
    -o no.sqfs --cert signer.crt "$file"
refused "a key for a question" 2 '--key means nothing here' "$JAILPACK" \
    --verify --key signer.key plain.sqfs
refused "a recipe to sign" 1 'not a jail image' "$JAILPACK" --sign \
    --key signer.key --cert signer.crt "$file"

openssl pkcs8 -topk8 -in signer.key -passout pass:secret -out locked.key
printf 'secret\nnot this\n' >passphrase
echo wrong >wrong
: >nothing
ok "an encrypted key" "$JAILPACK" --sign --key locked.key --cert signer.crt \
    --passphrase-file passphrase -o locked.sqfs plain.sqfs
ok "signs as the other" cmp locked.sqfs signed.sqfs
refused "with the wrong passphrase not" 2 'passphrase does not open .*locked' \
    "$JAILPACK" --sign --key locked.key --cert signer.crt \
    --passphrase-file wrong plain.sqfs
refused "with an empty one neither" 2 'first line of nothing is empty' \
    "$JAILPACK" --sign --key locked.key --cert signer.crt \
    --passphrase-file nothing plain.sqfs
refused "without a terminal to ask at" 2 'no terminal to ask' setsid -w \
    "$JAILPACK" --sign --key locked.key --cert signer.crt plain.sqfs
# A terminal of its own, at which the passphrase is typed.
cat >type.py <<'EOP'
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"Passphrase of locked.key: " not in seen:
    seen += os.read(terminal, 1000)
os.write(terminal, b"secret\n")
try:
    while True:
        more = os.read(terminal, 1000)
        if not more:
            break
        seen += more
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
EOP
ok "at a terminal it is asked for" python3 type.py "$JAILPACK" --sign \
    --key locked.key --cert signer.crt -o typed.sqfs "$TMP/plain.sqfs"
unlike "and not shown" "$STDOUT" secret
ok "and taken" cmp typed.sqfs signed.sqfs

# --- A key that stays in its token ---

mkdir tokens
echo "directories.tokendir = $TMP/tokens" >softhsm.conf
export SOFTHSM2_CONF=$TMP/softhsm.conf
softhsm2-util --init-token --free --label jail --pin 1234 --so-pin 5678 \
    >/dev/null
softhsm2-util --import signer.key --token jail --label mine --id 01 \
    --pin 1234 >/dev/null
echo 1234 >pin
echo 4321 >wrong-pin
token='pkcs11:token=jail;object=mine;type=private'
ok "a token signs" "$JAILPACK" --sign --key "$token" --passphrase-file pin \
    --cert signer.crt -o token.sqfs plain.sqfs
ok "as the file does" cmp token.sqfs signed.sqfs
ok "with a PIN in the URI" "$JAILPACK" --force -o token.sqfs \
    --key "$token?pin-value=1234" --cert signer.crt "$file"
ok "while packing" cmp token.sqfs signed.sqfs
refused "a wrong PIN" 2 'cannot use the key pkcs11:.*: PIN incorrect' \
    "$JAILPACK" --sign --key "$token" --passphrase-file wrong-pin \
    --cert signer.crt plain.sqfs
refused "another key" 2 'cannot use the key pkcs11:.*nobody' "$JAILPACK" \
    --sign --key "${token/mine/nobody}?pin-value=1234" --cert signer.crt \
    plain.sqfs
unlike "the PIN is not told" "$STDERR" 1234
refused "a token's key of another certificate" 2 \
    'mine;type=private does not belong to the certificate foreign.crt' \
    "$JAILPACK" --sign --key "$token?pin-value=1234" --cert foreign.crt \
    plain.sqfs

# --- Certificates and their dates ---

cat >ca.cnf <<'EOC'
[ca]
default_ca = this
[this]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = policy
[policy]
commonName = supplied
EOC
# issue NAME FROM UNTIL: a certificate for the signer's key.
issue() {
    : >index
    echo 01 >serial
    openssl req -new -key signer.key -subj "/CN=$1" -out request
    mkdir "$1"
    openssl ca -batch -config ca.cnf -selfsign -keyfile signer.key \
        -in request -notext -startdate "$2" -enddate "$3" \
        -out "$1/$1.crt" 2>/dev/null
    openssl smime -sign -binary -nocerts -noattr -outform der \
        -in roothash -signer "$1/$1.crt" -inkey signer.key -out "$1.p7s"
}
issue expired 20200101000000Z 20210101000000Z
issue early 20900101000000Z 20910101000000Z
refused "an expired certificate does not sign" 2 \
    'expired/expired.crt has expired: it was valid until 2021-01-01' \
    "$JAILPACK" --sign --key signer.key --cert expired/expired.crt plain.sqfs
refused "one that is not valid yet neither" 2 \
    'early/early.crt is not valid yet, only from 2090-01-01' \
    "$JAILPACK" --sign --key signer.key --cert early/early.crt plain.sqfs
refused "what it has signed is not attached" 1 \
    'expired.p7s: the certificate expired/expired.crt has expired' \
    "$JAILPACK" --attach-signature --cert expired/expired.crt expired.p7s \
    plain.sqfs

# embed SIGNATURE: bad.sqfs is the plain image with it, whatever it is.
embed() {
    local footer=$(($(stat -c %s plain.sqfs) - 128)) length text='' i
    length=$(stat -c %s "$1")
    for i in 0 8 16 24 32 40 48 56; do
        text+=$(printf '\\x%02x' $(((length >> i) & 255)))
    done
    { head -c "$footer" plain.sqfs; cat "$1"; tail -c 128 plain.sqfs; } \
        >bad.sqfs
    # shellcheck disable=SC2059  # escapes of its own making
    printf "$text" | dd of=bad.sqfs bs=1 conv=notrunc \
        seek=$((footer + length + 64)) 2>/dev/null
}
embed theirs.p7s
ok "embedded by hand it is the same" cmp bad.sqfs signed.sqfs
embed expired.p7s
refused "expired" 1 'expired/expired.crt has expired' "$JAILPACK" --verify \
    --trust expired bad.sqfs
embed early.p7s
refused "not valid yet" 1 'early/early.crt is not valid yet' "$JAILPACK" \
    --verify --trust early bad.sqfs

# --- What is wrong with a signature ---

refused "a foreign signature" 1 \
    'certificate of issuer CN=signer, serial [0-9a-f]+, which is not among' \
    "$JAILPACK" --verify --trust other signed.sqfs
refused "nobody is trusted" 1 'no certificate is trusted here' "$JAILPACK" \
    --verify --trust empty signed.sqfs
refused "no such directory" 1 'cannot open nowhere' "$JAILPACK" --verify \
    --trust nowhere signed.sqfs
refused "no directory" 1 'not a directory' "$JAILPACK" --verify \
    --trust signer.crt signed.sqfs
refused "no signature" 1 'plain.sqfs: it is not signed' "$JAILPACK" --verify \
    --trust trust plain.sqfs
ok "none is asked for" "$JAILPACK" --verify plain.sqfs
printf '%064d' 7 >other-hash
sign_elsewhere signer other-hash.p7s -in other-hash
embed other-hash.p7s
refused "of another root hash" 1 'is of another root hash: it belongs to' \
    "$JAILPACK" --verify --trust trust bad.sqfs
refused "nor attached" 1 'other-hash.p7s: its signature is of another root' \
    "$JAILPACK" --attach-signature --trust trust other-hash.p7s plain.sqfs
{ cat roothash; echo; } >newline
sign_elsewhere signer newline.p7s -in newline
refused "of the root hash and a newline" 1 'is of another root hash' \
    "$JAILPACK" --attach-signature --trust trust newline.p7s plain.sqfs
refused "by somebody unknown" 1 'not among those trusted here' "$JAILPACK" \
    --attach-signature --trust other theirs.p7s plain.sqfs
openssl smime -sign -binary -noattr -outform der -signer signer.crt \
    -inkey signer.key -in roothash -out certificates.p7s
refused "with certificates in it" 1 'sign with -nocerts' "$JAILPACK" \
    --attach-signature --cert signer.crt certificates.p7s plain.sqfs
openssl smime -sign -binary -nocerts -noattr -outform pem -signer signer.crt \
    -inkey signer.key -in roothash -out pem.p7s
refused "in PEM" 1 'not PKCS#7 in DER' "$JAILPACK" --attach-signature \
    --cert signer.crt pem.p7s plain.sqfs
refused "garbage" 1 'not PKCS#7 in DER' "$JAILPACK" --attach-signature \
    --cert signer.crt source/file plain.sqfs
embed source/file
refused "garbage in the image" 1 'bad.sqfs: its signature is not PKCS#7' \
    "$JAILPACK" --verify --trust trust bad.sqfs
head -c 70000 /dev/zero >large
refused "an oversized one" 1 'large has more than 65536 bytes' "$JAILPACK" \
    --attach-signature --cert signer.crt large plain.sqfs
embed large
refused "in the image" 1 'longer than any can be' "$JAILPACK" --verify \
    --trust trust bad.sqfs
# The last byte is the signature's own.
cp theirs.p7s flipped.p7s
byte=$(tail -c 1 theirs.p7s | od -An -tu1)
# shellcheck disable=SC2059
printf "\\x$(printf %02x $((byte ^ 1)))" |
    dd of=flipped.p7s bs=1 conv=notrunc \
        seek=$(($(stat -c %s theirs.p7s) - 1)) 2>/dev/null
embed flipped.p7s
refused "a flipped bit in it" 1 'has been changed: its signer has not made it' \
    "$JAILPACK" --verify --trust trust bad.sqfs
cp signed.sqfs bad.sqfs
printf x | dd of=bad.sqfs bs=1 seek=200 conv=notrunc 2>/dev/null
refused "a changed byte of the image" 1 'changed in bytes 0 to 4095' \
    "$JAILPACK" --verify --trust trust bad.sqfs
refused "is not signed" 1 'changed in bytes 0 to 4095' "$JAILPACK" --sign \
    --force --key signer.key --cert signer.crt bad.sqfs
head -c "$(layout signed.sqfs .sections.signature.offset)" signed.sqfs \
    >bad.sqfs
tail -c 128 plain.sqfs >>bad.sqfs
refused "a signature that was taken away" 1 'it is not signed' "$JAILPACK" \
    --verify --trust trust bad.sqfs
ok "gives the plain image" cmp bad.sqfs plain.sqfs

# Nothing of all this has touched it.
pack untouched.sqfs
ok "the plain image is as it was" cmp plain.sqfs untouched.sqfs

plan_done
