#include "pack/debian_request.h"

#include "pack/string_list.h"

#include <errno.h>
#include <string.h>

/* What is always there beside what was asked for: Debian's static user and
 * group numbers (base-passwd). */
static const char always[] = "base-passwd";

void debian_request_done(struct debian_request *request)
{
	strv_free(request->names);
	debian_cache_close(&request->cache);
	free(request->directory);
	free(request->archives);
	apt_host_done(&request->host);
	debian_lists_done(&request->lists);
	close_fd(&request->unpacked);
}

static int sort_names(struct debian_request *request, struct diag *diag)
{
	CLEANUP(string_list_done) struct string_list list = { 0 };
	size_t kept = 0;
	int r = string_list_take(&list, strdup(always));

	for (char *const *name = request->options->names; r == 0 && *name;
	     name++) {
		r = apt_check_name(*name, diag);
		if (r < 0)
			return r;
		r = string_list_take(&list, strdup(*name));
	}
	if (r == 0)
		request->names = string_list_steal_sorted(&list);
	if (!request->names)
		return diag_oom(diag);
	for (size_t i = 0; request->names[i]; i++) {
		if (kept &&
		    strcmp(request->names[kept - 1], request->names[i]) == 0)
			free(request->names[i]);
		else
			request->names[kept++] = request->names[i];
	}
	request->names[kept] = NULL;
	return 0;
}

static void digest_question(struct debian_request *request)
{
	const char *suite = request->options->suite;
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, suite ? suite : "", suite ? strlen(suite) : 0);
	for (char **name = request->names; *name; name++) {
		sha256_update(&hash, "\n", 1);
		sha256_update(&hash, *name, strlen(*name));
	}
	sha256_final(&hash, request->question);
}

static int open_directories(struct debian_request *request, struct diag *diag)
{
	const struct debian_options *options = request->options;
	char name[160];
	int r;

	(void)snprintf(name, sizeof(name), "suites/%s",
		       options->suite ? options->suite : "host");
	/* old-style names of suites have a slash */
	for (char *c = name + strlen("suites/"); *c; c++)
		if (*c == '/')
			*c = '_';
	r = debian_cache_directory(&request->cache, name, &request->directory,
				   diag);
	if (r == 0)
		r = debian_cache_directory(&request->cache, "archives",
					   &request->archives, diag);
	if (r < 0)
		return r;
	request->apt = (struct apt){
		.suite = options->suite,
		.directory = request->directory,
		.archives = request->archives,
		.lock = -1,
		.progress = options->progress,
		.context = options->context,
	};
	return 0;
}

int debian_request_init(struct debian_request *request,
			const struct debian_options *options, struct diag *diag)
{
	int r = 0;

	*request = (struct debian_request){
		.options = options,
		.cache = DEBIAN_CACHE_INIT,
		.unpacked = -1,
	};

	if (options->suite)
		r = apt_check_suite(options->suite, diag);
	if (r == 0)
		r = sort_names(request, diag);
	if (r < 0)
		return r;
	digest_question(request);
	r = debian_cache_open(options->cache, &request->cache, diag);
	return r < 0 ? r : open_directories(request, diag);
}
