#include "pack/locking.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void locking_done(struct locking *locking)
{
	free(locking->path);
	lock_done(&locking->pins);
	lock_done(&locking->used);
	strv_free(locking->names);
	*locking = LOCKING_INIT;
}

bool locking_is_on(const struct locking *locking)
{
	return locking->pinned || locking->renew;
}

/* --- The file ------------------------------------------------------------- */

/* "a/x.lock" for "a/x.recipe", and for "a/x". */
static char *lock_path(const char *recipe_path)
{
	static const char suffix[] = ".recipe";
	size_t length = strlen(recipe_path), cut = strlen(suffix);
	char *path;

	if (length > cut && strcmp(recipe_path + length - cut, suffix) == 0)
		length -= cut;
	return asprintf(&path, "%.*s.lock", (int)length, recipe_path) < 0
		       ? NULL
		       : path;
}

/* -ENOENT without a diagnostic if there is none. */
static int read_text(const char *path, struct buf *text, struct diag *diag)
{
	/* O_NONBLOCK: a FIFO would wait for its writer. */
	CLEANUP_CLOSE int fd =
		open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	int r;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	if (!S_ISREG(status.st_mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				path);
	r = read_to_end(fd, LOCK_BYTES_MAX, text);
	return r < 0 ? diag_errno(diag, r, "cannot read %s", path) : 0;
}

static int read_pins(struct locking *locking, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = read_text(locking->path, &text, diag);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = lock_parse(locking->path, text.data ? text.data : "",
			       text.length, &locking->pins, diag);
	locking->pinned = r == 0;
	return r;
}

/* What cannot be written at the end is better told before the beginning. */
static int check_writable(const char *path, struct diag *diag)
{
	const char *slash = strrchr(path, '/');
	CLEANUP_FREE char *directory =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat status;

	if (!directory)
		return diag_oom(diag);
	if (faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) < 0)
		return diag_errno(diag, -errno, "cannot write %s", path);
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				path);
	return 0;
}

int locking_open(const char *recipe_path, bool renew,
		 struct locking *ret_locking, struct diag *diag)
{
	CLEANUP_LOCKING struct locking locking = {
		.path = lock_path(recipe_path),
		.renew = renew,
	};
	int r;

	if (!locking.path)
		return diag_oom(diag);
	r = renew ? check_writable(locking.path, diag)
		  : read_pins(&locking, diag);
	if (r < 0)
		return r;
	*ret_locking = locking;
	locking = LOCKING_INIT;
	return 0;
}

int locking_write(struct locking *locking, struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = lock_format(&locking->used, &text, diag);

	if (r == 0)
		r = output_begin(&output, locking->path, diag);
	if (r < 0)
		return r;
	r = write_all(output.fd, text.data, text.length);
	return r < 0 ? diag_errno(diag, r, "cannot write %s", locking->path)
		     : output_commit(&output, 0644, diag);
}

/* --- What is taken -------------------------------------------------------- */

static int stale(const struct locking *locking, struct diag *diag)
{
	diag_hint(diag, "--lock renews %s", locking->path);
	return -ESTALE;
}

/*
 * Note what is taken, and look for what the lock file has under that name:
 * NULL if nothing. *ret_good: it is just this, or nothing is pinned.
 */
static int take(struct locking *locking, const struct lock_entry *entry,
		const struct lock_entry **ret_pin, bool *ret_good,
		struct diag *diag)
{
	const struct lock_entry *pin =
		lock_find(&locking->pins, entry->kind, entry->name, NULL);
	int r = lock_add(&locking->used, entry, diag);

	if (r < 0)
		return r;
	*ret_pin = pin;
	*ret_good =
		!locking->pinned ||
		(pin && memcmp(pin->sha256, entry->sha256, SHA256_SIZE) == 0);
	return 0;
}

int locking_archive(struct locking *locking, const char *file,
		    const uint8_t sha256[SHA256_SIZE], struct diag *diag)
{
	/* lock_add() copies. */
	struct lock_entry entry = { .kind = LOCK_ARCHIVE,
				    .name = (char *)(uintptr_t)file };
	const struct lock_entry *pin = NULL;
	char here[2 * SHA256_SIZE + 1], there[2 * SHA256_SIZE + 1];
	bool good = false;
	int r;

	memcpy(entry.sha256, sha256, SHA256_SIZE);
	r = take(locking, &entry, &pin, &good, diag);
	if (r < 0 || good)
		return r;
	sha256_format(sha256, here);
	if (pin) {
		sha256_format(pin->sha256, there);
		diag_set(diag, -ESTALE,
			 "the archive %s has the SHA-256 %s, and %s has %s",
			 file, here, locking->path, there);
	} else {
		diag_set(diag, -ESTALE, "%s does not have the archive %s",
			 locking->path, file);
	}
	return stale(locking, diag);
}

