/* Sockets that outlive their supervisor: mount/custody_keep.h. */
/* links: mount/custody_keep.o mount/custody_sockets.o mount/reuseport.o
 * mount/custody_closed.o mount/custody_handover.o mount/custody_udp.o
 * mount/holders.o mount/network_namespace.o mount/one_way.o
 * mount/listen_table.o mount/socket_address.o mount/sd_notify.o
 * mount/one_way_udp.o mount/one_way_udp_program.o mount/cgroup_v2.o
 * mount/cgroup_file.o mount/peers.o */
#include "tests/unit/custody_fixture.h"

#include "mount/custody_keep.h"
#include "mount/one_way.h"

#include <inttypes.h>
#include <pthread.h>

enum { KEPT_MAX = 8 };

/* A manager in a thread of its own, which ends with "END=1". */
struct manager {
	pthread_t thread;
	int fd;
	struct sd_notify notify;
	struct sd_stored kept[KEPT_MAX];
	size_t kept_count;
};

static void remove_kept(struct manager *manager, const char *name)
{
	for (size_t i = manager->kept_count; i-- > 0;)
		if (strcmp(manager->kept[i].name, name) == 0) {
			close_fd(&manager->kept[i].fd);
			manager->kept[i] = manager->kept[--manager->kept_count];
		}
}

/* False when it is over. */
static bool handle(struct manager *manager, const char *text, int fd)
{
	const char *name = strstr(text, "FDNAME=");

	if (strncmp(text, "FDSTORE=1", 9) == 0 &&
	    manager->kept_count < KEPT_MAX) {
		struct sd_stored *kept = &manager->kept[manager->kept_count++];

		kept->fd = fd;
		(void)snprintf(kept->name, sizeof(kept->name), "%s", name + 7);
		return true;
	}
	if (strncmp(text, "FDSTOREREMOVE=1", 15) == 0)
		remove_kept(manager, name + 7);
	close_fd(&fd);
	return strcmp(text, "END=1") != 0;
}

static void *listen_to_it(void *context)
{
	struct manager *manager = context;
	bool more = true;

	while (more) {
		union {
			struct cmsghdr header;
			char room[CMSG_SPACE(sizeof(int))];
		} ancillary;
		char text[256] = "";
		struct iovec part = { text, sizeof(text) - 1 };
		struct msghdr message = { .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = &ancillary,
					  .msg_controllen = sizeof(ancillary) };
		int fd = -1;

		if (recvmsg(manager->fd, &message, MSG_CMSG_CLOEXEC) < 0)
			break;
		if (message.msg_controllen)
			memcpy(&fd, CMSG_DATA(&ancillary.header), sizeof(fd));
		more = handle(manager, text, fd);
	}
	return NULL;
}

static void manager_begin(struct manager *manager, struct fixture *fixture)
{
	socklen_t length = sizeof(manager->notify.address);

	*manager = (struct manager){ .notify = SD_NOTIFY_INIT };
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	manager->notify.address.sun_family = AF_UNIX;
	/* Any abstract address that is free. */
	assert_int_equal(bind(manager->fd,
			      (struct sockaddr *)&manager->notify.address,
			      sizeof(sa_family_t)),
			 0);
	assert_int_equal(
		getsockname(manager->fd,
			    (struct sockaddr *)&manager->notify.address,
			    &length),
		0);
	manager->notify.address_length = length;
	manager->notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fixture->custody.manager = &manager->notify;
	assert_int_equal(
		pthread_create(&manager->thread, NULL, listen_to_it, manager),
		0);
}

/* Until it has heard of everything; what it keeps can be looked at then. */
static void manager_end(struct manager *manager)
{
	sd_notify_send(&manager->notify, "END=1");
	assert_int_equal(pthread_join(manager->thread, NULL), 0);
}

static void manager_done(struct manager *manager)
{
	for (size_t i = 0; i < manager->kept_count; i++)
		close_fd(&manager->kept[i].fd);
	close_fd(&manager->fd);
	sd_notify_close(&manager->notify);
}

