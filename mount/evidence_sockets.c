#include "mount/evidence_sockets.h"

#include "mount/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

void evidence_sockets_done(struct evidence_sockets *sockets)
{
	free(sockets->inodes);
}

int evidence_sockets_want(struct evidence_sockets *sockets, const char *target)
{
	uint64_t inode;

	if (sscanf(target, "socket:[%" SCNu64 "]", &inode) != 1 ||
	    sockets->count >= EVIDENCE_SOCKETS_MAX)
		return 0;
	if (array_grow(&sockets->inodes, sockets->count, sizeof(inode)) < 0)
		return -ENOMEM;
	sockets->inodes[sockets->count++] = inode;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static bool is_wanted(const struct evidence_sockets *sockets, uint64_t inode)
{
	return sockets->count &&
	       bsearch(&inode, sockets->inodes, sockets->count, sizeof(inode),
		       compare);
}

/* include/net/tcp_states.h of Linux */
static const char *const state_names[] = { NULL,
					   "established",
					   "syn-sent",
					   "syn-received",
					   "fin-wait-1",
					   "fin-wait-2",
					   "time-wait",
					   "closed",
					   "close-wait",
					   "last-ack",
					   "listening",
					   "closing",
					   "new-syn-received" };

/*
 * "0100007F:0050": the address in words of 32 bits, each as the machine has it
 * in memory, and the port.
 */
static bool read_address(const char *text, int family,
			 char ret_text[ADDRESS_TEXT_SIZE])
{
	size_t words = family == AF_INET ? 1 : 4;
	uint32_t bytes[4];
	unsigned int port;
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < words; i++)
		if (sscanf(text + 8 * i, "%8" SCNx32, &bytes[i]) != 1)
			return false;
	if (sscanf(text + 8 * words, ":%4x", &port) != 1)
		return false;
	/* An IPv4 address in the guise of IPv6. */
	if (words == 4 && !bytes[0] && !bytes[1] && bytes[2] == htonl(0xffff)) {
		bytes[0] = bytes[3];
		family = AF_INET;
	}
	if (!inet_ntop(family, bytes, address, sizeof(address)))
		return false;
	(void)snprintf(ret_text, ADDRESS_TEXT_SIZE,
		       family == AF_INET ? "%s:%u" : "[%s]:%u", address, port);
	return true;
}

json_t *evidence_sockets_line(const struct evidence_sockets *sockets,
			      const char *protocol, int family,
			      const char *line)
{
	char local[48] = "", remote[48] = "";
	char local_text[ADDRESS_TEXT_SIZE], remote_text[ADDRESS_TEXT_SIZE];
	unsigned int state;
	uint64_t inode;

	/* sl local remote st queues timer retransmits uid timeout inode */
	if (sscanf(line, " %*[^:]: %47s %47s %x %*s %*s %*s %*s %*s %" SCNu64,
		   local, remote, &state, &inode) != 4 ||
	    !is_wanted(sockets, inode) ||
	    !read_address(local, family, local_text) ||
	    !read_address(remote, family, remote_text))
		return NULL;
	return json_pack("{s:s,s:I,s:s,s:s,s:s}", "protocol", protocol, "inode",
			 (json_int_t)inode, "local", local_text, "remote",
			 remote_text, "state",
			 state > 0 && state < ARRAY_SIZE(state_names)
				 ? state_names[state]
				 : "unknown");
}

int evidence_sockets_read(struct evidence_sockets *sockets, int proc,
			  json_t *array)
{
	static const struct {
		const char *file, *protocol;
		int family;
	} tables[] = {
		{ "self/net/tcp", "tcp", AF_INET },
		{ "self/net/tcp6", "tcp", AF_INET6 },
		{ "self/net/udp", "udp", AF_INET },
		{ "self/net/udp6", "udp", AF_INET6 },
	};

	if (sockets->count)
		qsort(sockets->inodes, sockets->count, sizeof(uint64_t),
		      compare);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		int fd = openat(proc, tables[i].file, O_RDONLY | O_CLOEXEC);
		CLEANUP_FILE FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
		char line[512];

		if (!file) {
			close_fd(&fd);
			continue;
		}
		while (fgets(line, sizeof(line), file)) {
			json_t *entry = evidence_sockets_line(
				sockets, tables[i].protocol, tables[i].family,
				line);

			if (entry && json_array_append_new(array, entry) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}
