/* The layout of a jail's own network, and its packet filter:
 * mount/network_layout.h, mount/network_rules.h. */
/* links: mount/network_layout.o mount/network_rules.o mount/listen_table.o
 * mount/socket_address.o */
#include "mount/network_rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char first[] = "10.0.0.5/24", second[] = "2001:db8::5/64",
	    wrong[] = "10.0.0.0/24", gateway[] = "10.0.0.1",
	    gateway6[] = "fe80::1";

static struct network_layout make(const struct network_wishes *wishes)
{
	struct network_layout layout = NETWORK_LAYOUT_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (network_layout_make(wishes, &layout, &diag) < 0)
		fail_msg("%s", diag.text);
	return layout;
}

static void refuse(const struct network_wishes *wishes, const char *why)
{
	struct network_layout layout = NETWORK_LAYOUT_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(network_layout_make(wishes, &layout, &diag), -EINVAL);
	assert_null(layout.networks);
	if (!strstr(diag.text, why))
		fail_msg("\"%s\" does not tell \"%s\"", diag.text, why);
}

static void test_layout(void **state UNUSED)
{
	char *addresses[] = { first, second, NULL };
	char *gateways[] = { gateway, gateway6, NULL };
	const struct network_wishes wishes = {
		.jail = "shop.example",
		.slot = 12,
		.addresses = addresses,
		.interface = "eth7",
		.gateways = gateways,
	};
	CLEANUP_NETWORK_LAYOUT struct network_layout layout = make(&wishes);
	const unsigned char mac[] = { 0x02, 0x6a, 10, 0, 0, 5 };

	assert_string_equal(layout.name, "j12-shop-exa");
	assert_string_equal(layout.alias, "jailmount shop.example");
	assert_int_equal(layout.network_count, 2);
	assert_int_equal(layout.networks[0].address.family, AF_INET);
	assert_int_equal(layout.networks[0].length, 24);
	assert_int_equal(layout.networks[1].address.family, AF_INET6);
	assert_int_equal(layout.networks[1].length, 64);
	assert_int_equal(layout.gateway_count, 2);
	assert_memory_equal(layout.mac, mac, sizeof(mac));
	assert_true(network_has_family(&layout, AF_INET6));
}

/* The longest that there can be. */
static void test_name_is_short(void **state UNUSED)
{
	char *addresses[] = { second, NULL };
	const struct network_wishes wishes = {
		.jail = "a-rather-long-name-for-a-jail",
		.slot = 4095,
		.addresses = addresses,
	};
	CLEANUP_NETWORK_LAYOUT struct network_layout layout = make(&wishes);

	assert_string_equal(layout.name, "j4095-a-rather");
	assert_true(strlen(layout.name) < IF_NAMESIZE);
	assert_null(layout.interface);
	/* Administered locally, and of one host. */
	assert_int_equal(layout.mac[0] & 3, 2);
}

