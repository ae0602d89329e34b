#include "lib/path.h"

#include <fnmatch.h>
#include <string.h>

char *path_normalize(const char *path)
{
	/* Never longer than the input with a slash in front. */
	char *normal = malloc(strlen(path) + 2);
	size_t length = 0;

	if (!normal)
		return NULL;
	while (*path) {
		size_t span = strcspn(path, "/");

		if (span == 2 && path[0] == '.' && path[1] == '.') {
			while (length && normal[--length] != '/')
				;
		} else if (span && !(span == 1 && path[0] == '.')) {
			normal[length++] = '/';
			memcpy(normal + length, path, span);
			length += span;
		}
		path += span;
		path += *path == '/';
	}
	if (!length)
		normal[length++] = '/';
	normal[length] = '\0';
	return normal;
}

bool path_is_normal(const char *path)
{
	if (path[0] != '/')
		return false;
	if (path[1] == '\0')
		return true;
	while (*path) {
		size_t span = strcspn(++path, "/");

		if (span == 0 || (span == 1 && path[0] == '.') ||
		    (span == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += span;
	}
	return true;
}

char *path_join(const char *directory, const char *name)
{
	char *joined, *normal;

	if (name[0] == '/')
		return path_normalize(name);
	if (asprintf(&joined, "%s/%s", directory, name) < 0)
		return NULL;
	normal = path_normalize(joined);
	free(joined);
	return normal;
}

char *path_parent(const char *path)
{
	size_t length = (size_t)(path_name(path) - path);

	/* Without the slash, unless it is the root's own. */
	return length > 1 ? strndup(path, length - 1) : strdup("/");
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_within(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (length == 1)
		return path[0] == '/';
	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

/* One component against one pattern component. */
static bool component_match(const char *pattern, size_t pattern_length,
			    const char *name, size_t name_length)
{
	char *both = malloc(pattern_length + name_length + 2);
	bool matches;

	if (!both)
		return false;
	memcpy(both, pattern, pattern_length);
	both[pattern_length] = '\0';
	memcpy(both + pattern_length + 1, name, name_length);
	both[pattern_length + 1 + name_length] = '\0';
	matches = fnmatch(both, both + pattern_length + 1, 0) == 0;
	free(both);
	return matches;
}

/*
 * Both point behind a slash. The last "**" seen is remembered and, when the
 * rest does not match, made to span one component more: no recursion, and
 * quadratic at worst.
 */
bool path_match(const char *pattern, const char *path)
{
	const char *retry_pattern = NULL, *retry_path = NULL;

	pattern += *pattern == '/';
	path += *path == '/';
	for (;;) {
		size_t pattern_length = strcspn(pattern, "/");
		size_t path_length = strcspn(path, "/");

		if (pattern_length == 2 && memcmp(pattern, "**", 2) == 0) {
			pattern += pattern_length;
			if (!*pattern)
				return true;
			retry_pattern = ++pattern;
			retry_path = path;
			continue;
		}
		if (!pattern_length && !path_length)
			return true;
		if (pattern_length && path_length &&
		    component_match(pattern, pattern_length, path,
				    path_length)) {
			pattern += pattern_length;
			path += path_length;
			pattern += *pattern == '/';
			path += *path == '/';
			continue;
		}
		if (!retry_pattern || !*retry_path)
			return false;
		retry_path += strcspn(retry_path, "/");
		retry_path += *retry_path == '/';
		pattern = retry_pattern;
		path = retry_path;
	}
}

bool path_has_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

char *path_fixed_prefix(const char *pattern)
{
	size_t length = strcspn(pattern, "*?[");

	if (pattern[length] == '\0')
		return strdup(pattern);
	while (length && pattern[length - 1] != '/')
		length--;
	return length > 1 ? strndup(pattern, length - 1) : strdup("/");
}

bool path_climbs_out(const char *path, const char *target)
{
	size_t depth = 0;

	if (*target == '/')
		return false;
	for (const char *c = path + 1; *c; c++)
		depth += *c == '/';
	for (const char *c = target; *c; c += strspn(c, "/")) {
		size_t length = strcspn(c, "/");

		if (length == 2 && strncmp(c, "..", 2) == 0) {
			if (depth-- == 0)
				return true;
		} else if (length != 1 || *c != '.') {
			depth++;
		}
		c += length;
	}
	return false;
}
