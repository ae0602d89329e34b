/*
 * The host's users and groups, as text: whoever traces asks no name service.
 */
#ifndef JAILPACK_TRACE_NAMES_H
#define JAILPACK_TRACE_NAMES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/id_table.h"

#include <stdbool.h>

struct trace_names {
	struct id_table users, groups;
	char *passwd_text, *group_text; /* for what else the lines say */
};

#define TRACE_NAMES_INIT ((struct trace_names){ 0 })

int trace_names_read(struct trace_names *ret_names,
		     struct diag *diag) MUST_CHECK;

/* The same from texts that are taken over. Pure. */
int trace_names_parse(char *passwd, char *group,
		      struct trace_names *ret_names) MUST_CHECK;
void trace_names_done(struct trace_names *names);

/* The home directory that passwd(5) gives a user; the caller frees it. NULL if
 * there is none, or when memory runs out. */
char *trace_names_home(const struct trace_names *names,
		       const char *user) MUST_CHECK;

/* True if group(5) lists the user among the members of the group. */
bool trace_names_is_member(const struct trace_names *names, const char *group,
			   const char *user);

#endif
