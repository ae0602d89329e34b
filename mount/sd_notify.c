#include "mount/sd_notify.h"

#include "lib/number.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

/* --- The environment ------------------------------------------------------ */

/* A variable's value, which is not there any more afterwards; NULL: none. */
static char *take_variable(const char *name)
{
	const char *value = getenv(name);
	char *copy = value ? strdup(value) : NULL;

	(void)unsetenv(name);
	return copy;
}

/* True if the variable names this process, or if there is none. */
static bool is_meant(const char *name, bool otherwise)
{
	CLEANUP_FREE char *value = take_variable(name);
	uint64_t pid;

	if (!value)
		return otherwise;
	return number_parse(value, 10, INT32_MAX, &pid) == 0 &&
	       (pid_t)pid == getpid();
}

static int read_address(struct sd_notify *notify, const char *path,
			struct diag *diag)
{
	size_t length = strlen(path);

	if ((*path != '/' && *path != '@') || length < 2 ||
	    length >= sizeof(notify->address.sun_path))
		return diag_set(diag, -EINVAL,
				"$NOTIFY_SOCKET is no address of a socket");
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, path, length);
	/* An abstract one. */
	if (*path == '@')
		notify->address.sun_path[0] = '\0';
	notify->address_length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	notify->fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return notify->fd < 0 ? diag_errno(diag, -errno, "cannot make a socket")
			      : 0;
}

/* --- Descriptors ---------------------------------------------------------- */

static int add_stored(struct sd_notify *notify, int fd, const char *name,
		      size_t length, struct diag *diag)
{
	struct sd_stored stored = { .fd = fd };

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return diag_errno(diag, -errno,
				  "descriptor %d, which was to be kept", fd);
	if (length > SD_NAME_MAX)
		length = 0;
	memcpy(stored.name, name, length);
	if (array_grow(&notify->stored, notify->stored_count, sizeof(stored)) <
	    0)
		return diag_oom(diag);
	notify->stored[notify->stored_count++] = stored;
	return 0;
}

static int take_stored(struct sd_notify *notify, struct diag *diag)
{
	bool ours = is_meant("LISTEN_PID", false);
	CLEANUP_FREE char *count_text = take_variable("LISTEN_FDS");
	CLEANUP_FREE char *names = take_variable("LISTEN_FDNAMES");
	const char *name = names ? names : "";
	uint64_t count = 0;
	int r = 0;

	if (!ours || !count_text)
		return 0;
	if (number_parse(count_text, 10, SD_STORED_MAX, &count) < 0)
		return diag_set(diag, -EINVAL,
				"$LISTEN_FDS is no number up to %d",
				SD_STORED_MAX);
	for (uint64_t i = 0; r == 0 && i < count; i++) {
		size_t length = strcspn(name, ":");

		r = add_stored(notify, SD_FIRST_STORED + (int)i, name, length,
			       diag);
		name += length + (name[length] == ':');
	}
	return r;
}

int sd_notify_open(struct sd_notify *notify, struct diag *diag)
{
	CLEANUP_FREE char *address = take_variable("NOTIFY_SOCKET");
	CLEANUP_FREE char *interval = take_variable("WATCHDOG_USEC");
	bool watched = is_meant("WATCHDOG_PID", true);
	int r;

	*notify = SD_NOTIFY_INIT;
	/* These numbers are ours whether there is somebody to talk to or not.
	 */
	r = take_stored(notify, diag);
	if (r == 0 && address)
		r = read_address(notify, address, diag);
	if (r == 0 && interval && watched &&
	    number_parse(interval, 10, INT64_MAX, &notify->watchdog_us) < 0)
		r = diag_set(diag, -EINVAL, "$WATCHDOG_USEC is no number");
	if (r < 0)
		sd_notify_close(notify);
	return r;
}

void sd_notify_close(struct sd_notify *notify)
{
	for (size_t i = 0; i < notify->stored_count; i++)
		close_fd(&notify->stored[i].fd);
	free(notify->stored);
	close_fd(&notify->fd);
	*notify = SD_NOTIFY_INIT;
}

/* --- Messages ------------------------------------------------------------- */

/* One datagram; `fd` goes along unless it is -1. 0 or -errno. */
static int send_message(const struct sd_notify *notify, char *text,
			size_t length, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} ancillary = { 0 };
	struct iovec part = { .iov_base = text, .iov_len = length };
	struct msghdr message = {
		.msg_name = (void *)(uintptr_t)&notify->address,
		.msg_namelen = notify->address_length,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	if (fd >= 0) {
		message.msg_control = &ancillary;
		message.msg_controllen = sizeof(ancillary.room);
		ancillary.header.cmsg_level = SOL_SOCKET;
		ancillary.header.cmsg_type = SCM_RIGHTS;
		ancillary.header.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&ancillary.header), &fd, sizeof(fd));
	}
	return sendmsg(notify->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void sd_notify_send(const struct sd_notify *notify, const char *format, ...)
{
	char text[SD_MESSAGE_MAX];
	va_list arguments;
	int length;

	if (notify->fd < 0)
		return;
	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < sizeof(text))
		(void)!send_message(notify, text, (size_t)length, -1);
}

int sd_notify_store(const struct sd_notify *notify, const char *name, int fd)
{
	char text[SD_NAME_MAX + sizeof("FDSTORE=1\nFDNAME=\n")];
	int length;

	if (notify->fd < 0)
		return 0;
	length = snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	if (length < 0 || (size_t)length >= sizeof(text))
		return -ENAMETOOLONG;
	return send_message(notify, text, (size_t)length, fd);
}

/* The manager closes the end that it is sent once it has come to it. */
static void wait_for_manager(const struct sd_notify *notify)
{
	char text[] = "BARRIER=1";
	struct pollfd polled = { .fd = -1 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	if (send_message(notify, text, strlen(text), ends[1]) == 0) {
		close_fd(&ends[1]);
		polled.fd = ends[0];
		(void)poll(&polled, 1, SD_BARRIER_MS);
	}
	close_fd(&ends[0]);
	close_fd(&ends[1]);
}

void sd_notify_forget(const struct sd_notify *notify, const char *name)
{
	if (notify->fd < 0)
		return;
	sd_notify_send(notify, "FDSTOREREMOVE=1\nFDNAME=%s", name);
	wait_for_manager(notify);
}
