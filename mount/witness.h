/*
 * What a generation was seen to do: the programs that it executed, and the
 * system calls that it was refused. Each once, with how often and since when;
 * bounded, whatever goes on in the jail. Pure.
 */
#ifndef JAILMOUNT_WITNESS_H
#define JAILMOUNT_WITNESS_H

#include "lib/base.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	WITNESS_PROGRAMS_MAX = 192, /* different ones of the image */
	WITNESS_OTHERS_MAX = 64,    /* and others: neither can hide the other */
	WITNESS_CALLS_MAX = 128,    /* more than the filter puts to us */
	WITNESS_COMMAND_SIZE = 17,
};

/* Who did it first, and when. */
struct witness_first {
	int64_t time; /* microseconds since 1970 */
	pid_t pid;    /* as the host numbers it; 0: the jail itself */
	char command[WITNESS_COMMAND_SIZE];
};

struct witness_program {
	char *path;    /* as printable_append() writes it */
	bool of_image; /* or it was refused */
	uint64_t count;
	struct witness_first first;
};

struct witness_call {
	uint32_t number;
	uint64_t count;
	struct witness_first first;
};

struct witness {
	struct witness_program *programs; /* as they came */
	size_t program_count;
	uint64_t unlisted; /* executions of those beyond the bounds */
	struct witness_call *calls;
	size_t call_count;
	uint64_t refused; /* calls in all */
};

#define WITNESS_INIT ((struct witness){ 0 })
#define CLEANUP_WITNESS CLEANUP(witness_done)

void witness_done(struct witness *witness);

/* Count it once more, if it is known: who does it is only asked at first. */
bool witness_program_again(struct witness *witness, const char *path,
			   bool of_image);
bool witness_call_again(struct witness *witness, uint32_t number);

/* One that is not. True if it is now remembered; what there is no room for is
 * only counted. */
bool witness_program(struct witness *witness, const char *path, bool of_image,
		     const struct witness_first *first);
bool witness_call(struct witness *witness, uint32_t number,
		  const struct witness_first *first);

/* [{"path","of_image","count","first","pid","command"}, ...] */
json_t *witness_programs_json(const struct witness *witness);
/* [{"call","count","first","pid","command"}, ...] */
json_t *witness_calls_json(const struct witness *witness);

#endif
