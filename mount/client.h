/*
 * The other end of control.h: one request to a jail's supervisor.
 */
#ifndef JAILMOUNT_CLIENT_H
#define JAILMOUNT_CLIENT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/control.h"

#include <jansson.h>

struct client_answer {
	json_t *json;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	size_t descriptor_count;
};

#define CLIENT_ANSWER_INIT ((struct client_answer){ 0 })
#define CLEANUP_CLIENT_ANSWER CLEANUP(client_answer_done)

void client_answer_done(struct client_answer *answer);

/*
 * Send {"command":COMMAND} to the jail of that name and wait for the answer,
 * `seconds` at most, or without end if 0. -ENOENT if no such jail runs; a
 * failure that the supervisor tells becomes the diagnostic.
 */
int client_request(const char *name, const char *command, unsigned int seconds,
		   struct client_answer *ret_answer,
		   struct diag *diag) MUST_CHECK;

/* The same with more than a command: an object, which is taken over. */
int client_request_json(const char *name, json_t *request, unsigned int seconds,
			struct client_answer *ret_answer,
			struct diag *diag) MUST_CHECK;

#endif
