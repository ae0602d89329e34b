/*
 * What an object loads or reads at run time and its DT_NEEDED does not say:
 * one table from what gives it away to what is added and why. jail-recipe(5)
 * has the same table for the reader. Pure; closure_rules.c acts on it.
 *
 * Lists are words in one string. Patterns are those of fnmatch(3).
 */
#ifndef JAILPACK_RULES_H
#define JAILPACK_RULES_H

#include "lib/base.h"
#include "pack/elf.h"

#include <stdbool.h>

enum rule_trigger {
	/* An object imports one of these symbols of glibc's; with "!PATTERN"
	 * among the words not one whose soname matches. */
	RULE_IMPORTS,
	/* An ELF object has a soname that matches, or without one the name of
	 * its file does. */
	RULE_OBJECT,
	/* The recipe brings a file whose path ends in what matches. */
	RULE_FILE,
	/* An object says so itself, in a .note.dlopen of that priority. */
	RULE_NOTE,
};

/* What `adds` means. ${lib} in it is the directory of the object that the
 * rule is about; with RULE_IMPORTS, that of its C library. */
enum rule_action {
	RULE_LIBRARY,	  /* libraries, which must be there */
	RULE_LIBRARY_IF,  /* libraries, if they are there */
	RULE_FILES,	  /* patterns: the files that are there */
	RULE_DATA,	  /* the same, and a warning if there are none */
	RULE_NAMES,	  /* databases of nsswitch.conf: their services */
	RULE_CHARSETS,	  /* gconv modules of these character sets, and of those
			     that the environment names */
	RULE_LOCALE,	  /* variables of the environment that name locales */
	RULE_TIME_ZONE,	  /* the variable that names a time zone */
	RULE_TERMINAL,	  /* the variable that names a terminal; behind it those
			     that are common */
	RULE_PAM,	  /* the stacks of PAM, from these directories */
	RULE_OPENSSL,	  /* its configuration and what that names */
	RULE_LINES,	  /* lines that name files: named_lines.h */
	RULE_APACHE,	  /* lines of Apache's configuration */
	RULE_NGINX,	  /* lines of nginx's configuration */
	RULE_NOTED,	  /* what the note names */
	RULE_NOTED_ASKED, /* the same, only with `closure with NAME` */
	RULE_PYTHON,	  /* the modules of scripts that are run by what is
			     called so */
	RULE_PERL,	  /* likewise */
	RULE_PHP,	  /* likewise, and extensions */
};

struct rule {
	const char *name; /* as `closure without NAME` calls it; several rows
			     may be one rule */
	enum rule_trigger trigger;
	const char *when;
	enum rule_action action;
	const char *adds;
	const char *why; /* a reason begins with it */
};

/* All rules; *ret_count of them. */
const struct rule *rules(size_t *ret_count);

/* Is there a rule of that name? */
bool rules_have(const char *name);

/* Every symbol that a rule asks about, and those of dlopen: NULL-terminated,
 * for elf_read(). -ENOMEM. */
int rules_symbols(char ***ret_symbols) MUST_CHECK;

/*
 * What of an object sets a rule off: the first of its symbols that is
 * imported, or the name. NULL if nothing does. It lives as long as the
 * arguments.
 */
const char *rule_meets_object(const struct rule *rule, const struct elf *elf,
			      const char *file_name);

/* True if a file of that path sets a rule off. */
bool rule_meets_file(const struct rule *rule, const char *path);

/* Is `name` among the words, which may be patterns? */
bool rule_names(const char *words, const char *name);

/* The next word of a list at *words, of *ret_length bytes, or NULL at its
 * end; *words is then behind it. */
const char *rule_next_word(const char **words, size_t *ret_length);

/* True if the object opens others by name. */
bool rules_uses_dlopen(const struct elf *elf);

/*
 * What is known of an object that uses dlopen(3), by its name: what it may
 * load, for a warning. NULL: nothing. *ret_harmless: no warning is due, it
 * loads only what something else here finds.
 */
const char *rules_dlopen_hint(const struct elf *elf, const char *file_name,
			      bool *ret_harmless);

#endif
