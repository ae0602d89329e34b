/* Which socket answers which bind(): mount/listen_table.h. */
/* links: mount/listen_table.o mount/socket_address.o */
#include "mount/listen_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* --- What the operator says ----------------------------------------------- */

static void check_mapping(const char *text, const char *host, uint16_t port,
			  bool udp)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct listen_mapping mapping;
	char shown[ADDRESS_TEXT_SIZE];

	if (listen_mapping_parse(text, &mapping, &diag) < 0)
		fail_msg("%s: %s", text, diag.text);
	socket_address_format(&mapping.host, shown);
	assert_string_equal(shown, host);
	assert_int_equal(mapping.jail_port, port);
	assert_int_equal(mapping.udp, udp);
}

static void test_mappings(void **state UNUSED)
{
	check_mapping("8080:80", "*:8080", 80, false);
	check_mapping("8080:80/tcp", "*:8080", 80, false);
	check_mapping("5353:53/udp", "*:5353", 53, true);
	check_mapping("127.0.0.1:8080:80", "127.0.0.1:8080", 80, false);
	check_mapping("0.0.0.0:1:65535", "0.0.0.0:1", 65535, false);
	check_mapping("[::1]:8080:80", "[::1]:8080", 80, false);
	check_mapping("[2001:db8::7]:443:443/tcp", "[2001:db8::7]:443", 443,
		      false);
}

static void test_bad_mappings(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"80",
		":80",
		"80:",
		"0:80",
		"80:0",
		"65536:80",
		"80:65536",
		"80:80/sctp",
		"80:80/",
		"a:80",
		"80:a",
		"localhost:80:80",
		"1.2.3:80:80",
		"1.2.3.4.5:80:80",
		"::1:80:80",
		"[::1:80:80",
		"[127.0.0.1]:80:80",
		"[]:80:80",
		"1:2:3:4",
		"-1:80",
		" 80:80",
		"080808:80",
		"[::1]8080:80",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct listen_mapping mapping;

		if (listen_mapping_parse(bad[i], &mapping, NULL) != -EINVAL)
			fail_msg("\"%s\" was accepted", bad[i]);
	}
}

/* --- The table ------------------------------------------------------------ */

static struct config_listen listens[] = {
	{ .port = 80 },
	{ .port = 443 },
	{ .port = 53, .udp = true },
	{ .port = 53 },
};

static const struct config config = {
	.listens = listens,
	.listen_count = ARRAY_SIZE(listens),
};

static struct listen_table make_table(char *first, char *second)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char *requests[] = { first, second, NULL };
	struct listen_table table = LISTEN_TABLE_INIT;

	if (listen_table_make(&config, requests, &table, &diag) < 0)
		fail_msg("%s", diag.text);
	return table;
}

static void test_defaults(void **state UNUSED)
{
	CLEANUP_LISTEN_TABLE struct listen_table table = LISTEN_TABLE_INIT;
	char shown[ADDRESS_TEXT_SIZE];

	assert_int_equal(listen_table_make(&config, NULL, &table, NULL), 0);
	assert_int_equal(table.count, 4);
	socket_address_format(&table.mappings[0].host, shown);
	assert_string_equal(shown, "*:80");
	assert_true(table.mappings[2].udp);
	assert_false(table.mappings[3].udp);
}

/* The image has said where; the operator has the last word. */
static void test_addresses_of_the_image(void **state UNUSED)
{
	struct config_listen addressed[] = {
		{ .port = 80, .address = "10.0.0.5" },
		{ .port = 53, .udp = true, .address = "2001:db8::5" },
		{ .port = 443, .address = "10.0.0.5" },
	};
	const struct config image = { .listens = addressed,
				      .listen_count = ARRAY_SIZE(addressed) };
	char word[] = "8443:443", *requests[] = { word, NULL };
	CLEANUP_LISTEN_TABLE struct listen_table table = LISTEN_TABLE_INIT;
	char shown[ADDRESS_TEXT_SIZE];
	static const char *const wanted[] = { "10.0.0.5:80", "[2001:db8::5]:53",
					      "*:8443" };

	assert_int_equal(listen_table_make(&image, requests, &table, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		socket_address_format(&table.mappings[i].host, shown);
		assert_string_equal(shown, wanted[i]);
	}
}

static void refuse_table(char *first, char *second, const char *reason)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char *requests[] = { first, second, NULL };
	struct listen_table table;

	assert_int_equal(listen_table_make(&config, requests, &table, &diag),
			 -EINVAL);
	if (!strstr(diag.text, reason))
		fail_msg("\"%s\" does not tell \"%s\"", diag.text, reason);
}

static void test_bad_tables(void **state UNUSED)
{
	refuse_table((char[]){ "8080:81" }, NULL, "port 81");
	refuse_table((char[]){ "8080:80/udp" }, NULL, "UDP port 80");
	refuse_table((char[]){ "8080:80" }, (char[]){ "8081:80" },
		     "mapped before");
	refuse_table((char[]){ "8080:80" }, (char[]){ "8080:443" },
		     "both be port 8080");
	/* 443 stays where the image has it. */
	refuse_table((char[]){ "443:80" }, NULL, "both be port 443");
	refuse_table((char[]){ "127.0.0.1:8080:80" }, (char[]){ "8080:443" },
		     "both be port 8080");
}

