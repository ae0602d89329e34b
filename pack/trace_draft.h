/*
 * From the facts of a run to the directives of a recipe, the files left out:
 * those are chosen by trace_files.h. Pure.
 */
#ifndef JAILPACK_TRACE_DRAFT_H
#define JAILPACK_TRACE_DRAFT_H

#include "lib/base.h"
#include "pack/draft.h"
#include "pack/recipe.h"
#include "pack/trace_facts.h"
#include "pack/trace_layers.h"
#include "pack/trace_names.h"
#include "pack/trace_variables.h"

#include <stdbool.h>

struct trace_subject {
	const struct trace_facts *facts;
	const struct trace_names *names;
	const struct trace_layers *layers;
	const struct recipe *old; /* that is continued, or NULL */
	const char *name;	  /* of the jail */
	char *const *arguments;	  /* the program by its path */
	char *const *environment; /* that the service had */
	/* That matter; or NULL. */
	const struct trace_variables *variables;
	const char *directory; /* that it began in */
};

/* What stands before the files: what this is, name, source, users. Nothing but
 * users if an old recipe is continued. */
void trace_draft_begin(struct draft *draft,
		       const struct trace_subject *subject);

/* What stands behind them. */
void trace_draft_end(struct draft *draft, const struct trace_subject *subject);

/* --- For the parts of it --- */

/* Users and groups. */
void trace_draft_accounts(struct draft *draft,
			  const struct trace_subject *subject);

/* Does the draft, or the old recipe, declare this user, or this group? */
bool trace_declares_user(const struct trace_subject *subject, uint32_t uid);
bool trace_declares_group(const struct trace_subject *subject, uint32_t gid);

/* "USER:GROUP", as a recipe says it. */
void trace_draft_owner(struct buf *text, const struct trace_subject *subject,
		       uint32_t uid, uint32_t gid);

/* Is the path in a layer of the old recipe? */
bool trace_old_layer(const struct trace_subject *subject, const char *path);

/* Layers, devices, /proc, environment. */
void trace_draft_places(struct draft *draft,
			const struct trace_subject *subject);

/* Capabilities, ports, peers. */
void trace_draft_powers(struct draft *draft,
			const struct trace_subject *subject);

/* What was looked for and not there, and what a jail does not do. */
void trace_draft_remarks(struct draft *draft,
			 const struct trace_subject *subject);

#endif
