#!/bin/bash
# The recipe that is built from its source: it compiles, packs, and answers
# finger(1).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/recipes.sh
. "$SRC/tests/recipes.sh"

# finger(1) knows one port only: an address of this run's own.
address=127.79.$(($$ / 256 % 256)).$(($$ % 256))

pack_recipe "$SRC/recipes/fingerd.recipe"
ok "its source is as it was" [ ! -e "$SRC/recipes/fingerd/fingerd" ]
ok "why it is there" "$JAILPACK" --why "$TMP/fingerd.sqfs" /usr/sbin/fingerd
like "because it was built" "$STDOUT" \
    'fingerd.recipe:[0-9]+: build make -C fingerd install DESTDIR=/stage'
serve fingerd "$address:79:79"
answers "the real client is answered" "finger @$address" \
    '^jail +One file, read-only'
answers "about somebody" "finger postmaster@$address" \
    '^Reads the mail, in the end\.'
answers "in more words" "finger -l jail@$address" 'compiled while it was packed'
answers "about nobody" "finger nobody@$address" '^Nobody of that name'
answers "about others not" "finger x@example.test@$address" \
    '^Other hosts are not asked'

# ask BYTES: sent as they are; what comes back.
ask() {
    perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(PeerAddr => shift,
            Timeout => 5) or die "no connection\n";
        print $s eval "qq(" . shift . ")";
        shutdown($s, 1) if shift;
        alarm 15;
        print while <$s>;' "$address:79" "$@"
}
for name in ../etc/passwd .. . /etc/passwd .hidden '\x00' 'a b\x1b'; do
    unlike "$name is nobody" "$(ask "$name\\r\\n" | tr -d '\0')" root:
done
is "a line without end is not answered" "$(ask '${\("x" x 600)}')" ""
is "nor is one that is not finished" "$(ask 'jail' 1)" ""

# Whoever is slow does not keep the others waiting, and not for ever.
exec 5<>"/dev/tcp/$address/79"
answers "somebody else is served meanwhile" "finger postmaster@$address" Reads
ok "who says nothing is sent away" timeout 20 cat <&5
exec 5>&-
restore fingerd
answers "it answers again" "finger postmaster@$address" Reads
finish fingerd

plan_done
