/* Several services: how long until the next start, and what supervisor and
 * init tell each other: mount/init_services.h, mount/service_channel.h. */
/* links: mount/init_services.o mount/service_channel.o mount/program.o
 * mount/rlimits.o mount/capabilities.o */
#include "mount/init_services.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void pauses_grow(void **state UNUSED)
{
	static const int64_t wanted[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	int64_t pause = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		pause = service_pause(pause, 1000);
		assert_int_equal(pause, wanted[i] * 1000000);
	}
	assert_int_equal(service_pause(pause, SERVICE_CALM_US - 1),
			 SERVICE_PAUSE_MAX_US);
	assert_int_equal(service_pause(pause, SERVICE_CALM_US),
			 SERVICE_PAUSE_US);
}

static void make_channel(int ends[2])
{
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void words_arrive(void **state UNUSED)
{
	const struct service_order order = { .kind = SERVICE_ORDER_RESTART,
					     .service = 3,
					     .ticket = 7 };
	const struct service_news news = {
		.service = 3, .phase = SERVICE_RUNNING, .status = 9, .ticket = 7
	};
	struct service_order got;
	struct service_news heard;
	int ends[2], fd = -1;

	make_channel(ends);
	assert_int_equal(service_order_receive(ends[1], &got), -EAGAIN);
	assert_int_equal(service_order_send(ends[0], &order), 0);
	assert_int_equal(service_order_receive(ends[1], &got), 0);
	assert_memory_equal(&got, &order, sizeof(got));
	assert_int_equal(service_news_send(ends[1], &news, ends[1]), 0);
	assert_int_equal(service_news_receive(ends[0], &heard, &fd), 0);
	assert_memory_equal(&heard, &news, sizeof(heard));
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close_fd(&fd);
	assert_int_equal(service_news_send(ends[1], &news, -1), 0);
	assert_int_equal(service_news_receive(ends[0], &heard, &fd), 0);
	assert_int_equal(fd, -1);
	/* What is no such message is taken for the end. */
	assert_int_equal(send(ends[0], "x", 1, 0), 1);
	assert_int_equal(service_order_receive(ends[1], &got), -ECONNRESET);
	close_fd(&ends[1]);
	assert_int_equal(service_order_send(ends[0], &order), -EPIPE);
	assert_int_equal(service_news_receive(ends[0], &heard, &fd),
			 -ECONNRESET);
	close_fd(&ends[0]);
}

/* Whoever does not read holds up nobody, and hears it later. */
static void nobody_waits(void **state UNUSED)
{
	struct init_services services = { .count = CONFIG_SERVICES_MAX };
	struct service_news news;
	size_t told = 0;
	int ends[2], fd;

	for (size_t i = 0; i < services.count; i++)
		services.list[i].pidfd = -1;
	make_channel(ends);
	while (init_services_tell(&services, ends[1]))
		for (size_t i = 0; i < services.count; i++)
			services.list[i].told = false;
	while (service_news_receive(ends[0], &news, &fd) == 0)
		told++;
	assert_true(told >= CONFIG_SERVICES_MAX);
	assert_true(init_services_tell(&services, ends[1]));
	assert_int_equal(service_news_receive(ends[0], &news, &fd), 0);
	assert_true(news.service == 0);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_grow),
		cmocka_unit_test(words_arrive),
		cmocka_unit_test(nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
