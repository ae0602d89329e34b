/* The sockets in custody, from generation to generation:
 * mount/custody_sockets.h. */
/* links: mount/custody_sockets.o mount/reuseport.o mount/custody_closed.o
 * mount/custody_handover.o mount/custody_udp.o mount/holders.o
 * mount/custody_keep.o mount/sd_notify.o mount/network_namespace.o
 * mount/one_way_udp.o mount/one_way_udp_program.o mount/cgroup_v2.o
 * mount/cgroup_file.o mount/peers.o mount/one_way.o mount/listen_table.o
 * mount/socket_address.o */
#include "tests/unit/custody_fixture.h"

#include "mount/reuseport.h"

/* The supervisor itself accepts, for a service for each connection: what it
 * hands to a jail then cannot call out, see one_way.h. */
static void test_own(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket;
	CLEANUP_CLOSE int accepted = -1;
	CLEANUP_CLOSE int client = -1;
	socklen_t length = sizeof(int);
	int locked = 0;

	assert_int_equal(
		custody_reserve(&fixture->custody, &fixture->mappings[TCP]), 0);
	socket = &fixture->custody.sockets[0];
	assert_int_equal(custody_listen(socket, 0, 8), 0);
	client = reach(fixture, TCP);
	accepted = accept(socket->fd, NULL, NULL);
	assert_true(accepted >= 0);
	assert_int_equal(getsockopt(accepted, SOL_SOCKET, SO_LOCK_FILTER,
				    &locked, &length),
			 0);
	assert_int_equal(locked, 1);
	/* It is of no generation, and stays when they go. */
	custody_retire(&fixture->custody, 9);
	custody_release(&fixture->custody, 9);
	assert_true(serves(fixture, fixture->custody.sockets[0].fd));
}

static void test_reserved(void **state)
{
	struct fixture *fixture = *state;

	for (int i = TCP; i <= UDP; i++)
		assert_int_equal(custody_reserve(&fixture->custody,
						 &fixture->mappings[i]),
				 0);
	assert_int_equal(fixture->custody.socket_count, 2);
	/* It is bound and does not listen. */
	assert_int_equal(reach(fixture, TCP), -1);
	assert_int_equal(errno, ECONNREFUSED);
	/* The first generation gets what was reserved. */
	obtain(fixture, TCP, 1);
	obtain(fixture, UDP, 1);
	assert_int_equal(fixture->custody.socket_count, 2);
}

static void test_taken(void **state)
{
	struct fixture *fixture = *state;
	struct custody other = { .reserved = 2 };

	assert_int_equal(custody_listen(obtain(fixture, TCP, 1), 1, 8), 0);
	obtain(fixture, UDP, 1);
	for (int i = TCP; i <= UDP; i++)
		assert_int_equal(custody_reserve(&other, &fixture->mappings[i]),
				 -EADDRINUSE);
	assert_int_equal(other.socket_count, 0);
}

static void test_tcp_is_shared(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, TCP, 1);
	int fd = socket->fd;

	assert_int_equal(custody_listen(socket, 1, 8), 0);
	assert_true(serves(fixture, fd));
	socket = obtain(fixture, TCP, 2);
	assert_int_equal(socket->fd, fd);
	assert_int_equal(socket->generation, 2);
	assert_int_equal(custody_listen(socket, 2, 16), 0);
	/* What the old one says no longer counts. */
	assert_int_equal(custody_listen(socket, 1, 1), 0);
	assert_int_equal(socket->backlog, 16);
	assert_int_equal(obtain(fixture, TCP, 1)->generation, 2);
	custody_settle(&fixture->custody, 2, true);
	custody_retire(&fixture->custody, 2);
	assert_true(serves(fixture, fd));
}

