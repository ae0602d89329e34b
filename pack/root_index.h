/*
 * What is known of unpacked packages besides the files themselves: what each
 * of them brings, and the owners and permissions that the files are to have
 * in an image. On disk all files belong to whoever packs and can be read and
 * written by them.
 *
 * The format, in fields that each end with a NUL byte:
 *
 *     jailpack root 1
 *     P NAME VERSION ARCHITECTURE        a package; what follows is its
 *     D PATH                             a directory that it brings
 *     F PATH                             anything else that it brings
 *     A PATH MODE USER GROUP             its permissions (octal) and owners,
 *                                        where they are not the usual ones
 *     E                                  the end
 *
 * where P, D, F, A, E are fields of their own. Usual is root:root, 0777 for
 * links, 0755 for directories and for files that the packing user may execute
 * on disk, 0644 for other files.
 */
#ifndef JAILPACK_ROOT_INDEX_H
#define JAILPACK_ROOT_INDEX_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/packages.h"

#include <sys/types.h>

struct root_attributes {
	const char *path;
	mode_t permissions; /* set-id and sticky bits included */
	const char *user, *group;
};

/* --- Records, to write and to read one after the other ---------------------
 */

enum root_record_kind {
	ROOT_PACKAGE = 'P',
	ROOT_DIRECTORY = 'D',
	ROOT_FILE = 'F',
	ROOT_ATTRIBUTES = 'A',
	ROOT_END = 'E',
};

struct root_record {
	enum root_record_kind kind;
	const char *name, *version, *architecture; /* of a package */
	struct root_attributes attributes;	   /* else; or only the path */
};

void root_index_put_header(struct buf *index);
void root_index_put(struct buf *index, const struct root_record *record);

/*
 * Check the header and begin with the records: *ret_at is where they start.
 * -EBADMSG if it is no index. Strings lie in the text.
 */
int root_index_begin(const struct buf *index, size_t *ret_at) MUST_CHECK;
int root_index_next(const struct buf *index, size_t *at,
		    struct root_record *ret_record) MUST_CHECK;

/* The text of the index `name` in an open directory. -EBADMSG, -errno. */
int root_index_load(int directory, const char *name, struct buf *index,
		    struct diag *diag) MUST_CHECK;

/* --- A whole index, to be asked --------------------------------------------
 */

struct root_index;

int root_index_read(int directory, const char *name,
		    struct root_index **ret_index,
		    struct diag *diag) MUST_CHECK;
/* The same of a text in memory, which is taken over in any case. */
int root_index_parse(struct buf *text, struct root_index **ret_index,
		     struct diag *diag) MUST_CHECK;
void root_index_free(struct root_index *index);

struct packages *root_index_packages(struct root_index *index);

/* NULL where they are the usual ones. */
const struct root_attributes *
root_index_attributes(const struct root_index *index, const char *path);

#endif
