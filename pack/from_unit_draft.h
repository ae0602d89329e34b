/*
 * From a unit to the directives of a recipe. Pure: what only the host knows is
 * looked up before.
 */
#ifndef JAILPACK_FROM_UNIT_DRAFT_H
#define JAILPACK_FROM_UNIT_DRAFT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/draft.h"
#include "pack/trace_names.h"
#include "pack/unit_file.h"

struct unit_subject {
	const char *jail; /* its name */
	const char *path; /* of the unit's file */
	const struct unit_file *service;
	const struct unit_file *socket; /* or NULL */
	struct unit_specifiers specifiers;
	const struct trace_names *names;
	char *const *environment; /* NAME=VALUE; NULL-terminated */
	char *const *packages;	  /* that bring program and unit */
	char *const *command;	  /* the program by its path; NULL if the
				     unit names none */
	const char *setpriv;	  /* setpriv(1), or NULL */
};

void from_unit_draft(struct draft *draft, const struct unit_subject *subject);

/*
 * The words of an Exec line: its prefixes and argv[0] taken away, specifiers
 * and variables replaced. *ret_prefixes has room for 8 characters.
 */
int unit_command(const char *value, const struct unit_specifiers *specifiers,
		 char *const *environment, char *ret_prefixes,
		 char ***ret_words, struct diag *diag) MUST_CHECK;

/* --- For the parts of it --- */

/* A value of [Service], specifiers replaced; the caller frees it. NULL. */
char *unit_value(const struct unit_subject *subject, const char *key);

/* "USER:GROUP" of the service; "root:root" if it says nothing. */
char *unit_owner(const struct unit_subject *subject);

/* The TCP port of a socket unit that has a process started for each
 * connection; 0: it has not, or it is not one port. */
unsigned int unit_connection_port(const struct unit_subject *subject);

/* What setpriv(1) has to be told of AmbientCapabilities=. */
void unit_put_ambient(struct buf *text, const struct unit_subject *subject);

void unit_draft_users(struct draft *draft, const struct unit_subject *subject);
void unit_draft_places(struct draft *draft, const struct unit_subject *subject);
void unit_draft_powers(struct draft *draft, const struct unit_subject *subject);
void unit_draft_run(struct draft *draft, const struct unit_subject *subject);
void unit_draft_rest(struct draft *draft, const struct unit_subject *subject);

#endif