int locking_build(struct locking *locking, size_t number,
		  const uint8_t sha256[SHA256_SIZE], struct diag *diag)
{
	char name[24];
	struct lock_entry entry = { .kind = LOCK_BUILD, .name = name };
	const struct lock_entry *pin = NULL;
	bool good = false;
	int r;

	(void)snprintf(name, sizeof(name), "%zu", number);
	memcpy(entry.sha256, sha256, SHA256_SIZE);
	r = take(locking, &entry, &pin, &good, diag);
	if (r < 0 || good)
		return r;
	diag_set(diag, -ESTALE,
		 pin ? "what it makes is not what it made for %s"
		     : "%s does not have what it makes",
		 locking->path);
	return stale(locking, diag);
}

static int check_host(const struct locking *locking,
		      const struct lock_entry *entry, const char *path,
		      struct diag *diag)
{
	const struct lock_entry *pin;

	if (!locking->pinned)
		return 0;
	pin = lock_find(&locking->pins, LOCK_HOST, entry->name,
			entry->architecture);
	if (pin && strcmp(pin->version, entry->version) == 0)
		return 0;
	if (pin)
		diag_set(diag, -ESTALE,
			 "the host has the package %s in version %s, and %s "
			 "has %s",
			 entry->name, entry->version, locking->path,
			 pin->version);
	else
		diag_set(diag, -ESTALE,
			 "%s does not have the host's package %s, which %s is "
			 "of",
			 locking->path, entry->name, path);
	return stale(locking, diag);
}

/* What one walk over the tree is about. */
struct host {
	struct locking *locking;
	const struct tree *tree;
	const struct source *source;
	bool *told; /* package n of the tree was */
	struct diag *diag;
};

static int take_node(struct node *node, void *context)
{
	struct host *host = context;
	const struct tree_package *package;
	struct lock_entry entry = { .kind = LOCK_HOST };
	CLEANUP_FREE char *path = NULL;
	int r;

	if (node->source != host->source || node->package == TREE_NO_PACKAGE ||
	    host->told[node->package])
		return 0;
	host->told[node->package] = true;
	package = &host->tree->packages[node->package];
	entry.name = package->name;
	entry.architecture = package->architecture;
	entry.version = package->version;
	path = node_path(node);
	if (!path)
		return diag_oom(host->diag);
	r = lock_add(&host->locking->used, &entry, host->diag);
	return r < 0 ? r : check_host(host->locking, &entry, path, host->diag);
}

int locking_host(struct locking *locking, const struct tree *tree,
		 const struct source *source, struct diag *diag)
{
	struct host host = {
		.locking = locking, .tree = tree, .source = source, .diag = diag
	};
	int r;

	host.told = calloc(tree->package_count + 1, sizeof(*host.told));
	if (!host.told)
		return diag_oom(diag);
	r = tree_walk(tree, take_node, &host);
	free(host.told);
	return r;
}

int locking_named(struct locking *locking, const char *name, struct diag *diag)
{
	CLEANUP_FREE char *alone = strndup(name, strcspn(name, ":="));

	return !alone || strv_append(&locking->names, alone) < 0
		       ? diag_oom(diag)
		       : 0;
}

/* --- What nobody has asked for -------------------------------------------- */

static bool is_named(const struct locking *locking, const char *name)
{
	for (char **known = locking->names; known && *known; known++)
		if (strcmp(*known, name) == 0)
			return true;
	return false;
}

static bool is_used(const struct locking *locking,
		    const struct lock_entry *entry)
{
	switch (entry->kind) {
	case LOCK_ARCHIVE:
	case LOCK_BUILD:
	case LOCK_HOST:
		return lock_find(&locking->used, entry->kind, entry->name,
				 entry->architecture) != NULL;
	case LOCK_DEBIAN:
		/* Those that others need are known to --lock only. */
		return locking->names &&
		       (!entry->named || is_named(locking, entry->name));
	case LOCK_SUITE:
		return true;
	}
	return true;
}

int locking_unused(const struct locking *locking, char **ret_text,
		   struct diag *diag)
{
	enum { SHOWN = 3 };
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < locking->pins.count; i++) {
		const struct lock_entry *entry = &locking->pins.entries[i];

		if (is_used(locking, entry))
			continue;
		if (count++ < SHOWN)
			buf_printf(&text, "%s%s", count > 1 ? ", " : "",
				   entry->name);
	}
	*ret_text = NULL;
	if (count == 0)
		return 0;
	if (asprintf(ret_text, "%s has what is not needed any more: %s%s",
		     locking->path, text.data ? text.data : "",
		     count > SHOWN ? " ..." : "") < 0)
		*ret_text = NULL;
	return *ret_text && buf_check(&text) == 0 ? 0 : diag_oom(diag);
}
