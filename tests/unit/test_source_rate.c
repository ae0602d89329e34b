/* How many connections one client may begin: mount/source_rate.h. */
/* links: mount/source_rate.o */
#include "mount/source_rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { SECOND = 1000000 };

static struct socket_address ipv4(uint32_t number)
{
	struct socket_address address = { .family = AF_INET };

	memcpy(address.bytes, &number, sizeof(number));
	return address;
}

static struct socket_address ipv6(uint8_t network, uint8_t host)
{
	struct socket_address address = { .family = AF_INET6 };

	address.bytes[7] = network;
	address.bytes[15] = host;
	return address;
}

/* How many of `tries` at one moment. */
static int admitted(struct source_rate *rate, struct socket_address address,
		    int64_t now, int tries)
{
	int count = 0;

	while (tries-- > 0)
		count += source_rate_admit(rate, &address, now);
	return count;
}

static void so_many_in_a_time(void **state UNUSED)
{
	struct source_rate rate = { .most = 6, .milliseconds = 60000 };
	int64_t now = 1000 * (int64_t)SECOND;

	assert_int_equal(admitted(&rate, ipv4(1), now, 10), 6);
	assert_int_equal(admitted(&rate, ipv4(1), now + 9 * SECOND, 10), 0);
	/* One comes back each ten seconds, and no more than six ever. */
	assert_int_equal(admitted(&rate, ipv4(1), now + 10 * SECOND, 10), 1);
	assert_int_equal(admitted(&rate, ipv4(1), now + 35 * SECOND, 10), 2);
	assert_int_equal(
		admitted(&rate, ipv4(1), now + 9000 * (int64_t)SECOND, 10), 6);
	assert_int_equal(admitted(&rate, ipv4(2), now, 10), 6);
}

static void any_number(void **state UNUSED)
{
	struct source_rate rate = { 0 };

	assert_int_equal(admitted(&rate, ipv4(1), 5, 1000), 1000);
}

/* Whoever has a network has all of its addresses. */
static void networks_count_as_one(void **state UNUSED)
{
	struct source_rate rate = { .most = 2, .milliseconds = 1000 };

	assert_int_equal(admitted(&rate, ipv6(1, 1), SECOND, 2), 2);
	assert_int_equal(admitted(&rate, ipv6(1, 2), SECOND, 2), 0);
	assert_int_equal(admitted(&rate, ipv6(2, 1), SECOND, 2), 2);
	/* ::1:0:0 and so on are no addresses of IPv4. */
	assert_int_equal(admitted(&rate, ipv4(0), SECOND, 2), 2);
}

/* A flood of addresses does not wash out those that have had their share
 * before those that have not. */
static void the_table_is_bounded(void **state UNUSED)
{
	struct source_rate rate = { .most = 4, .milliseconds = 60000 };

	assert_int_equal(admitted(&rate, ipv4(1), SECOND, 9), 4);
	for (uint32_t i = 2; i < 5000; i++)
		assert_int_equal(admitted(&rate, ipv4(i), SECOND, 1), 1);
	assert_int_equal(admitted(&rate, ipv4(1), SECOND, 9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_in_a_time),
		cmocka_unit_test(any_number),
		cmocka_unit_test(networks_count_as_one),
		cmocka_unit_test(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
