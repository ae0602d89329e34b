#include "mount/read_ahead.h"

#include "lib/processors.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	/* While one decompresses, another fetches and stores. One processor is
	 * left to the service. */
	THREADS_MAX = 2,
	STACK_SIZE = 256 << 10,
	DEPTH_MAX = 8,
	ENTRIES_SIZE = 8 << 10,
	/* It can be ended between two of these. */
	PIECE = 256 << 10,
};

struct read_ahead {
	int image;
	char *program;
	atomic_bool ended;
	atomic_size_t next;  /* file, in the order of the walk */
	atomic_long allowed; /* bytes */
	pthread_t threads[THREADS_MAX];
	size_t thread_count;
};

/* One thread's way through the image. */
struct walk {
	struct read_ahead *read_ahead;
	int level;    /* the depth whose files count at the moment */
	size_t seen;  /* files up to here */
	size_t taken; /* the one that is this thread's */
};

static bool goes_on(const struct walk *walk)
{
	return !atomic_load_explicit(&walk->read_ahead->ended,
				     memory_order_relaxed);
}

/* What is mounted over the image meanwhile is no part of it. */
static int open_in(const struct walk *walk, int directory, const char *path,
		   int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_RDONLY | O_CLOEXEC |
						  O_NONBLOCK),
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
			   (directory == walk->read_ahead->image
				    ? RESOLVE_IN_ROOT
				    : RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH),
	};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

static void read_file(const struct walk *walk, int directory, const char *name)
{
	CLEANUP_CLOSE int fd = open_in(walk, directory, name, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > READ_AHEAD_FILE_MAX ||
	    atomic_fetch_sub(&walk->read_ahead->allowed, st.st_size) <
		    st.st_size)
		return;
	for (off_t at = 0; at < st.st_size && goes_on(walk); at += PIECE)
		(void)readahead(fd, at, PIECE);
}

/* All threads meet all files in the same order. Each file is that one's that
 * is the first to ask for another. */
static void meet(struct walk *walk, int directory, const char *name)
{
	if (walk->seen++ != walk->taken)
		return;
	read_file(walk, directory, name);
	walk->taken = atomic_fetch_add(&walk->read_ahead->next, 1);
}

static void walk_directory(struct walk *walk, int directory, int depth);

static void walk_entry(struct walk *walk, int directory,
		       const struct dirent64 *entry, int depth)
{
	const char *name = entry->d_name;

	if (entry->d_type == DT_REG && depth == walk->level &&
	    strstr(name, ".so")) {
		meet(walk, directory, name);
	} else if (entry->d_type == DT_DIR && depth < walk->level &&
		   strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		CLEANUP_CLOSE int fd =
			open_in(walk, directory, name, O_DIRECTORY);

		if (fd >= 0)
			walk_directory(walk, fd, depth + 1);
	}
}

static void walk_directory(struct walk *walk, int directory, int depth)
{
	char entries[ENTRIES_SIZE]
		__attribute__((aligned(__alignof__(struct dirent64))));
	ssize_t length;

	while ((length = getdents64(directory, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < length;) {
			const struct dirent64 *entry =
				(const void *)(entries + at);

			if (!goes_on(walk))
				return;
			walk_entry(walk, directory, entry, depth);
			at += entry->d_reclen;
		}
	}
}

static void walk_root(struct walk *walk, const char *name)
{
	CLEANUP_CLOSE int fd = -1;

	if (!goes_on(walk))
		return;
	fd = open_in(walk, walk->read_ahead->image, name,
		     O_DIRECTORY | O_NOFOLLOW);
	if (fd >= 0)
		walk_directory(walk, fd, 0);
}

static void *run(void *context)
{
	static const char *const roots[] = { "lib", "lib64", "usr" };
	struct read_ahead *read_ahead = context;
	struct walk walk = { .read_ahead = read_ahead };

	walk.taken = atomic_fetch_add(&read_ahead->next, 1);
	if (read_ahead->program)
		meet(&walk, read_ahead->image, read_ahead->program);
	/* What everybody needs lies higher up than what few need. */
	for (walk.level = 0; walk.level <= DEPTH_MAX; walk.level++)
		for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
			walk_root(&walk, roots[i]);
	return NULL;
}

static void start_threads(struct read_ahead *read_ahead, size_t count)
{
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) != 0)
		return;
	if (pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0) {
		while (read_ahead->thread_count < count &&
		       pthread_create(
			       &read_ahead->threads[read_ahead->thread_count],
			       &attributes, run, read_ahead) == 0)
			read_ahead->thread_count++;
	}
	(void)pthread_attr_destroy(&attributes);
}

struct read_ahead *read_ahead_begin(int image, const char *program)
{
	struct read_ahead *read_ahead;
	size_t spare = processors_usable() - 1;

	if (spare == 0)
		return NULL;
	read_ahead = calloc(1, sizeof(*read_ahead));
	if (!read_ahead)
		return NULL;
	read_ahead->image = image;
	read_ahead->program = program ? strdup(program) : NULL;
	atomic_init(&read_ahead->allowed, READ_AHEAD_ALL_MAX);
	start_threads(read_ahead, spare < THREADS_MAX ? spare : THREADS_MAX);
	if (read_ahead->thread_count > 0)
		return read_ahead;
	read_ahead_end(read_ahead);
	return NULL;
}

void read_ahead_end(struct read_ahead *read_ahead)
{
	if (!read_ahead)
		return;
	atomic_store(&read_ahead->ended, true);
	while (read_ahead->thread_count > 0)
		(void)pthread_join(
			read_ahead->threads[--read_ahead->thread_count], NULL);
	free(read_ahead->program);
	free(read_ahead);
}
