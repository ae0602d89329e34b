#include "pack/debian_pinned.h"

#include "pack/debian_make.h"
#include "pack/debian_root.h"
#include "pack/debian_update.h"

#include <errno.h>
#include <string.h>

/* "-" in a lock file: what the host's own sources offer. */
static const char *suite_word(const struct debian_options *options)
{
	return options->suite ? options->suite : "-";
}

static const char *suite_name(const char *word)
{
	return strcmp(word, "-") == 0 ? "of the host's own sources" : word;
}

/* --- What is asked for, and what is pinned -------------------------------- */

static int check_suite(const struct debian_options *options, struct diag *diag)
{
	const struct lock *pins = options->pins;
	const char *word = suite_word(options);

	if (!lock_has(pins, LOCK_SUITE))
		return diag_set(diag, -ESTALE, "%s has no packages of Debian",
				options->pins_path);
	for (size_t i = 0; i < pins->count; i++) {
		const struct lock_entry *entry = &pins->entries[i];

		if (entry->kind == LOCK_SUITE && strcmp(entry->name, word) != 0)
			return diag_set(diag, -ESTALE,
					"%s is for packages %s, and the recipe "
					"wants those %s",
					options->pins_path,
					suite_name(entry->name),
					suite_name(word));
	}
	return 0;
}

/* NAME[:ARCHITECTURE][=VERSION], apart. */
struct wanted {
	char *name;
	const char *architecture, *version; /* or NULL */
};

static int take_apart(const char *text, struct wanted *wanted)
{
	char *colon, *equals;

	wanted->name = strdup(text);
	if (!wanted->name)
		return -ENOMEM;
	equals = strchr(wanted->name, '=');
	if (equals)
		*equals = '\0';
	wanted->version = equals ? equals + 1 : NULL;
	colon = strchr(wanted->name, ':');
	if (colon)
		*colon = '\0';
	wanted->architecture = colon ? colon + 1 : NULL;
	return 0;
}

static int check_name(const struct debian_options *options, const char *text,
		      struct diag *diag)
{
	struct wanted wanted;
	const struct lock_entry *entry;
	int r = 0;

	if (take_apart(text, &wanted) < 0)
		return diag_oom(diag);
	entry = lock_find(options->pins, LOCK_DEBIAN, wanted.name,
			  wanted.architecture);
	if (!entry)
		r = diag_set(diag, -ESTALE,
			     "%s does not have the package %s, which the "
			     "recipe needs",
			     options->pins_path, text);
	else if (wanted.version && strcmp(wanted.version, entry->version) != 0)
		r = diag_set(diag, -ESTALE,
			     "%s has the package %s in version %s, and the "
			     "recipe needs %s",
			     options->pins_path, wanted.name, entry->version,
			     wanted.version);
	free(wanted.name);
	return r;
}

static int check_request(const struct debian_request *request,
			 struct diag *diag)
{
	int r = check_suite(request->options, diag);

	for (char **name = request->names; r == 0 && *name; name++)
		r = check_name(request->options, *name, diag);
	return r;
}

/* Where apt keeps a package: a colon of its version is written as %3a. */
static char *archive_path(const char *archives, const struct lock_entry *entry)
{
	CLEANUP_BUF struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s_", archives, entry->name);
	for (const char *c = entry->version; *c; c++) {
		if (*c == ':')
			buf_puts(&path, "%3a");
		else
			buf_putc(&path, *c);
	}
	buf_printf(&path, "_%s.deb", entry->architecture);
	return buf_steal(&path);
}

static int add_package(struct apt_packages *packages, const char *archives,
		       const struct lock_entry *entry)
{
	struct apt_package package = {
		.name = strdup(entry->name),
		.version = strdup(entry->version),
		.architecture = strdup(entry->architecture),
		.path = archive_path(archives, entry),
		.remote = true,
		.size = entry->size,
	};

	memcpy(package.sha256, entry->sha256, SHA256_SIZE);
	if (package.name && package.version && package.architecture &&
	    package.path &&
	    array_grow(&packages->items, packages->count,
		       sizeof(*packages->items)) == 0) {
		packages->items[packages->count++] = package;
		return 0;
	}
	free(package.name);
	free(package.version);
	free(package.architecture);
	free(package.path);
	return -ENOMEM;
}

/* In the order of the lock file, which is that of apt_packages, too. */
static int pinned_packages(const struct debian_request *request,
			   struct apt_packages *packages, struct diag *diag)
{
	const struct lock *pins = request->options->pins;

	for (size_t i = 0; i < pins->count; i++) {
		const struct lock_entry *entry = &pins->entries[i];

		if (entry->kind == LOCK_DEBIAN &&
		    add_package(packages, request->archives, entry) < 0)
			return diag_oom(diag);
	}
	return 0;
}

/* --- Fetching what is not there ------------------------------------------- */

struct missing {
	char **names;		      /* as apt takes them */
	struct apt_packages packages; /* their items belong to others */
};

static void missing_done(struct missing *missing)
{
	strv_free(missing->names);
	free(missing->packages.items);
}

static int find_missing(const struct debian_request *request,
			struct missing *missing)
{
	for (size_t i = 0; i < request->wanted->count; i++) {
		const struct apt_package *package = &request->wanted->items[i];
		CLEANUP_FREE char *name = NULL;

		if (debian_has_file(request, package))
			continue;
		if (asprintf(&name, "%s:%s=%s", package->name,
			     package->architecture, package->version) < 0)
			name = NULL;
		if (!name || strv_append(&missing->names, name) < 0 ||
		    array_grow(&missing->packages.items,
			       missing->packages.count, sizeof(*package)) < 0)
			return -ENOMEM;
		missing->packages.items[missing->packages.count++] = *package;
	}
	return 0;
}

