/*
 * The commands of `build`, run apart from the host.
 *
 * A room is a set of namespaces in which commands run one after another: no
 * network, no other processes, the host's /usr and what its programs need of
 * /etc to be read, and a directory of the recipe's that can be written to
 * without anything of it being changed. Commands find the work of those
 * before them in that directory; each has a stage of its own, an empty
 * directory at BUILD_STAGE, and what is in there in the end is its result.
 * All that they write lies in memory that is given back with the room, and
 * they end with the process that opened it, however that ends.
 *
 * They see themselves as root without any power, and belong to whoever packs,
 * or, if that is root, to a user that nobody is.
 *
 * user_namespaces(7), mount_namespaces(7), pid_namespaces(7); overlayfs with
 * userxattr (Linux 5.11), tmpfs with user attributes (6.6): where it cannot
 * be had the directory is copied.
 */
#ifndef JAILPACK_BUILD_H
#define JAILPACK_BUILD_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>

#define BUILD_STAGE "/stage"

enum {
	BUILD_COMMANDS_MAX = 64,   /* in a recipe */
	BUILD_FILES_MAX = 1048576, /* in the directory, and in each stage */
};

struct build_plan {
	const char *directory;	      /* that the commands begin in */
	char *const *const *commands; /* each a NULL-terminated vector */
	size_t count;
	uint32_t time; /* their SOURCE_DATE_EPOCH */

	/* The last line that a command has printed; may be NULL. */
	void (*progress)(void *context, const char *text);
	void *context;
};

struct build_room;

/* The plan must outlive the room. */
int build_room_open(const struct build_plan *plan, struct build_room **ret_room,
		    struct diag *diag) MUST_CHECK;
void build_room_free(struct build_room *room);

/*
 * Run commands[index] to its end, and end what it has left behind. *ret_stage
 * is its stage, an O_PATH descriptor that outlives the room. If the command
 * fails, the hint of the diagnostic is what it said last.
 */
int build_room_run(struct build_room *room, size_t index, int *ret_stage,
		   struct diag *diag) MUST_CHECK;

#endif
