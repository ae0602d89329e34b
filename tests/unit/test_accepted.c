/* Whether a connection was accepted: mount/accepted.h. */
/* links: mount/accepted.o mount/network_namespace.o */
#include "mount/accepted.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void check(const struct sockaddr *server, socklen_t length,
		  const char *client)
{
	CLEANUP_CLOSE int listener = socket(server->sa_family, SOCK_STREAM, 0);
	CLEANUP_CLOSE int caller = socket(AF_INET, SOCK_STREAM, 0);
	CLEANUP_CLOSE int other = socket(AF_INET, SOCK_STREAM, 0);
	CLEANUP_CLOSE int accepted = -1;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 bound;

	assert_false(is_accepted(caller, NULL));
	assert_int_equal(bind(listener, server, length), 0);
	assert_int_equal(listen(listener, 5), 0);
	length = sizeof(bound);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *)&bound, &length), 0);
	in.sin_port = bound.sin6_port; /* at the same place in both */
	assert_int_equal(inet_pton(AF_INET, client, &in.sin_addr), 1);
	assert_int_equal(connect(caller, (struct sockaddr *)&in, sizeof(in)),
			 0);
	assert_int_equal(connect(other, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_false(is_accepted(caller, NULL));
	accepted = accept(listener, NULL, NULL);
	assert_true(accepted >= 0);
	assert_true(is_accepted(caller, NULL));
	assert_false(is_accepted(other, NULL));
}

static void test_ipv4(void **state UNUSED)
{
	struct sockaddr_in server = { .sin_family = AF_INET };

	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check((struct sockaddr *)&server, sizeof(server), "127.0.0.1");
}

static void test_both(void **state UNUSED)
{
	struct sockaddr_in6 server = { .sin6_family = AF_INET6 };

	check((struct sockaddr *)&server, sizeof(server), "127.0.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_both),
	};

	return cmocka_run_group_tests_name("accepted", tests, NULL, NULL);
}
