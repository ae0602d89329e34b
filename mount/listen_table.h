/*
 * Which socket of the host answers which bind() of the jail: a pure table.
 *
 * An image names the ports that its service may bind (`listen`). The operator
 * may say where such a port is to be reached on the host, `--listen
 * [ADDR:]PORT:JAILPORT`; what is not said is the same port, at the address
 * that the service asks for. Everything else is refused.
 */
#ifndef JAILMOUNT_LISTEN_TABLE_H
#define JAILMOUNT_LISTEN_TABLE_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/socket_address.h"

#include <stdbool.h>

struct listen_mapping {
	uint16_t jail_port;
	bool udp;
	struct socket_address host; /* AF_UNSPEC: no address was said */
	bool for_connections; /* of a per-connection service: the supervisor's
				 own, which nobody else may bind */
};

/* Whether both are the same place on the host, whatever the jail calls it. */
bool listen_mapping_same(const struct listen_mapping *a,
			 const struct listen_mapping *b);

struct listen_table {
	struct listen_mapping *mappings; /* one for each port and protocol */
	size_t count;
};

#define LISTEN_TABLE_INIT ((struct listen_table){ 0 })
#define CLEANUP_LISTEN_TABLE CLEANUP(listen_table_done)

void listen_table_done(struct listen_table *table);

/* Read "[ADDR:]PORT:JAILPORT[/tcp|/udp]". 0, or -EINVAL and the reason. */
int listen_mapping_parse(const char *text, struct listen_mapping *ret_mapping,
			 struct diag *diag) MUST_CHECK;

/*
 * The image's ports with the operator's words on them. -EINVAL for a port
 * that the image does not name, or for two that would meet on the host.
 */
int listen_table_make(const struct config *config, char *const *requests,
		      struct listen_table *ret_table,
		      struct diag *diag) MUST_CHECK;

/* A bind(), as the supervisor sees it. */
struct bind_request {
	int domain;   /* SO_DOMAIN of the caller's socket */
	int type;     /* SO_TYPE */
	int protocol; /* SO_PROTOCOL */
	bool v6only;  /* IPV6_V6ONLY of it */
	struct socket_address address;
};

enum bind_verdict {
	BIND_GIVE,	  /* a socket of the host at `address` */
	BIND_REFUSE,	  /* no port that the image names */
	BIND_UNREACHABLE, /* the port's mapping has no address of the socket's
			     family: it may bind, in the empty namespace */
};

struct bind_answer {
	enum bind_verdict verdict;
	const struct listen_mapping *mapping; /* NULL if refused */
	struct socket_address address;	      /* of BIND_GIVE */
	bool v6only;			      /* likewise */
};

void listen_table_decide(const struct listen_table *table,
			 const struct bind_request *request,
			 struct bind_answer *ret_answer);

#endif
