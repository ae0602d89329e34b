/*
 * The parts of the recorder. For trace_facts*.c alone. All return 0 or -ENOMEM.
 */
#ifndef JAILPACK_TRACE_FACTS_INTERNAL_H
#define JAILPACK_TRACE_FACTS_INTERNAL_H

#include "lib/base.h"
#include "pack/trace_facts.h"

/* An internet address that was bound, listened on or connected to. */
int facts_note_address(struct trace_facts *facts,
		       const struct trace_event *event) MUST_CHECK;

/* Users and groups that it became, or gave a file to. */
int facts_note_ids(struct trace_facts *facts,
		   const struct trace_event *event) MUST_CHECK;

/* The capabilities that an event needs. */
int facts_note_powers(struct trace_facts *facts,
		      const struct trace_event *event) MUST_CHECK;

#endif
