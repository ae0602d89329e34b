/*
 * Which of the files that a service used its recipe has to name. What the
 * closure of those brings along is left out: the draft is gathered as it would
 * be packed, first with the program alone, then with the programs that it
 * executed, its files, its plug-ins; what is there by then is not listed.
 */
#ifndef JAILPACK_TRACE_FILES_H
#define JAILPACK_TRACE_FILES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/gather.h"
#include "pack/trace_draft.h"

struct trace_files {
	const struct trace_subject *subject;
	const char *recipe_path; /* what the text would be the content of */
	const char *before;	 /* what stands before the files: an old
				    recipe, the beginning of a draft */
	const char *after;	 /* and behind them */
	const struct recipe_options *options;
	const struct gather_options *gather; /* its warnings are not wanted */
	void (*warn)(void *context, const char *text);
	void *context;
};

/* Appends the directives. Warns if not everything can be had. */
int trace_files_draft(const struct trace_files *files, struct draft *draft,
		      struct diag *diag) MUST_CHECK;

/* Does the text pack? 0, or why not. */
int trace_files_prove(const struct trace_files *files, const char *text,
		      struct diag *diag) MUST_CHECK;

#endif
