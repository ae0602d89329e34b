#include "mount/versions.h"

#include "lib/debian_version.h"
#include "lib/fdio.h"
#include "mount/own_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { VERSION_MAX = 4096, PATH_SIZE = 256 };

static void path_of(const char *root, const char *jail,
		    char ret_path[PATH_SIZE])
{
	(void)snprintf(ret_path, PATH_SIZE, "%s/%s/version", root, jail);
}

/* Nothing is appended if none has run. */
static int read_version(const char *root, const char *jail, struct buf *version,
			struct diag *diag)
{
	char path[PATH_SIZE];
	CLEANUP_CLOSE int fd = -1;
	int r;

	path_of(root, jail, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return 0;
	r = fd < 0 ? -errno : read_to_end(fd, VERSION_MAX, version);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", path);
	if (version->length && version->data[version->length - 1] == '\n')
		version->data[--version->length] = '\0';
	return 0;
}

/* What jailpack gives to an image whose recipe names no version. */
static const char *version_or_none(const char *version)
{
	return version && *version ? version : "0";
}

int versions_check(const char *root, const char *jail, const char *version,
		   bool downgrade, struct diag *diag)
{
	CLEANUP_BUF struct buf before = BUF_INIT;
	int r;

	version = version_or_none(version);
	if (downgrade)
		return 0;
	r = read_version(root, jail, &before, diag);
	if (r < 0 || !before.length ||
	    debian_version_compare(version, before.data) >= 0)
		return r;
	(void)diag_set(diag, -ESTALE,
		       "version %s of %s has run here, and %s is older",
		       before.data, jail, version);
	diag_hint(diag, "--downgrade goes back to it");
	return -ESTALE;
}

static int write_version(const char *root, const char *jail,
			 const char *version, struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	CLEANUP_CLOSE int directory = -1;
	CLEANUP_BUF struct buf line = BUF_INIT;
	char path[PATH_SIZE];
	int r = own_directory_open(root, jail, &directory, diag);

	if (r < 0)
		return r;
	path_of(root, jail, path);
	buf_printf(&line, "%s\n", version);
	r = buf_check(&line) < 0 ? diag_oom(diag)
				 : output_begin(&output, path, diag);
	if (r < 0)
		return r;
	r = write_all(output.fd, line.data, line.length);
	return r < 0 ? diag_errno(diag, r, "cannot write %s", path)
		     : output_commit(&output, 0600, diag);
}

bool versions_is_noted(const char *root, const char *jail, const char *version)
{
	CLEANUP_BUF struct buf before = BUF_INIT;

	return read_version(root, jail, &before, NULL) == 0 &&
	       strcmp(before.length ? before.data : "0",
		      version_or_none(version)) == 0;
}

int versions_note(const char *root, const char *jail, const char *version,
		  struct diag *diag)
{
	if (versions_is_noted(root, jail, version))
		return 0;
	return write_version(root, jail, version_or_none(version), diag);
}
