#include "lib/base.h"

#include <errno.h>
#include <string.h>

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

int array_grow(void *array, size_t count, size_t size)
{
	void **elements = array;
	void *grown;
	size_t capacity;

	/* Full exactly when the count is 0 or a power of two. */
	if (count & (count - 1))
		return 0;
	capacity = count ? count * 2 : 1;
	if (capacity < count)
		return -ENOMEM;
	grown = reallocarray(*elements, capacity, size);
	if (!grown)
		return -ENOMEM;
	*elements = grown;
	return 0;
}

void strv_free(char **strings)
{
	if (!strings)
		return;
	for (char **string = strings; *string; string++)
		free(*string);
	free(strings);
}

size_t strv_length(char *const *strings)
{
	size_t count = 0;

	while (strings && strings[count])
		count++;
	return count;
}

int strv_append(char ***strings, const char *string)
{
	size_t count = strv_length(*strings);
	char *copy = strdup(string);
	char **grown;

	if (!copy)
		return -ENOMEM;
	grown = reallocarray(*strings, count + 2, sizeof(*grown));
	if (!grown) {
		free(copy);
		return -ENOMEM;
	}
	grown[count] = copy;
	grown[count + 1] = NULL;
	*strings = grown;
	return 0;
}
