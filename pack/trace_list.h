/*
 * The files that a draft may have to list. trace_list_draft.c puts them into
 * words: by package, by what was done with them.
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
	bool crowded;	     /* with its directory */
};

struct trace_list {
	struct source *host;
	bool needs_host; /* the old recipe's sources do not have all of it */
	struct trace_entry *entries; /* by package, class, way, path */
	size_t count;
};

#define TRACE_LIST_INIT ((struct trace_list){ 0 })

/* What is wanted and still there. */
int trace_list_make(const struct trace_subject *subject,
		    struct trace_list *ret_list, struct diag *diag) MUST_CHECK;
void trace_list_done(struct trace_list *list);

/*
 * Mark what is better said as a whole: packages of which most was used, and
 * directories of no package of which very many files were.
 */
int trace_list_summarize(struct trace_list *list,
			 const struct trace_facts *facts,
			 struct diag *diag) MUST_CHECK;

/* What was done with it, in words. */
const char *trace_entry_way(const struct trace_entry *entry);

/* The directives for what is listed. */
void trace_list_draft(const struct trace_list *list,
		      const struct trace_subject *subject, struct draft *draft);

#endif
