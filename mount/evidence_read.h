/*
 * Evidence that was kept, read back: evidence_write.h says what is in it.
 *
 * What is in it was an intruder's to choose, and is bounded and made printable
 * like everything that comes from outside. Nothing is made of it before its
 * digests were compared.
 */
#ifndef JAILMOUNT_EVIDENCE_READ_H
#define JAILMOUNT_EVIDENCE_READ_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "mount/diff.h"

#include <jansson.h>

/* How it stands with a piece. */
enum evidence_state {
	EVIDENCE_WHOLE,	  /* as its sums say, and they as the jail's log does */
	EVIDENCE_UNKNOWN, /* as its sums say; the log does not know of it */
	EVIDENCE_ALTERED,
};

struct evidence_verdict {
	enum evidence_state state;
	struct buf why; /* of the last: "layers.tar is another one" */
	uint64_t bytes; /* of all its files */
};

#define EVIDENCE_VERDICT_INIT ((struct evidence_verdict){ .why = BUF_INIT })
#define CLEANUP_EVIDENCE_VERDICT CLEANUP(evidence_verdict_done)

void evidence_verdict_done(struct evidence_verdict *verdict);

/* Open the directory of a jail's evidence, or one piece in it. -ENOENT; a name
 * that could lead elsewhere is -EINVAL. */
int evidence_open_jail(const char *root, const char *jail, int *ret_directory,
		       struct diag *diag) MUST_CHECK;
int evidence_open_piece(int directory, const char *name, int *ret_piece,
			struct diag *diag) MUST_CHECK;

/*
 * Compare every file with SHA256SUMS, and that with what the log says; there
 * are no others. `log` is the jail's log file, which may not be there, `place`
 * what the log calls the piece: its path.
 */
int evidence_check(int piece, const char *place, const char *log,
		   struct evidence_verdict *ret_verdict,
		   struct diag *diag) MUST_CHECK;

/* One of its JSON files. -ENOENT if it has none. */
int evidence_read_json(int piece, const char *name, json_t **ret_json,
		       struct diag *diag) MUST_CHECK;

/*
 * evidence_archive_read.c: go through layers.tar, and say of the programs and
 * scripts in `diff` what their content is: traits and digest. A file that the
 * archive does not hold whole has no digest. -ENOENT without an archive.
 */
int evidence_archive_read(int piece, struct diff *diff,
			  struct diag *diag) MUST_CHECK;

#endif
