/* Whether a jail can go on with another image: mount/update_check.h. */
/* links: mount/update_check.o */
#include "mount/update_check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char name[] = "web", other_name[] = "mail";
static char one[] = "10.0.0.1/24", two[] = "10.0.0.2/24";

static int check(const struct config *running, const struct config *next,
		 bool force)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r = update_check(running, next, force, &diag);

	if (r < 0)
		assert_non_null(diag.hint);
	return r;
}

static void test_name(void **state UNUSED)
{
	const struct config running = { .name = name };
	const struct config next = { .name = other_name };

	assert_int_equal(check(&running, &running, false), 0);
	assert_int_equal(check(&running, &next, false), -EINVAL);
	assert_int_equal(check(&running, &next, true), 0);
}

static void test_network(void **state UNUSED)
{
	char *first[] = { one, NULL }, *second[] = { two, NULL };
	const struct config sealed = { .name = name };
	const struct config host = { .name = name,
				     .network = CONFIG_NETWORK_HOST };
	const struct config own = { .name = name,
				    .network = CONFIG_NETWORK_OWN,
				    .addresses = first };
	const struct config moved = { .name = name,
				      .network = CONFIG_NETWORK_OWN,
				      .addresses = second };

	assert_int_equal(check(&host, &host, false), 0);
	assert_int_equal(check(&own, &own, false), 0);
	assert_int_equal(check(&sealed, &host, false), -EOPNOTSUPP);
	assert_int_equal(check(&host, &sealed, true), -EOPNOTSUPP);
	assert_int_equal(check(&own, &moved, false), -EOPNOTSUPP);
	assert_int_equal(check(&own, &sealed, false), -EOPNOTSUPP);
}

static void test_filter(void **state UNUSED)
{
	char *addresses[] = { one, NULL };
	struct config_listen web = { .port = 80 }, more = { .port = 81 };
	struct endpoint peer = { .host = "10.0.0.9", .port = 5432 };
	const struct config own = { .name = name,
				    .network = CONFIG_NETWORK_OWN,
				    .addresses = addresses,
				    .listens = &web,
				    .listen_count = 1 };
	struct config next = own, sealed = own;

	next.listens = &more;
	assert_int_equal(check(&own, &next, false), -EOPNOTSUPP);
	next = own;
	next.connects = &peer;
	next.connect_count = 1;
	assert_int_equal(check(&own, &next, false), -EOPNOTSUPP);
	assert_int_equal(check(&next, &next, false), 0);
	sealed.network = CONFIG_NETWORK_SEALED;
	next = sealed;
	next.listens = &more;
	assert_int_equal(check(&sealed, &next, false), 0);
}

/* Those who come are the new image's; but what stays cannot come or go, and
 * nobody else can accept at the port. */
static void test_connections(void **state UNUSED)
{
	struct config_service services[] = {
		{ .per_connection = true, .port = 7 },
		{ .per_connection = false },
		{ .per_connection = true, .port = 8 },
	};
	struct config_listen listens[] = { { .port = 7 }, { .port = 8 } };
	const struct config plain = { .name = name };
	struct config visits = { .name = name,
				 .services = services,
				 .service_count = 1,
				 .listens = listens,
				 .listen_count = 2 };
	struct config both = visits, all = visits;

	both.service_count = 2;
	all.service_count = 3;
	assert_int_equal(check(&visits, &visits, false), 0);
	assert_int_equal(check(&both, &both, false), 0);
	assert_int_equal(check(&both, &plain, false), 0);
	assert_int_equal(check(&plain, &both, false), 0);
	assert_int_equal(check(&plain, &visits, false), -EOPNOTSUPP);
	assert_int_equal(check(&visits, &both, false), -EOPNOTSUPP);
	assert_int_equal(check(&both, &all, false), -EOPNOTSUPP);
	listens[1].udp = true;
	assert_int_equal(check(&both, &all, false), 0);
}

static bool goes_back(char *from, char *to)
{
	const struct config running = { .version = from };
	const struct config next = { .version = to };

	return update_goes_back(&running, &next);
}

static void test_version(void **state UNUSED)
{
	char nine[] = "1.9", ten[] = "1.10", empty[] = "";

	assert_false(goes_back(nine, ten));
	assert_true(goes_back(ten, nine));
	assert_false(goes_back(ten, ten));
	assert_false(goes_back(NULL, nine));
	assert_false(goes_back(NULL, empty));
	assert_true(goes_back(nine, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests_name("update_check", tests, NULL, NULL);
}
