/*
 * For build*.c alone: what the two sides of a room have in common. The packer
 * keeps one end of a socket, process 1 of the room the other.
 */
#ifndef JAILPACK_BUILD_INTERNAL_H
#define JAILPACK_BUILD_INTERNAL_H

#include "pack/build.h"

enum { BUILD_TEXT_MAX = 4096, BUILD_HINT_MAX = 256 };

enum build_report_kind {
	BUILD_READY,
	BUILD_ENDED,  /* a command, with `status`; and its stage if that is 0 */
	BUILD_FAILED, /* `error`, and what failed in words */
};

struct build_report {
	enum build_report_kind kind;
	int error;  /* negative errno */
	int status; /* or 128 and the number of a signal, as in a shell */
	char text[BUILD_TEXT_MAX];
	char hint[BUILD_HINT_MAX]; /* or empty */
};

/* What process 1 is born with. */
struct build_child {
	const struct build_plan *plan;
	int tree;   /* the directory, as a mount that is not attached */
	int socket; /* reports go there, a command's index comes from there */
	int output; /* of the commands: a pipe */
};

/* Process 1, from its birth on. The first thing that it reads says that its
 * user namespace has its ids. */
_Noreturn void build_init(const struct build_child *child);

/*
 * The room's file systems, with their root as this process's: that is how it
 * stands on `/`, and the working directory is the plan's.
 */
int build_furnish(const struct build_child *child,
		  struct diag *diag) MUST_CHECK;

/* An empty file system in memory for one stage, attached at BUILD_STAGE;
 * *ret_stage is an O_PATH descriptor on it. */
int build_stage_new(int *ret_stage, struct diag *diag) MUST_CHECK;

/*
 * Copy what is in the directory `from` into the directory `to`: files, links,
 * directories, with their permissions and times; owners are not kept.
 */
int build_copy(int from, int to, struct diag *diag) MUST_CHECK;

/* The directory as a mount of its own that is not attached to anything;
 * whatever belongs there to its owner belongs to `id` in it, if the file
 * system can do that. `id` 0: nothing is moved. */
int build_tree_open(const char *directory, uint32_t id, int *ret_tree,
		    struct diag *diag) MUST_CHECK;

#endif
