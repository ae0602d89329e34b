/* What `apt-get --print-uris` tells, one line a package:
 *
 *     'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:DIGITS
 */
#include "pack/apt.h"

#include "lib/number.h"

#include <errno.h>
#include <string.h>

void apt_packages_done(struct apt_packages *packages)
{
	for (size_t i = 0; i < packages->count; i++) {
		struct apt_package *package = &packages->items[i];

		free(package->name);
		free(package->version);
		free(package->architecture);
		free(package->path);
	}
	free(packages->items);
	*packages = (struct apt_packages){ 0 };
}

/* %3a and its like, in place. */
static void decode(char *text)
{
	char *to = text;

	while (*text) {
		unsigned int byte;

		if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1 &&
		    byte && strlen(text) > 2) {
			*to++ = (char)byte;
			text += 3;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* apt leaves what a file: source has where it is. */
static int find_path(const char *uri, const char *archives, const char *file,
		     struct apt_package *package)
{
	if (strncmp(uri, "file:/", 6) == 0) {
		uri += 5;
		package->path = strdup(uri + strspn(uri, "/") - 1);
		if (package->path)
			decode(package->path);
	} else {
		package->remote = true;
		if (asprintf(&package->path, "%s/%s", archives, file) < 0)
			package->path = NULL;
	}
	return package->path ? 0 : -ENOMEM;
}

static int split_name(char *file, struct apt_package *package)
{
	char *name = strsep(&file, "_");
	char *version = strsep(&file, "_");
	char *architecture = strsep(&file, "_");
	char *end = architecture ? strrchr(architecture, '.') : NULL;

	if (!end || file || strcmp(end, ".deb") != 0)
		return -EBADMSG;
	*end = '\0';
	decode(version);
	package->name = strdup(name);
	package->version = strdup(version);
	package->architecture = strdup(architecture);
	if (!package->name || !package->version || !package->architecture)
		return -ENOMEM;
	return 0;
}

static int parse_line(char *line, const char *archives,
		      struct apt_package *package)
{
	char *uri = strsep(&line, " ");
	char *file = strsep(&line, " ");
	char *size = strsep(&line, " ");
	const char *hash = line;
	size_t length;

	if (!size || !hash || strncmp(hash, "SHA256:", 7) != 0 ||
	    sha256_parse(hash + 7, package->sha256) < 0 ||
	    number_parse(size, 10, INT64_MAX, &package->size) < 0 ||
	    strchr(file, '/'))
		return -EBADMSG;
	length = strlen(uri);
	if (length < 2 || *uri != '\'' || uri[length - 1] != '\'')
		return -EBADMSG;
	uri[length - 1] = '\0';
	if (find_path(uri + 1, archives, file, package) < 0)
		return -ENOMEM;
	return split_name(file, package);
}

static int compare(const void *a, const void *b)
{
	const struct apt_package *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	return order ? order : strcmp(one->architecture, other->architecture);
}

static int add_line(struct apt_packages *packages, char *line,
		    const char *archives)
{
	struct apt_packages one = { .count = 1 };
	int r;

	one.items = calloc(1, sizeof(*one.items));
	if (!one.items)
		return -ENOMEM;
	r = parse_line(line, archives, one.items);
	if (r == 0)
		r = array_grow(&packages->items, packages->count,
			       sizeof(*packages->items));
	if (r == 0) {
		packages->items[packages->count++] = *one.items;
		one.count = 0;
	}
	apt_packages_done(&one);
	return r;
}

int apt_packages_parse(const char *text, const char *archives,
		       struct apt_packages *ret_packages, struct diag *diag)
{
	CLEANUP_APT_PACKAGES struct apt_packages packages = { 0 };
	CLEANUP_FREE char *own = strdup(text ? text : "");
	char *rest = own, *line;

	if (!own)
		return diag_oom(diag);
	while ((line = strsep(&rest, "\n")) != NULL) {
		int r;

		/* "Note, selecting ..." and the like. */
		if (*line != '\'')
			continue;
		r = add_line(&packages, line, archives);
		if (r == -ENOMEM)
			return diag_oom(diag);
		if (r < 0)
			return diag_set(diag, r,
					"apt-get tells of a package without "
					"its SHA-256: %s",
					line);
	}
	if (packages.count)
		qsort(packages.items, packages.count, sizeof(*packages.items),
		      compare);
	*ret_packages = packages;
	packages = (struct apt_packages){ 0 };
	return 0;
}
