/*
 * The files that a draft may have to list, and how they are put into words:
 * by package, whole packages where most of one was used.
 */
#ifndef JAILPACK_TRACE_LIST_H
#define JAILPACK_TRACE_LIST_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/source.h"
#include "pack/trace_draft.h"
#include "pack/trace_wanted.h"

#include <stdbool.h>

struct trace_entry {
	const struct trace_fact *fact;
	enum trace_wanted class;
	const char *package; /* or NULL */
	bool covered;	     /* others bring it along */
	bool deferred;	     /* perhaps a link brings it along */
	bool listed;	     /* it has to be said */
	bool whole;	     /* with its package */
};

struct trace_list {
	struct source *host;
	struct trace_entry *entries; /* by package, class, way, path */
	size_t count;
};

#define TRACE_LIST_INIT ((struct trace_list){ 0 })

/* What is wanted and still there. */
int trace_list_make(const struct trace_subject *subject,
		    struct trace_list *ret_list, struct diag *diag) MUST_CHECK;
void trace_list_done(struct trace_list *list);

/* Mark those of packages that are used as a whole. */
void trace_list_packages(struct trace_list *list);

/* The directives for what is listed. */
void trace_list_draft(const struct trace_list *list,
		      const struct trace_subject *subject, struct draft *draft);

#endif
