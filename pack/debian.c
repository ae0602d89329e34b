/* Debian packages as a source: from names to an unpacked root. */
#include "lib/buf.h"
#include "pack/debian_request.h"
#include "pack/debian_root.h"
#include "pack/debian_unpack.h"
#include "pack/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void warn(const struct debian_request *request, const char *text)
{
	if (request->options->warn)
		request->options->warn(request->options->context, text);
}

static int read_lists(struct debian_request *request)
{
	debian_lists_done(&request->lists);
	return debian_lists_read(request->directory, &request->lists);
}

/* The root that was the answer with the lists that are there. -ENOENT without
 * a diagnostic if it must be looked for. */
static int recall(struct debian_request *request, int *ret_fd,
		  struct diag *diag)
{
	uint8_t root[SHA256_SIZE];
	int r = debian_cache_recall(&request->cache, request->question,
				    request->lists.digest, root);

	return r < 0 ? r
		     : debian_cache_use_root(&request->cache, root, ret_fd,
					     diag);
}

/* The same, if new lists are not due. */
static int use_known_answer(struct debian_request *request, int *ret_fd,
			    struct diag *diag)
{
	if (request->options->refresh || read_lists(request) < 0 ||
	    !debian_lists_are_fresh(&request->lists))
		return -ENOENT;
	return recall(request, ret_fd, diag);
}

static int update_lists(struct debian_request *request, struct diag *diag)
{
	int r = apt_update(&request->apt, diag);

	if (r < 0 && request->options->suite)
		diag_hint(diag, "the sources asked are those in %s/sources.d",
			  request->directory);
	if (r == 0)
		r = debian_lists_write(request->directory, &request->host,
				       diag);
	if (r < 0)
		return r;
	r = read_lists(request);
	return r < 0 ? diag_set(diag, r, "cannot read what was fetched") : 0;
}

/* Lists that are old are better than none, if the mirror cannot be reached. */
static int need_lists(struct debian_request *request, struct diag *diag)
{
	CLEANUP_DIAG struct diag failure = DIAG_INIT;
	CLEANUP_FREE char *text = NULL;
	int r = read_lists(request);
	bool have = r == 0;

	if (have && !request->options->refresh &&
	    debian_lists_are_fresh(&request->lists))
		return 0;
	r = update_lists(request,
			 have && !request->options->refresh ? &failure : diag);
	if (r == 0 || !have || request->options->refresh)
		return r;
	if (asprintf(&text, "%s: those fetched before are used",
		     failure.text ? failure.text : "no new package lists") >= 0)
		warn(request, text);
	return 0;
}

/* Every package that was named is among them; a virtual one is not. */
static int check_names(const struct debian_request *request,
		       const struct apt_packages *packages, struct diag *diag)
{
	for (char **name = request->names; *name; name++) {
		size_t length = strcspn(*name, ":=");
		bool found = false;

		for (size_t i = 0; i < packages->count && !found; i++)
			found = strlen(packages->items[i].name) == length &&
				strncmp(packages->items[i].name, *name,
					length) == 0;
		if (!found)
			return diag_set(diag, -ENOENT,
					"%s is no package: if it is a virtual "
					"one, name one that provides it",
					*name);
	}
	return 0;
}

static int resolve(struct debian_request *request,
		   struct apt_packages *ret_packages, struct diag *diag)
{
	CLEANUP_APT_PACKAGES struct apt_packages packages = { 0 };
	int r = apt_resolve(&request->apt, request->names, &packages, diag);

	if (r == 0)
		r = check_names(request, &packages, diag);
	if (r < 0)
		return r;
	*ret_packages = packages;
	packages = (struct apt_packages){ 0 };
	return 0;
}

/* Every file that is still to be unpacked is there and of the right size;
 * whether it is the right one is seen when it is opened. */
static bool have_files(int unpacked, const struct apt_packages *packages)
{
	for (size_t i = 0; i < packages->count; i++) {
		const struct apt_package *package = &packages->items[i];
		struct stat status;

		if (!debian_is_unpacked(unpacked, package) &&
		    (stat(package->path, &status) < 0 ||
		     (uint64_t)status.st_size != package->size))
			return false;
	}
	return true;
}

static int fetch(void *context, struct diag *diag)
{
	struct debian_request *request = context;

	return apt_download(&request->apt, request->names, diag);
}

static void pass_progress(void *context, const char *text)
{
	const struct debian_request *request = context;

	if (request->options->progress)
		request->options->progress(request->options->context, text);
}

static void pass_warning(void *context, const char *text)
{
	warn(context, text);
}

