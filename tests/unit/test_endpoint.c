/* Addresses in text: lib/endpoint.h. */
#include "lib/endpoint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void is(const char *text, const char *normal)
{
	CLEANUP_BUF struct buf again = BUF_INIT;
	struct endpoint endpoint;
	const char *why = "";

	if (endpoint_parse(text, &endpoint, &why) < 0)
		fail_msg("%s %s", text, why);
	endpoint_put(&again, &endpoint);
	assert_string_equal(again.data, normal);
	assert_int_equal(endpoint_parse(again.data, &endpoint, &why), 0);
}

static void is_not(const char *text, const char *wanted)
{
	struct endpoint endpoint = { .port = 7 };
	const char *why = "";

	assert_int_equal(endpoint_parse(text, &endpoint, &why), -EINVAL);
	if (!strstr(why, wanted))
		fail_msg("%s %s, and not: %s", text, why, wanted);
	assert_int_equal(endpoint.port, 7); /* untouched */
}

static void test_peers(void **state UNUSED)
{
	char name[300];

	is("10.0.0.5:5432", "10.0.0.5:5432/tcp");
	is("10.0.0.5:53/udp", "10.0.0.5:53/udp");
	is("127.0.0.1:80/tcp", "127.0.0.1:80/tcp");
	is("[2001:DB8:0:0::1]:80", "[2001:db8::1]:80/tcp");
	is("[::1]:80", "[::1]:80/tcp");
	is("Db-1.Example:65535", "db-1.example:65535/tcp");
	is("a:1", "a:1/tcp");
	is_not("", "no port");
	is_not("a", "no port");
	is_not(":80", "no host");
	is_not("a:", "port that is not");
	is_not("a:0", "port that is not");
	is_not("a:65536", "port that is not");
	is_not("a:00000080", "port that is not");
	is_not("a:+80", "port that is not");
	is_not("a:80/", "neither");
	is_not("a:80/TCP", "neither");
	is_not("a:80/tcp ", "neither");
	is_not("::1:80", "without brackets");
	is_not("[::1]", "not [ADDRESS]:PORT");
	is_not("[::1]80", "not [ADDRESS]:PORT");
	is_not("[10.0.0.5]:80", "not an IPv6 address");
	is_not("[fe80::1%eth0]:80", "not an IPv6 address");
	is_not("[::ffff:10.0.0.5]:80", "in disguise");
	is_not("[::]:80", "not the address of one host");
	is_not("[ff02::1]:80", "not the address of one host");
	is_not("0.0.0.0:80", "not the address of one host");
	is_not("224.0.0.1:80", "not the address of one host");
	is_not("255.255.255.255:80", "not the address of one host");
	is_not("1.2.3:80", "not an IPv4 address");
	is_not("1.2.3.04:80", "not an IPv4 address");
	is_not("a..b:80", "no host name");
	is_not("-a:80", "no host name");
	is_not("a-:80", "no host name");
	is_not("a-.b:80", "no host name");
	is_not("a.:80", "no host name");
	is_not("a b:80", "no host name");
	is_not("a\033b:80", "no host name");
	memset(name, 'a', sizeof(name));
	strcpy(name + 64, ":80");
	is_not(name, "more than 63");
	memset(name, 'a', sizeof(name));
	strcpy(name + 254, ":80");
	is_not(name, "too long");
}

static void is_network(const char *text, const char *normal, bool ipv6)
{
	char network[ENDPOINT_NETWORK_MAX + 1];
	const char *why = "";

	if (endpoint_parse_network(text, network, &why) < 0)
		fail_msg("%s %s", text, why);
	assert_string_equal(network, normal);
	assert_int_equal(endpoint_network_is_ipv6(network), ipv6);
}

static void is_no_network(const char *text, const char *wanted)
{
	char network[ENDPOINT_NETWORK_MAX + 1];
	const char *why = "";

	assert_int_equal(endpoint_parse_network(text, network, &why), -EINVAL);
	if (!strstr(why, wanted))
		fail_msg("%s %s, and not: %s", text, why, wanted);
}

static void test_networks(void **state UNUSED)
{
	is_network("10.0.0.7/24", "10.0.0.7/24", false);
	is_network("10.0.0.0/31", "10.0.0.0/31", false);
	is_network("10.0.0.255/8", "10.0.0.255/8", false);
	is_network("2001:DB8::0:7/64", "2001:db8::7/64", true);
	is_network("fd00:1111:2222:3333:4444:5555:6666:7777/127",
		   "fd00:1111:2222:3333:4444:5555:6666:7777/127", true);
	is_no_network("10.0.0.7", "not ADDRESS/LEN");
	is_no_network("/24", "not an IPv4");
	is_no_network("10.0.0.7/", "length that is not 1 to 31");
	is_no_network("10.0.0.7/0", "length that is not 1 to 31");
	is_no_network("10.0.0.7/32", "length that is not 1 to 31");
	is_no_network("10.0.0.0/24", "broadcast");
	is_no_network("10.0.0.255/24", "broadcast");
	is_no_network("127.0.0.1/8", "loopback");
	is_no_network("::1/64", "loopback");
	is_no_network("2001:db8::7/128", "length that is not 1 to 127");
	is_no_network("ff02::1/64", "not the address of one host");
	is_no_network("host/24", "not an IPv4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_networks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
