/*
 * Putting the filter together, instruction by instruction. For seccomp.c and
 * seccomp_arguments.c alone.
 */
#ifndef JAILMOUNT_SECCOMP_EMIT_H
#define JAILMOUNT_SECCOMP_EMIT_H

#include "lib/base.h"
#include "mount/seccomp.h"
#include "mount/seccomp_list.h"

#include <stdbool.h>

struct compiler {
	struct seccomp_filter filter;
	enum seccomp_supervision supervision;
	uint64_t pass;
	bool sealed; /* the only network there is to see is the host's */
	bool failed; /* no memory, or too long */
};

void emit(struct compiler *compiler, struct sock_filter instruction);
void emit_return(struct compiler *compiler, uint32_t action);
void emit_errno(struct compiler *compiler, int error);

/* What is refused for good: the supervisor is to know, who gives the same
 * error. One instruction. */
void emit_refusal(struct compiler *compiler, int error);

/* Go on if what is loaded equals `value`, else skip `count` instructions. */
void emit_unless_equal_skip(struct compiler *compiler, uint32_t value,
			    unsigned char count);

/* seccomp_arguments.c: the rest of the filter for a verdict that depends on
 * arguments. */
void emit_check(struct compiler *compiler, enum seccomp_verdict verdict);

#endif
