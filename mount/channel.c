#include "mount/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { DESCRIPTORS = 6 };

/* The message: which descriptors follow, then the report. */
struct message {
	bool present[DESCRIPTORS];
	struct channel_report report;
};

union control {
	char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	struct cmsghdr align;
};

static void as_array(struct channel_descriptors *descriptors,
		     int *ret_array[DESCRIPTORS])
{
	ret_array[0] = &descriptors->listener;
	ret_array[1] = &descriptors->service_pidfd;
	ret_array[2] = &descriptors->device_ends.stdout_fifo;
	ret_array[3] = &descriptors->device_ends.stderr_fifo;
	ret_array[4] = &descriptors->device_ends.syslog;
	ret_array[5] = &descriptors->device_ends.notify;
}

int channel_send(int channel, const struct channel_report *report,
		 const struct channel_descriptors *descriptors)
{
	struct channel_descriptors copy = *descriptors;
	struct message message = { .report = *report };
	struct iovec vector = { &message, sizeof(message) };
	union control control = { 0 };
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
	int *array[DESCRIPTORS], fds[DESCRIPTORS];
	size_t count = 0;
	ssize_t sent;

	as_array(&copy, array);
	for (size_t i = 0; i < DESCRIPTORS; i++) {
		message.present[i] = *array[i] >= 0;
		if (message.present[i])
			fds[count++] = *array[i];
	}
	if (count > 0) {
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
	} else {
		header.msg_control = NULL;
		header.msg_controllen = 0;
	}
	do {
		sent = sendmsg(channel, &header, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

int channel_hand_over_listener(int channel, int *listener, struct diag *diag)
{
	const struct channel_report nothing = { 0 };
	struct channel_descriptors descriptors = CHANNEL_DESCRIPTORS_NONE;
	int error;

	descriptors.listener = *listener;
	error = channel_send(channel, &nothing, &descriptors);
	if (error < 0)
		return diag_errno(diag, error, "cannot hand over the listener");
	close_fd(listener);
	return 0;
}

static size_t received_descriptors(struct msghdr *header, int fds[DESCRIPTORS])
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	size_t count;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
	return count;
}

int channel_receive(int channel, struct channel_report *ret_report,
		    struct channel_descriptors *ret_descriptors)
{
	struct channel_descriptors descriptors = CHANNEL_DESCRIPTORS_NONE;
	struct message message = { 0 };
	struct iovec vector = { &message, sizeof(message) };
	union control control = { 0 };
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int *array[DESCRIPTORS], fds[DESCRIPTORS];
	size_t count, taken = 0;
	ssize_t received;

	do {
		received = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
	} while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	if (received != sizeof(message))
		return -ECONNRESET;
	count = received_descriptors(&header, fds);
	as_array(&descriptors, array);
	for (size_t i = 0; i < DESCRIPTORS && taken < count; i++) {
		if (message.present[i])
			*array[i] = fds[taken++];
	}
	*ret_report = message.report;
	ret_report->text[CHANNEL_TEXT_MAX - 1] = '\0';
	ret_report->hint[CHANNEL_HINT_MAX - 1] = '\0';
	*ret_descriptors = descriptors;
	return 0;
}
