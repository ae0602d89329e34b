/* The directories in which apt works, and what is written there for it. */
#include "pack/apt.h"

#include "pack/apt_internal.h"
#include "pack/apt_settings.h"
#include "pack/replace_file.h"

#include <errno.h>
#include <sys/stat.h>

static int make_directory(const char *parent, const char *name,
			  struct diag *diag)
{
	CLEANUP_FREE char *path = apt_below(parent, name);

	if (!path)
		return diag_oom(diag);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return diag_errno(diag, -errno, "cannot make the directory %s",
				  path);
	return 0;
}

static int write_file(const struct apt *apt, const char *name,
		      const struct buf *content, struct diag *diag)
{
	CLEANUP_FREE char *path = apt_below(apt->directory, name);

	return path ? replace_file(path, content, diag) : diag_oom(diag);
}

int apt_prepare(const struct apt *apt, const struct apt_host *host,
		struct diag *diag)
{
	static const char *const directories[] = {
		"lists",	 "log",		 "none",
		"lists/partial", "none/partial", "sources.d"
	};
	CLEANUP_BUF struct buf settings = BUF_INIT;
	CLEANUP_BUF struct buf lines = BUF_INIT;
	CLEANUP_BUF struct buf stanzas = BUF_INIT;
	CLEANUP_BUF struct buf nothing = BUF_INIT;
	int r = apt_host_sources(host, apt->suite, &lines, &stanzas, diag);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		r = make_directory(apt->directory, directories[i], diag);
		if (r < 0)
			return r;
	}
	r = make_directory(apt->archives, "partial", diag);
	if (r < 0)
		return r;
	apt_settings(apt, geteuid() == 0, &settings);
	r = write_file(apt, "apt.conf", &settings, diag);
	if (r == 0)
		r = write_file(apt, "status", &nothing, diag);
	if (r == 0)
		r = write_file(apt, "sources.d/host.list", &lines, diag);
	if (r == 0)
		r = write_file(apt, "sources.d/host.sources", &stanzas, diag);
	return r;
}
