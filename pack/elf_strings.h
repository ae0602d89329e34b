/*
 * Names of libraries among the constant text of an ELF object: what it may
 * ask dlopen(3) for. A guess, for a warning.
 */
#ifndef JAILPACK_ELF_STRINGS_H
#define JAILPACK_ELF_STRINGS_H

#include "lib/base.h"
#include "lib/diag.h"

enum { ELF_LIBRARY_NAMES_MAX = 16 };

/*
 * Strings that end in ".so" or ".so.N", of what is loaded and neither writable
 * nor, where the linker keeps the two apart, code, but for the object's own
 * DT_NEEDED and DT_SONAME: sorted, each once, the first ELF_LIBRARY_NAMES_MAX
 * that were met. NULL: none. The caller frees them.
 */
int elf_read_library_names(int fd, char ***ret_names,
			   struct diag *diag) MUST_CHECK;

#endif
