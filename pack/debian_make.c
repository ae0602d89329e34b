#include "pack/debian_make.h"

#include "pack/debian_root.h"
#include "pack/debian_unpack.h"
#include "pack/debian_update.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

bool debian_has_file(const struct debian_request *request,
		     const struct apt_package *package)
{
	struct stat status;

	return debian_is_unpacked(request->unpacked, package) ||
	       (stat(package->path, &status) == 0 &&
		(uint64_t)status.st_size == package->size);
}

static bool have_files(const struct debian_request *request)
{
	for (size_t i = 0; i < request->wanted->count; i++)
		if (!debian_has_file(request, &request->wanted->items[i]))
			return false;
	return true;
}

static void pass_progress(void *context, const char *text)
{
	const struct debian_request *request = context;

	if (request->options->progress)
		request->options->progress(request->options->context, text);
}

static void pass_warning(void *context, const char *text)
{
	debian_warn(context, text);
}

/* request->unpacked is on the directory in which all of them are. */
static int unpack(struct debian_request *request, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	struct debian_unpack_options options = {
		.progress = pass_progress,
		.warn = pass_warning,
		.context = request,
	};
	int r = debian_cache_directory(&request->cache, "packages", &path,
				       diag);

	if (r < 0)
		return r;
	close_fd(&request->unpacked);
	request->unpacked = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (request->unpacked < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = -EUCLEAN;
	/* What a full disk or a killed apt left damaged is fetched again. */
	for (int attempt = 0; attempt < 2 && r == -EUCLEAN; attempt++) {
		diag_done(diag);
		options.fetch = have_files(request) ? NULL : request->fetch;
		r = debian_unpack(request->unpacked, request->wanted, &options,
				  diag);
	}
	return r;
}

static int make_root(struct debian_request *request,
		     const uint8_t digest[SHA256_SIZE], struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	int r = unpack(request, diag);

	if (r == 0)
		r = debian_cache_new_root(&request->cache, &fd, diag);
	if (r == 0)
		r = debian_root_make(fd, request->unpacked, request->wanted,
				     pass_warning, request, diag);
	if (r == 0)
		r = debian_cache_keep_root(&request->cache, digest, fd, diag);
	return r;
}

int debian_make_root(struct debian_request *request,
		     const uint8_t digest[SHA256_SIZE], int *ret_fd,
		     struct diag *diag)
{
	int r = debian_cache_use_root(&request->cache, digest, ret_fd, diag);

	if (r != -ENOENT)
		return r;
	r = make_root(request, digest, diag);
	return r < 0 ? r
		     : debian_cache_use_root(&request->cache, digest, ret_fd,
					     diag);
}
