/* A socket that answers and cannot call out, on the loopback. */
/* links: mount/one_way.o */
#include "mount/one_way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* A refused handshake shows by nothing happening: how long to look at it. */
enum { LOOK_MILLISECONDS = 300 };

static int bound_socket(int family)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6.sin6_addr);
	if (family == AF_INET)
		assert_int_equal(
			bind(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	else
		assert_int_equal(
			bind(fd, (const struct sockaddr *)&in6, sizeof(in6)),
			0);
	return fd;
}

static int listening_socket(int family)
{
	int fd = bound_socket(family);

	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Begin a connection from `fd` to where `to` listens, and see. */
static bool can_call(int fd, int to)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	struct timeval none = { .tv_usec = 1 };

	assert_int_equal(getsockname(to, (struct sockaddr *)&address, &length),
			 0);
	/* Makes connect(2) return at once. */
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none)),
		0);
	if (connect(fd, (const struct sockaddr *)&address, length) == 0)
		return true;
	assert_true(errno == EINPROGRESS || errno == EALREADY ||
		    errno == EAGAIN);
	return poll(&poll_fd, 1, LOOK_MILLISECONDS) == 1 &&
	       !(poll_fd.revents & (POLLERR | POLLHUP));
}

/* A connection from outside to a listening socket, accepted. */
static int accepted_socket(int listener, int *ret_client, int family)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int fd;

	*ret_client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(
		connect(*ret_client, (const struct sockaddr *)&address, length),
		0);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void disconnect(int fd)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	assert_int_equal(connect(fd, &nobody, sizeof(nobody)), 0);
}

/* The three ways out, with and without the filter. */
static void try_ways(int family, bool one_way)
{
	CLEANUP_CLOSE int victim = listening_socket(family);
	CLEANUP_CLOSE int bound = bound_socket(family);
	CLEANUP_CLOSE int listener = bound_socket(family);
	CLEANUP_CLOSE int client = -1;
	CLEANUP_CLOSE int accepted = -1;
	char byte;

	if (one_way) {
		assert_int_equal(one_way_tcp(bound), 0);
		assert_int_equal(one_way_tcp(listener), 0);
	}
	assert_int_equal(can_call(bound, victim), !one_way);

	assert_int_equal(listen(listener, 8), 0);
	accepted = accepted_socket(listener, &client, family);
	assert_int_equal(write(accepted, "x", 1), 1);
	assert_int_equal(read(client, &byte, 1), 1);
	assert_int_equal(write(client, "y", 1), 1);
	assert_int_equal(read(accepted, &byte, 1), 1);
	assert_int_equal(byte, 'y');
	disconnect(accepted);
	assert_int_equal(can_call(accepted, victim), !one_way);

	assert_int_equal(shutdown(listener, SHUT_RD), 0);
	assert_int_equal(can_call(listener, victim), !one_way);
}

/* That the ways are ways: else the next test would prove nothing. */
static void test_without(void **state UNUSED)
{
	try_ways(AF_INET, false);
}

static void test_ipv4(void **state UNUSED)
{
	try_ways(AF_INET, true);
}

static void test_ipv6(void **state UNUSED)
{
	try_ways(AF_INET6, true);
}

static void test_locked(void **state UNUSED)
{
	CLEANUP_CLOSE int listener = bound_socket(AF_INET);
	CLEANUP_CLOSE int client = -1, accepted = -1;
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	struct sock_fprog program = { .len = 1, .filter = &pass };
	int zero = 0;

	assert_int_equal(one_way_tcp(listener), 0);
	assert_int_equal(listen(listener, 1), 0);
	accepted = accepted_socket(listener, &client, AF_INET);
	for (int i = 0; i < 2; i++) {
		int fd = i ? accepted : listener;

		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER,
					    &zero, sizeof(zero)),
				 -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER,
					    &program, sizeof(program)),
				 -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER,
					    &zero, sizeof(zero)),
				 -1);
		assert_int_equal(errno, EPERM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_locked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("one_way", tests, NULL, NULL);
}
