/*
 * What is known of an unpacked root besides the files themselves: the
 * packages, what each of them brings, and the owners and permissions that the
 * files are to have in an image. On disk all files belong to whoever packs
 * and can be read and written by them.
 *
 * The format, in fields that each end with a NUL byte:
 *
 *     jailpack root 1
 *     P NAME VERSION ARCHITECTURE        a package; what follows is its
 *     F PATH                             a path that it brings
 *     A PATH MODE USER GROUP             its permissions (octal) and owners,
 *                                        where they are not the usual ones
 *     E                                  the end
 *
 * where P, F, A, E are fields of their own. Usual is root:root, 0777 for
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

struct root_index;

struct root_attributes {
	const char *path;
	mode_t permissions; /* set-id and sticky bits included */
	const char *user, *group;
};

void root_index_put_header(struct buf *index);
void root_index_put_package(struct buf *index, const char *name,
			    const char *version, const char *architecture);
void root_index_put_file(struct buf *index, const char *path);
void root_index_put_attributes(struct buf *index,
			       const struct root_attributes *attributes);
void root_index_put_end(struct buf *index);

/* -EBADMSG if it is anything but a whole index. */
int root_index_read(int directory, const char *name,
		    struct root_index **ret_index,
		    struct diag *diag) MUST_CHECK;
void root_index_free(struct root_index *index);

struct packages *root_index_packages(struct root_index *index);

/* NULL where they are the usual ones. */
const struct root_attributes *
root_index_attributes(const struct root_index *index, const char *path);

#endif
