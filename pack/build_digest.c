#include "pack/build_digest.h"

#include "lib/path.h"
#include "pack/digest.h"
#include "pack/gather_copy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct digesting {
	struct source *source;
	const struct recipe_item *item;
	struct sha256 hash;
	struct diag *diag;
};

static int take_directory(struct digesting *digesting, const char *directory);

static void take_head(struct digesting *digesting, char type, mode_t mode,
		      const char *path)
{
	char head[8];

	(void)snprintf(head, sizeof(head), "%c%04o", type, mode & 07777);
	sha256_update(&digesting->hash, head, strlen(head));
	sha256_update(&digesting->hash, path, strlen(path) + 1);
}

static int take_content(struct digesting *digesting, const char *path)
{
	CLEANUP_CLOSE int fd = -1;
	uint8_t digest[SHA256_SIZE];
	int r = source_open(digesting->source, path, &fd, digesting->diag);

	if (r < 0)
		return r;
	r = digest_file(fd, digest);
	if (r < 0)
		return diag_errno(digesting->diag, r, "cannot read %s", path);
	sha256_update(&digesting->hash, digest, sizeof(digest));
	return 0;
}

static int take_entry(struct digesting *digesting, const char *path)
{
	struct source_entry entry;
	int r = source_lstat(digesting->source, path, &entry, digesting->diag);

	if (r < 0)
		return r;
	if (S_ISREG(entry.mode)) {
		take_head(digesting, 'f', entry.mode, path);
		r = take_content(digesting, path);
	} else if (S_ISDIR(entry.mode)) {
		take_head(digesting, 'd', entry.mode, path);
		r = take_directory(digesting, path);
	} else if (S_ISLNK(entry.mode)) {
		take_head(digesting, 'l', entry.mode, path);
		sha256_update(&digesting->hash, entry.target,
			      strlen(entry.target) + 1);
	}
	source_entry_done(&entry);
	return r;
}

static int take_directory(struct digesting *digesting, const char *directory)
{
	char **names = NULL;
	int r = source_list(digesting->source, directory, &names,
			    digesting->diag);

	for (size_t i = 0; r == 0 && names[i]; i++) {
		CLEANUP_FREE char *path = path_join(directory, names[i]);
		int excluded =
			path ? item_excludes(digesting->item, path) : -ENOMEM;

		if (excluded < 0)
			r = diag_oom(digesting->diag);
		else if (!excluded)
			r = take_entry(digesting, path);
	}
	strv_free(names);
	return r;
}

int build_digest(struct source *source, const struct recipe_item *item,
		 uint8_t ret_digest[SHA256_SIZE], struct diag *diag)
{
	struct digesting digesting = { .source = source,
				       .item = item,
				       .diag = diag };
	int r;

	sha256_init(&digesting.hash);
	r = take_directory(&digesting, "/");
	if (r == 0)
		sha256_final(&digesting.hash, ret_digest);
	return r;
}
