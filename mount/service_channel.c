#include "mount/service_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_one(int channel, void *data, size_t size, int fd)
{
	struct iovec vector = { data, size };
	union control control = { 0 };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd >= 0) {
		struct cmsghdr *cmsg;

		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	do
		sent = sendmsg(channel, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static int receive_one(int channel, void *data, size_t size, int *ret_fd)
{
	struct iovec vector = { data, size };
	union control control = { 0 };
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t received;

	do
		received = recvmsg(channel, &header,
				   MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	*ret_fd = -1;
	cmsg = CMSG_FIRSTHDR(&header);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET &&
	    cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(int));
	if ((size_t)received == size)
		return 0;
	close_fd(ret_fd);
	return -ECONNRESET;
}

int service_order_send(int channel, const struct service_order *order)
{
	struct service_order copy = *order;

	return send_one(channel, &copy, sizeof(copy), -1);
}

int service_news_send(int channel, const struct service_news *news, int pidfd)
{
	struct service_news copy = *news;

	return send_one(channel, &copy, sizeof(copy), pidfd);
}

int service_order_receive(int channel, struct service_order *ret_order)
{
	struct service_order order = { 0 };
	int none = -1;
	int r = receive_one(channel, &order, sizeof(order), &none);

	if (r < 0)
		return r;
	close_fd(&none);
	*ret_order = order;
	return 0;
}

int service_news_receive(int channel, struct service_news *ret_news,
			 int *ret_pidfd)
{
	struct service_news news = { 0 };
	int r = receive_one(channel, &news, sizeof(news), ret_pidfd);

	if (r < 0)
		return r;
	news.text[SERVICE_TEXT_MAX - 1] = '\0';
	*ret_news = news;
	return 0;
}
