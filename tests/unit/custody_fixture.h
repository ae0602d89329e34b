/*
 * Sockets in custody for one TCP and one UDP port of the loopback, as the
 * tests of custody begin.
 */
#ifndef TESTS_CUSTODY_FIXTURE_H
#define TESTS_CUSTODY_FIXTURE_H

#include "mount/custody_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct listen_mapping mappings[2]; /* TCP, UDP; ports of the kernel's */
	struct listen_table table;
	struct custody custody;
};

enum { TCP, UDP };

/* A port of the loopback that is free now. */
static inline uint16_t find_port(int type)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	CLEANUP_CLOSE int fd = socket(AF_INET, type, 0);
	socklen_t length = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &length), 0);
	return ntohs(in.sin_port);
}

static inline int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	for (int i = TCP; i <= UDP; i++) {
		struct listen_mapping *mapping = &fixture->mappings[i];

		mapping->udp = i == UDP;
		mapping->jail_port = 80;
		mapping->host.family = AF_INET;
		mapping->host.bytes[0] = 127;
		mapping->host.bytes[3] = 1;
		mapping->host.port =
			find_port(i == UDP ? SOCK_DGRAM : SOCK_STREAM);
	}
	fixture->table = (struct listen_table){ fixture->mappings, 2 };
	fixture->custody.reserved = 2;
	*state = fixture;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;

	custody_drop(&fixture->custody, 0);
	while (fixture->custody.leaving_count)
		custody_gone(&fixture->custody,
			     fixture->custody.leaving[0].generation);
	free(fixture->custody.leaving);
	free(fixture->custody.sockets);
	free(fixture);
	return 0;
}

static inline struct custody_socket *obtain(struct fixture *fixture, int which,
					    unsigned int generation)
{
	const struct bind_answer answer = {
		.mapping = &fixture->mappings[which],
		.address = fixture->mappings[which].host,
	};
	const struct custody_bind bind = { .answer = &answer,
					   .holder.generation = generation };
	struct custody_socket *socket;

	assert_int_equal(custody_obtain(&fixture->custody, &bind, &socket), 0);
	return socket;
}

static inline int reach(struct fixture *fixture, int which)
{
	struct sockaddr_storage sockaddr;
	socklen_t length =
		socket_address_write(&fixture->mappings[which].host, &sockaddr);
	int fd = socket(AF_INET, which == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&sockaddr, length) < 0)
		close_fd(&fd);
	return fd;
}

/* A client connects, is accepted from `listener`, and hears a word. */
static inline bool serves(struct fixture *fixture, int listener)
{
	CLEANUP_CLOSE int client = reach(fixture, TCP);
	CLEANUP_CLOSE int accepted = -1;
	struct pollfd polled = { .fd = listener, .events = POLLIN };
	char word[8] = "";

	if (client < 0 || poll(&polled, 1, 1000) != 1)
		return false;
	accepted = accept(listener, NULL, NULL);
	if (accepted < 0 || send(client, "ping", 4, MSG_NOSIGNAL) != 4 ||
	    recv(accepted, word, sizeof(word), 0) != 4)
		return false;
	return send(accepted, "pong", 4, MSG_NOSIGNAL) == 4 &&
	       recv(client, word, sizeof(word), 0) == 4;
}

static inline bool has_datagram(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char word[8];

	return poll(&polled, 1, 0) == 1 &&
	       recv(fd, word, sizeof(word), MSG_DONTWAIT) == 4;
}

static inline void send_datagram(struct fixture *fixture)
{
	CLEANUP_CLOSE int client = reach(fixture, UDP);

	assert_int_equal(send(client, "ping", 4, 0), 4);
}

#define WITH_CUSTODY(test)                                                     \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
