# A journal for tests: journal.pl SOCKET OUTPUT
#
# Writes each entry that comes to the socket to the output as JSON, a line
# each; ends at one that is malformed.
use strict;
use warnings;
use IO::Handle;
use JSON::PP;
use Socket;

my ($path, $output) = @ARGV;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die;
bind($socket, sockaddr_un($path)) or die "$path: $!";
open(my $out, ">>", $output) or die;
$out->autoflush(1);
my $json = JSON::PP->new->canonical->utf8;
while (defined recv($socket, my $entry, 1 << 20, 0)) {
    my %fields;
    while (length $entry) {
        if ($entry =~ s/\A([A-Z_]+)=([^\n]*)\n//) {
            $fields{$1} = $2;
        } elsif ($entry =~ s/\A([A-Z_]+)\n(.{8})//s) {
            my ($name, $length) = ($1, unpack("Q<", $2));
            $fields{$name} = substr($entry, 0, $length, "");
            die "malformed: $name" unless $entry =~ s/\A\n//;
        } else {
            die "malformed: $entry";
        }
    }
    utf8::decode($_) for values %fields;
    print $out $json->encode(\%fields), "\n";
}
