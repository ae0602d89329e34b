/* Debian packages as a source: from names to an unpacked root. */
#include "pack/debian_make.h"
#include "pack/debian_pinned.h"
#include "pack/debian_request.h"
#include "pack/debian_root.h"
#include "pack/debian_unpack.h"
#include "pack/debian_update.h"
#include "pack/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

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
	/* Whoever wants to know the packages asks apt. */
	if (request->options->refresh || request->options->record ||
	    debian_read_lists(request) < 0 ||
	    !debian_lists_are_fresh(&request->lists))
		return -ENOENT;
	return recall(request, ret_fd, diag);
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

static int fetch(void *context, struct diag *diag)
{
	struct debian_request *request = context;

	return apt_download(&request->apt, request->names, diag);
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
	request->wanted = &packages;
	request->fetch = fetch;
	r = debian_make_root(request, digest, ret_fd, diag);
	if (r == 0)
		r = debian_cache_remember(&request->cache, request->question,
					  request->lists.digest, digest, diag);
	debian_cache_tidy(&request->cache, &packages);
	request->wanted = NULL;
	if (r == 0 && request->options->record)
		r = debian_record(request->options, &packages, diag);
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
		r = debian_need_lists(request, diag);
	if (r < 0)
		return r;
	/* New lists are mostly those of yesterday. */
	r = request->options->record ? -ENOENT : recall(request, ret_fd, diag);
	if (r != -ENOENT)
		return r;
	r = find_answer(request, ret_fd, diag);
	if (r == 0 || r == -ENOMEM || r == -ENOSPC ||
	    debian_lists_are_new(&request->lists))
		return r;
	/* If there are none to be had, the first reason is the better one. */
	if (debian_update_lists(request, &renewal) < 0)
		return r;
	diag_done(diag);
	return find_answer(request, ret_fd, diag);
}

static int get_root(struct debian_request *request, int *ret_fd,
		    struct diag *diag)
{
	int r;

	if (request->options->pins)
		return debian_pinned_root(request, ret_fd, diag);
	r = use_known_answer(request, ret_fd, diag);
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
		.unpacked = -1,
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
