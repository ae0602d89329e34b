/*
 * The service manager that has started this process: what it is told, and the
 * descriptors that it keeps for the next start.
 *
 * Protocol: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3) and "File
 * Descriptor Store" of systemd. A message is one datagram of lines NAME=value
 * to the socket in $NOTIFY_SOCKET, with at most one descriptor beside it.
 */
#ifndef JAILMOUNT_SD_NOTIFY_H
#define JAILMOUNT_SD_NOTIFY_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	SD_NAME_MAX = 255,     /* bytes in a descriptor's name */
	SD_STORED_MAX = 1024,  /* descriptors */
	SD_FIRST_STORED = 3,   /* the number of the first */
	SD_BARRIER_MS = 2000,  /* how long the manager may take */
	SD_MESSAGE_MAX = 4096, /* bytes of one */
};

/* One that was kept since the last start. */
struct sd_stored {
	int fd;
	char name[SD_NAME_MAX + 1];
};

struct sd_notify {
	int fd; /* -1: there is no such manager, and all of this does nothing */
	struct sockaddr_un address;
	socklen_t address_length;
	uint64_t watchdog_us; /* it wants to hear of us that often; 0: never */
	struct sd_stored *stored;
	size_t stored_count;
};

#define SD_NOTIFY_INIT ((struct sd_notify){ .fd = -1 })
#define CLEANUP_SD_NOTIFY CLEANUP(sd_notify_close)

/*
 * Read the environment, and take what concerns this out of it: nobody who is
 * started from here is to speak in our name. To be called before any other
 * descriptor is opened. -EINVAL for an environment that no manager makes.
 */
int sd_notify_open(struct sd_notify *notify, struct diag *diag) MUST_CHECK;

/* Close everything, also what was kept and not taken over. */
void sd_notify_close(struct sd_notify *notify);

/* Send lines. What the manager does not take is lost: it is not waited for. */
void sd_notify_send(const struct sd_notify *notify, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* Have a descriptor kept under a name, which has neither ':' nor control
 * characters. 0 or -errno. */
int sd_notify_store(const struct sd_notify *notify, const char *name,
		    int fd) MUST_CHECK;

/* Have what is kept under the name closed; when this returns it is, unless the
 * manager takes longer than SD_BARRIER_MS. */
void sd_notify_forget(const struct sd_notify *notify, const char *name);

#endif
