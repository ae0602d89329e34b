/*
 * Socket custody: the supervisor holds the listening sockets, the jail lives
 * in a network namespace that has none.
 *
 * A jail in the host's network, or in one of its own, gets them likewise, so
 * that they outlive its generations. What it binds beyond them is the kernel's
 * business: in the host's network, ports that need no privilege; in one of its
 * own, ports that nobody has asked for by number.
 *
 * seccomp hands over every bind(2) and listen(2) of the jail. A bind() to a
 * port that the image names is answered with a socket of the supervisor's,
 * bound in the host's namespace, which takes the place of the caller's
 * descriptor; a bind() to anything else is refused with EACCES and recorded.
 * The sockets outlive the generations, and so a restore loses no connection.
 *
 * What follows from that, and is meant so:
 *   - One socket answers every bind() of a generation to its address. A
 *     second bind() in the same generation
 *     fails if the first descriptor is seen to be open still (holders.h) and
 *     the socket was not to be shared, as SO_REUSEPORT says. What was closed
 *     is given as if it were new.
 *   - That a service has closed a socket is found out by looking: until then
 *     clients wait in its queue.
 *   - A socket has one set of file status flags. O_NONBLOCK and the options
 *     that the caller had set before bind() are carried over each time, so
 *     the last generation's wishes hold, which are those of every generation.
 *   - Duplicates of the descriptor that were made before bind() stay what
 *     they were, unbound in the empty namespace.
 */
#ifndef JAILMOUNT_CUSTODY_H
#define JAILMOUNT_CUSTODY_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/caller.h"
#include "mount/calls.h"
#include "mount/holders.h"
#include "mount/listen_table.h"
#include "mount/network_namespace.h"
#include "mount/one_way_udp.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	CUSTODY_SOCKETS_MAX = 64, /* beyond one for each mapping */
	CUSTODY_REFUSALS_KEPT = 64,
	/* Looks that do not find a socket: of a process that goes on without
	 * it, and of one that has ended and may be started again. */
	CUSTODY_MISSED_MAX = 3,
	CUSTODY_MISSED_ENDED_MAX = 60,
};

struct custody_socket {
	int fd;
	struct listen_mapping mapping; /* a copy: tables come and go */
	struct socket_address address;
	struct socket_address asked; /* by the jail, when it got it last */
	struct holder seen;	     /* to have it */
	unsigned int missed;	     /* how often it was not found */
	bool v6only;
	uint64_t cookie;	 /* SO_COOKIE: tells it from every other */
	uint64_t kept;		 /* of what the service manager keeps of it;
				    0: nothing. custody_keep.h */
	bool adopted;		 /* from an earlier supervisor */
	unsigned int generation; /* the last that has it; 0: reserved only,
				    or the supervisor's own */
	bool alone;		 /* nobody else may have it meanwhile */
	bool listening;
	int backlog;  /* as it was asked for last */
	bool spoiled; /* somebody has ended its listening */
	/* As long as `generation` is not settled: who had it, and of UDP the
	 * socket of that one, otherwise -1. */
	unsigned int generation_before;
	int before;
	int map; /* reuseport.h: what is preferred at its address; or -1 */
};

/* Of a generation that was replaced, and has it still. */
struct custody_leaving {
	int fd;
	bool udp;
	struct socket_address address;
	unsigned int generation;
};

struct custody_refusal {
	int64_t time; /* microseconds since 1970 */
	unsigned int generation;
	int type; /* SOCK_STREAM, SOCK_DGRAM, ... */
	struct socket_address address;
	pid_t pid; /* as the host numbers it */
	char command[16 + 1];
};

struct sd_notify;

struct custody {
	enum config_network kind;
	/* Where the sockets are made; NULL: in the host's own. Not owned. */
	const struct network_namespace *network;
	struct cgroup_place groups; /* of the jail */
	struct one_way_udp udp;	    /* without a group UDP sends to anybody */
	int udp_error;		    /* why, although it should not */
	bool udp_told;		    /* to the operator */
	struct calls calls;
	bool parts; /* the kernel has what reuseport.h is made of */
	/* This generation gets TCP sockets of its own, too; 0: none does. */
	unsigned int apart;
	bool cuts;	 /* and must, or its bind() fails */
	size_t reserved; /* how many mappings the tables had at most */
	struct sd_notify *manager; /* NULL: none; not owned */
	/* Of what it kept since the last start. */
	unsigned int adopted_count, rejected_count;
	struct custody_socket *sockets;
	size_t socket_count;
	struct custody_leaving *leaving;
	size_t leaving_count;
	/* The last of them, a ring: refusal n is at n % ..._KEPT. */
	struct custody_refusal refusals[CUSTODY_REFUSALS_KEPT];
	uint64_t refusal_count;
};

