/* What a service manager hears and keeps: mount/sd_notify.h. */
/* links: mount/sd_notify.o */
#include "mount/sd_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The manager's end, at an abstract address of its own. */
struct manager {
	int fd;
	char address[64]; /* as the environment has it */
};

static void manager_open(struct manager *manager)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(manager->address, sizeof(manager->address),
			      "@test-sd-notify-%d", getpid());

	memcpy(address.sun_path, manager->address, (size_t)length);
	address.sun_path[0] = '\0';
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(manager->fd >= 0);
	assert_int_equal(
		bind(manager->fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 (size_t)length)),
		0);
}

/* One message; the descriptor beside it, or -1. */
static int receive(const struct manager *manager, char *text, size_t size)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} ancillary;
	struct iovec part = { text, size - 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &ancillary,
				  .msg_controllen = sizeof(ancillary) };
	ssize_t got = recvmsg(manager->fd, &message, MSG_CMSG_CLOEXEC);
	int fd = -1;

	assert_true(got >= 0);
	text[got] = '\0';
	if (message.msg_controllen)
		memcpy(&fd, CMSG_DATA(&ancillary.header), sizeof(fd));
	return fd;
}

static void clear_environment(void)
{
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

static void set_number(const char *name, long number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%ld", number);
	assert_int_equal(setenv(name, text, 1), 0);
}

static void open_good(struct sd_notify *notify)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (sd_notify_open(notify, &diag) < 0)
		fail_msg("%s", diag.text);
}

static void test_none(void **state UNUSED)
{
	CLEANUP_SD_NOTIFY struct sd_notify notify = SD_NOTIFY_INIT;

	clear_environment();
	open_good(&notify);
	assert_int_equal(notify.fd, -1);
	assert_int_equal(notify.stored_count, 0);
	/* None of these needs anybody. */
	sd_notify_send(&notify, "READY=1");
	sd_notify_forget(&notify, "x");
	assert_int_equal(sd_notify_store(&notify, "x", 0), 0);
}

static void test_messages(void **state UNUSED)
{
	CLEANUP_SD_NOTIFY struct sd_notify notify = SD_NOTIFY_INIT;
	struct manager manager;
	struct stat sent, received;
	char text[256];
	int fd;

	clear_environment();
	manager_open(&manager);
	assert_int_equal(setenv("NOTIFY_SOCKET", manager.address, 1), 0);
	set_number("WATCHDOG_USEC", 3000000);
	set_number("WATCHDOG_PID", getpid());
	open_good(&notify);
	assert_int_equal(notify.watchdog_us, 3000000);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	sd_notify_send(&notify, "STATUS=%d of %d", 1, 2);
	assert_int_equal(receive(&manager, text, sizeof(text)), -1);
	assert_string_equal(text, "STATUS=1 of 2");
	assert_int_equal(sd_notify_store(&notify, "a-name", manager.fd), 0);
	fd = receive(&manager, text, sizeof(text));
	assert_string_equal(text, "FDSTORE=1\nFDNAME=a-name");
	assert_int_equal(fstat(fd, &received), 0);
	assert_int_equal(fstat(manager.fd, &sent), 0);
	assert_int_equal(received.st_ino, sent.st_ino);
	close_fd(&fd);
	close_fd(&manager.fd);
	/* Whoever does not listen any more is not waited for. */
	sd_notify_send(&notify, "READY=1");
	assert_true(sd_notify_store(&notify, "x", notify.fd) < 0);
}

struct forgetting {
	struct manager *manager;
	char first[64], second[64];
};

static void *answer_barrier(void *context)
{
	struct forgetting *forgetting = context;
	int fd = receive(forgetting->manager, forgetting->first,
			 sizeof(forgetting->first));

	close_fd(&fd);
	fd = receive(forgetting->manager, forgetting->second,
		     sizeof(forgetting->second));
	/* It is waited for exactly this. */
	close_fd(&fd);
	return NULL;
}

