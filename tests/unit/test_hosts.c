/* The peers of a jail, and their names in its /etc/hosts: mount/peers.h,
 * mount/hosts.h. */
/* links: mount/hosts.o mount/mounts.o mount/peers.o mount/listen_table.o
 * mount/socket_address.o */
#include "mount/hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct endpoint connects[] = {
	{ .host = "db.example", .port = 5432 },
	{ .host = "10.0.0.9", .port = 80 },
	{ .host = "db.example", .port = 5433 },
	{ .host = "2001:db8::9", .port = 80 },
};
static const struct config config = { .connects = connects,
				      .connect_count = ARRAY_SIZE(connects) };

static struct peer peer(const char *address, uint16_t port, size_t connect)
{
	struct peer made = { .connect = connect, .address.port = port };
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;

	made.address.family = (sa_family_t)family;
	assert_int_equal(inet_pton(family, address, made.address.bytes), 1);
	return made;
}

static void test_names(void **state UNUSED)
{
	struct config numbers = { .connects = connects + 1,
				  .connect_count = 1 };

	assert_true(config_names_peers(&config));
	assert_false(config_names_peers(&numbers));
	numbers.connects = connects + 3;
	assert_false(config_names_peers(&numbers));
	numbers.connect_count = 0;
	assert_false(config_names_peers(&numbers));
}

static void test_hosts(void **state UNUSED)
{
	struct peer items[] = {
		peer("10.0.0.5", 5432, 0),  peer("2001:db8::5", 5432, 0),
		peer("10.0.0.9", 80, 1),    peer("10.0.0.5", 5433, 2),
		peer("10.0.0.77", 5432, 0),
	};
	const struct peers peers = { items, ARRAY_SIZE(items) };
	char image_text[] = "127.0.0.1 localhost\n";
	const struct buf image = { .data = image_text,
				   .length = sizeof(image_text) - 1 };
	CLEANUP_BUF struct buf text = BUF_INIT;

	items[4].before = true;
	hosts_put(&config, &peers, &image, &text);
	assert_int_equal(buf_check(&text), 0);
	assert_string_equal(text.data,
			    "# Whom this jail may call, looked up by the host."
			    "\n"
			    "10.0.0.5 db.example\n"
			    "2001:db8::5 db.example\n"
			    "127.0.0.1 localhost\n");
}

/* --- Renewed -------------------------------------------------------------- */

static void expect(const struct peers *peers, size_t index, const char *address,
		   bool before)
{
	char text[INET6_ADDRSTRLEN];
	const struct peer *found = &peers->items[index];

	assert_true(index < peers->count);
	assert_non_null(inet_ntop(found->address.family, found->address.bytes,
				  text, sizeof(text)));
	assert_string_equal(text, address);
	assert_int_equal(found->before, before);
}

static void test_renewed(void **state UNUSED)
{
	struct peer first[] = { peer("10.0.0.1", 5432, 0),
				peer("10.0.0.2", 5432, 0) };
	struct peer second[] = { peer("10.0.0.2", 5432, 0),
				 peer("10.0.0.3", 5432, 0) };
	struct peer third[] = { peer("10.0.0.3", 5432, 0) };
	const struct peers known = { first, ARRAY_SIZE(first) };
	const struct peers fresh = { second, ARRAY_SIZE(second) };
	const struct peers last = { third, ARRAY_SIZE(third) };
	CLEANUP_PEERS struct peers once = PEERS_INIT;
	CLEANUP_PEERS struct peers twice = PEERS_INIT;

	assert_int_equal(peers_renew(&fresh, &known, &once), 0);
	assert_int_equal(once.count, 3);
	expect(&once, 0, "10.0.0.2", false);
	expect(&once, 1, "10.0.0.3", false);
	expect(&once, 2, "10.0.0.1", true);
	/* Who serves from an older generation still may call it. */
	assert_true(peers_have(&once, &first[0].address, false));
	/* The one from before is gone, the others are from before. */
	assert_int_equal(peers_renew(&last, &once, &twice), 0);
	assert_int_equal(twice.count, 2);
	expect(&twice, 0, "10.0.0.3", false);
	expect(&twice, 1, "10.0.0.2", true);
	assert_false(peers_have(&twice, &first[0].address, false));
}

/* What fails is as it was, whatever the others do. */
static void test_looked_up_again(void **state UNUSED)
{
	struct endpoint wanted[] = {
		{ .host = "no.such.name.invalid", .port = 80 },
		{ .host = "10.0.0.7", .port = 81 },
	};
	const struct config own = { .connects = wanted,
				    .connect_count = ARRAY_SIZE(wanted) };
	struct peer items[] = { peer("10.0.0.1", 80, 0),
				peer("10.0.0.2", 80, 0),
				peer("10.0.0.7", 81, 1) };
	const struct peers known = { items, ARRAY_SIZE(items) };
	CLEANUP_PEERS struct peers fresh = PEERS_INIT;
	CLEANUP_BUF struct buf failures = BUF_INIT;

	items[1].before = true;
	assert_int_equal(
		peers_resolve_again(&own, &known, &fresh, &failures, NULL), 0);
	assert_int_equal(fresh.count, 2);
	expect(&fresh, 0, "10.0.0.1", false);
	expect(&fresh, 1, "10.0.0.7", false);
	assert_non_null(strstr(failures.data, "no.such.name.invalid:80: "
					      "cannot look it up"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_looked_up_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