static void test_discarded_tcp(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(custody_listen(obtain(fixture, TCP, 1), 1, 8), 0);
	assert_int_equal(custody_listen(obtain(fixture, TCP, 2), 2, 8), 0);
	custody_settle(&fixture->custody, 2, false);
	assert_int_equal(fixture->custody.sockets[0].generation, 1);
	assert_true(serves(fixture, fixture->custody.sockets[0].fd));
}

/* Once or twice, which marks it as shut: accepted connections would be, too. */
static void test_spoiled(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, TCP, 1);
	int fd = socket->fd;

	assert_int_equal(custody_listen(socket, 1, 8), 0);
	assert_int_equal(custody_heal(&fixture->custody), 0);
	for (int times = 1; times <= 3; times++) {
		for (int i = 0; i < times; i++)
			(void)shutdown(fd, SHUT_RDWR);
		assert_false(serves(fixture, fd));
		assert_int_equal(custody_heal(&fixture->custody), 1);
		assert_true(serves(fixture, fd));
	}
	/* The next generation's listen() alone does it too. */
	(void)shutdown(fd, SHUT_RDWR);
	(void)shutdown(fd, SHUT_RDWR);
	assert_int_equal(custody_listen(obtain(fixture, TCP, 2), 2, 8), 0);
	assert_true(serves(fixture, fd));
}

/* Shut between dissolving and listening: that is not seen, but undone when
 * nobody is left who could do it. */
static void test_spoiled_unseen(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, TCP, 1);
	int fd = socket->fd;

	assert_int_equal(custody_listen(socket, 1, 8), 0);
	socket = obtain(fixture, TCP, 2);
	assert_int_equal(custody_listen(socket, 2, 8), 0);
	(void)shutdown(fd, SHUT_RDWR);
	assert_int_equal(custody_heal(&fixture->custody), 1);
	(void)shutdown(fd, SHUT_RDWR);
	(void)shutdown(fd, SHUT_RDWR);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(custody_heal(&fixture->custody), 0);
	assert_false(serves(fixture, fd));
	custody_retire(&fixture->custody, 2);
	assert_true(serves(fixture, fd));
}

static void test_retired(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(custody_listen(obtain(fixture, TCP, 1), 1, 8), 0);
	/* Generation 2 does not bind it. */
	custody_retire(&fixture->custody, 2);
	assert_int_equal(reach(fixture, TCP), -1);
	assert_int_equal(fixture->custody.socket_count, 1);
	assert_int_equal(fixture->custody.sockets[0].generation, 0);
}

/* Each generation has a UDP socket of its own, and the last one receives. */
static void test_udp(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int first = -1;
	CLEANUP_CLOSE int second = -1;

	first = dup(obtain(fixture, UDP, 1)->fd);
	send_datagram(fixture);
	assert_true(has_datagram(first));
	/* In the same generation it is the same. */
	assert_int_equal(fixture->custody.sockets[0].before, -1);
	obtain(fixture, UDP, 1);
	assert_int_equal(fixture->custody.sockets[0].before, -1);
	send_datagram(fixture);
	second = dup(obtain(fixture, UDP, 2)->fd);
	assert_true(has_datagram(first)); /* what it had is still its own */
	send_datagram(fixture);
	assert_false(has_datagram(first));
	assert_true(has_datagram(second));
	custody_settle(&fixture->custody, 2, true);
	close_fd(&first);
	send_datagram(fixture);
	assert_true(has_datagram(second));
}

static void test_discarded_udp(void **state)
{
	struct fixture *fixture = *state;
	int first = obtain(fixture, UDP, 1)->fd;
	int third;

	obtain(fixture, UDP, 2);
	custody_settle(&fixture->custody, 2, false);
	send_datagram(fixture);
	assert_true(has_datagram(first));
	third = obtain(fixture, UDP, 3)->fd;
	custody_settle(&fixture->custody, 3, true);
	send_datagram(fixture);
	assert_true(has_datagram(third));
}

