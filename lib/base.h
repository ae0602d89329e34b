/*
 * The small base that every file stands on: attributes, scope-bound
 * cleanup and the passing on of ownership.
 *
 * A variable declared with one of the CLEANUP_ attributes releases what it
 * holds when it goes out of scope; steal_ptr() and steal_fd() take the value
 * out first when somebody else is to own it.
 */
#ifndef JAIL_BASE_H
#define JAIL_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define CLEANUP(function) __attribute__((cleanup(function)))
#define CLEANUP_FREE CLEANUP(cleanup_free_)
#define CLEANUP_CLOSE CLEANUP(cleanup_close_)
#define CLEANUP_FILE CLEANUP(cleanup_file_)

/* Take the value out of *p and leave NULL behind: the caller owns it now. */
#define steal_ptr(p)                                                           \
	({                                                                     \
		__typeof__(p) steal_from_ = (p);                               \
		__typeof__(*steal_from_) stolen_ = *steal_from_;               \
		*steal_from_ = NULL;                                           \
		stolen_;                                                       \
	})

/* Take the descriptor out of *fd and leave -1 behind. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* Close *fd if it is open and leave -1 behind; errno is kept. */
void close_fd(int *fd);

static inline void cleanup_free_(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_(int *fd)
{
	close_fd(fd);
}

static inline void cleanup_file_(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

/*
 * Make room for one more element in a growing array: *array holds `count`
 * elements of `size` bytes. Capacity grows by powers of two and is derived
 * from `count`, so no capacity is stored; elements must therefore be added
 * one at a time. Returns 0, or -ENOMEM with everything untouched.
 */
int array_grow(void *array, size_t count, size_t size) MUST_CHECK;

/* Free a NULL-terminated array of strings, and the strings. NULL is fine. */
void strv_free(char **strings);

/* Number of strings before the terminating NULL; 0 for NULL. */
size_t strv_length(char *const *strings);

/*
 * Append a copy of `string` to a NULL-terminated array that may be NULL.
 * Returns 0, or -ENOMEM with the array untouched.
 */
int strv_append(char ***strings, const char *string) MUST_CHECK;

#endif