static const struct apt_package *find(const struct apt_packages *packages,
				      const struct apt_package *wanted)
{
	for (size_t i = 0; i < packages->count; i++) {
		const struct apt_package *package = &packages->items[i];

		if (strcmp(package->name, wanted->name) == 0 &&
		    strcmp(package->architecture, wanted->architecture) == 0)
			return package;
	}
	return NULL;
}

/* A version that was built anew under its old number is another package. */
static int compare_offer(const struct debian_request *request,
			 const struct apt_packages *wanted,
			 const struct apt_packages *offered, struct diag *diag)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct apt_package *package = &wanted->items[i];
		const struct apt_package *offer = find(offered, package);
		char pinned[2 * SHA256_SIZE + 1], other[2 * SHA256_SIZE + 1];

		if (!offer)
			return diag_set(diag, -ESTALE,
					"%s %s of %s is not offered any more",
					package->name, package->version,
					request->options->pins_path);
		if (memcmp(offer->sha256, package->sha256, SHA256_SIZE) == 0 &&
		    offer->size == package->size)
			continue;
		sha256_format(package->sha256, pinned);
		sha256_format(offer->sha256, other);
		return diag_set(diag, -ESTALE,
				"%s %s has the SHA-256 %s in %s, and what is "
				"offered has %s",
				package->name, package->version, pinned,
				request->options->pins_path, other);
	}
	return 0;
}

/* What the lists offer, with new ones if those of today lack something. */
static int look_up(struct debian_request *request,
		   const struct missing *missing,
		   struct apt_packages *ret_offered, struct diag *diag)
{
	CLEANUP_DIAG struct diag renewal = DIAG_INIT;
	int r = apt_look_up(&request->apt, missing->names, ret_offered, diag);

	if (r != -ENOENT)
		return r;
	if (!debian_lists_are_new(&request->lists) &&
	    debian_update_lists(request, &renewal) == 0) {
		diag_done(diag);
		r = apt_look_up(&request->apt, missing->names, ret_offered,
				diag);
	}
	return r == -ENOENT
		       ? diag_wrap(diag, -ESTALE,
				   "not all packages of %s are offered any "
				   "more, nor in the cache",
				   request->options->pins_path)
		       : r;
}

static int fetch(void *context, struct diag *diag)
{
	struct debian_request *request = context;
	CLEANUP(missing_done) struct missing missing = { 0 };
	CLEANUP_APT_PACKAGES struct apt_packages offered = { 0 };
	int r = find_missing(request, &missing);

	if (r < 0)
		return diag_oom(diag);
	r = apt_host_ask(&request->host, diag);
	if (r == 0)
		r = apt_prepare(&request->apt, &request->host, diag);
	if (r == 0)
		r = debian_need_lists(request, diag);
	if (r == 0)
		r = look_up(request, &missing, &offered, diag);
	if (r == 0)
		r = compare_offer(request, &missing.packages, &offered, diag);
	return r < 0 ? r
		     : apt_download_alone(&request->apt, missing.names,
					  &missing.packages, diag);
}

/* --- The root ------------------------------------------------------------- */

static int find_root(struct debian_request *request, int *ret_fd,
		     struct diag *diag)
{
	CLEANUP_APT_PACKAGES struct apt_packages packages = { 0 };
	uint8_t digest[SHA256_SIZE];
	int r = pinned_packages(request, &packages, diag);

	if (r == 0)
		r = debian_root_digest(&packages, digest, diag);
	if (r < 0)
		return r;
	r = debian_cache_use_root(&request->cache, digest, ret_fd, diag);
	if (r != -ENOENT)
		return r;
	r = debian_cache_lock(&request->cache, request->options->progress,
			      request->options->context, diag);
	if (r < 0)
		return r;
	request->apt.lock = request->cache.lock;
	request->wanted = &packages;
	request->fetch = fetch;
	r = debian_make_root(request, digest, ret_fd, diag);
	debian_cache_tidy(&request->cache, &packages);
	request->wanted = NULL;
	return r;
}

int debian_pinned_root(struct debian_request *request, int *ret_fd,
		       struct diag *diag)
{
	int r = check_request(request, diag);

	if (r == 0)
		r = find_root(request, ret_fd, diag);
	if (r == -ESTALE)
		diag_hint(diag, "--lock renews %s",
			  request->options->pins_path);
	return r;
}

/* --- Recording ------------------------------------------------------------ */

static bool is_named(const struct debian_options *options,
		     const struct apt_package *package)
{
	for (char *const *name = options->names; *name; name++) {
		size_t length = strcspn(*name, ":=");

		if (strlen(package->name) == length &&
		    strncmp(*name, package->name, length) == 0)
			return true;
	}
	return false;
}

int debian_record(const struct debian_options *options,
		  const struct apt_packages *packages, struct diag *diag)
{
	/* lock_add() copies. */
	const struct lock_entry suite = {
		.kind = LOCK_SUITE,
		.name = (char *)(uintptr_t)suite_word(options),
	};
	int r = lock_add(options->record, &suite, diag);

	for (size_t i = 0; r == 0 && i < packages->count; i++) {
		const struct apt_package *package = &packages->items[i];
		struct lock_entry entry = {
			.kind = LOCK_DEBIAN,
			.name = package->name,
			.architecture = package->architecture,
			.version = package->version,
			.size = package->size,
			.named = is_named(options, package),
		};

		memcpy(entry.sha256, package->sha256, SHA256_SIZE);
		r = lock_add(options->record, &entry, diag);
	}
	return r;
}
