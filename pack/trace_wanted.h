/*
 * Which of the paths that a service had to do with belong into its jail, and
 * which are the kernel's, the host's, or of the moment. Pure.
 */
#ifndef JAILPACK_TRACE_WANTED_H
#define JAILPACK_TRACE_WANTED_H

#include "lib/base.h"
#include "pack/trace_facts.h"

#include <stdbool.h>

/* In the order in which they are put into a draft: programs bring their
 * libraries along, configuration the modules that it names. */
enum trace_wanted {
	WANTED_NOT,
	WANTED_NAMES, /* a module of the host's name service: not itself, nor
			 what came along with it */
	WANTED_PROGRAM,
	WANTED_FILE,
	WANTED_PLUGIN, /* a library where the loader does not look by itself */
	WANTED_LIBRARY,
	WANTED_LINK,
	WANTED_DIRECTORY,
};

enum trace_wanted trace_wanted(const struct trace_fact *fact);

/* True for a path that was not there, and of which the operator should know:
 * not one of a search. */
bool trace_worth_telling(const struct trace_fact *fact);

#endif
