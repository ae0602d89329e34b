/*
 * The symbols of an ELF object and their versions, as the loader binds them:
 * what it defines, what others have to define for it, and which versions it
 * demands of which library before any symbol is looked at.
 *
 * Formats: System V ABI, chapter 5, "Symbol Table" and "Hash Table"; versions
 * as in the Linux Standard Base, core specification, "Symbol Versioning". The
 * matching is glibc's: elf/dl-lookup.c, check_match(), and elf/dl-version.c.
 */
#ifndef JAILPACK_ELF_SYMBOLS_H
#define JAILPACK_ELF_SYMBOLS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

struct elf_symbol {
	const char *name;
	const char *version; /* or NULL */
};

/* A version that a library has to define (verneed). */
struct elf_version_need {
	const char *file; /* a name of DT_NEEDED */
	const char *version;
	bool weak; /* the loader goes on without it */
};

struct elf_symbols {
	char *strings; /* that every name here points into */
	/* Undefined and not weak. Empty if it is not known where the symbol
	 * table ends (`complete` is false): then there may be more exports as
	 * well. */
	struct elf_symbol *imports;
	size_t import_count;
	struct elf_symbol *exports; /* sorted by name */
	size_t export_count;
	struct elf_version_need *needs;
	size_t need_count;
	const char **versions; /* that it defines (verdef) */
	size_t version_count;
	bool complete;
};

#define ELF_SYMBOLS_INIT ((struct elf_symbols){ 0 })
#define CLEANUP_SYMBOLS CLEANUP(elf_symbols_done)

void elf_symbols_done(struct elf_symbols *symbols);

/* -EBADMSG with the reason if the object is damaged; *ret_symbols is then
 * untouched. One without a dynamic section has no symbols. */
int elf_parse_symbols(const void *bytes, size_t length,
		      struct elf_symbols *ret_symbols,
		      struct diag *diag) MUST_CHECK;
/* The same from a descriptor. */
int elf_read_symbols(int fd, struct elf_symbols *ret_symbols,
		     struct diag *diag) MUST_CHECK;

/* True if a reference to that symbol would be bound to this object. */
bool elf_symbols_define(const struct elf_symbols *symbols,
			const struct elf_symbol *wanted);

/* True if the loader would not miss that version in it. An object without
 * any versions is taken, with a warning, in place of one that has them. */
bool elf_symbols_have_version(const struct elf_symbols *symbols,
			      const char *version);

#endif
