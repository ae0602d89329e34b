/*
 * What a run has shown about a service: events put together, each thing once.
 * Pure.
 */
#ifndef JAILPACK_TRACE_FACTS_H
#define JAILPACK_TRACE_FACTS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/trace_event.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TRACE_PATHS_MAX = 65536, /* that are noted in one run */
	TRACE_OTHERS_MAX = 1024, /* of anything else */
	TRACE_EVIDENCE_MAX = 16, /* for one capability */
	TRACE_CAPABILITIES = 64,
};

/* What was done with a path: bits. */
enum trace_act {
	ACT_LOOK = 1 << 0,    /* asked about */
	ACT_READ = 1 << 1,    /* opened for reading, or as a path only */
	ACT_EXECUTE = 1 << 2, /* as a program */
	ACT_ENTER = 1 << 3,   /* as a directory to work in, or as a root */
	ACT_WRITE = 1 << 4,   /* to write to, whatever was in it */
	ACT_UPDATE = 1 << 5,  /* to write to what it holds */
	ACT_MAKE = 1 << 6,    /* it came to be, or may have */
	ACT_REMOVE = 1 << 7,
	ACT_CHANGE = 1 << 8,  /* owner, mode, times */
	ACT_CONNECT = 1 << 9, /* as a socket */
	ACT_PASS = 1 << 10,   /* a link on the way to something */
};

#define ACTS_WRITING                                                           \
	(ACT_WRITE | ACT_UPDATE | ACT_MAKE | ACT_REMOVE | ACT_CHANGE)

struct trace_fact {
	char *path;  /* as the service named it first */
	char *place; /* with links followed; equal to `path` if unknown */
	unsigned int acts;
	bool existed; /* before the service first had to do with it */
	mode_t mode;
	uint32_t uid, gid;
	uint64_t size;
	unsigned int major, minor;
	const char *call;   /* the first */
	const char *writer; /* the first of those that write; or NULL */
};

struct trace_port {
	uint16_t port;
	bool udp;
	bool bound, listened; /* not bound: the kernel has chosen it */
};

struct trace_peer {
	char *address;
	uint16_t port;
	bool udp, loopback, ipv6;
};

/* A user or group that it became, or gave a file to. */
struct trace_id {
	uint32_t id;
	bool group, supplementary, owner; /* owner: of a file only */
	uint32_t user; /* that is a member of a supplementary one */
	const char *call;
};

/* Why a capability is needed. */
struct trace_evidence {
	const char *call;
	char *path;	/* or NULL */
	uint32_t owner; /* of what a capability overrides; UINT32_MAX: of
			   none in particular */
};

struct trace_power {
	struct trace_evidence evidence[TRACE_EVIDENCE_MAX];
	size_t count;
};

struct trace_facts {
	const char *start;	   /* the directory that the service began in */
	struct trace_fact **paths; /* in the order in which they were met */
	size_t path_count;
	void *index; /* of them, by path: tsearch(3) */
	bool overflow;
	struct trace_port *ports;
	size_t port_count;
	struct trace_peer *peers;
	size_t peer_count;
	struct trace_id *ids;
	size_t id_count;
	struct trace_power powers[TRACE_CAPABILITIES];
	const char *strange[TRACE_CALLS_MAX];
	size_t strange_count;
	const char *start_call; /* what made the directory matter; or NULL */
	uint64_t files_limit;	/* of open files, that it asked for; 0: none */
	size_t executed;	/* programs, the first one too */
	size_t unread_listens;	/* whose port could not be told */
};

#define TRACE_FACTS_INIT ((struct trace_facts){ 0 })

void trace_facts_done(struct trace_facts *facts);

/* Add what an event shows. 0 or -ENOMEM. */
int trace_facts_note(struct trace_facts *facts,
		     const struct trace_event *event) MUST_CHECK;

/* A listen(2) of which nobody knows where. */
void trace_facts_unread_listen(struct trace_facts *facts);

/* NULL if the path was not met. */
const struct trace_fact *trace_facts_find(const struct trace_facts *facts,
					  const char *path);

#endif
