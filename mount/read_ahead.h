/*
 * Reading of an image what a program of it will be made of, while its jail is
 * still being furnished.
 *
 * The kernel decompresses what is read for the first time, one block after the
 * other and only when somebody asks: a service that starts would wait for each
 * of them. Threads read ahead of it: its program, and the shared objects in the
 * order in which they lie in the image's library directories. What they have
 * read the service finds in the page cache. Nothing depends on it: what fails
 * is left to the service, and there are bounds for what is read in vain.
 */
#ifndef JAILMOUNT_READ_AHEAD_H
#define JAILMOUNT_READ_AHEAD_H

#include "lib/base.h"

enum {
	READ_AHEAD_FILE_MAX = 8 << 20, /* nobody needs all of a larger one */
	READ_AHEAD_ALL_MAX = 32 << 20,
};

struct read_ahead;

/*
 * Begin with the image that is mounted at that descriptor, which has to stay
 * open, and with a program in it, by its path; NULL: none. NULL where there is
 * no processor to spare, no memory, or no thread.
 *
 * The threads never allocate memory: whoever clones this process by a bare
 * system call finds the C library as if there were none of them.
 */
struct read_ahead *read_ahead_begin(int image, const char *program);

/* Not to be read any further; the threads have ended. NULL is fine. */
void read_ahead_end(struct read_ahead *read_ahead);

#endif
