/*
 * The JSON text of a .note.dlopen: what an object may open at run time. For
 * elf.c and its destructor.
 */
#ifndef JAILPACK_ELF_DLOPEN_H
#define JAILPACK_ELF_DLOPEN_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/elf.h"

/* Add the entries of one note. -EBADMSG if it is not what it should be;
 * entries of no use, without a name, are passed over. */
int elf_take_dlopen_note(struct elf *elf, const char *text, size_t size,
			 struct diag *diag) MUST_CHECK;

void elf_dlopen_done(struct elf_dlopen *entry);

#endif
