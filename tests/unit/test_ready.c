/* Readiness and signals, the parts that only decide: mount/ready.h,
 * mount/signals.h. */
/* links: mount/ready.o mount/probe.o mount/accepted.o mount/network_namespace.o
 * mount/signals.o mount/listen_table.o mount/socket_address.o mount/events.o */
#include "mount/ready.h"

#include "mount/signals.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void check_target(int family, const char *bound, bool v6only,
			 const char *wanted)
{
	struct socket_address address = { .family = (sa_family_t)family,
					  .port = 80 };
	struct socket_address target;
	char shown[ADDRESS_TEXT_SIZE];

	assert_int_equal(inet_pton(family, bound, address.bytes), 1);
	target = ready_target(&address, v6only);
	socket_address_format(&target, shown);
	assert_string_equal(shown, wanted);
}

static void test_targets(void **state UNUSED)
{
	check_target(AF_INET, "0.0.0.0", false, "127.0.0.1:80");
	check_target(AF_INET, "10.0.0.1", false, "10.0.0.1:80");
	check_target(AF_INET6, "::", false, "127.0.0.1:80");
	check_target(AF_INET6, "::", true, "[::1]:80");
	check_target(AF_INET6, "::1", false, "[::1]:80");
}

static bool succeeds(const char *answer)
{
	return probe_is_success(answer, strlen(answer));
}

static void test_answers(void **state UNUSED)
{
	assert_true(succeeds("HTTP/1.1 200"));
	assert_true(succeeds("HTTP/1.0 204 No Content"));
	assert_true(succeeds("HTTP/1.1 301 Moved"));
	assert_false(succeeds("HTTP/1.1 404 Not"));
	assert_false(succeeds("HTTP/1.1 503 Ser"));
	assert_false(succeeds("HTTP/1.1 20"));
	assert_false(succeeds("HTTP/2.0 200"));
	assert_false(succeeds("SSH-2.0-OpenSSH"));
	assert_false(succeeds(""));
}

/* --- A generation that gets ready ----------------------------------------- */

struct fixture {
	struct events events;
	struct config config;
	struct ready ready;
	int ready_calls, still_calls, loose_calls;
	int listener;
	struct socket_address address;
};

static void on_ready(void *context)
{
	((struct fixture *)context)->ready_calls++;
}

static void on_hold(void *context, bool still)
{
	struct fixture *fixture = context;

	if (still)
		fixture->still_calls++;
	else
		fixture->loose_calls++;
}

static void begin(struct fixture *fixture, enum config_ready kind)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t length = sizeof(in);

	*fixture = (struct fixture){ .config.ready = kind };
	fixture->ready = (struct ready){ .events = &fixture->events,
					 .config = &fixture->config,
					 .became_ready = on_ready,
					 .hold = on_hold,
					 .context = fixture };
	ready_init(&fixture->ready);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fixture->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
		bind(fixture->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fixture->listener, 8), 0);
	assert_int_equal(
		getsockname(fixture->listener, (struct sockaddr *)&in, &length),
		0);
	assert_int_equal(
		socket_address_read(AF_INET, &in, length, &fixture->address),
		0);
}

static void end(struct fixture *fixture)
{
	ready_cancel(&fixture->ready);
	assert_int_equal(fixture->still_calls, fixture->loose_calls);
	close_fd(&fixture->listener);
	events_done(&fixture->events);
}

static void test_exec(void **state UNUSED)
{
	struct fixture fixture;

	begin(&fixture, CONFIG_READY_EXEC);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 0);
	ready_started(&fixture.ready);
	ready_started(&fixture.ready);
	assert_int_equal(fixture.ready_calls, 1);
	end(&fixture);
}

static void test_listen(void **state UNUSED)
{
	struct fixture fixture;

	begin(&fixture, CONFIG_READY_LISTEN);
	ready_started(&fixture.ready);
	assert_int_equal(fixture.ready_calls, 0);
	ready_serving(&fixture.ready, &fixture.address, true);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 1);
	assert_int_equal(fixture.still_calls, 0);
	end(&fixture);
}

static void test_notify(void **state UNUSED)
{
	struct fixture fixture;

	begin(&fixture, CONFIG_READY_NOTIFY);
	ready_started(&fixture.ready);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 0);
	ready_announced(&fixture.ready);
	ready_announced(&fixture.ready);
	assert_int_equal(fixture.ready_calls, 1);
	assert_int_equal(fixture.still_calls, 0);
	end(&fixture);

	begin(&fixture, CONFIG_READY_LISTEN);
	ready_announced(&fixture.ready);
	assert_int_equal(fixture.ready_calls, 0);
	end(&fixture);
}