static void name_of(const struct custody_socket *socket, char name[64])
{
	(void)snprintf(name, 64, "tcp-80-%" PRIu64, socket->cookie);
}

/* The next supervisor gets what is kept. */
static void hand_over(struct manager *manager)
{
	struct sd_notify *notify = &manager->notify;

	notify->stored = calloc(manager->kept_count, sizeof(*notify->stored));
	assert_non_null(notify->stored);
	notify->stored_count = manager->kept_count;
	memcpy(notify->stored, manager->kept,
	       manager->kept_count * sizeof(*notify->stored));
	manager->kept_count = 0;
}

/* As a supervisor does that is killed. */
static void let_go(struct custody *custody)
{
	custody->manager = NULL;
	custody_drop(custody, 0);
}

static void listen_and_keep(struct fixture *fixture)
{
	struct custody_socket *socket = obtain(fixture, TCP, 1);

	assert_int_equal(custody_listen(socket, 1, 8), 0);
	custody_keep(&fixture->custody, socket);
	/* Once is enough. */
	custody_keep(&fixture->custody, socket);
}

static void test_taken_over(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int waiting = -1, accepted = -1;
	struct custody *custody = &fixture->custody;
	struct manager manager;
	char name[64];

	manager_begin(&manager, fixture);
	listen_and_keep(fixture);
	custody_keep(custody, obtain(fixture, UDP, 1));
	send_datagram(fixture);
	name_of(&custody->sockets[0], name);
	waiting = reach(fixture, TCP);
	manager_end(&manager);
	assert_int_equal(manager.kept_count, 2);
	assert_string_equal(manager.kept[0].name, name);
	let_go(custody);
	custody->manager = &manager.notify;
	hand_over(&manager);
	assert_int_equal(custody_adopt(custody, &fixture->table), 0);
	assert_int_equal(custody->adopted_count, 2);
	assert_int_equal(custody->rejected_count, 0);
	assert_int_equal(custody->socket_count, 2);
	assert_true(custody->sockets[0].listening);
	/* The first generation gets them, with who waits in them. */
	accepted = accept(obtain(fixture, TCP, 1)->fd, NULL, NULL);
	assert_true(accepted >= 0);
	assert_true(has_datagram(obtain(fixture, UDP, 1)->fd));
	assert_int_equal(custody_drop_unclaimed(custody), 0);
	assert_true(serves(fixture, custody->sockets[0].fd));
	manager_done(&manager);
}

/* Nobody has it any more: its address must be free to be bound again. */
static void test_retired(void **state)
{
	struct fixture *fixture = *state;
	struct custody *custody = &fixture->custody;
	struct manager manager;

	manager_begin(&manager, fixture);
	listen_and_keep(fixture);
	custody_retire(custody, 2);
	manager_end(&manager);
	assert_int_equal(manager.kept_count, 0);
	assert_int_equal(custody->socket_count, 1);
	assert_int_equal(custody->sockets[0].generation, 0);
	assert_int_equal(reach(fixture, TCP), -1);
	assert_int_equal(errno, ECONNREFUSED);
	manager_done(&manager);
}

static void test_unclaimed(void **state)
{
	struct fixture *fixture = *state;
	struct custody *custody = &fixture->custody;
	struct manager manager;

	manager_begin(&manager, fixture);
	listen_and_keep(fixture);
	manager_end(&manager);
	let_go(custody);
	custody->manager = &manager.notify;
	hand_over(&manager);
	assert_int_equal(custody_adopt(custody, &fixture->table), 0);
	assert_int_equal(custody_drop_unclaimed(custody), 1);
	assert_int_equal(reach(fixture, TCP), -1);
	assert_int_equal(errno, ECONNREFUSED);
	/* It is still there for who asks later. */
	assert_int_equal(custody_listen(obtain(fixture, TCP, 1), 1, 8), 0);
	assert_true(serves(fixture, custody->sockets[0].fd));
	manager_done(&manager);
}

/* --- What is not what it says --------------------------------------------- */