static bool can_steal(struct fixture *fixture)
{
	struct sockaddr_storage sockaddr;
	socklen_t length =
		socket_address_write(&fixture->mappings[UDP].host, &sockaddr);
	CLEANUP_CLOSE int thief = socket(AF_INET, SOCK_DGRAM, 0);
	int one = 1;

	assert_int_equal(
		setsockopt(thief, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)),
		0);
	return bind(thief, (struct sockaddr *)&sockaddr, length) == 0;
}

/* Nobody else can take the datagrams, not even with SO_REUSEADDR. */
static void test_udp_is_not_stolen(void **state)
{
	struct fixture *fixture = *state;

	obtain(fixture, UDP, 1);
	assert_false(can_steal(fixture));
	obtain(fixture, UDP, 2);
	assert_false(can_steal(fixture));
	custody_settle(&fixture->custody, 2, false);
	assert_false(can_steal(fixture));
	obtain(fixture, UDP, 3);
	custody_settle(&fixture->custody, 3, true);
	assert_false(can_steal(fixture));
}

static void test_late_udp(void **state)
{
	struct fixture *fixture = *state;
	const struct bind_answer answer = {
		.mapping = &fixture->mappings[UDP],
		.address = fixture->mappings[UDP].host,
	};
	const struct custody_bind bind = { .answer = &answer,
					   .holder.generation = 1 };
	struct custody_socket *socket;

	obtain(fixture, UDP, 2);
	assert_int_equal(custody_obtain(&fixture->custody, &bind, &socket),
			 -EADDRINUSE);
}

static int obtain_alone(struct fixture *fixture, int which,
			unsigned int generation)
{
	const struct bind_answer answer = {
		.mapping = &fixture->mappings[which],
		.address = fixture->mappings[which].host,
	};
	const struct custody_bind bind = { .answer = &answer,
					   .holder = { .generation = generation,
						       .alone = true } };
	struct custody_socket *socket;

	return custody_obtain(&fixture->custody, &bind, &socket);
}

/* Of many at once each has its sockets to itself. */
static void test_alone(void **state)
{
	struct fixture *fixture = *state;

	for (int i = TCP; i <= UDP; i++) {
		assert_int_equal(obtain_alone(fixture, i, 2), 0);
		assert_int_equal(obtain_alone(fixture, i, 2), 0);
		assert_int_equal(obtain_alone(fixture, i, 3), -EADDRINUSE);
		assert_int_equal(obtain_alone(fixture, i, 1), -EADDRINUSE);
	}
	/* It is none of a sequence. */
	custody_retire(&fixture->custody, 4);
	assert_int_equal(obtain_alone(fixture, TCP, 3), -EADDRINUSE);
	custody_release(&fixture->custody, 3);
	assert_int_equal(obtain_alone(fixture, TCP, 3), -EADDRINUSE);
	custody_release(&fixture->custody, 2);
	assert_int_equal(obtain_alone(fixture, TCP, 3), 0);
	custody_release(&fixture->custody, 3);
	/* Nor is one who shares it let in, nor the other way round. */
	obtain(fixture, TCP, 4);
	assert_int_equal(obtain_alone(fixture, TCP, 5), -EADDRINUSE);
}

/* --- A generation apart --------------------------------------------------- */

static bool can_part(void)
{
	return reuseport_check() == 0;
}

static bool is_answered_by(struct fixture *fixture, int client, int listener)
{
	struct pollfd polled = { .fd = listener, .events = POLLIN };
	CLEANUP_CLOSE int accepted = -1;
	char word[8] = "";

	(void)fixture;
	if (poll(&polled, 1, 1000) != 1)
		return false;
	accepted = accept(listener, NULL, NULL);
	return accepted >= 0 && send(client, "ping", 4, MSG_NOSIGNAL) == 4 &&
	       recv(accepted, word, sizeof(word), 0) == 4;
}

/* The second generation, which listens, beside the first. */
static struct custody_socket *begin_apart(struct fixture *fixture)
{
	struct custody_socket *socket = obtain(fixture, TCP, 1);

