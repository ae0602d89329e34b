#!/usr/bin/perl
# Looks at a page of a local file with Chromium, as a person would: over the
# DevTools protocol, on the two descriptors of --remote-debugging-pipe.
#
#   tests/browser.pl PAGE STEP...
#
#   size WIDTHxHEIGHT     the window, in CSS pixels
#   dark | light | print  the medium
#   script on|off         whether scripts may run
#   open [#HASH]          load the page; without it nothing is there
#   eval EXPRESSION       prints the value of a JavaScript expression, as JSON
#   click SELECTOR        the middle of the first element, with the mouse
#   key NAME              one key: Enter, Escape, ArrowDown ...
#   type TEXT             where the focus is
#   shot FILE             a picture of the window; fullshot: of the whole page
#   pdf FILE              as it would be printed
#
# Whatever the page tells the console, every exception, every request other
# than for the page itself goes to standard error, a line each.
use strict;
use warnings;

use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64;
use POSIX ();

my ($page, @steps) = @ARGV;
die "usage: browser.pl PAGE STEP...\n" unless defined $page;
$page = POSIX::getcwd() . "/$page" unless $page =~ m{^/};
my $url = 'file://' . join '/', map {
    s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger
} split m{/}, $page;

my $json = JSON::PP->new->canonical->allow_nonref;
my $wide = JSON::PP->new->canonical->allow_nonref->utf8;
my $profile = tempdir('jail-browser.XXXXXX', TMPDIR => 1, CLEANUP => 1);
binmode STDOUT, ':utf8';
binmode STDERR, ':utf8';

# --- The browser ---

pipe my $in, my $to_browser or die "pipe: $!";
pipe my $from_browser, my $out or die "pipe: $!";
my $browser = fork // die "fork: $!";
if (!$browser) {
    setpgrp 0, 0;
    my @fds = (POSIX::dup(fileno $in), POSIX::dup(fileno $out));
    # Out of the way of 3 and 4, which are the protocol's.
    @fds = map { my $fd = $_; $fd = POSIX::dup($fd) while $fd < 10; $fd } @fds;
    POSIX::dup2($fds[0], 3);
    POSIX::dup2($fds[1], 4);
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    $ENV{HOME} = $profile;
    my @alone = $> == 0 ? '--no-sandbox' : ();
    exec 'chromium', @alone, qw(--headless=new --disable-gpu
        --remote-debugging-pipe --no-first-run --disable-extensions
        --disable-background-networking --disable-component-update
        --disable-sync --disable-dev-shm-usage --hide-scrollbars
        --force-color-profile=srgb), "--user-data-dir=$profile", 'about:blank';
}
close $in;
close $out;
my $deadline = 120;
$SIG{ALRM} = sub { kill 'KILL', -$browser; die "no answer from the browser\n" };
alarm $deadline;
END {
    my $status = $?;
    if ($browser) {
        kill 'KILL', -$browser;
        waitpid $browser, 0;
    }
    $? = $status;
}

my ($buffer, $last, $session, $loaded, @context) = ('', 0, undef, 0);

sub receive {
    while ((my $end = index $buffer, "\0") < 0) {
        sysread $from_browser, $buffer, 1 << 20, length $buffer
            or die "the browser is gone\n";
    }
    my $end = index $buffer, "\0";
    my $message = $wide->decode(substr $buffer, 0, $end);
    substr($buffer, 0, $end + 1) = '';
    return $message;
}