static void test_forget(void **state UNUSED)
{
	CLEANUP_SD_NOTIFY struct sd_notify notify = SD_NOTIFY_INIT;
	struct manager manager;
	struct forgetting forgetting = { .manager = &manager };
	pthread_t thread;

	clear_environment();
	manager_open(&manager);
	assert_int_equal(setenv("NOTIFY_SOCKET", manager.address, 1), 0);
	open_good(&notify);
	assert_int_equal(notify.watchdog_us, 0);
	assert_int_equal(
		pthread_create(&thread, NULL, answer_barrier, &forgetting), 0);
	sd_notify_forget(&notify, "a-name");
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(forgetting.first, "FDSTOREREMOVE=1\nFDNAME=a-name");
	assert_string_equal(forgetting.second, "BARRIER=1");
	close_fd(&manager.fd);
}

static void test_somebody_else(void **state UNUSED)
{
	CLEANUP_SD_NOTIFY struct sd_notify notify = SD_NOTIFY_INIT;

	clear_environment();
	set_number("WATCHDOG_USEC", 3000000);
	set_number("WATCHDOG_PID", getpid() + 1);
	set_number("LISTEN_PID", getpid() + 1);
	set_number("LISTEN_FDS", 2);
	open_good(&notify);
	assert_int_equal(notify.watchdog_us, 0);
	assert_int_equal(notify.stored_count, 0);
	assert_null(getenv("LISTEN_FDS"));
}

/* What lies at 3 and 4 in this process is put aside meanwhile. */
static void test_stored(void **state UNUSED)
{
	CLEANUP_SD_NOTIFY struct sd_notify notify = SD_NOTIFY_INIT;
	int saved[2], ends[2];

	clear_environment();
	for (int i = 0; i < 2; i++)
		saved[i] = fcntl(SD_FIRST_STORED + i, F_DUPFD_CLOEXEC, 100);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++)
		assert_true(fcntl(ends[i], F_DUPFD, 110 + i) == 110 + i);
	for (int i = 0; i < 2; i++)
		assert_int_equal(dup2(110 + i, SD_FIRST_STORED + i),
				 SD_FIRST_STORED + i);
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", 2);
	assert_int_equal(setenv("LISTEN_FDNAMES", "tcp-80-1f:", 1), 0);
	open_good(&notify);
	assert_int_equal(notify.stored_count, 2);
	assert_string_equal(notify.stored[0].name, "tcp-80-1f");
	assert_string_equal(notify.stored[1].name, "");
	assert_int_equal(notify.stored[1].fd, SD_FIRST_STORED + 1);
	assert_int_equal(fcntl(SD_FIRST_STORED, F_GETFD), FD_CLOEXEC);
	sd_notify_close(&notify);
	assert_int_equal(fcntl(SD_FIRST_STORED, F_GETFD), -1);
	for (int i = 0; i < 2; i++) {
		(void)close(110 + i);
		close_fd(&ends[i]);
		if (saved[i] < 0)
			continue;
		(void)dup2(saved[i], SD_FIRST_STORED + i);
		close_fd(&saved[i]);
	}
}

static void refuse(const char *name, const char *value)
{
	CLEANUP_SD_NOTIFY struct sd_notify notify = SD_NOTIFY_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	clear_environment();
	set_number("LISTEN_PID", getpid());
	assert_int_equal(setenv(name, value, 1), 0);
	if (sd_notify_open(&notify, &diag) != -EINVAL)
		fail_msg("%s=%s is accepted", name, value);
	assert_non_null(strstr(diag.text, name));
}

static void test_nonsense(void **state UNUSED)
{
	char longest[200];

	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refuse("NOTIFY_SOCKET", "relative");
	refuse("NOTIFY_SOCKET", "@");
	refuse("NOTIFY_SOCKET", longest);
	refuse("WATCHDOG_USEC", "often");
	refuse("LISTEN_FDS", "-1");
	refuse("LISTEN_FDS", "1025");
	clear_environment();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_somebody_else),
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests_name("sd_notify", tests, NULL, NULL);
}
