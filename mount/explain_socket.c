#include "mount/explain_look.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum { DNS_PORT = 53 };

/* An address that nobody has stands for the host that asks. */
static void plain_address(struct socket_address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t none[16] = { 0 };

	if (address->family == AF_INET6 &&
	    memcmp(address->bytes, mapped, sizeof(mapped)) == 0) {
		memmove(address->bytes, address->bytes + sizeof(mapped), 4);
		address->family = AF_INET;
	}
	if (address->family == AF_INET &&
	    memcmp(address->bytes, none, 4) == 0) {
		address->bytes[0] = 127;
		address->bytes[3] = 1;
	} else if (address->family == AF_INET6 &&
		   memcmp(address->bytes, none, 16) == 0) {
		address->bytes[15] = 1;
	}
}

static int note_peer(const struct look *look,
		     const struct socket_address *address, bool udp)
{
	char subject[ADDRESS_TEXT_SIZE], peer[ADDRESS_TEXT_SIZE + 8];
	char line[sizeof(peer) + 8];
	struct finding_text text = {
		.kind = EXPLAIN_IS_REFUSED,
		.subject = subject,
		.line = line,
	};

	socket_address_format(address, subject);
	(void)snprintf(peer, sizeof(peer), "%s/%s", subject,
		       udp ? "udp" : "tcp");
	(void)snprintf(line, sizeof(line), "connect %s", udp ? peer : subject);
	/* getaddrinfo(3) does so for every address that it finds. */
	if (udp && address->port != DNS_PORT) {
		text.usual = true;
		text.note = "perhaps only to learn its own address";
	}
	return explain_note_look(look, &text);
}

static int look_at_peer(struct look *look, const void *data, size_t length)
{
	struct caller *caller = look->caller;
	struct socket_address address;

	if (caller_inspect(look->notify_fd, caller) < 0 ||
	    (caller->domain != AF_INET && caller->domain != AF_INET6) ||
	    (caller->type != SOCK_STREAM && caller->type != SOCK_DGRAM) ||
	    socket_address_read(caller->domain, data, length, &address) < 0 ||
	    address.port == 0)
		return 0;
	plain_address(&address);
	return note_peer(look, &address, caller->type == SOCK_DGRAM);
}

/* Where an image names peers, custody knows better who is none. */
static bool calls_out(const struct look *look)
{
	const struct config *config = look->explain->config;

	return look->call->act == EXPLAIN_CONNECT &&
	       config->network == CONFIG_NETWORK_SEALED &&
	       config->connect_count == 0;
}

void explain_refused_call(struct explain *explain, struct caller *caller,
			  const struct socket_address *address,
			  struct buf *told)
{
	const struct look look = {
		.explain = explain,
		.caller = caller,
		.call = explain_call_find(SYS_connect),
		.told = told,
	};
	struct socket_address plain = *address;

	if (plain.port == 0)
		return;
	plain_address(&plain);
	/* Without memory it is in the log all the same. */
	(void)!note_peer(&look, &plain, caller->type == SOCK_DGRAM);
}

int explain_look_at_socket(struct look *look)
{
	const struct caller *caller = look->caller;
	struct sockaddr_storage data = { 0 };
	const struct sockaddr_un *local = (const void *)&data;
	size_t length = (uint32_t)caller->arguments[2];
	char path[sizeof(local->sun_path) + 1] = "";

	if (length < sizeof(sa_family_t) || length > sizeof(data) ||
	    caller_read(caller, caller->arguments[look->call->path], &data,
			length) < 0)
		return 0;
	look->wish = explain_call_wish(look->call, caller->arguments, 0);
	if (data.ss_family != AF_UNIX)
		return calls_out(look) ? look_at_peer(look, &data, length) : 0;
	/* An abstract name is the network namespace's, and has no path. */
	memcpy(path, local->sun_path, sizeof(local->sun_path));
	return *path ? explain_look_at_path(look, path) : 0;
}

void explain_refused_bind(struct explain *explain,
			  const struct custody_refusal *refusal,
			  struct buf *told)
{
	char subject[ADDRESS_TEXT_SIZE], line[32];
	const struct finding_text text = {
		.kind = EXPLAIN_IS_REFUSED,
		.subject = subject,
		.line = line,
	};

	if (refusal->address.port == 0)
		return;
	socket_address_format(&refusal->address, subject);
	(void)snprintf(line, sizeof(line), "listen %u%s", refusal->address.port,
		       refusal->type == SOCK_DGRAM ? "/udp" : "");
	/* Without memory it is in the log and in --status all the same. */
	(void)!explain_note(explain, "bind", refusal->command, &text, told);
}