/* Of several services each is waited for, but not for ever. */
static void test_listen_several(void **state UNUSED)
{
	struct config_service services[] = { { .per_connection = false },
					     { .per_connection = false },
					     { .per_connection = true,
					       .port = 3 } };
	struct config_listen listens[] = { { .port = 1 },
					   { .port = 2 },
					   { .port = 3 } };
	struct fixture fixture;

	begin(&fixture, CONFIG_READY_LISTEN);
	fixture.config.services = services;
	fixture.config.service_count = ARRAY_SIZE(services);
	fixture.config.listens = listens;
	fixture.config.listen_count = ARRAY_SIZE(listens);
	ready_init(&fixture.ready);
	ready_serving(&fixture.ready, &fixture.address, false);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 0);
	fixture.address.port++;
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 1);

	fixture.ready_calls = 0;
	ready_init(&fixture.ready);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 0);
	assert_int_equal(events_run_once(&fixture.events), 0);
	assert_int_equal(fixture.ready_calls, 1);

	/* There are not so many ports. */
	fixture.ready_calls = 0;
	fixture.config.listen_count = 1;
	ready_init(&fixture.ready);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.ready_calls, 1);
	end(&fixture);
}

/* Accept the probe's connection, check what it asks, and answer. */
static void serve(struct fixture *fixture, const char *answer)
{
	CLEANUP_CLOSE int fd = -1;
	char request[512] = "";

	while (fd < 0) {
		struct pollfd polled = { .fd = fixture->listener,
					 .events = POLLIN };

		if (poll(&polled, 1, 0) == 1)
			fd = accept(fixture->listener, NULL, NULL);
		else
			assert_int_equal(events_run_once(&fixture->events), 0);
	}
	while (!fixture->ready.probe.sent)
		assert_int_equal(events_run_once(&fixture->events), 0);
	assert_true(read(fd, request, sizeof(request) - 1) > 0);
	assert_memory_equal(request, "GET /up HTTP/1.1\r\n", 18);
	assert_non_null(strstr(request, "\r\nHost: www\r\n"));
	assert_int_equal(write(fd, answer, strlen(answer)), strlen(answer));
}

static void test_http(void **state UNUSED)
{
	struct fixture fixture;

	begin(&fixture, CONFIG_READY_HTTP);
	fixture.config.ready_path = (char[]){ "/up" };
	fixture.config.hostname = (char[]){ "www" };
	ready_serving(&fixture.ready, &fixture.address, true);
	assert_int_equal(fixture.still_calls, 0);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.still_calls, 1);
	serve(&fixture, "HTTP/1.1 503 Service Unavailable\r\n\r\n");
	while (fixture.loose_calls == 0)
		assert_int_equal(events_run_once(&fixture.events), 0);
	assert_int_equal(fixture.ready_calls, 0);
	serve(&fixture, "HTTP/1.1 200 OK\r\n\r\n");
	while (fixture.ready_calls == 0)
		assert_int_equal(events_run_once(&fixture.events), 0);
	assert_int_equal(fixture.still_calls, 2);
	end(&fixture);
}

static void test_http_cancelled(void **state UNUSED)
{
	struct fixture fixture;

	begin(&fixture, CONFIG_READY_HTTP);
	ready_serving(&fixture.ready, &fixture.address, false);
	assert_int_equal(fixture.still_calls, 1);
	ready_cancel(&fixture.ready);
	assert_int_equal(fixture.loose_calls, 1);
	assert_int_equal(fixture.ready_calls, 0);
	end(&fixture);
}

/* --- Signals -------------------------------------------------------------- */

static void test_signals(void **state UNUSED)
{
	assert_int_equal(signals_decide(SIGTERM, false).kind, SIGNAL_STOP);
	assert_int_equal(signals_decide(SIGINT, true).kind, SIGNAL_STOP);
	assert_int_equal(signals_decide(SIGHUP, false).kind, SIGNAL_FORWARD);
	assert_int_equal(signals_decide(SIGHUP, false).number, SIGHUP);
	assert_int_equal(signals_decide(SIGHUP, true).kind, SIGNAL_STOP);
	assert_int_equal(signals_decide(SIGWINCH, false).kind, SIGNAL_FORWARD);
	assert_int_equal(signals_decide(SIGWINCH, true).kind, SIGNAL_IGNORE);
	assert_int_equal(signals_decide(SIGUSR1, false).kind, SIGNAL_FORWARD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_listen_several),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_http_cancelled),
		cmocka_unit_test(test_signals),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ready", tests, NULL, NULL);
}
