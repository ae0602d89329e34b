/*
 * A file of /etc/pam.d: which modules a service goes through, and which other
 * files it takes in: pam.d(5). Pure.
 */
#ifndef JAILPACK_PAM_STACK_H
#define JAILPACK_PAM_STACK_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

struct pam_line {
	bool is_stack;	  /* include, substack, @include: `name` is a file of
			     the same directory, or a path */
	bool optional;	  /* "-auth ...": the module may be missing */
	char *name;	  /* of the module's file, or its path */
	char **arguments; /* NULL-terminated; NULL if none */
	unsigned int number;
};

struct pam_stack {
	struct pam_line *lines;
	size_t count;
};

#define PAM_STACK_INIT ((struct pam_stack){ 0 })
#define CLEANUP_PAM CLEANUP(pam_stack_done)

void pam_stack_done(struct pam_stack *stack);

/* What does not look like one of those lines is passed over. */
int pam_stack_parse(const char *text, struct pam_stack *ret_stack,
		    struct diag *diag) MUST_CHECK;

#endif