/* A generation that asks for sockets. */
struct custody_holder {
	unsigned int generation;
	const struct cgroup *group;	  /* NULL: who has what is not known */
	const struct listen_table *table; /* what its image names */
	const struct peers *peers;	  /* likewise */
	/* It shares none with others, and what another has it is refused: one
	   of many at once, see connections.h, and not one of a sequence. */
	bool alone;
};

/* Not owned, and outlives the custody. */
struct custody_setting {
	const struct listen_table *table;
	const struct peers *peers; /* or NULL */
	struct events *events;
	enum config_network kind;
	const struct network_namespace *network;
	struct cgroup_place groups; /* of the jail */
	struct sd_notify *manager;  /* NULL: none. What it kept is taken */
};

/*
 * Bind a socket for each mapping, so that a port that is taken is known
 * before anything is started. They do not listen before the service does.
 * The names of the ports that are not free are in the diagnostic.
 */
int custody_new(const struct custody_setting *setting,
		struct custody **ret_custody, struct diag *diag) MUST_CHECK;

/*
 * Another image comes, whose table and peers they are: bind what it names and
 * nobody had until now. On failure nothing is bound that was not.
 */
int custody_extend(struct custody *custody, const struct listen_table *table,
		   const struct peers *peers, struct diag *diag) MUST_CHECK;

/* Let go of what this table does not name, which is the only one from now on.
 */
void custody_narrow(struct custody *custody, const struct listen_table *table);

void custody_free(struct custody *custody);

enum custody_event {
	CUSTODY_NOTHING,     /* nothing that anybody needs to know */
	CUSTODY_SERVING,     /* the socket now listens, or is a bound UDP one */
	CUSTODY_REFUSED,     /* the newest refusal tells */
	CUSTODY_UNREACHABLE, /* bound, but nobody will come that way */
	CUSTODY_FAILED,	     /* the host's bind() or listen() failed */
	CUSTODY_NO_PEER,     /* a call to somebody who is no peer */
};

struct custody_report {
	enum custody_event event;
	int error;			     /* of CUSTODY_FAILED, negative */
	struct socket_address address;	     /* what the service asked for */
	const struct custody_socket *socket; /* of CUSTODY_SERVING */
};

/*
 * Answer a call that was received from `notify_fd`. A caller that has died
 * meanwhile is no error. 0 or -errno.
 */
int custody_answer(struct custody *custody, int notify_fd,
		   struct caller *caller, struct custody_holder holder,
		   struct custody_report *ret_report) MUST_CHECK;

/* The generation that comes is to have sockets apart from those of the one
 * that serves; with `cuts` it has them or none. */
void custody_set_apart(struct custody *custody, unsigned int generation,
		       bool cuts);

/*
 * Whether clients come to the generation that is `apart` already, as long as
 * it is not settled. False if one of its sockets is shared with the one
 * before.
 */
bool custody_prefer(const struct custody *custody, unsigned int generation,
		    bool preferred);

/*
 * The generation serves from now on, or it was discarded before it did. What
 * only the other one has leaves: nothing new comes to it.
 */
void custody_settle(struct custody *custody, unsigned int generation,
		    bool serves);

/* Whether it has sockets that nothing new comes to; *ret_waited if somebody
 * waits in one of them. */
bool custody_leaves(const struct custody *custody, unsigned int generation,
		    bool *ret_waited);

/* Who waits in those of TCP is handed over to whoever serves, and nobody will
 * wait there again. */
void custody_hand_over(struct custody *custody, unsigned int generation);

/* It is to finish: of TCP it alone has them from now on, and with their end
 * who waits in them is handed over. */
void custody_abandon(struct custody *custody, unsigned int generation);

/* It has ended. */
void custody_gone(struct custody *custody, unsigned int generation);

/*
 * The generation is to go on without its sockets: those that leave, and those
 * that only it has, which are bound anew for nobody, are shut.
 */
void custody_part(struct custody *custody, unsigned int generation);

/*
 * Generations before `oldest` are gone: a socket that only they had stops
 * listening, so that clients are refused instead of kept waiting.
 */
void custody_retire(struct custody *custody, unsigned int oldest);

/* The same for what one generation has alone, which is gone. */
void custody_release(struct custody *custody, unsigned int generation);

/*
 * Make those sockets listen that should and do not. One generation can end a
 * socket's listening for all, by shutdown(2): some services do so when they
 * finish, an intruder may. How many there were.
 */
unsigned int custody_heal(struct custody *custody);

/*
 * To be called now and then: what the generation has closed no longer listens,
 * so that clients are refused instead of kept waiting. How many those were.
 */
unsigned int custody_close(struct custody *custody,
			   struct custody_holder holder);

/*
 * Of what was taken over from an earlier supervisor: what no generation has
 * asked for no longer listens. How many those were.
 */
unsigned int custody_drop_unclaimed(struct custody *custody);

/* The n-th newest refusal, 0 being the last; NULL when there is none. */
const struct custody_refusal *custody_refusal(const struct custody *custody,
					      size_t index);

#endif
