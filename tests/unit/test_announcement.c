/* What a service says of itself: mount/announcement.h. */
/* links: mount/announcement.o */
#include "mount/announcement.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void check(const char *message, bool ready, const char *status)
{
	struct announcement said = announcement_parse(message, strlen(message));

	assert_int_equal(said.ready, ready);
	if (!status) {
		assert_null(said.status);
		return;
	}
	assert_int_equal(said.status_length, strlen(status));
	assert_memory_equal(said.status, status, said.status_length);
}

static void test_parse(void **state UNUSED)
{
	check("READY=1", true, NULL);
	check("READY=1\n", true, NULL);
	check("STATUS=so far\nREADY=1\nMAINPID=3\n", true, "so far");
	check("STATUS=a\nSTATUS=b=c", false, "b=c");
	check("STATUS=", false, "");
	check("READY=10", false, NULL);
	check("READY=0\nXREADY=1\n READY=1", false, NULL);
	check("", false, NULL);
	check("\n\n", false, NULL);
	check("READY", false, NULL);
}

static void test_long_status(void **state UNUSED)
{
	char message[ANNOUNCEMENT_MAX] = "STATUS=";

	memset(message + 7, 'x', sizeof(message) - 7);
	assert_int_equal(
		announcement_parse(message, sizeof(message)).status_length,
		ANNOUNCEMENT_STATUS_MAX);
}

static int open_fds(void)
{
	int fd = dup(STDERR_FILENO);

	(void)close(fd);
	return fd;
}

static void send_with_descriptor(int socket, const char *text)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { .iov_base = (char *)(uintptr_t)text,
			      .iov_len = strlen(text) };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	const int fd = STDERR_FILENO;

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	assert_int_equal(sendmsg(socket, &header, 0), strlen(text));
}

static void test_receive(void **state UNUSED)
{
	char message[ANNOUNCEMENT_MAX], large[ANNOUNCEMENT_MAX + 1] = "";
	struct announcement said;
	const int on = 1;
	int ends[2], lowest;
	uid_t me = getuid();

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	assert_int_equal(announcement_receive(ends[0], me, 1, message, &said),
			 0);
	/* Who it is is not known. */
	assert_int_equal(send(ends[1], "READY=1", 7, 0), 7);
	assert_int_equal(announcement_receive(ends[0], me, 1, message, &said),
			 0);
	assert_int_equal(
		setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
		0);
	assert_int_equal(send(ends[1], "READY=1", 7, 0), 7);
	assert_int_equal(announcement_receive(ends[0], me, 1, message, &said),
			 1);
	assert_true(said.ready);
	/* Somebody else's. */
	assert_int_equal(send(ends[1], "READY=1", 7, 0), 7);
	assert_int_equal(
		announcement_receive(ends[0], me + 1, 65536, message, &said),
		0);
	assert_int_equal(send(ends[1], large, sizeof(large), 0), sizeof(large));
	assert_int_equal(announcement_receive(ends[0], me, 1, message, &said),
			 0);
	/* As BARRIER=1 comes: nothing of it stays open. */
	lowest = open_fds();
	send_with_descriptor(ends[1], "STATUS=x");
	assert_int_equal(announcement_receive(ends[0], me, 1, message, &said),
			 1);
	assert_int_equal(said.status_length, 1);
	assert_int_equal(open_fds(), lowest);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_long_status),
		cmocka_unit_test(test_receive),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("announcement", tests, NULL, NULL);
}
