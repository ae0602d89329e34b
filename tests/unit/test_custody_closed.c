/* Who has a socket of custody's, and what becomes of one that nobody has:
 * mount/custody_closed.c, mount/holders.h. */
/* links: mount/custody_sockets.o mount/reuseport.o mount/custody_closed.o
 * mount/custody_handover.o mount/custody_udp.o mount/holders.o
 * mount/custody_keep.o mount/sd_notify.o mount/network_namespace.o
 * mount/one_way_udp.o mount/one_way_udp_program.o mount/cgroup_v2.o
 * mount/cgroup_file.o mount/peers.o mount/one_way.o mount/listen_table.o
 * mount/socket_address.o */
#include "tests/unit/custody_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A control group as far as it is read, with one process. */
struct group {
	char directory[64];
	struct cgroup cgroup;
	pid_t pid;
};

/* The process has all that is open here; but without sockets no socket. */
static void begin_group(struct group *group, const struct custody *custody,
			bool sockets)
{
	char path[96];
	FILE *file;

	strcpy(group->directory, "/tmp/jail-custody.XXXXXX");
	assert_non_null(mkdtemp(group->directory));
	group->cgroup = (struct cgroup){ .version2 = group->directory };
	group->pid = fork();
	if (group->pid == 0) {
		for (size_t i = 0; !sockets && i < custody->socket_count; i++)
			(void)close(custody->sockets[i].fd);
		for (;;)
			pause();
	}
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", group->directory);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fprintf(file, "%d\n", (int)group->pid) > 0);
	assert_int_equal(fclose(file), 0);
}

static void end_process(struct group *group)
{
	assert_int_equal(kill(group->pid, SIGKILL), 0);
	assert_int_equal(waitpid(group->pid, NULL, 0), group->pid);
}

static void end_group(const struct group *group)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", group->directory);
	(void)unlink(path);
	(void)rmdir(group->directory);
}

/* As a jail whose processes are known binds it. */
static int bind_known(struct fixture *fixture, int which,
		      const struct group *group, uint16_t asked, bool shares)
{
	const struct bind_answer answer = {
		.mapping = &fixture->mappings[which],
		.address = fixture->mappings[which].host,
	};
	const struct custody_bind bind = {
		.answer = &answer,
		.holder = { .generation = 1, .group = &group->cgroup },
		.asked.port = asked,
		.shares = shares,
	};
	struct custody_socket *socket;

	return custody_obtain(&fixture->custody, &bind, &socket);
}

static bool refuses(struct fixture *fixture)
{
	CLEANUP_CLOSE int client = reach(fixture, TCP);

	return client < 0;
}

static void wait_for_descriptors(const struct group *group,
				 const struct custody *custody,
				 enum holding wanted)
{
	struct stat st;

	assert_int_equal(fstat(custody->sockets[0].fd, &st), 0);
	for (;;) {
		struct holder seen = { 0 };

		if (holders_look(&group->cgroup, st.st_ino, &seen) == wanted)
			break;
		(void)poll(NULL, 0, 1);
	}
}

static void test_bound_twice(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, TCP, 1);
	struct group group;

	socket->asked.port = 80;
	assert_int_equal(custody_listen(socket, 1, 8), 0);
	begin_group(&group, &fixture->custody, true);
	assert_int_equal(bind_known(fixture, TCP, &group, 80, false), -EBUSY);
	assert_int_equal(bind_known(fixture, TCP, &group, 80, true), 0);
	/* Another address in the jail, the same one on the host. */
	assert_int_equal(bind_known(fixture, TCP, &group, 81, false), 0);
	end_process(&group);
	/* Who comes now finds a new one. */
	assert_false(refuses(fixture));
	assert_int_equal(bind_known(fixture, TCP, &group, 81, false), 0);
	assert_true(refuses(fixture));
	assert_int_equal(custody_heal(&fixture->custody), 0);
	assert_int_equal(custody_listen(socket, 1, 8), 0);
	assert_true(serves(fixture, socket->fd));
	end_group(&group);
}

static void test_bound_twice_udp(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, UDP, 1);
	struct group group;

	socket->asked.port = 53;
	begin_group(&group, &fixture->custody, true);
	send_datagram(fixture);
	assert_int_equal(bind_known(fixture, UDP, &group, 53, false), -EBUSY);
	end_process(&group);
	assert_int_equal(bind_known(fixture, UDP, &group, 53, false), 0);
	assert_false(has_datagram(socket->fd));
	send_datagram(fixture);
	assert_true(has_datagram(socket->fd));
	end_group(&group);
}

static void test_closed(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, TCP, 1);
	struct custody_holder holder = { .generation = 1 };
	struct group group;

	assert_int_equal(custody_listen(socket, 1, 8), 0);
	/* Nothing is known: nothing is done. */
	for (int i = 0; i < 2 * CUSTODY_MISSED_ENDED_MAX; i++)
		assert_int_equal(custody_close(&fixture->custody, holder), 0);
	begin_group(&group, &fixture->custody, false);
	wait_for_descriptors(&group, &fixture->custody, HOLDING_NONE);
	holder.group = &group.cgroup;
	socket->seen.pid = group.pid;
	for (int i = 1; i < CUSTODY_MISSED_MAX; i++)
		assert_int_equal(custody_close(&fixture->custody, holder), 0);
	assert_false(refuses(fixture));
	assert_int_equal(custody_close(&fixture->custody, holder), 1);
	assert_true(refuses(fixture));
	assert_int_equal(custody_heal(&fixture->custody), 0);
	assert_int_equal(custody_close(&fixture->custody, holder), 0);

	/* It is there again; and its process ends, and may come back. */
	assert_int_equal(custody_listen(obtain(fixture, TCP, 1), 1, 8), 0);
	end_process(&group);
	for (int i = 1; i < CUSTODY_MISSED_ENDED_MAX; i++)
		assert_int_equal(custody_close(&fixture->custody, holder), 0);
	assert_int_equal(custody_close(&fixture->custody, holder), 1);
	end_group(&group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CUSTODY(test_bound_twice),
		WITH_CUSTODY(test_bound_twice_udp),
		WITH_CUSTODY(test_closed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("custody_closed", tests, NULL, NULL);
}
