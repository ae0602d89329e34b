#!/bin/bash
# The recipes for stores in memory: Redis and memcached.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/recipes.sh
. "$SRC/tests/recipes.sh"

port=$(free_port)

# --- Redis ---

redis="redis-cli -p $port"
pack_recipe "$SRC/recipes/redis.recipe"
serve redis "$port:6379"
answers "Redis takes a value" "$redis set key value" '^OK$'
answers "and gives it" "$redis get key" '^value$'
answers "much at once" "seq 20000 | sed 's/.*/set k& &/' | $redis --pipe" \
    'errors: 0, replies: 20000'
answers "it forgets when it is full" "$redis info memory" \
    'maxmemory_policy:allkeys-lru'
for command in "config get dir" "module load /tmp/x.so" "debug segfault" \
    "shutdown nosave" "replicaof 127.0.0.1 1"; do
    answers "not: $command" "$redis $command" \
        'unknown command|not allowed|ERR'
done
answers "it lives" "$redis ping" '^PONG$'
restore redis
answers "after a restore it is empty" "$redis dbsize" '^0$'
answers "and takes values" "$redis set key other" '^OK$'
finish redis

# --- memcached ---

# say LINE...: the lines, and what is answered until it hangs up.
say() {
    perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:" . shift,
            Timeout => 5) or die "no connection\n";
        print $s map({ "$_\r\n" } @ARGV), "quit\r\n";
        alarm 5;
        print while <$s>;' "$port" "$@" | tr -d '\r'
}
pack_recipe "$SRC/recipes/memcached.recipe"
serve memcached "$port:11211"
is "memcached takes a value and gives it" \
    "$(say "set key 7 0 5" "value" "get key")" "STORED
VALUE key 7 5
value
END"
is "and counts" "$(say "set n 0 0 2" 41 "incr n 1")" "STORED
42"
servers=--servers=127.0.0.1:$port
printf 'from a file' >"$TMP/file-key"
answers "its own tools put a file there" "memccp $servers $TMP/file-key" '^$'
answers "and fetch it" "memccat $servers file-key" '^from a file$'
answers "and find it alive" "memcping $servers && echo alive" '^alive$'
like "in as much memory as it may" "$(say stats settings | grep maxbytes)" \
    'maxbytes 67108864'
like "nobody flushes it" "$(say flush_all)" 'CLIENT_ERROR'
like "it lives" "$(say version)" '^VERSION 1\.'
restore memcached
is "after a restore it is empty" "$(say "get key")" END
finish memcached

plan_done
