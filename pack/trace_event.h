/*
 * One system call of a traced service, with all that was found out about it
 * before it was made. What reads it from the kernel (trace_decode.h) is apart
 * from what draws conclusions (trace_powers.h, trace_facts.h).
 */
#ifndef JAILPACK_TRACE_EVENT_H
#define JAILPACK_TRACE_EVENT_H

#include "lib/base.h"
#include "pack/trace_calls.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TRACE_PATH_SIZE = 4096,
	TRACE_GROUPS_MAX = 64, /* that are kept of a process's */
	TRACE_LINKS_MAX = 8,   /* links on one path that are kept */
	TRACE_IDS_MAX = 3,
};

/* Who makes it: credentials(7). */
struct trace_actor {
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	uint32_t groups[TRACE_GROUPS_MAX];
	size_t group_count;
	uint64_t permitted, effective; /* bit n is capability n */
	bool own_pids; /* its process ids are not the tracer's */
};

enum { TRACE_REAL, TRACE_EFFECTIVE, TRACE_SAVED, TRACE_FS };

/* What a path of a call led to. All paths are the tracer's: below a service's
 * own root directory stands that directory. */
struct trace_seen {
	char path[TRACE_PATH_SIZE];  /* as it was named, normal */
	char place[TRACE_PATH_SIZE]; /* every link followed, or all but the
					last, as the call does; "" if it could
					not be told */
	bool exists, parent_exists;
	mode_t mode, parent_mode;
	uint32_t uid, gid, parent_uid, parent_gid;
	uint64_t size;
	unsigned int major, minor; /* of a device */
	/* Capabilities without which a directory on the way could not be
	 * passed, and the owner of the first of them. */
	uint64_t passing;
	uint32_t passing_uid;
	/* The symbolic links among the directories of `path`. */
	char *links[TRACE_LINKS_MAX];
	size_t link_count;
};

enum trace_family { TRACE_NO_FAMILY, TRACE_IPV4, TRACE_IPV6, TRACE_UNIX };

struct trace_address {
	enum trace_family family;
	char text[64]; /* of an internet address, without the port */
	uint16_t port;
	bool datagram, loopback;
};

struct trace_event {
	const struct trace_call *call;
	struct trace_actor actor;
	uint64_t arguments[6];
	bool relative; /* the path began in the working directory */
	int flags;     /* open(2)'s, or the call's own */
	struct trace_seen seen[2];
	struct trace_address address; /* a path of AF_UNIX is in seen[0] */
	uint32_t ids[TRACE_IDS_MAX];  /* UINT32_MAX: stays as it is */
	size_t id_count;
	uint32_t groups[TRACE_GROUPS_MAX]; /* of setgroups */
	size_t group_count;
	uint64_t keeps;			/* capset: what shall be permitted */
	uint64_t hard_limit, was_limit; /* of setrlimit */
	bool limit_known;
	int nice, was_nice;
	bool target_known;	/* of a signal: to whom it goes */
	uint32_t target_uid[2]; /* real, saved */
};

#endif