/* A listening socket that anybody could have made. */
static int make_listener(struct fixture *fixture, bool one_way, uint16_t port)
{
	struct socket_address address = fixture->mappings[TCP].host;
	struct sockaddr_storage sockaddr;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length;

	if (port)
		address.port = port;
	length = socket_address_write(&address, &sockaddr);
	if (one_way)
		assert_int_equal(one_way_tcp(fd), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sockaddr, length), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Under a name that ends in its cookie, or in more than that. */
static void check_offer(struct fixture *fixture, int fd, const char *prefix,
			uint64_t more, bool accepted)
{
	struct custody *custody = &fixture->custody;
	struct sd_notify notify = SD_NOTIFY_INIT;
	socklen_t length = sizeof(uint64_t);
	uint64_t cookie = 0;

	assert_int_equal(
		getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length), 0);
	notify.stored = calloc(1, sizeof(*notify.stored));
	assert_non_null(notify.stored);
	notify.stored_count = 1;
	notify.stored[0].fd = fd;
	(void)snprintf(notify.stored[0].name, sizeof(notify.stored[0].name),
		       "%s%" PRIu64, prefix, cookie + more);
	custody->manager = &notify;
	custody->adopted_count = custody->rejected_count = 0;
	assert_int_equal(custody_adopt(custody, &fixture->table), 0);
	assert_int_equal(custody->adopted_count, accepted);
	assert_int_equal(custody->rejected_count, !accepted);
	assert_int_equal(custody->socket_count, accepted);
	let_go(custody);
	custody->manager = NULL;
	sd_notify_close(&notify);
}

static int make_datagram(struct fixture *fixture)
{
	struct sockaddr_storage sockaddr;
	socklen_t length =
		socket_address_write(&fixture->mappings[UDP].host, &sockaddr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	assert_int_equal(one_way_closed(fd), 0);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)),
		0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sockaddr, length), 0);
	return fd;
}

/* Where nothing can stand in the way of it, it may call. */
static void test_udp_claims(void **state)
{
	struct fixture *fixture = *state;
	char group[] = "a group";

	check_offer(fixture, make_datagram(fixture), "udp-80-", 0, true);
	check_offer(fixture, make_datagram(fixture), "tcp-80-", 0, false);
	check_offer(fixture, make_datagram(fixture), "udp-81-", 0, false);
	fixture->custody.udp.group = group;
	check_offer(fixture, make_datagram(fixture), "udp-80-", 0, false);
	fixture->custody.udp.group = NULL;
}

static void test_claims(void **state)
{
	struct fixture *fixture = *state;
	uint16_t elsewhere = find_port(SOCK_STREAM);

	check_offer(fixture, make_listener(fixture, true, 0), "tcp-80-", 0,
		    true);
	/* It could call out. */
	check_offer(fixture, make_listener(fixture, false, 0), "tcp-80-", 0,
		    false);
	check_offer(fixture, make_listener(fixture, true, 0), "tcp-80-", 1,
		    false);
	check_offer(fixture, make_listener(fixture, true, 0), "tcp-81-", 0,
		    false);
	check_offer(fixture, make_listener(fixture, true, 0), "udp-80-", 0,
		    false);
	check_offer(fixture, make_listener(fixture, true, 0), "tcp-80-x", 0,
		    false);
	check_offer(fixture, make_listener(fixture, true, 0), "tcp-999999999-",
		    0, false);
	check_offer(fixture, make_listener(fixture, true, 0), "web", 0, false);
	check_offer(fixture, make_listener(fixture, true, elsewhere), "tcp-80-",
		    0, false);
	check_offer(fixture, socket(AF_UNIX, SOCK_STREAM, 0), "tcp-80-", 0,
		    false);
	check_offer(fixture, socket(AF_INET, SOCK_DGRAM, 0), "tcp-80-", 0,
		    false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CUSTODY(test_taken_over), WITH_CUSTODY(test_retired),
		WITH_CUSTODY(test_unclaimed),  WITH_CUSTODY(test_claims),
		WITH_CUSTODY(test_udp_claims),
	};

	return cmocka_run_group_tests_name("custody kept", tests, NULL, NULL);
}
