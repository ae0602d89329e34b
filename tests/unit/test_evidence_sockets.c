/* The kernel's tables of sockets: mount/evidence_sockets.h. */
/* links: mount/evidence_sockets.o mount/listen_table.o mount/socket_address.o
 */
#include "mount/evidence_sockets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* Lines as Linux 6.18 on x86-64 writes them. */
static const char line4[] =
	"   1: 0100007F:1F90 0200007F:D431 01 00000000:00000000 00:00000000 "
	"00000000  1000        0 40761 1 0000000000000000 20 4 30 10 -1\n";
static const char line6[] =
	"   0: 00000000000000000000000000000000:0050 "
	"00000000000000000000000000000000:0000 0A 00000000:00000000 "
	"00:00000000 00000000     0        0 1234 1 0000000000000000\n";
static const char mapped[] =
	"   2: 0000000000000000FFFF00000100007F:0050 "
	"0000000000000000FFFF00000A0B0C0D:A8C2 08 00000000:00000000 "
	"00:00000000 00000000     0        0 99 1 0000000000000000\n";

static struct evidence_sockets wanted(const char *first, const char *second)
{
	struct evidence_sockets sockets = EVIDENCE_SOCKETS_INIT;

	assert_int_equal(evidence_sockets_want(&sockets, first), 0);
	if (second)
		assert_int_equal(evidence_sockets_want(&sockets, second), 0);
	return sockets;
}

static const char *get(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(entry, key));
}

static void test_lines(void **state)
{
	/* In order, as evidence_sockets_read() sorts them. */
	struct evidence_sockets sockets =
		wanted("socket:[1234]", "socket:[40761]");
	json_t *entry;

	(void)state;
	entry = evidence_sockets_line(&sockets, "tcp", AF_INET, line4);
	assert_non_null(entry);
	assert_string_equal(get(entry, "local"), "127.0.0.1:8080");
	assert_string_equal(get(entry, "remote"), "127.0.0.2:54321");
	assert_string_equal(get(entry, "state"), "established");
	json_decref(entry);
	entry = evidence_sockets_line(&sockets, "tcp", AF_INET6, line6);
	assert_non_null(entry);
	assert_string_equal(get(entry, "local"), "[::]:80");
	assert_string_equal(get(entry, "state"), "listening");
	json_decref(entry);
	evidence_sockets_done(&sockets);
}

static void test_mapped(void **state)
{
	struct evidence_sockets sockets = wanted("socket:[99]", NULL);
	json_t *entry;

	(void)state;
	entry = evidence_sockets_line(&sockets, "tcp", AF_INET6, mapped);
	assert_non_null(entry);
	assert_string_equal(get(entry, "local"), "127.0.0.1:80");
	assert_string_equal(get(entry, "remote"), "13.12.11.10:43202");
	assert_string_equal(get(entry, "state"), "close-wait");
	json_decref(entry);
	evidence_sockets_done(&sockets);
}

static void test_others(void **state)
{
	struct evidence_sockets sockets = wanted("socket:[5]", "pipe:[1234]");
	struct evidence_sockets none = EVIDENCE_SOCKETS_INIT;

	(void)state;
	assert_int_equal(sockets.count, 1);
	assert_null(evidence_sockets_line(&sockets, "tcp", AF_INET, line4));
	assert_null(evidence_sockets_line(&none, "tcp", AF_INET, line4));
	assert_null(evidence_sockets_line(
		&sockets, "tcp", AF_INET,
		"  sl  local_address rem_address   st tx_queue rx_queue\n"));
	assert_null(evidence_sockets_line(&sockets, "tcp", AF_INET, ""));
	assert_null(evidence_sockets_line(&sockets, "tcp", AF_INET6,
					  " 0: 01:50 02:50 01 a b c d e 5"));
	evidence_sockets_done(&sockets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("evidence_sockets", tests, NULL,
					   NULL);
}
