/*
 * Which variables of its environment a service needs. Pure.
 *
 * No system call tells who reads a variable. What does tell: PATH finds
 * programs that were executed; the language names locales that were opened;
 * and the files that the service read name variables that were set.
 */
#ifndef JAILPACK_TRACE_ENVIRONMENT_H
#define JAILPACK_TRACE_ENVIRONMENT_H

#include "lib/base.h"
#include "pack/trace_draft.h"

void trace_draft_environment(struct draft *draft,
			     const struct trace_subject *subject);

#endif
