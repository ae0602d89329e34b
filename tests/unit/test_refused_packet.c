/* Packets that were refused: mount/refused_packet.h. */
/* links: mount/refused_packet.o mount/listen_table.o mount/socket_address.o */
#include "mount/refused_packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char tcp4[] = {
	0x45, 0,  0, 40, 0,  0, 0, 0, 64,   6, 0,    0,	   /* to 10.9.0.2 */
	10,   77, 0, 5,	 10, 9, 0, 2, 0x8f, 0, 0x1b, 0x59, /* port 7001 */
};

static void tells(const void *bytes, size_t length, const char *wanted)
{
	char text[REFUSED_PACKET_TEXT];
	struct refused_packet packet;

	assert_int_equal(refused_packet_read(bytes, length, &packet), 0);
	refused_packet_format(&packet, text);
	assert_string_equal(text, wanted);
}

static void test_ipv4(void **state UNUSED)
{
	unsigned char packet[sizeof(tcp4)];

	memcpy(packet, tcp4, sizeof(tcp4));
	tells(packet, sizeof(packet), "tcp to 10.9.0.2:7001");
	packet[9] = 17;
	tells(packet, sizeof(packet), "udp to 10.9.0.2:7001");
	packet[9] = 1;
	tells(packet, sizeof(packet), "icmp to 10.9.0.2");
	packet[9] = 132;
	tells(packet, sizeof(packet), "protocol 132 to 10.9.0.2");
}

/* The ports come behind the options. */
static void test_options(void **state UNUSED)
{
	unsigned char packet[sizeof(tcp4) + 4] = { 0 };

	memcpy(packet, tcp4, 20);
	packet[0] = 0x46;
	memcpy(packet + 24, tcp4 + 20, 4);
	tells(packet, sizeof(packet), "tcp to 10.9.0.2:7001");
}

static void test_ipv6(void **state UNUSED)
{
	unsigned char packet[44] = {
		0x60, [6] = 17, [24] = 0xfd, [39] = 9, [43] = 53
	};

	tells(packet, sizeof(packet), "udp to [fd00::9]:53");
	packet[6] = 58;
	tells(packet, sizeof(packet), "icmpv6 to fd00::9");
}

/* Whatever is cut off, nothing is read beyond it. */
static void test_short(void **state UNUSED)
{
	struct refused_packet packet;

	for (size_t length = 0; length < sizeof(tcp4); length++) {
		unsigned char *copy = malloc(length + 1);
		int r;

		assert_non_null(copy);
		memcpy(copy, tcp4, length);
		r = refused_packet_read(copy, length, &packet);
		assert_int_equal(r, length < 20 ? -EINVAL : 0);
		if (r == 0)
			assert_int_equal(packet.to.port, 0);
		free(copy);
	}
}

static void test_not_a_packet(void **state UNUSED)
{
	unsigned char packet[64] = { 0 };
	struct refused_packet got;

	assert_int_equal(refused_packet_read(packet, sizeof(packet), &got),
			 -EINVAL);
	packet[0] = 0x41; /* a header of 4 bytes */
	assert_int_equal(refused_packet_read(packet, sizeof(packet), &got),
			 -EINVAL);
	packet[0] = 0x60;
	assert_int_equal(refused_packet_read(packet, 39, &got), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_not_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
