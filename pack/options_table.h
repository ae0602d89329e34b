/*
 * What jailpack's options are: for options.c alone, which reads a command line
 * by these tables.
 */
#ifndef JAILPACK_OPTIONS_TABLE_H
#define JAILPACK_OPTIONS_TABLE_H

#include "pack/options.h"

/* What an option does to the struct. */
enum option_kind {
	SETS_ACTION,
	SETS_FLAG,
	SETS_STRING,
	ADDS_STRING,
	SETS_NUMBER
};

struct option_rule {
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	enum action action; /* that it sets */
	size_t field;	    /* offset of what it sets else */
	uint64_t min, max;  /* of a number */
	unsigned int with;  /* bit n: it means something to action n */
};

/* Never more than OPTION_RULES_MAX. */
const struct option_rule *option_rules(size_t *ret_count);

#define OPTION_RULES_MAX 64

/* How many words an action takes, and what they are. */
struct option_words {
	size_t least, most;
	const char *what;
};

const struct option_words *option_words(enum action action);

#endif