sub note {
    my ($method, $what) = @_;
    if ($method eq 'Runtime.consoleAPICalled') {
        print STDERR 'console: ',
            join(' ', map { $_->{value} // $_->{description} // '' }
                @{ $what->{args} }), "\n";
    } elsif ($method eq 'Runtime.exceptionThrown') {
        my $details = $what->{exceptionDetails};
        print STDERR 'exception: ',
            $details->{exception}{description} // $details->{text}, "\n";
    } elsif ($method eq 'Log.entryAdded') {
        print STDERR "log: $what->{entry}{level}: $what->{entry}{text}\n";
    } elsif ($method eq 'Network.requestWillBeSent') {
        my $asked = $what->{request}{url};
        print STDERR 'request: ', substr($asked, 0, 200), "\n"
            unless $asked =~ /^\Q$url\E(#|$)/;
    } elsif ($method eq 'Page.loadEventFired') {
        $loaded = 1;
    }
}

sub send_browser {
    my ($method, $parameters) = @_;
    my %message = (id => ++$last, method => $method,
        params => $parameters // {});
    $message{sessionId} = $session if $session;
    my $text = $wide->encode(\%message) . "\0";
    while (length $text) {
        my $written = syswrite $to_browser, $text or die "write: $!";
        substr($text, 0, $written) = '';
    }
    while (1) {
        my $answer = receive();
        if (defined $answer->{id}) {
            next if $answer->{id} != $last;
            die "$method: $answer->{error}{message}\n" if $answer->{error};
            return $answer->{result};
        }
        note($answer->{method}, $answer->{params});
    }
}

# --- What can be done ---

sub evaluate {
    my ($expression) = @_;
    my $result = send_browser('Runtime.evaluate', {
        expression => $expression,
        returnByValue => JSON::PP::true,
        awaitPromise => JSON::PP::true,
    });
    die "$expression: $result->{exceptionDetails}{exception}{description}\n"
        if $result->{exceptionDetails};
    return $result->{result}{value};
}

my $scripts = 1;

# Two frames, so that what was set off has been drawn.
sub settle {
    return unless $scripts;
    evaluate('new Promise((done) => requestAnimationFrame(() =>
        requestAnimationFrame(done)))');
}

sub write_file {
    my ($name, $data) = @_;
    open my $file, '>:raw', $name or die "$name: $!\n";
    print $file decode_base64($data);
    close $file or die "$name: $!\n";
}

my %keys = (Enter => 13, Escape => 27, Tab => 9, ' ' => 32, Backspace => 8,
    ArrowLeft => 37, ArrowUp => 38, ArrowRight => 39, ArrowDown => 40);
my %media = (features => [{ name => 'prefers-reduced-motion',
    value => 'reduce' }]);
my ($width, $height) = (1280, 900);

sub set_media {
    send_browser('Emulation.setEmulatedMedia', \%media);
}

sub set_colours {
    my ($scheme) = @_;
    $media{media} = '';
    $media{features}[1] = { name => 'prefers-color-scheme', value => $scheme };
    set_media();
}

sub click {
    my ($selector) = @_;
    my $quoted = $json->encode($selector);
    my $at = evaluate("(() => {
        const element = document.querySelector($quoted);
        if (!element)
            return null;
        element.scrollIntoView({ block: 'center', inline: 'center',
            behavior: 'instant' });
        const box = element.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    })()") or die "click: there is no $selector\n";
    my %where = (x => $at->[0], y => $at->[1], button => 'left',
        clickCount => 1);
    send_browser('Input.dispatchMouseEvent', { type => $_, %where })
        for qw(mouseMoved mousePressed mouseReleased);
    settle();
}

my %actions = (
    size => sub {
        ($width, $height) = split /x/, $_[0];
        send_browser('Emulation.setDeviceMetricsOverride', {
            width => $width + 0, height => $height + 0,
            deviceScaleFactor => 1, mobile => JSON::PP::false });
        settle();
    },
    script => sub {
        $scripts = $_[0] ne 'off';
        send_browser('Emulation.setScriptExecutionDisabled',
            { value => $scripts ? JSON::PP::false : JSON::PP::true });
    },
    open => sub {
        $loaded = 0;
        # A fragment alone would not load anything.
        send_browser('Page.navigate', { url => 'about:blank' });
        note($_->{method}, $_->{params}) while !$loaded && ($_ = receive());
        $loaded = 0;
        my $answer = send_browser('Page.navigate', { url => $url . $_[0] });
        die "$page: $answer->{errorText}\n" if $answer->{errorText};
        note($_->{method}, $_->{params}) while !$loaded && ($_ = receive());
        settle();
    },
    eval => sub { print $json->encode(evaluate($_[0])), "\n" },
    click => \&click,
    key => sub {
        my %key = (key => $_[0], code => $_[0],
            windowsVirtualKeyCode => $keys{ $_[0] } // ord uc $_[0]);
        send_browser('Input.dispatchKeyEvent', { type => 'keyDown', %key,
            $_[0] eq 'Enter' ? (text => "\r") : () });
        send_browser('Input.dispatchKeyEvent', { type => 'keyUp', %key });
        settle();
    },
    type => sub {
        send_browser('Input.insertText', { text => $_[0] });
        settle();
    },
    shot => sub {
        write_file($_[0], send_browser('Page.captureScreenshot',
            { format => 'png' })->{data});
    },
    fullshot => sub {
        my $size = send_browser('Page.getLayoutMetrics')->{cssContentSize};
        write_file($_[0], send_browser('Page.captureScreenshot',
            { format => 'png', clip => { %$size, scale => 1 },
                captureBeyondViewport => JSON::PP::true })->{data});
    },
    pdf => sub {
        write_file($_[0], send_browser('Page.printToPDF',
            { printBackground => JSON::PP::true,
                preferCSSPageSize => JSON::PP::true })->{data});
    },
    dark => sub { set_colours('dark') },
    light => sub { set_colours('light') },
    print => sub { $media{media} = 'print'; set_media() },
);
my %without_argument = map { $_ => 1 } qw(dark light print);

# --- Doing it ---

my ($target) = map { $_->{targetId} } grep { $_->{type} eq 'page' }
    @{ send_browser('Target.getTargets')->{targetInfos} };
die "the browser has no page\n" unless $target;
$session = send_browser('Target.attachToTarget',
    { targetId => $target, flatten => JSON::PP::true })->{sessionId};
send_browser("$_.enable") for qw(Page Runtime Log Network);
set_media();
$actions{size}->("${width}x$height");

while (@steps) {
    my $action = shift @steps;
    my $do = $actions{$action} or die "browser.pl: no such step: $action\n";
    if ($action eq 'open') {
        $do->(@steps && $steps[0] =~ /^#/ ? shift @steps : '');
    } elsif ($without_argument{$action}) {
        $do->();
    } else {
        $do->(shift(@steps) // die "browser.pl: $action needs more\n");
    }
}
