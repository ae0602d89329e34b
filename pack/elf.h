/*
 * What an ELF object says about what it needs, read without running it and
 * without trusting it: every offset and count is checked against the file.
 * The files elf*.c are the only ones that know libelf.
 *
 * Program headers are what the loader goes by, and so is this. Section
 * headers are looked at for one thing only: notes that no segment covers.
 *
 * Formats: System V ABI, chapters 4 and 5; the dlopen notes are those of the
 * UAPI group, https://uapi-group.org/specifications/specs/elf_dlopen_metadata
 */
#ifndef JAILPACK_ELF_H
#define JAILPACK_ELF_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	ELF_SEGMENTS_MAX = 4096,
	ELF_DYNAMIC_MAX = 65536,     /* entries of the dynamic section */
	ELF_SYMBOLS_MAX = 1 << 20,   /* entries of the symbol table */
	ELF_SECTIONS_MAX = 65536,    /* looked through for notes */
	ELF_NAME_MAX = 4096,	     /* bytes of any one string */
	ELF_NOTE_BYTES_MAX = 65536,  /* of one dlopen note */
	ELF_NOTES_MAX = 256,	     /* dlopen notes in one object */
	ELF_FILE_BYTES_MAX = 1 << 30 /* of an object that is looked into */
};

/* What must agree before one object can load another. */
struct elf_identity {
	unsigned char class;  /* ELFCLASS32, ELFCLASS64 */
	unsigned char data;   /* ELFDATA2LSB, ELFDATA2MSB */
	unsigned int machine; /* EM_X86_64, ... */
};

enum elf_priority { ELF_REQUIRED, ELF_RECOMMENDED, ELF_SUGGESTED };

/* One entry of a .note.dlopen: any one of the names will do. */
struct elf_dlopen {
	char **sonames; /* NULL-terminated, in order of preference */
	enum elf_priority priority;
	char *feature;	   /* or NULL */
	char *description; /* or NULL */
};

struct elf {
	struct elf_identity identity;
	bool dynamic;	   /* it has a dynamic section */
	char *interpreter; /* or NULL */
	char *soname;	   /* or NULL */
	char *rpath;	   /* DT_RPATH or NULL; the loader ignores it if there
			      is a runpath */
	char *runpath;	   /* or NULL */
	char **needed;	   /* NULL-terminated; NULL if none */
	bool no_default_directories; /* DF_1_NODEFLIB */
	bool fixed_address;	     /* ET_EXEC: not position-independent */
	bool relro;		     /* PT_GNU_RELRO */
	bool bind_now;		     /* DT_BIND_NOW, DF_BIND_NOW, DF_1_NOW */
	bool executable_stack;	     /* PT_GNU_STACK says so */
	bool writable_code; /* a segment is to be both, or DT_TEXTREL */
	char **imports;	    /* of the names asked about, those it imports */
	char **exports;	    /* and those it defines */
	struct elf_dlopen *dlopens;
	size_t dlopen_count;
};

#define ELF_INIT ((struct elf){ 0 })
#define CLEANUP_ELF CLEANUP(elf_done)

void elf_done(struct elf *elf);

/* Room for the first bytes of a file, enough to tell what it is. */
enum { ELF_HEADER_BYTES = 64 };

/* True if the bytes begin an ELF file; *ret_identity then says which. */
bool elf_identify(const void *bytes, size_t length,
		  struct elf_identity *ret_identity);
bool elf_identity_equal(const struct elf_identity *a,
			const struct elf_identity *b);

/* "x86-64", "aarch64", or "ELF machine 243": for messages. */
void elf_machine_name(const struct elf_identity *identity, char *ret_name,
		      size_t size);

/*
 * Read an object from its bytes, which it may not outlive but need not keep.
 * `symbols` are the names to look for, NULL-terminated; NULL for none.
 * -EBADMSG with the reason if the object is damaged; *ret_elf is untouched.
 */
int elf_parse(const void *bytes, size_t length, const char *const *symbols,
	      struct elf *ret_elf, struct diag *diag) MUST_CHECK;

/* The same from a descriptor. */
int elf_read(int fd, const char *const *symbols, struct elf *ret_elf,
	     struct diag *diag) MUST_CHECK;

bool elf_imports(const struct elf *elf, const char *symbol);
bool elf_exports(const struct elf *elf, const char *symbol);

#endif