static void test_same_port_twice(void **state UNUSED)
{
	struct listen_table table =
		make_table((char[]){ "127.0.0.1:8080:80" },
			   (char[]){ "127.0.0.2:8080:443" });

	/* Two addresses, or two protocols, do not meet. */
	assert_int_equal(table.count, 4);
	listen_table_done(&table);
}

/* --- What the jail asks --------------------------------------------------- */

static struct bind_answer ask(const struct listen_table *table, int domain,
			      const char *address, uint16_t port, bool v6only)
{
	struct bind_request request = {
		.domain = domain,
		.type = SOCK_STREAM,
		.protocol = IPPROTO_TCP,
		.v6only = v6only,
		.address = { .family = (sa_family_t)domain, .port = port },
	};
	struct bind_answer answer;

	assert_int_equal(inet_pton(domain, address, request.address.bytes), 1);
	listen_table_decide(table, &request, &answer);
	return answer;
}

static void expect_given(const struct bind_answer *answer, const char *address,
			 bool v6only)
{
	char shown[ADDRESS_TEXT_SIZE];

	assert_int_equal(answer->verdict, BIND_GIVE);
	socket_address_format(&answer->address, shown);
	assert_string_equal(shown, address);
	assert_int_equal(answer->v6only, v6only);
}

static void test_given_as_asked(void **state UNUSED)
{
	CLEANUP_LISTEN_TABLE struct listen_table table =
		make_table((char[]){ "8080:80" }, NULL);
	struct bind_answer answer;

	answer = ask(&table, AF_INET, "0.0.0.0", 80, false);
	expect_given(&answer, "0.0.0.0:8080", false);
	answer = ask(&table, AF_INET6, "::", 80, false);
	expect_given(&answer, "[::]:8080", false);
	answer = ask(&table, AF_INET6, "::", 80, true);
	expect_given(&answer, "[::]:8080", true);
	/* What it wants on the loopback alone stays there. */
	answer = ask(&table, AF_INET, "127.0.0.1", 80, false);
	expect_given(&answer, "127.0.0.1:8080", false);
	answer = ask(&table, AF_INET, "0.0.0.0", 443, false);
	expect_given(&answer, "0.0.0.0:443", false);
}

static void test_given_as_said(void **state UNUSED)
{
	CLEANUP_LISTEN_TABLE struct listen_table table = make_table(
		(char[]){ "127.0.0.1:8080:80" }, (char[]){ "[::1]:8443:443" });
	struct bind_answer answer;

	answer = ask(&table, AF_INET, "0.0.0.0", 80, false);
	expect_given(&answer, "127.0.0.1:8080", false);
	/* The operator's address, whatever the service would like. */
	answer = ask(&table, AF_INET, "10.0.0.1", 80, false);
	expect_given(&answer, "127.0.0.1:8080", false);
	/* IPv4 in the family that was asked for. */
	answer = ask(&table, AF_INET6, "::", 80, false);
	expect_given(&answer, "[::ffff:127.0.0.1]:8080", false);
	answer = ask(&table, AF_INET6, "::", 80, true);
	assert_int_equal(answer.verdict, BIND_UNREACHABLE);
	answer = ask(&table, AF_INET6, "::", 443, true);
	expect_given(&answer, "[::1]:8443", true);
	answer = ask(&table, AF_INET, "0.0.0.0", 443, false);
	assert_int_equal(answer.verdict, BIND_UNREACHABLE);
}

static void test_refused(void **state UNUSED)
{
	CLEANUP_LISTEN_TABLE struct listen_table table =
		make_table((char[]){ "8080:80" }, NULL);
	struct bind_request request = {
		.domain = AF_INET,
		.type = SOCK_DGRAM,
		.protocol = IPPROTO_UDP,
		.address = { .family = AF_INET, .port = 80 },
	};
	struct bind_answer answer;

	/* The host's side of the mapping is no port of the jail's. */
	answer = ask(&table, AF_INET, "0.0.0.0", 8080, false);
	assert_int_equal(answer.verdict, BIND_REFUSE);
	assert_null(answer.mapping);
	answer = ask(&table, AF_INET, "0.0.0.0", 0, false);
	assert_int_equal(answer.verdict, BIND_REFUSE);
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_REFUSE);
	request.address.port = 53;
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_GIVE);
	/* Neither TCP nor UDP. */
	request.type = SOCK_RAW;
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_REFUSE);
	request.type = SOCK_STREAM;
	request.protocol = IPPROTO_SCTP;
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_REFUSE);
}

/* --- struct sockaddr ------------------------------------------------------ */