/* *ret_unpacked is on the directory in which all of them are. */
static int unpack(struct debian_request *request,
		  const struct apt_packages *packages, int *ret_unpacked,
		  struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_CLOSE int unpacked = -1;
	struct debian_unpack_options options = {
		.progress = pass_progress,
		.warn = pass_warning,
		.context = request,
	};
	int r = debian_cache_directory(&request->cache, "packages", &path,
				       diag);

	if (r < 0)
		return r;
	unpacked = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (unpacked < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = -EUCLEAN;
	/* What a full disk or a killed apt left damaged is fetched again. */
	for (int attempt = 0; attempt < 2 && r == -EUCLEAN; attempt++) {
		diag_done(diag);
		options.fetch = have_files(unpacked, packages) ? NULL : fetch;
		r = debian_unpack(unpacked, packages, &options, diag);
	}
	if (r < 0)
		return r;
	*ret_unpacked = steal_fd(&unpacked);
	return 0;
}

static int make_root(struct debian_request *request,
		     const struct apt_packages *packages,
		     const uint8_t digest[SHA256_SIZE], struct diag *diag)
{
	CLEANUP_CLOSE int unpacked = -1;
	CLEANUP_CLOSE int fd = -1;
	int r = unpack(request, packages, &unpacked, diag);

	if (r == 0)
		r = debian_cache_new_root(&request->cache, &fd, diag);
	if (r == 0)
		r = debian_root_make(fd, unpacked, packages, pass_warning,
				     request, diag);
	if (r == 0)
		r = debian_cache_keep_root(&request->cache, digest, fd, diag);
	return r;
}

static int find_answer(struct debian_request *request, int *ret_fd,
		       struct diag *diag)
{
	CLEANUP_APT_PACKAGES struct apt_packages packages = { 0 };
	uint8_t digest[SHA256_SIZE];
	int r = resolve(request, &packages, diag);

	if (r == 0)
		r = debian_root_digest(&packages, digest, diag);
	if (r < 0)
		return r;
	r = debian_cache_use_root(&request->cache, digest, ret_fd, diag);
	if (r == -ENOENT) {
		r = make_root(request, &packages, digest, diag);
		if (r == 0)
			r = debian_cache_use_root(&request->cache, digest,
						  ret_fd, diag);
	}
	if (r == 0)
		r = debian_cache_remember(&request->cache, request->question,
					  request->lists.digest, digest, diag);
	debian_cache_tidy(&request->cache, &packages);
	return r;
}

/*
 * With the cache locked. Lists that were not fetched just now may be why a
 * package is not found or no longer on the mirror: then again with new ones.
 */
static int look_for_answer(struct debian_request *request, int *ret_fd,
			   struct diag *diag)
{
	CLEANUP_DIAG struct diag renewal = DIAG_INIT;
	int r = apt_host_ask(&request->host, diag);

	if (r == 0)
		r = apt_prepare(&request->apt, &request->host, diag);
	if (r == 0)
		r = need_lists(request, diag);
	if (r < 0)
		return r;
	/* New lists are mostly those of yesterday. */
	r = recall(request, ret_fd, diag);
	if (r != -ENOENT)
		return r;
	r = find_answer(request, ret_fd, diag);
	if (r == 0 || r == -ENOMEM || r == -ENOSPC ||
	    debian_lists_are_new(&request->lists))
		return r;
	/* If there are none to be had, the first reason is the better one. */
	if (update_lists(request, &renewal) < 0)
		return r;
	diag_done(diag);
	return find_answer(request, ret_fd, diag);
}

static int get_root(struct debian_request *request, int *ret_fd,
		    struct diag *diag)
{
	int r = use_known_answer(request, ret_fd, diag);

	if (r != -ENOENT)
		return r;
	r = debian_cache_lock(&request->cache, request->options->progress,
			      request->options->context, diag);
	if (r < 0)
		return r;
	request->apt.lock = request->cache.lock;
	/* Whoever had the lock may have found it meanwhile. */
	r = use_known_answer(request, ret_fd, diag);
	return r == -ENOENT ? look_for_answer(request, ret_fd, diag) : r;
}

/* Takes over the descriptor of the root. */
static int open_root(const char *suite, int directory,
		     struct source **ret_source, struct diag *diag)
{
	CLEANUP_CLOSE int lock = directory;
	CLEANUP_CLOSE int tree =
		openat(lock, DEBIAN_TREE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct source *source;
	char *name;
	int r;

	if (tree < 0)
		return diag_errno(diag, -errno, "cannot open the packages");
	if (asprintf(&name, "Debian%s%s", suite ? " " : "",
		     suite ? suite : "") < 0)
		return diag_oom(diag);
	r = source_new(steal_fd(&tree), name, &source, diag);
	if (r < 0)
		return r;
	source->suite = suite ? strdup(suite) : NULL;
	r = suite && !source->suite
		    ? diag_oom(diag)
		    : root_index_read(lock, DEBIAN_INDEX, &source->index, diag);
	if (r < 0) {
		source_free(source);
		return r;
	}
	source->lock = steal_fd(&lock);
	*ret_source = source;
	return 0;
}

int source_open_debian(const struct debian_options *options,
		       struct source **ret_source, struct diag *diag)
{
	CLEANUP_DEBIAN_REQUEST struct debian_request request = {
		.cache = DEBIAN_CACHE_INIT,
	};
	CLEANUP_DIAG struct diag own = DIAG_INIT;
	int fd, r;

	/* Failures are told apart and taken back in here. */
	r = debian_request_init(&request, options, &own);
	if (r == 0)
		r = get_root(&request, &fd, &own);
	if (r == 0)
		r = open_root(options->suite, fd, ret_source, &own);
	if (r < 0 && diag) {
		diag_done(diag);
		*diag = own;
		own = DIAG_INIT;
	}
	if (r < 0)
		return diag_wrap(diag, r, "Debian%s%s",
				 options->suite ? " " : "",
				 options->suite ? options->suite : "");
	return 0;
}
