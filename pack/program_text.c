#include "pack/program_text.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

enum { TEXT_MAX = 4095, PATHS_MAX = 256 };

size_t program_text_behind(const char *bytes, size_t length, const char *sign,
			   const char *ends, const char **ret_text)
{
	const char *found = memmem(bytes, length, sign, strlen(sign));
	size_t left, count = 0;

	if (!found)
		return 0;
	found += strlen(sign);
	left = length - (size_t)(found - bytes);
	while (count < left && count < TEXT_MAX && found[count] &&
	       !strchr(ends, found[count]))
		count++;
	*ret_text = found;
	return count;
}

/* Does a path begin here, and end before `end`? Its length, or 0. */
static size_t path_here(const char *at, const char *end)
{
	size_t length = strnlen(at, (size_t)(end - at));

	if (at + length == end || length > TEXT_MAX)
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (at[i] <= ' ' || at[i] > '~')
			return 0;
	}
	return length;
}

static int take_path(const char *path, const char *pattern, char ***paths)
{
	if (fnmatch(pattern, path, 0) != 0 || strv_length(*paths) >= PATHS_MAX)
		return 0;
	for (size_t i = 0; *paths && (*paths)[i]; i++) {
		if (strcmp((*paths)[i], path) == 0)
			return 0;
	}
	return strv_append(paths, path);
}

int program_text_paths(const char *bytes, size_t length, const char *pattern,
		       char ***paths)
{
	const char *end = bytes + length, *at = bytes;
	int r = 0;

	while (r == 0 && at < end) {
		at = memchr(at, '/', (size_t)(end - at));
		if (!at)
			break;
		if ((at == bytes || at[-1] == '\0') && path_here(at, end)) {
			r = take_path(at, pattern, paths);
			at += strlen(at);
		} else {
			at++;
		}
	}
	return r;
}
