/*
 * Which socket of the host answers which bind() of the jail: a pure table.
 *
 * An image names the ports that its service may bind (`listen`). The operator
 * may say where such a port is to be reached on the host, `--listen
 * [ADDR:]PORT:JAILPORT`; what is not said is the same port, at the address
 * that the service asks for. Everything else is refused.
 */
#ifndef JAILMOUNT_SOCKETS_H
#define JAILMOUNT_SOCKETS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct socket_address {
	sa_family_t family; /* AF_INET, AF_INET6; AF_UNSPEC: every address */
	uint16_t port;	    /* in the host's byte order */
	uint8_t bytes[16];  /* 4 or 16 of them, in network order */
	uint32_t scope;	    /* of a link-local IPv6 address */
};

/* "127.0.0.1:80", "[::1]:80", "*:80" */
enum { ADDRESS_TEXT_SIZE = 72 };

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

/*
 * The address in a struct sockaddr of `length` bytes that was given to a
 * socket of this domain, AF_INET or AF_INET6. The errors are bind(2)'s own:
 * -EINVAL, -EAFNOSUPPORT.
 */
int socket_address_read(int domain, const void *sockaddr, size_t length,
			struct socket_address *ret_address) MUST_CHECK;

/* The struct sockaddr of it; its length is returned. An address of every
 * family becomes IPv6's. */
socklen_t socket_address_write(const struct socket_address *address,
			       struct sockaddr_storage *ret_sockaddr);

void socket_address_format(const struct socket_address *address,
			   char ret_text[ADDRESS_TEXT_SIZE]);

/* True for 0.0.0.0, :: and the address of no family. */
bool socket_address_is_any(const struct socket_address *address);

bool socket_address_equal(const struct socket_address *a,
			  const struct socket_address *b);

/* The IPv4 address as IPv6 knows it, ::ffff:A.B.C.D. */
struct socket_address
socket_address_mapped(const struct socket_address *address);

#endif
