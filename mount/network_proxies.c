#include "mount/network_proxies.h"

#include "lib/fdio.h"
#include "mount/links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>

#define FILE_NAME "proxies"

enum { FILE_MAX = 64 << 10 };

int network_proxies_note(int directory, const struct socket_address *address,
			 unsigned int interface)
{
	CLEANUP_CLOSE int fd = openat(
		directory, FILE_NAME,
		O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	char host[INET6_ADDRSTRLEN] = "", name[IF_NAMESIZE] = "";
	char line[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	int length;

	if (fd < 0 || !if_indextoname(interface, name))
		return -errno;
	(void)inet_ntop(address->family, address->bytes, host, sizeof(host));
	length = snprintf(line, sizeof(line), "%s %s\n", host, name);
	return write_all(fd, line, (size_t)length);
}

void network_proxies_forget(int directory)
{
	(void)unlinkat(directory, FILE_NAME, 0);
}

/* What is gone by now, or is no longer understood, needs nothing. */
static void clear_line(struct links *links, char *line)
{
	char *name = strchr(line, ' ');
	struct socket_address address = { .family = AF_INET };
	struct link_info info;

	if (!name)
		return;
	*name++ = '\0';
	if (strchr(line, ':'))
		address.family = AF_INET6;
	if (inet_pton(address.family, line, address.bytes) == 1 &&
	    link_find(links, name, &info) == 0)
		(void)!link_remove_proxy(links, info.index, &address);
}

int network_proxies_clear(int directory, struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		openat(directory, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct links links = LINKS_INIT;
	char *line, *rest = NULL;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	r = fd < 0 ? -errno : read_to_end(fd, FILE_MAX, &text);
	if (r < 0)
		return diag_errno(diag, r,
				  "cannot read which addresses are "
				  "answered for");
	r = links_open(&links, diag);
	if (r < 0)
		return r;
	for (line = text.data ? strtok_r(text.data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		clear_line(&links, line);
	links_close(&links);
	network_proxies_forget(directory);
	return 0;
}
