/*
 * The socket that commands arrive on: /run/jailmount/NAME/control, a stream
 * socket for root alone (the directory's mode, and SO_PEERCRED).
 *
 * A client sends one line, a JSON object, {"command":"status"}. The answer is
 * one JSON object up to the end of the stream; descriptors that belong to it
 * come with its first byte (SCM_RIGHTS). On failure the object is
 * {"error":{"number":N,"text":"...","excerpt":"...","hint":"..."}}.
 *
 * No client can hold up the supervisor: nothing here blocks, everything has a
 * bound, and who does not send or read in time is left.
 */
#ifndef JAILMOUNT_CONTROL_H
#define JAILMOUNT_CONTROL_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/events.h"

#include <jansson.h>
#include <stdbool.h>

enum {
	CONTROL_REQUEST_MAX = 64 << 10, /* bytes in a request */
	CONTROL_ANSWER_MAX = 16 << 20,
	CONTROL_CLIENTS_MAX = 64,
	CONTROL_DESCRIPTORS_MAX = 253,	    /* with an answer: SCM_MAX_FD */
	CONTROL_PATIENCE_US = 10 * 1000000, /* for a request, and to read */
};

struct control_client;

struct control {
	struct events *events; /* not owned */
	struct event_source source;
	struct control_client *clients; /* a list */
	size_t client_count;
	uint64_t next_id;
	/* A request has come, from the client with this number. It is to be
	 * answered with control_answer(), now or later. The object is the
	 * caller's to release. */
	void (*requested)(void *context, uint64_t client,
			  const json_t *request);
	void *context;
};

/* Bind and listen at `name` in the directory. 0 or -errno. */
int control_open(struct control *control, struct events *events,
		 int directory_fd, const char *directory,
		 struct diag *diag) MUST_CHECK;

/* Leave every client. Safe on a zeroed struct whose source.fd is -1. */
void control_close(struct control *control);

/*
 * Answer a client; one that has gone meanwhile is no error. The object is
 * taken over; the descriptors are duplicated.
 */
void control_answer(struct control *control, uint64_t id, json_t *answer,
		    const int *descriptors, size_t descriptor_count);

/* The same with what went wrong. */
void control_answer_failure(struct control *control, uint64_t id,
			    const struct diag *diag);

/*
 * Give what is still to be sent a last chance, and at most `microseconds`.
 * For the supervisor's own end.
 */
void control_flush(struct control *control, int64_t microseconds);

#endif
