#include "mount/announcement.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct announcement announcement_parse(const char *message, size_t length)
{
	static const char ready[] = "READY=1", status[] = "STATUS=";
	struct announcement said = { 0 };

	while (length) {
		const char *newline = memchr(message, '\n', length);
		size_t line = newline ? (size_t)(newline - message) : length;

		if (line == sizeof(ready) - 1 &&
		    memcmp(message, ready, line) == 0)
			said.ready = true;
		if (line >= sizeof(status) - 1 &&
		    memcmp(message, status, sizeof(status) - 1) == 0) {
			said.status = message + sizeof(status) - 1;
			said.status_length = line - (sizeof(status) - 1);
			if (said.status_length > ANNOUNCEMENT_STATUS_MAX)
				said.status_length = ANNOUNCEMENT_STATUS_MAX;
		}
		line += newline != NULL;
		message += line;
		length -= line;
	}
	return said;
}

/* The kernel vouches for the ids. It closes descriptors that there is no room
 * for, but the order of the parts is not promised. */
static bool is_of_jail(struct msghdr *header, uint32_t first_id, uint32_t ids)
{
	struct ucred sender = { .uid = (uid_t)-1 };

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part;
	     part = CMSG_NXTHDR(header, part)) {
		const unsigned char *data = CMSG_DATA(part);
		size_t size = part->cmsg_len - CMSG_LEN(0);
		int fd;

		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SCM_CREDENTIALS &&
		    size == sizeof(sender))
			memcpy(&sender, data, sizeof(sender));
		for (size_t i = 0;
		     part->cmsg_type == SCM_RIGHTS && i + sizeof(fd) <= size;
		     i += sizeof(fd)) {
			memcpy(&fd, data + i, sizeof(fd));
			(void)close(fd);
		}
	}
	return sender.uid - first_id < ids;
}

int announcement_receive(int fd, uint32_t first_id, uint32_t ids, char *message,
			 struct announcement *ret_announcement)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = message,
			      .iov_len = ANNOUNCEMENT_MAX };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	ssize_t got;

	do
		got = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0 || !is_of_jail(&header, first_id, ids) ||
	    (header.msg_flags & MSG_TRUNC))
		return 0;
	*ret_announcement = announcement_parse(message, (size_t)got);
	return 1;
}