	assert_int_equal(custody_listen(socket, 1, 5), 0);
	custody_settle(&fixture->custody, 1, true);
	custody_set_apart(&fixture->custody, 2, true);
	socket = obtain(fixture, TCP, 2);
	assert_int_equal(custody_listen(socket, 2, 5), 0);
	return socket;
}

/* Until it serves nothing comes to it, unless it is wanted; then nothing comes
 * to the one before, who has what has come to it. */
static void apart(struct fixture *fixture)
{
	struct custody_socket *socket = begin_apart(fixture);
	CLEANUP_CLOSE int old = dup(socket->before);
	CLEANUP_CLOSE int first = reach(fixture, TCP), second = -1, third = -1;
	socklen_t length = sizeof(int);
	bool waited;
	int locked = 0;

	assert_true(is_answered_by(fixture, first, old));
	assert_true(custody_prefer(&fixture->custody, 2, true));
	second = reach(fixture, TCP);
	assert_true(is_answered_by(fixture, second, socket->fd));
	assert_true(custody_prefer(&fixture->custody, 2, false));
	third = reach(fixture, TCP);
	custody_settle(&fixture->custody, 2, true);
	assert_int_equal(fixture->custody.apart, 0);
	assert_true(serves(fixture, socket->fd));
	assert_true(custody_leaves(&fixture->custody, 1, &waited));
	assert_true(waited);
	assert_true(is_answered_by(fixture, third, old));
	assert_true(custody_leaves(&fixture->custody, 1, &waited));
	assert_false(waited);
	assert_false(custody_leaves(&fixture->custody, 2, &waited));
	/* And can call out as little as every other: one_way.h. */
	assert_int_equal(getsockopt(socket->fd, SOL_SOCKET, SO_LOCK_FILTER,
				    &locked, &length),
			 0);
	assert_int_equal(locked, 1);
}

static void test_apart(void **state)
{
	struct fixture *fixture = *state;

	if (!can_part())
		skip();
	fixture->custody.parts = true;
	apart(fixture);
}

/* One that an earlier supervisor has made: nothing of ours is attached. */
static void test_apart_adopted(void **state)
{
	if (!can_part())
		skip();
	apart(*state);
}

/* What it does not accept is its successor's: by order, with its last
 * descriptor, or when it is cut off. */
static void test_handed_over(void **state)
{
	void (*const ways[])(struct custody *, unsigned int) = {
		custody_hand_over,
		custody_abandon,
		custody_part,
	};
	struct fixture *fixture = *state;
	unsigned int generation = 1;

	if (!can_part())
		skip();
	fixture->custody.parts = true;
	assert_int_equal(custody_listen(obtain(fixture, TCP, 1), 1, 5), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++, generation++) {
		CLEANUP_CLOSE int waiting = reach(fixture, TCP);
		CLEANUP_CLOSE int old = dup(fixture->custody.sockets[0].fd);
		struct custody_socket *socket;

		custody_set_apart(&fixture->custody, generation + 1, false);
		socket = obtain(fixture, TCP, generation + 1);
		assert_int_equal(custody_listen(socket, generation + 1, 5), 0);
		custody_settle(&fixture->custody, generation + 1, true);
		ways[i](&fixture->custody, generation);
		assert_true(is_answered_by(fixture, waiting, socket->fd));
		assert_int_equal(accept4(old, NULL, NULL, SOCK_NONBLOCK), -1);
		assert_int_equal(errno, EINVAL);
		assert_true(serves(fixture, socket->fd));
		custody_gone(&fixture->custody, generation);
		assert_int_equal(fixture->custody.leaving_count, 0);
	}
	/* It was never shut. */
	assert_true(serves(fixture, fixture->custody.sockets[0].fd));
}

