#include "lib/trust.h"

#include "lib/fdio.h"
#include "lib/path.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".crt"

void trust_store_done(struct trust_store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		free(store->certificates[i].path);
		buf_done(&store->certificates[i].pem);
	}
	free(store->certificates);
	*store = TRUST_STORE_INIT;
}

const char *const *trust_directories(void)
{
	static const char *const directories[] = {
		"/etc/verity.d",
		"/run/verity.d",
		"/usr/local/lib/verity.d",
		"/usr/lib/verity.d",
		NULL,
	};

	return directories;
}

int trust_store_add(struct trust_store *store, const char *path,
		    struct diag *diag)
{
	struct trust_certificate certificate = { .pem = BUF_INIT };
	int r;

	if (store->count >= TRUST_CERTIFICATES_MAX)
		return diag_set(diag, -E2BIG,
				"more than %d certificates are installed",
				TRUST_CERTIFICATES_MAX);
	if (array_grow(&store->certificates, store->count,
		       sizeof(*store->certificates)) < 0)
		return diag_oom(diag);
	r = read_file(path, TRUST_CERTIFICATE_MAX, &certificate.pem, diag);
	if (r == 0) {
		certificate.path = strdup(path);
		if (!certificate.path)
			r = diag_oom(diag);
	}
	if (r < 0) {
		buf_done(&certificate.pem);
		return r;
	}
	sha256_digest(certificate.pem.data, certificate.pem.length,
		      certificate.digest);
	store->certificates[store->count++] = certificate;
	return 0;
}

/* --- Directories ---------------------------------------------------------- */

/* What was met, hidden or not: paths, NULL-terminated. */
struct findings {
	char **paths;
	char **hidden; /* names */
};

static bool has_name(char *const *paths, const char *name)
{
	for (; paths && *paths; paths++)
		if (strcmp(path_name(*paths), name) == 0)
			return true;
	return false;
}

/* Of what a link leads to. A link to /dev/null says as much as an empty file.
 */
static int note(struct findings *findings, const char *directory,
		const char *name)
{
	CLEANUP_FREE char *path = NULL;
	struct stat st;

	if (has_name(findings->paths, name) || has_name(findings->hidden, name))
		return 0;
	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &st) < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : -errno;
	if ((S_ISREG(st.st_mode) && st.st_size == 0) || S_ISCHR(st.st_mode))
		return strv_append(&findings->hidden, path);
	return S_ISREG(st.st_mode) ? strv_append(&findings->paths, path) : 0;
}

static bool is_certificate(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > strlen(SUFFIX) &&
	       strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int look(struct findings *findings, const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(stream)))
		if (is_certificate(entry->d_name))
			r = note(findings, directory, entry->d_name);
	(void)closedir(stream);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(path_name(*(char *const *)a),
		      path_name(*(char *const *)b));
}

static int read_found(char **paths, struct trust_store *ret_store,
		      struct diag *diag)
{
	CLEANUP_TRUST_STORE struct trust_store store = TRUST_STORE_INIT;
	size_t count = strv_length(paths);

	if (count)
		qsort(paths, count, sizeof(*paths), compare_names);
	for (size_t i = 0; i < count; i++) {
		int r = trust_store_add(&store, paths[i], diag);

		if (r < 0)
			return r;
	}
	*ret_store = store;
	store = TRUST_STORE_INIT;
	return 0;
}

int trust_store_read(const char *const *directories,
		     struct trust_store *ret_store, struct diag *diag)
{
	struct findings findings = { 0 };
	int r = 0;

	for (; r == 0 && *directories; directories++) {
		r = look(&findings, *directories);
		if (r < 0)
			(void)diag_errno(diag, r,
					 "cannot read the certificates in %s",
					 *directories);
	}
	if (r == 0)
		r = read_found(findings.paths, ret_store, diag);
	strv_free(findings.paths);
	strv_free(findings.hidden);
	return r;
}

bool trust_store_holds(const struct trust_store *store,
		       const uint8_t digest[SHA256_SIZE])
{
	for (size_t i = 0; i < store->count; i++)
		if (memcmp(store->certificates[i].digest, digest,
			   SHA256_SIZE) == 0)
			return true;
	return false;
}
