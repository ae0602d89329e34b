/*
 * An ELF file while it is being read: what the files elf*.c share, and with
 * it libelf. Nobody else includes it.
 *
 * Every offset that is asked for is checked against the file.
 */
#ifndef JAILPACK_ELF_READER_H
#define JAILPACK_ELF_READER_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/elf.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>

struct elf_reader {
	Elf *handle;
	const unsigned char *bytes;
	size_t length;
	struct elf_identity identity;
	unsigned int type; /* ET_EXEC, ET_DYN, ... */
	GElf_Phdr *segments;
	size_t segment_count;
	/* elf.c: the names asked about, and what is being filled */
	const char *const *symbols;
	struct elf *elf;
};

#define ELF_READER_INIT ((struct elf_reader){ 0 })
#define CLEANUP_READER CLEANUP(elf_reader_close)

/* The bytes have to stay until the reader is closed. -EBADMSG if they are not
 * an ELF file. */
int elf_reader_open(const void *bytes, size_t length, struct elf_reader *reader,
		    struct diag *diag) MUST_CHECK;
void elf_reader_close(struct elf_reader *reader);

/* A file in memory. */
struct elf_mapping {
	void *bytes;
	size_t length;
};

#define ELF_MAPPING_INIT ((struct elf_mapping){ 0 })
#define CLEANUP_MAPPING CLEANUP(elf_unmap)

int elf_map(int fd, struct elf_mapping *ret_mapping,
	    struct diag *diag) MUST_CHECK;
void elf_unmap(struct elf_mapping *mapping);

/* -EBADMSG, "damaged ELF file: what". */
int elf_damaged(struct diag *diag, const char *what);

/* True if the `size` bytes at `offset` lie in the file. */
bool elf_in_file(const struct elf_reader *reader, uint64_t offset,
		 uint64_t size);

/* Bytes of the file as elements of a type, in the host's byte order; NULL if
 * they are not there. The handle owns what comes back. */
Elf_Data *elf_raw_data(const struct elf_reader *reader, uint64_t offset,
		       uint64_t size, Elf_Type type);

/* The 32-bit word at an offset; 0 if it is not there. */
uint32_t elf_word_at(const struct elf_reader *reader, uint64_t offset);

/* A copy of the NUL-terminated string at an offset, which must end before
 * `limit` bytes have passed. */
int elf_copy_string(const struct elf_reader *reader, uint64_t offset,
		    uint64_t limit, char **ret_string,
		    struct diag *diag) MUST_CHECK;

/* Where an address of the loaded object is in the file; 0 if nowhere. */
uint64_t elf_file_offset(const struct elf_reader *reader, uint64_t address);

/* Of the dynamic section: addresses turned into file offsets; 0 if absent. */
struct elf_dynamic {
	uint64_t strings, strings_size;
	uint64_t symbols, symbol_size;
	uint64_t hash, gnu_hash;
	uint64_t versions; /* of the symbols, one halfword each */
	uint64_t needs, need_count;
	uint64_t definitions, definition_count;
};

/* The entries of the dynamic section that a segment holds, for
 * elf_next_entry(), and the tables that they refer to. */
int elf_read_tables(const struct elf_reader *reader, const GElf_Phdr *segment,
		    Elf_Data **ret_data, struct elf_dynamic *ret_dynamic,
		    struct diag *diag) MUST_CHECK;
bool elf_next_entry(Elf_Data *data, int index, GElf_Dyn *ret_entry);

#endif
