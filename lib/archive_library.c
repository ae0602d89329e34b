#include "lib/archive_library.h"

#include "lib/shared_library.h"

static const char *const names[] = {
#define NAME(name) "archive_" #name,
	ARCHIVE_LIBRARY_FUNCTIONS(NAME)
#undef NAME
};

_Static_assert(sizeof(struct archive_library) ==
		       ARRAY_SIZE(names) * sizeof(void *),
	       "one pointer for each name");

int archive_library_load(struct archive_library *ret_library, struct diag *diag)
{
	/* The version of the interface that <archive.h> describes. */
	static const struct shared_library shared = {
		.sonames = { "libarchive.so.13" },
		.does = "reads and writes archives",
		.package = "libarchive13",
		.names = names,
		.count = ARRAY_SIZE(names),
	};

	return shared_library_load(&shared, ret_library, diag);
}
