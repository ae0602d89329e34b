/*
 * What `--explain` has found, each thing once, and the lines that come of it.
 * Bounded: a jail that looks for ever new things cannot fill the supervisor's
 * memory.
 */
#ifndef JAILMOUNT_EXPLAIN_LIST_H
#define JAILMOUNT_EXPLAIN_LIST_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	EXPLAIN_FINDINGS_MAX = 4096,
	EXPLAIN_UNFOUND_MAX = 65536,
	/* So many files of one package that is not in the image: better the
	   package. */
	EXPLAIN_PACKAGE_FILES = 4,
};

enum explain_kind {
	EXPLAIN_IS_MISSING,
	EXPLAIN_IS_READ_ONLY,
	EXPLAIN_IS_REFUSED,
};

/* Strings belong to it, and may be NULL unless said otherwise. */
struct explain_finding {
	enum explain_kind kind;
	bool usual;	 /* programs do without: listed on demand */
	char *subject;	 /* never NULL: a path, an address, a system call */
	char *call;	 /* never NULL: of the first that met it */
	char *command;	 /* never NULL: likewise */
	char *line;	 /* never NULL: of a recipe */
	char *note;	 /* what to know about the line */
	char *origin;	 /* where it is: "the host", "the image" */
	char *package;	 /* that has it there */
	bool packed;	 /* the image has files of that package */
	char *directory; /* that would become writable */
};

void explain_finding_done(struct explain_finding *finding);

struct explain_list {
	struct explain_finding *findings;
	size_t count;
	bool full;	   /* there was more */
	uint64_t *unfound; /* hashes of what is nowhere; a set */
	size_t unfound_count;
};

#define EXPLAIN_LIST_INIT ((struct explain_list){ 0 })
#define CLEANUP_EXPLAIN_LIST CLEANUP(explain_list_done)

void explain_list_done(struct explain_list *list);

/*
 * Take the finding over, in any case. 1 if it is a new one, which is the last
 * then; 0 if its line was there before or the list is full; -ENOMEM. One that
 * programs do without gives way to one of the same line that is needed.
 */
int explain_list_add(struct explain_list *list,
		     struct explain_finding *finding) MUST_CHECK;

/* Count a path that is nowhere. 0 or -ENOMEM. */
int explain_list_count(struct explain_list *list, const char *path) MUST_CHECK;

/*
 * The lines, sorted, none twice, NULL-terminated; the caller frees them. Of
 * directories to be written to the outer one stands for those in it; packages
 * that the image has nothing of are fetched, or taken as a whole.
 */
int explain_list_lines(const struct explain_list *list, bool usual,
		       char ***ret_lines) MUST_CHECK;

/* For people: remarks, then the lines, ready to be pasted into a recipe. */
int explain_list_print(const struct explain_list *list, bool usual,
		       struct buf *text) MUST_CHECK;

/* The same as JSON, with every finding. */
int explain_list_print_json(const struct explain_list *list, bool usual,
			    struct buf *text) MUST_CHECK;

/* One finding as a message. */
void explain_finding_print(const struct explain_finding *finding,
			   struct buf *text);

#endif