static void test_contains(void **state UNUSED)
{
	char *addresses[] = { first, second, NULL };
	const struct network_wishes wishes = { .jail = "a",
					       .addresses = addresses };
	CLEANUP_NETWORK_LAYOUT struct network_layout layout = make(&wishes);
	static const struct {
		const char *text;
		bool within;
	} cases[] = {
		{ "10.0.0.1", true },	      { "10.0.0.255", true },
		{ "10.0.1.1", false },	      { "2001:db8::ffff", true },
		{ "2001:db8:0:1::1", false }, { "::10.0.0.1", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_address address = { .family = AF_INET };

		if (strchr(cases[i].text, ':'))
			address.family = AF_INET6;
		assert_int_equal(
			inet_pton(address.family, cases[i].text, address.bytes),
			1);
		assert_int_equal(network_contains(&layout, &address),
				 cases[i].within);
	}
}

static void test_lengths_of_no_whole_bytes(void **state UNUSED)
{
	char odd[] = "10.0.6.5/23", *addresses[] = { odd, NULL };
	const struct network_wishes wishes = { .jail = "a",
					       .addresses = addresses };
	CLEANUP_NETWORK_LAYOUT struct network_layout layout = make(&wishes);
	struct socket_address address = { .family = AF_INET,
					  .bytes = { 10, 0, 7, 200 } };

	assert_true(network_contains(&layout, &address));
	address.bytes[2] = 8;
	assert_false(network_contains(&layout, &address));
	address.bytes[2] = 5;
	assert_false(network_contains(&layout, &address));
}

static void test_refused(void **state UNUSED)
{
	char *addresses[] = { first, NULL }, *bad[] = { wrong, NULL };
	char *gateways[] = { gateway, NULL }, *other[] = { gateway6, NULL };
	char *twice[] = { gateway, gateway, NULL }, *no[] = { first, NULL };
	struct network_wishes wishes = { .jail = "a" };

	refuse(&wishes, "no address");
	wishes.addresses = bad;
	refuse(&wishes, "address of the network");
	wishes.addresses = addresses;
	wishes.gateways = gateways;
	refuse(&wishes, "--gateway needs --interface");
	wishes.interface = "eth0";
	wishes.gateways = other;
	refuse(&wishes, "no address of that family");
	wishes.gateways = twice;
	refuse(&wishes, "there is one already");
	wishes.gateways = no;
	refuse(&wishes, "this is no address");
	wishes.gateways = NULL;
	wishes.interface = "an-interface-of-16";
	refuse(&wishes, "no name of an interface");
	wishes.interface = "";
	refuse(&wishes, "no name of an interface");
}

/* --- The filter ----------------------------------------------------------- */

static bool has_line(const struct buf *text, const char *line)
{
	CLEANUP_FREE char *wanted = NULL;

	if (asprintf(&wanted, "\n\t\t%s\n", line) < 0)
		abort();
	return strstr(text->data, wanted) != NULL;
}

static void test_rules(void **state UNUSED)
{
	char *addresses[] = { first, second, NULL };
	const struct network_wishes wishes = { .jail = "a",
					       .addresses = addresses };
	CLEANUP_NETWORK_LAYOUT struct network_layout layout = make(&wishes);
	struct listen_mapping mappings[] = {
		{ .jail_port = 80, .host = { .port = 8080 } },
		{ .jail_port = 53,
		  .udp = true,
		  .host = { .family = AF_INET,
			    .port = 53,
			    .bytes = { 10, 0, 0, 5 } } },
	};
	struct peer peers[] = {
		{ .address = { .family = AF_INET,
			       .port = 5432,
			       .bytes = { 10, 0, 0, 9 } } },
		{ .address = { .family = AF_INET6,
			       .port = 53,
			       .bytes = { 0x20, 1, 0xd, 0xb8, [15] = 9 } },
		  .udp = true },
		{ .address = { .family = AF_INET,
			       .port = 80,
			       .bytes = { 10, 0, 0, 8 } } },
	};
	const struct listen_table listens = { mappings, ARRAY_SIZE(mappings) };
	const struct peers all = { peers, ARRAY_SIZE(peers) };
	CLEANUP_BUF struct buf text = BUF_INIT;

	network_rules_put(&layout, &listens, &all, &text);
	assert_int_equal(buf_check(&text), 0);
	assert_true(has_line(&text, "tcp dport 8080 accept"));
	assert_true(has_line(&text, "ip daddr 10.0.0.5 udp dport 53 accept"));
	assert_true(has_line(&text, "ip saddr != { 10.0.0.5 } goto refuse"));
	assert_true(
		has_line(&text, "ip6 saddr != { 2001:db8::5 } goto refuse"));
	assert_true(has_line(&text, "ip daddr . tcp dport { 10.0.0.9 . 5432, "
				    "10.0.0.8 . 80 } accept"));
	assert_true(has_line(&text, "ip6 daddr . udp dport { 2001:db8::9 . 53 }"
				    " accept"));
	assert_null(strstr(text.data, "ip daddr . udp"));
	assert_null(strstr(text.data, "ip6 daddr . tcp"));
}

/* With nobody to call and nothing to listen on there is nothing but answers. */
static void test_rules_for_nobody(void **state UNUSED)
{
	char *addresses[] = { second, NULL };
	const struct network_wishes wishes = { .jail = "a",
					       .addresses = addresses };
	CLEANUP_NETWORK_LAYOUT struct network_layout layout = make(&wishes);
	const struct listen_table listens = LISTEN_TABLE_INIT;
	const struct peers nobody = PEERS_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;

	network_rules_put(&layout, &listens, &nobody, &text);
	assert_int_equal(buf_check(&text), 0);
	assert_null(strstr(text.data, "dport"));
	assert_null(strstr(text.data, "ip saddr"));
	assert_non_null(strstr(text.data, "hook output priority 0; "
					  "policy drop;"));
	assert_non_null(strstr(text.data, "hook input priority 0; "
					  "policy drop;"));
	assert_non_null(strstr(text.data, "hook forward priority 0; "
					  "policy drop;"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_name_is_short),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_lengths_of_no_whole_bytes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rules_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
