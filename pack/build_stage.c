#include "pack/build_stage.h"

#include "pack/source_internal.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_LIMIT = 4095 };

struct looking {
	struct source *source;
	struct buf *records; /* root_index.h */
	struct buf *ignored;
};

static int look_at_all(const struct looking *looking, const char *directory,
		       struct diag *diag);

static int look_at(const struct looking *looking, const char *path,
		   struct diag *diag)
{
	struct root_record record = {
		.kind = ROOT_ATTRIBUTES,
		.attributes = { .path = path, .user = "root", .group = "root" }
	};
	struct source_entry entry;
	int r = source_lstat(looking->source, path, &entry, diag);

	if (r < 0)
		return r;
	record.attributes.permissions = entry.mode & 07777;
	if (S_ISLNK(entry.mode) && path_climbs_out(path, entry.target))
		r = diag_set(diag, -EBADMSG,
			     "%s is a link to %s, which leads out of the stage",
			     path, entry.target);
	else if (S_ISLNK(entry.mode) || S_ISREG(entry.mode) ||
		 S_ISDIR(entry.mode))
		root_index_put(looking->records, &record);
	else
		buf_printf(looking->ignored, "%s\n", path);
	if (r == 0 && S_ISDIR(entry.mode))
		r = look_at_all(looking, path, diag);
	source_entry_done(&entry);
	return r;
}

static int look_at_all(const struct looking *looking, const char *directory,
		       struct diag *diag)
{
	char **names = NULL;
	int r = source_list(looking->source, directory, &names, diag);

	for (size_t i = 0; r == 0 && names[i]; i++) {
		CLEANUP_FREE char *path = path_join(directory, names[i]);

		if (!path)
			r = diag_oom(diag);
		else if (strlen(path) > PATH_LIMIT)
			r = diag_set(diag, -EBADMSG,
				     "a path in the stage has more than %d "
				     "bytes",
				     PATH_LIMIT);
		else
			r = look_at(looking, path, diag);
	}
	strv_free(names);
	return r;
}

static int make_index(struct source *source, struct buf *ignored,
		      struct diag *diag)
{
	const struct root_record end = { .kind = ROOT_END };
	CLEANUP_BUF struct buf records = BUF_INIT;
	const struct looking looking = { source, &records, ignored };
	int r;

	root_index_put_header(&records);
	r = look_at_all(&looking, "/", diag);
	if (r < 0)
		return r;
	root_index_put(&records, &end);
	if (buf_check(&records) < 0 || buf_check(ignored) < 0)
		return diag_oom(diag);
	return root_index_parse(&records, &source->index, diag);
}

int source_open_stage(int stage, struct buf *ignored,
		      struct source **ret_source, struct diag *diag)
{
	char *name = strdup("the stage");
	struct source *source;
	int r;

	if (!name) {
		close_fd(&stage);
		return diag_oom(diag);
	}
	r = source_new(stage, name, &source, diag);
	if (r < 0)
		return r;
	r = make_index(source, ignored, diag);
	if (r < 0)
		source_free(source);
	else
		*ret_source = source;
	return r;
}
