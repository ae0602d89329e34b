#!/bin/bash
# The recipes with several services, or with one for each connection, served to
# their real clients.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/recipes.sh
. "$SRC/tests/recipes.sh"

cd "$TMP" || exit 1
both=test-web-and-ftp-$$
wrapped=test-micro-httpd-$$
honey=test-berferd-$$
stop_later "$both" "$wrapped" "$honey"
log_of() {
    cat "/var/log/jailmount/$1.log"
}

# --- Two services in one jail ---

ok "web-and-ftp.recipe is packed" "$JAILPACK" -o both.sqfs \
    "$SRC/recipes/web-and-ftp.recipe"
web=$(free_port)
ftp=$(free_port)
mappings=(--listen "127.0.0.1:$web:80" --listen "127.0.0.1:$ftp:21")
for data in 30000 30001 30002 30003; do
    mappings+=(--listen "127.0.0.1:$data:$data")
done
ok "it runs" "$JAILMOUNT" both.sqfs --run -d --name "$both" "${mappings[@]}"
page="These files are served by two services of one jail."
is "by HTTP" "$(curl -fsS "http://127.0.0.1:$web/README.txt")" "$page"
is "by FTP" "$(curl -fsS "ftp://127.0.0.1:$ftp/README.txt")" "$page"
like "both are listed" "$("$JAILMOUNT" "$both" --status)" \
    'service +httpd: running.*service +ftpd: running|service +httpd: running'
ok "one is restarted" "$JAILMOUNT" "$both" --service ftpd restart
is "and serves" "$(curl -fsS --retry 5 --retry-connrefused \
    "ftp://127.0.0.1:$ftp/README.txt")" "$page"
restore_jail both "$both"
is "HTTP again" "$(curl -fsS "http://127.0.0.1:$web/README.txt")" "$page"
is "FTP again" "$(curl -fsS "ftp://127.0.0.1:$ftp/README.txt")" "$page"
quiet both "$both"
ok "it stops" "$JAILMOUNT" "$both" --stop

# --- Behind TCP wrappers ---

ok "micro-httpd.recipe is packed" "$JAILPACK" -o wrapped.sqfs \
    "$SRC/recipes/micro-httpd.recipe"
web=$(free_port)
ok "it runs" "$JAILMOUNT" wrapped.sqfs --run -d --name "$wrapped" \
    --listen "127.0.0.1:$web:80"
like "a page is served" "$(curl -fsS "http://127.0.0.1:$web/")" \
    'You may come in'
ok "and many in a row" sh -c "for i in 1 2 3 4 5 6 7 8 9 10; do
    curl -fsS -o page 'http://127.0.0.1:$web/index.html' || exit; done"
status "what there is not is not" 22 curl -fsS "http://127.0.0.1:$web/none"
is "nobody stays" "$(wait_until 5 sh -c "'$JAILMOUNT' '$wrapped' --status --json |
    jq -e '.connections[0].generations == []'" >/dev/null && echo gone)" gone
quiet wrapped "$wrapped"
ok "it stops" "$JAILMOUNT" "$wrapped" --stop

# Those whom it does not name.
sed 's,^micro-httpd: .*,micro-httpd: 192.0.2.1,' \
    "$SRC/recipes/micro-httpd.recipe" >refusing.recipe
ok "with another hosts.allow" "$JAILPACK" -o refusing.sqfs refusing.recipe
ok "it runs, too" "$JAILMOUNT" refusing.sqfs --run -d --name "$wrapped" \
    --listen "127.0.0.1:$web:80"
run curl -sS "http://127.0.0.1:$web/"
status "the client is refused" 1 test "$STATUS" = 0
like "which the log tells" "$(log_of "$wrapped")" \
    'refused connect from 127\.0\.0\.1'
quiet wrapped "$wrapped"
ok "it stops" "$JAILMOUNT" "$wrapped" --stop

# --- The honeypot ---

ok "berferd.recipe is packed" "$JAILPACK" -o honey.sqfs \
    "$SRC/recipes/berferd.recipe"
port=$(free_port)
ok "it runs" "$JAILMOUNT" honey.sqfs --run -d --name "$honey" \
    --listen "127.0.0.1:$port:23"
# visit LINES...: what the visitor gets to see.
visit() {
    {
        printf '%s\n' guest guest "$@" exit
        sleep 4
    } | busybox timeout 20 busybox nc 127.0.0.1 "$port"
}
seen=$(visit 'echo I was here >mine; ls' 'cat /etc/shadow.old')
like "a visitor may come in" "$seen" 'research login: .*Password: '
like "and is greeted" "$seen" 'RISC/os'
like "sees what they did" "$seen" 'mine'
like "and what they were looking for" "$seen" 'ches:\*:7673'
seen=$(log_of "$honey")
like "the log has what was typed" "$seen" \
    'stderr: login: guest, password: guest'
like "and every line" "$seen" 'stderr: typed: echo I was here >mine; ls'
like "and what was answered" "$seen" 'stderr: mine'
like "the bait is an alarm" "$seen" \
    'alarm: the tripwire /etc/shadow\.old was opened by'
unlike "the next finds nothing of it" "$(visit ls)" mine
quiet honey "$honey"
ok "it stops" "$JAILMOUNT" "$honey" --stop

for jail in "$both" "$wrapped" "$honey"; do
    rm -rf "/var/log/jailmount/$jail.log" "/var/lib/jailmount/evidence/$jail"
done
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/evidence \
    /var/lib/jailmount 2>/dev/null
plan_done
