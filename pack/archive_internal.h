/*
 * What the files that read archives share. Nobody else includes it.
 */
#ifndef JAILPACK_ARCHIVE_INTERNAL_H
#define JAILPACK_ARCHIVE_INTERNAL_H

#include "lib/archive_library.h"
#include "pack/archive.h"

/* The limits that archive.h tells. */
enum {
	ARCHIVE_BYTES_ALWAYS = 256 << 20,
	ARCHIVE_BYTES_PER_BYTE = 100,
};

struct archive_reader {
	struct archive_library library;
	const char *name;
	struct archive *outer; /* the .deb, or NULL */
	struct archive *inner; /* the tar */
	char *chunk;	       /* of the outer on its way to the inner */
	size_t entry_count;    /* and directories that only paths name */
	uint64_t limit;	       /* of what all members hold together */
	uint64_t left;	       /* of the limit */
	char *path, *target;   /* of the present member */
	uint64_t size;	       /* its own, or ARCHIVE_SIZE_UNKNOWN */
};

/* libarchive's own words, as a diagnostic: -EBADMSG. */
int archive_reader_error(const struct archive_reader *reader,
			 struct archive *archive, struct diag *diag) MUST_CHECK;

#endif
