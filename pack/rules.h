/*
 * What an object loads or reads at run time and its DT_NEEDED does not say:
 * a table from what gives it away (an imported symbol, a soname) to what it
 * needs and why. Pure; closure.c acts on it.
 */
#ifndef JAILPACK_RULES_H
#define JAILPACK_RULES_H

#include "lib/base.h"
#include "pack/elf.h"

#include <stdbool.h>

enum rule_action {
	RULE_LIBRARY, /* `adds` is loaded by name */
	RULE_NSS,     /* the services of nsswitch.conf are */
};

struct rule {
	const char *symbol; /* that is imported */
	enum rule_action action;
	const char *adds;
	const char *why; /* "loaded by ... when ..." */
};

/* All rules; *ret_count of them. */
const struct rule *rules(size_t *ret_count);

/* Every symbol that a rule or dlopen_rule() asks about, NULL-terminated, for
 * elf_read(). */
const char *const *rules_symbols(void);

/* True if the object opens others by name. */
bool rules_uses_dlopen(const struct elf *elf);

/*
 * What is known of an object that uses dlopen(3), by its soname: what it may
 * load, for a warning. NULL: nothing. *ret_harmless: no warning is due, it
 * loads only what something else here finds.
 */
const char *rules_dlopen_hint(const char *soname, bool *ret_harmless);

#endif