/* The supervisor listens there itself. */
static void test_for_connections(void **state UNUSED)
{
	struct config_listen ports[] = { { .port = 21 },
					 { .port = 21, .udp = true },
					 { .port = 80 } };
	struct config_service service = { .per_connection = true, .port = 21 };
	struct config image = { .listens = ports,
				.listen_count = ARRAY_SIZE(ports),
				.services = &service,
				.service_count = 1 };
	CLEANUP_LISTEN_TABLE struct listen_table table = LISTEN_TABLE_INIT;
	struct bind_request request = { .domain = AF_INET,
					.type = SOCK_STREAM,
					.protocol = IPPROTO_TCP,
					.address = { .family = AF_INET,
						     .port = 21 } };
	struct bind_answer answer;

	assert_int_equal(listen_table_make(&image, NULL, &table, NULL), 0);
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_REFUSE);
	assert_null(answer.mapping);
	request.address.port = 80;
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_GIVE);
	request.address.port = 21;
	request.type = SOCK_DGRAM;
	request.protocol = IPPROTO_UDP;
	listen_table_decide(&table, &request, &answer);
	assert_int_equal(answer.verdict, BIND_GIVE);
}

static void test_read_ipv4(void **state UNUSED)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(80),
				  .sin_addr.s_addr = htonl(0x0a000001) };
	struct socket_address address;
	char shown[ADDRESS_TEXT_SIZE];

	assert_int_equal(
		socket_address_read(AF_INET, &in, sizeof(in), &address), 0);
	socket_address_format(&address, shown);
	assert_string_equal(shown, "10.0.0.1:80");
	/* More than there need be is fine, less is not. */
	assert_int_equal(
		socket_address_read(AF_INET, &in, sizeof(in) - 1, &address),
		-EINVAL);
	assert_int_equal(socket_address_read(AF_INET, &in, 1, &address),
			 -EINVAL);
	assert_int_equal(socket_address_read(AF_INET, &in, 0, &address),
			 -EINVAL);
	in.sin_family = AF_UNIX;
	assert_int_equal(
		socket_address_read(AF_INET, &in, sizeof(in), &address),
		-EAFNOSUPPORT);
	/* Old programs leave it out, for "any" alone. */
	in.sin_family = AF_UNSPEC;
	assert_int_equal(
		socket_address_read(AF_INET, &in, sizeof(in), &address),
		-EAFNOSUPPORT);
	in.sin_addr.s_addr = htonl(INADDR_ANY);
	assert_int_equal(
		socket_address_read(AF_INET, &in, sizeof(in), &address), 0);
	assert_int_equal(address.family, AF_INET);
}

static void test_read_ipv6(void **state UNUSED)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(443),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				    .sin6_scope_id = 7 };
	size_t least = offsetof(struct sockaddr_in6, sin6_scope_id);
	struct socket_address address;

	assert_int_equal(
		socket_address_read(AF_INET6, &in6, sizeof(in6), &address), 0);
	assert_int_equal(address.port, 443);
	assert_int_equal(address.scope, 7);
	/* RFC 2133 had no scope. */
	assert_int_equal(socket_address_read(AF_INET6, &in6, least, &address),
			 0);
	assert_int_equal(address.scope, 0);
	assert_int_equal(
		socket_address_read(AF_INET6, &in6, least - 1, &address),
		-EINVAL);
	in6.sin6_family = AF_INET;
	assert_int_equal(
		socket_address_read(AF_INET6, &in6, sizeof(in6), &address),
		-EAFNOSUPPORT);
}

static void test_write(void **state UNUSED)
{
	struct socket_address address = { .family = AF_INET, .port = 80 };
	struct socket_address again;
	struct sockaddr_storage sockaddr;
	socklen_t length;

	address.bytes[0] = 127;
	address.bytes[3] = 1;
	length = socket_address_write(&address, &sockaddr);
	assert_int_equal(length, sizeof(struct sockaddr_in));
	assert_int_equal(
		socket_address_read(AF_INET, &sockaddr, length, &again), 0);
	assert_memory_equal(&address, &again, sizeof(address));
	address = socket_address_mapped(&address);
	length = socket_address_write(&address, &sockaddr);
	assert_int_equal(
		socket_address_read(AF_INET6, &sockaddr, length, &again), 0);
	assert_memory_equal(&address, &again, sizeof(address));
}

static void test_any(void **state UNUSED)
{
	struct socket_address address = { .family = AF_INET };

	assert_true(socket_address_is_any(&address));
	/* Bytes beyond the four of IPv4 do not count. */
	address.bytes[7] = 1;
	assert_true(socket_address_is_any(&address));
	address.family = AF_INET6;
	assert_false(socket_address_is_any(&address));
	address.family = AF_UNSPEC;
	assert_true(socket_address_is_any(&address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_bad_mappings),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_addresses_of_the_image),
		cmocka_unit_test(test_bad_tables),
		cmocka_unit_test(test_same_port_twice),
		cmocka_unit_test(test_given_as_asked),
		cmocka_unit_test(test_given_as_said),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_for_connections),
		cmocka_unit_test(test_read_ipv4),
		cmocka_unit_test(test_read_ipv6),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_any),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}