/* It is discarded: what has come to it goes back. */
static void test_apart_discarded(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket;
	CLEANUP_CLOSE int waiting = -1;

	if (!can_part())
		skip();
	begin_apart(fixture);
	assert_true(custody_prefer(&fixture->custody, 2, true));
	waiting = reach(fixture, TCP);
	custody_settle(&fixture->custody, 2, false);
	custody_gone(&fixture->custody, 2);
	socket = obtain(fixture, TCP, 1);
	assert_true(socket->listening);
	assert_true(is_answered_by(fixture, waiting, socket->fd));
	assert_true(serves(fixture, socket->fd));
	assert_ptr_equal(custody_find(&fixture->custody, socket->cookie),
			 socket);
}

/* While an older one still finishes another comes. */
static void test_udp_overlaps(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int first = dup(obtain(fixture, UDP, 1)->fd);
	CLEANUP_CLOSE int second = dup(obtain(fixture, UDP, 2)->fd);
	int third;

	custody_settle(&fixture->custody, 2, true);
	third = obtain(fixture, UDP, 3)->fd;
	custody_settle(&fixture->custody, 3, true);
	send_datagram(fixture);
	assert_true(has_datagram(third));
	assert_false(has_datagram(second));
	assert_false(has_datagram(first));
	assert_false(can_steal(fixture));
}

/* The old one can send nothing any more, whatever it does to its socket. */
static void test_apart_udp(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, UDP, 1);
	const struct sockaddr nothing = { .sa_family = AF_UNSPEC };
	CLEANUP_CLOSE int old = dup(socket->fd);
	struct sockaddr_storage to;
	socklen_t length =
		socket_address_write(&fixture->mappings[UDP].host, &to);

	custody_settle(&fixture->custody, 1, true);
	obtain(fixture, UDP, 2);
	custody_settle(&fixture->custody, 2, true);
	custody_part(&fixture->custody, 1);
	assert_int_equal(sendto(old, "x", 1, MSG_NOSIGNAL,
				(struct sockaddr *)&to, length),
			 -1);
	assert_int_equal(errno, EPIPE);
	(void)connect(old, &nothing, sizeof(nothing));
	assert_int_equal(sendto(old, "x", 1, MSG_NOSIGNAL,
				(struct sockaddr *)&to, length),
			 -1);
}

/* What only the old one had is shut, and reserved again. */
static void test_parted(void **state)
{
	struct fixture *fixture = *state;
	struct custody_socket *socket = obtain(fixture, TCP, 1);
	CLEANUP_CLOSE int old = -1, client = -1;

	assert_int_equal(custody_listen(socket, 1, 5), 0);
	old = dup(socket->fd);
	custody_part(&fixture->custody, 1);
	client = reach(fixture, TCP);
	assert_int_equal(client, -1);
	assert_int_equal(accept4(old, NULL, NULL, SOCK_NONBLOCK), -1);
	socket = obtain(fixture, TCP, 2);
	assert_int_equal(custody_listen(socket, 2, 5), 0);
	assert_true(serves(fixture, socket->fd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CUSTODY(test_reserved),
		WITH_CUSTODY(test_own),
		WITH_CUSTODY(test_taken),
		WITH_CUSTODY(test_tcp_is_shared),
		WITH_CUSTODY(test_alone),
		WITH_CUSTODY(test_discarded_tcp),
		WITH_CUSTODY(test_spoiled),
		WITH_CUSTODY(test_spoiled_unseen),
		WITH_CUSTODY(test_retired),
		WITH_CUSTODY(test_udp),
		WITH_CUSTODY(test_discarded_udp),
		WITH_CUSTODY(test_udp_is_not_stolen),
		WITH_CUSTODY(test_late_udp),
		WITH_CUSTODY(test_apart),
		WITH_CUSTODY(test_apart_adopted),
		WITH_CUSTODY(test_apart_discarded),
		WITH_CUSTODY(test_handed_over),
		WITH_CUSTODY(test_udp_overlaps),
		WITH_CUSTODY(test_apart_udp),
		WITH_CUSTODY(test_parted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("custody", tests, NULL, NULL);
}
