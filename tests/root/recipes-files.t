#!/bin/bash
# The recipes that transfer files, served to their real clients.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/recipes.sh
. "$SRC/tests/recipes.sh"

cd "$TMP" || exit 1
ftp=test-ftp-$$
sftp=test-sftp-$$
stop_later "$ftp" "$sftp"

# --- vsftpd ---

ok "vsftpd.recipe is packed" "$JAILPACK" -o vsftpd.sqfs \
    "$SRC/recipes/vsftpd.recipe"
port=$(free_port)
mappings=(--listen "127.0.0.1:$port:21")
for data in 30000 30001 30002 30003 30004 30005 30006 30007 30008 30009; do
    mappings+=(--listen "127.0.0.1:$data:$data")
done
ok "and runs" "$JAILMOUNT" vsftpd.sqfs --run -d --name "$ftp" "${mappings[@]}"
is "a file is fetched" "$(curl -fsS "ftp://127.0.0.1:$port/README")" \
    "These files come from a jail: one read-only file, an empty network."
like "a directory is listed" "$(curl -fsS "ftp://127.0.0.1:$port/")" README
status "nothing is stored" 25 curl -sS -T vsftpd.sqfs \
    "ftp://127.0.0.1:$port/new"
status "a user of the host is nobody here" 67 curl -sS -u root:x \
    "ftp://127.0.0.1:$port/"
like "what was fetched is in the log" \
    "$(cat "/var/log/jailmount/$ftp.log")" 'OK DOWNLOAD.*/README'
# Its stop signal ends the sessions of a vsftpd.
restore_jail vsftpd "$ftp"
like "and serves" "$(curl -fsS "ftp://127.0.0.1:$port/")" README
quiet vsftpd "$ftp"
ok "it stops" "$JAILMOUNT" "$ftp" --stop

# --- OpenSSH ---

# Keys of this test's in place of the operator's.
keys=$TMP/keys
mkdir -m 755 "$keys"
ssh-keygen -q -t ed25519 -N '' -f "$keys/ssh_host_ed25519_key"
ssh-keygen -q -t ed25519 -N '' -f client
ssh-keygen -q -t ed25519 -N '' -f stranger
cat client.pub >"$keys/authorized_keys"
sed "s,share /etc/ssh/sftp-jail,share $keys," \
    "$SRC/recipes/openssh-sftp.recipe" >sftp.recipe
ok "openssh-sftp.recipe is packed" "$JAILPACK" -o sftp.sqfs sftp.recipe
is "the server's key is not in it" \
    "$("$JAILPACK" --list sftp.sqfs | grep -c host_ed25519_key)" 0
port=$(free_port)
ok "and runs" "$JAILMOUNT" sftp.sqfs --run -d --name "$sftp" \
    --listen "127.0.0.1:$port:22"
printf '[127.0.0.1]:%s %s\n' "$port" \
    "$(cut -d' ' -f1,2 "$keys/ssh_host_ed25519_key.pub")" >known_hosts
options=(-F none -o BatchMode=yes -o "UserKnownHostsFile=$TMP/known_hosts"
    -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes)
echo "what is sent" >sent
printf 'put sent /files/sent\nls /files\n' >transfer
ok "a file is put there" sftp "${options[@]}" -q -i client -P "$port" -b transfer \
    sftp@127.0.0.1
like "and seen" "$STDOUT" '/files/sent'
restore_jail openssh-sftp "$sftp"
ok "and gives it back" sftp "${options[@]}" -q -i client -P "$port" \
    sftp@127.0.0.1:/files/sent back
is "as it was" "$(cat back)" "what is sent"
printf 'get /etc/ssh/sshd_config x\n' >transfer
status "nothing but the files is seen" 1 sftp "${options[@]}" -q -i client \
    -P "$port" -b transfer sftp@127.0.0.1
status "no shell" 1 ssh "${options[@]}" -q -i client -p "$port" \
    sftp@127.0.0.1 id
unlike "no command runs" "$STDOUT" uid
status "no stranger" 255 ssh "${options[@]}" -q -i stranger -p "$port" \
    sftp@127.0.0.1
status "no forwarding" 255 ssh "${options[@]}" -i client -p "$port" \
    -W 127.0.0.1:22 sftp@127.0.0.1
quiet sftp "$sftp"
ok "it stops" "$JAILMOUNT" "$sftp" --stop

for name in "$ftp" "$sftp"; do
    rm -rf "/var/log/jailmount/$name.log" \
        "/var/lib/jailmount/persist/$name" "/var/lib/jailmount/evidence/$name"
done
rmdir --ignore-fail-on-non-empty /var/lib/jailmount/persist \
    /var/lib/jailmount/evidence /var/lib/jailmount 2>/dev/null
plan_done
