/* links: pack/block_cache.o pack/block_cache_generations.o pack/block_store.o
 * pack/block_store_check.o pack/block_directory.o pack/remove_tree.o */
/* packages: lmdb */
#include "pack/block_cache.h"

#include "lib/fdio.h"
#include "lib/le.h"
#include "pack/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { BLOCK_MAX = 128 << 10, FIRST = 1 };

#define BOUND BLOCK_CACHE_BOUND_MIN

static char directory[] = "/tmp/jail-blocks.XXXXXX";
static char path[sizeof(directory) + sizeof("/blocks")];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "%s/blocks", directory);
	return mkdir(directory, 0700);
}

static int tear_down(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, directory);
}

/* --- Blocks: what number n is called, and what it is --- */

static void make_block(uint32_t number, uint8_t key[SHA256_SIZE],
		       uint8_t *bytes, size_t length)
{
	uint8_t digest[SHA256_SIZE];
	uint8_t seed[8] = { 0 };

	le32_put(seed, number);
	sha256_digest(seed, sizeof(seed), key);
	memcpy(digest, key, sizeof(digest));
	for (size_t at = 0; at < length; at += sizeof(digest)) {
		size_t piece = length - at < sizeof(digest) ? length - at
							    : sizeof(digest);

		sha256_digest(digest, sizeof(digest), digest);
		memcpy(bytes + at, digest, piece);
	}
}

static void put(struct block_cache *cache, uint32_t number, size_t length)
{
	static _Thread_local uint8_t bytes[BLOCK_MAX];
	uint8_t key[SHA256_SIZE];

	make_block(number, key, bytes, length);
	block_cache_put(cache, key, bytes, length);
}

/* Whether it is known. That it is the right one is checked. */
static bool get(struct block_cache *cache, uint32_t number, size_t length)
{
	static _Thread_local uint8_t wanted[BLOCK_MAX], got[BLOCK_MAX];
	uint8_t key[SHA256_SIZE];
	size_t got_length;

	make_block(number, key, wanted, length);
	if (!block_cache_get(cache, key, got, sizeof(got), &got_length))
		return false;
	assert_int_equal(got_length, length);
	assert_memory_equal(got, wanted, length);
	return true;
}

static struct block_cache *open_cache(uint64_t bound)
{
	struct diag diag = DIAG_INIT;
	struct block_cache *cache;

	if (block_cache_open(path, bound, &cache, &diag) < 0)
		fail_msg("%s", diag.text);
	return cache;
}

static void close_whole(struct block_cache *cache)
{
	struct diag diag = DIAG_INIT;

	if (block_cache_close(cache, &diag) < 0)
		fail_msg("%s", diag.text);
}

static void fill(uint32_t first, uint32_t count, size_t length)
{
	struct block_cache *cache = open_cache(BOUND);

	for (uint32_t i = first; i < first + count; i++)
		put(cache, i, length);
	close_whole(cache);
}

/* --- Finding --- */

static void test_hit_and_miss(void **state)
{
	struct block_cache *cache = open_cache(BOUND);
	struct block_cache_counts counts;

	(void)state;
	assert_false(get(cache, 1, 1000));
	put(cache, 1, 1000);
	put(cache, 2, BLOCK_MAX);
	put(cache, 3, 0); /* it did not become smaller */
	close_whole(cache);

	cache = open_cache(BOUND);
	assert_true(get(cache, 1, 1000));
	assert_true(get(cache, 2, BLOCK_MAX));
	assert_true(get(cache, 3, 0));
	assert_false(get(cache, 4, 1000));
	counts = block_cache_counts(cache);
	assert_int_equal(counts.asked, 4);
	assert_int_equal(counts.found, 3);
	close_whole(cache);
}

static void test_small_buffer(void **state)
{
	struct block_cache *cache;
	uint8_t key[SHA256_SIZE], bytes[1000], guard[1000];
	size_t length = 7;

	(void)state;
	fill(1, 1, 1000);
	cache = open_cache(BOUND);
	make_block(1, key, bytes, sizeof(bytes));
	memset(guard, 'g', sizeof(guard));
	memset(bytes, 'g', sizeof(bytes));
	assert_false(block_cache_get(cache, key, bytes, 999, &length));
	assert_memory_equal(bytes, guard, sizeof(bytes));
	assert_int_equal(length, 7);
	assert_int_equal(block_cache_close(cache, NULL), -EBADMSG);
}

/* --- Damage --- */

static char *file_path(uint32_t generation, const char *name)
{
	char *text;

	assert_true(asprintf(&text, "%s/%08x/%s", path, generation, name) > 0);
	return text;
}

static void overwrite(const char *file, off_t offset, uint8_t value,
		      size_t length)
{
	CLEANUP_CLOSE int fd = open(file, O_WRONLY | O_CLOEXEC);
	uint8_t bytes[8192];

	assert_true(fd >= 0 && length <= sizeof(bytes));
	/* Each byte another, unless it is 0 or 255. */
	for (size_t i = 0; i < length; i++)
		bytes[i] = value == 0 || value == 255
				   ? value
				   : (uint8_t)((i + value) * 167 + (i >> 8));
	assert_int_equal(pwrite_all(fd, bytes, length, (uint64_t)offset), 0);
}

static off_t size_of(const char *file)
{
	struct stat status;

	assert_int_equal(stat(file, &status), 0);
	return status.st_size;
}

static void test_damaged_bytes(void **state)
{
	CLEANUP_FREE char *blocks = file_path(FIRST, "blocks");
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct block_cache *cache;

	(void)state;
	fill(1, 3, 1000);
	overwrite(blocks, 1500, 'x', 1); /* of the second */
	cache = open_cache(BOUND);
	assert_true(get(cache, 1, 1000));
	assert_false(get(cache, 2, 1000));
	assert_true(get(cache, 3, 1000));
	put(cache, 2, 1000);
	assert_int_equal(block_cache_close(cache, &diag), -EBADMSG);
	assert_non_null(strstr(diag.text, "1 blocks of it"));

	cache = open_cache(BOUND);
	assert_true(get(cache, 2, 1000));
	close_whole(cache);

	/* A power failure: the index is there, the bytes are not. */
	assert_int_equal(truncate(blocks, 0), 0);
	cache = open_cache(BOUND);
	for (uint32_t i = 1; i <= 3; i++) {
		assert_false(get(cache, i, 1000));
		put(cache, i, 1000);
	}
	assert_int_equal(block_cache_close(cache, NULL), -EBADMSG);
	cache = open_cache(BOUND);
	for (uint32_t i = 1; i <= 3; i++)
		assert_true(get(cache, i, 1000));
	close_whole(cache);
}

static struct buf read_whole(const char *file)
{
	struct buf content = BUF_INIT;

	assert_int_equal(read_file(file, 64 << 20, &content, NULL), 0);
	return content;
}

static void write_whole(const char *file, const struct buf *content)
{
	CLEANUP_CLOSE int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, content->data, content->length), 0);
}

/* Used as if nothing were: all that is found is right, and storing works. */
static void use_damaged(uint32_t count)
{
	struct block_cache *cache = open_cache(BOUND);

	for (uint32_t i = 1; i <= count; i++) {
		if (!get(cache, i, 100))
			put(cache, i, 100);
	}
	put(cache, count + 1, 100);
	(void)!block_cache_close(cache, NULL);
	cache = open_cache(BOUND);
	assert_true(get(cache, count + 1, 100));
	(void)!block_cache_close(cache, NULL);
}

/* Whatever page of the index is overwritten, with whatever. */
static void test_damaged_index(void **state)
{
	enum { COUNT = 700, PAGE = 4096 };
	static const uint8_t values[] = { 0, 255, 'x' };
	CLEANUP_FREE char *index = file_path(FIRST, "index");
	CLEANUP_FREE char *blocks = file_path(FIRST, "blocks");
	CLEANUP_BUF struct buf good_index = BUF_INIT, good_blocks = BUF_INIT;
	size_t removed = 0;

	(void)state;
	fill(1, COUNT, 100);
	good_index = read_whole(index);
	good_blocks = read_whole(blocks);
	assert_true(good_index.length > 15 * PAGE);
	for (off_t at = 0; at < (off_t)good_index.length; at += PAGE) {
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			struct block_cache *cache;

			assert_int_equal(remove_tree(AT_FDCWD, path), 0);
			fill(1, 1, 100);
			write_whole(index, &good_index);
			write_whole(blocks, &good_blocks);
			overwrite(index, at, values[i], PAGE);
			use_damaged(COUNT);
			cache = open_cache(BOUND);
			removed += !get(cache, COUNT + 1, 100);
			close_whole(cache);
		}
	}
	assert_int_equal(removed, 0);
}

static void test_cut_index(void **state)
{
	CLEANUP_FREE char *index = file_path(FIRST, "index");
	off_t size;

	(void)state;
	fill(1, 1500, 100);
	size = size_of(index);
	for (off_t left = 0; left < size; left += size / 7) {
		assert_int_equal(truncate(index, left), 0);
		use_damaged(1500);
		assert_int_equal(remove_tree(AT_FDCWD, path), 0);
		fill(1, 1500, 100);
	}
}

static void test_damage_is_told(void **state)
{
	CLEANUP_FREE char *index = file_path(FIRST, "index");
	CLEANUP_FREE char *lock = file_path(FIRST, "index-lock");
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct block_cache *cache;

	(void)state;
	fill(1, 100, 100);
	overwrite(index, 0, 'x', 8192);
	cache = open_cache(BOUND);
	assert_false(get(cache, 1, 100));
	assert_int_equal(block_cache_close(cache, &diag), -EBADMSG);
	assert_non_null(strstr(diag.text, "was damaged"));

	/* The lock file of nobody is made anew. */
	assert_int_equal(remove_tree(AT_FDCWD, path), 0);
	fill(1, 100, 100);
	overwrite(lock, 0, 'x', (size_t)size_of(lock) % 8192);
	cache = open_cache(BOUND);
	(void)get(cache, 1, 100);
	(void)!block_cache_close(cache, NULL);
	fill(1, 1, 100);
}

/* --- The bound --- */

static uint64_t bytes_on_disk;

static int add_size(const char *name, const struct stat *status, int type,
		    struct FTW *ftw)
{
	(void)name;
	(void)ftw;
	if (type == FTW_F)
		bytes_on_disk += (uint64_t)status->st_size;
	return 0;
}

static uint64_t disk_used(void)
{
	bytes_on_disk = 0;
	assert_int_equal(nftw(path, add_size, 8, FTW_PHYS), 0);
	return bytes_on_disk;
}

static void test_bound(void **state)
{
	enum { LENGTH = 100 << 10, COUNT = 1000, USED_OFTEN = 100000 };
	struct block_cache *cache = open_cache(BOUND);
	size_t found = 0;

	(void)state;
	put(cache, USED_OFTEN, LENGTH);
	for (uint32_t i = 0; i < COUNT; i++) {
		put(cache, i, LENGTH);
		assert_true(disk_used() <= BOUND);
		if (i % 50 == 49)
			assert_true(get(cache, USED_OFTEN, LENGTH));
	}
	close_whole(cache);
	assert_true(disk_used() <= BOUND);
	assert_true(disk_used() > BOUND / 2);

	cache = open_cache(BOUND);
	assert_true(get(cache, COUNT - 1, LENGTH));
	assert_true(get(cache, USED_OFTEN, LENGTH));
	assert_false(get(cache, 0, LENGTH));
	for (uint32_t i = 0; i < COUNT; i++)
		found += get(cache, i, LENGTH);
	/* Three generations of four are full. */
	assert_true(found > BOUND / LENGTH / 2);
	close_whole(cache);
}

/* Small blocks fill the index first. */
static void test_bound_of_index(void **state)
{
	enum { COUNT = 60000 };
	struct block_cache *cache = open_cache(BOUND);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		put(cache, i, 10);
		if (i % 500 == 0)
			assert_true(disk_used() <= BOUND);
	}
	close_whole(cache);
	assert_true(disk_used() <= BOUND);
	cache = open_cache(BOUND);
	assert_true(get(cache, COUNT - 1, 10));
	assert_false(get(cache, 0, 10));
	close_whole(cache);
}

static void test_bound_changes(void **state)
{
	enum { LENGTH = 100 << 10, COUNT = 1200 };
	struct block_cache *cache = open_cache(4 * BOUND);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		put(cache, i, LENGTH);
	close_whole(cache);
	assert_true(disk_used() > 2 * BOUND);
	cache = open_cache(BOUND);
	assert_true(disk_used() <= BOUND);
	for (uint32_t i = 0; i < COUNT; i++)
		put(cache, i, LENGTH);
	close_whole(cache);
	assert_true(disk_used() <= BOUND);
	for (int i = 0; i < 3; i++) {
		cache = open_cache(4 * BOUND);
		assert_true(get(cache, COUNT - 1, LENGTH));
		put(cache, COUNT + 1 + (uint32_t)i, LENGTH);
		close_whole(cache);
		assert_true(disk_used() <= 4 * BOUND);
	}
}

/* --- Several at once --- */

static pid_t in_child(void (*work)(uint32_t first), uint32_t first)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		work(first);
		_exit(0);
	}
	return child;
}

/* In halves that overlap; so little at a time that they take turns. */
static void store_some(uint32_t first)
{
	for (uint32_t i = first; i < first + 600; i += 20) {
		struct block_cache *cache = open_cache(BOUND);

		for (uint32_t k = i; k < i + 20; k++) {
			if (!get(cache, k, 5000))
				put(cache, k, 5000);
		}
		close_whole(cache);
	}
}

static void wait_for(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_two_processes(void **state)
{
	struct block_cache *cache;
	pid_t one = in_child(store_some, 0), other = in_child(store_some, 300);

	(void)state;
	wait_for(one);
	wait_for(other);
	cache = open_cache(BOUND);
	for (uint32_t i = 0; i < 900; i++)
		assert_true(get(cache, i, 5000));
	close_whole(cache);
}

/* While one removes generations the other reads and adds. */
static void store_much(uint32_t first)
{
	struct block_cache *cache = open_cache(BOUND);

	for (uint32_t i = first; i < first + 800; i++) {
		put(cache, i, 100 << 10);
		if (i >= first + 40)
			(void)get(cache, i - 40, 100 << 10);
	}
	close_whole(cache);
}

static void test_two_that_evict(void **state)
{
	pid_t one = in_child(store_much, 0);
	pid_t other = in_child(store_much, 10000);
	struct block_cache *cache;

	(void)state;
	wait_for(one);
	wait_for(other);
	assert_true(disk_used() <= BOUND);
	cache = open_cache(BOUND);
	assert_true(get(cache, 799, 100 << 10) || get(cache, 10799, 100 << 10));
	close_whole(cache);
}

struct thread_work {
	struct block_cache *cache;
	uint32_t first;
};

static void *thread_run(void *context)
{
	struct thread_work *work = context;

	for (uint32_t i = work->first; i < work->first + 1500; i++) {
		put(work->cache, i, 30 << 10);
		if (i > work->first + 300)
			(void)get(work->cache, i - 300, 30 << 10);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct block_cache *cache = open_cache(BOUND);
	struct thread_work work[4];
	pthread_t threads[ARRAY_SIZE(work)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(work); i++) {
		work[i] = (struct thread_work){ cache, 10000 * (uint32_t)i };
		assert_int_equal(
			pthread_create(&threads[i], NULL, thread_run, &work[i]),
			0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(work); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	close_whole(cache);
	assert_true(disk_used() <= BOUND);
}

/* --- Being killed --- */

static int progress[2]; /* a pipe: a byte for each time that it has stored */

static void store_for_ever(uint32_t first)
{
	for (uint32_t i = first;; i += 400) {
		struct block_cache *cache = open_cache(BOUND);

		for (uint32_t k = i; k < i + 400; k++)
			put(cache, k, 20 << 10);
		close_whole(cache);
		(void)!write(progress[1], "", 1);
	}
}

static void test_kill(void **state)
{
	size_t found = 0;

	(void)state;
	assert_int_equal(pipe2(progress, O_CLOEXEC), 0);
	for (uint32_t round = 0; round < 40; round++) {
		struct block_cache *cache;
		pid_t child = in_child(store_for_ever, 100000 * round);
		char byte;

		if (round % 4 == 0)
			assert_int_equal(read(progress[0], &byte, 1), 1);
		(void)usleep(1000 + round * 2357 % 50000);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		cache = open_cache(BOUND);
		for (uint32_t i = 0; i < 400; i++)
			found += get(cache, 100000 * round + i, 20 << 10);
		/* Nothing is damaged. */
		close_whole(cache);
		assert_true(disk_used() <= BOUND);
	}
	(void)close(progress[0]);
	(void)close(progress[1]);
	assert_true(found >= 400);
}

/* Half removed by one that was killed: the next removes the rest. */
static void test_half_evicted(void **state)
{
	CLEANUP_FREE char *index = file_path(FIRST, "index");
	char here[64], dead[64];

	(void)state;
	fill(1, 10, 1000);
	(void)snprintf(here, sizeof(here), "%s/%08x", path, FIRST);
	(void)snprintf(dead, sizeof(dead), "%s/.%08x", path, FIRST);
	assert_int_equal(unlink(index), 0);
	assert_int_equal(rename(here, dead), 0);
	fill(1, 10, 1000);
	assert_int_equal(access(dead, F_OK), -1);
}

/* --- Whose it is --- */

static void refused(int error)
{
	struct block_cache *cache = NULL;

	assert_int_equal(block_cache_open(path, BOUND, &cache, NULL), error);
	assert_null(cache);
}

static void test_foreign(void **state)
{
	(void)state;
	fill(1, 1, 1000);
	assert_int_equal(chmod(path, 0755), 0);
	refused(-EPERM);
	assert_int_equal(chmod(path, 0702), 0);
	refused(-EPERM);
	assert_int_equal(chmod(path, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		refused(-EPERM);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	fill(1, 1, 1000);
	assert_int_equal(remove_tree(AT_FDCWD, path), 0);
	assert_int_equal(symlink("/tmp", path), 0);
	refused(-ENOTDIR);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(-ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(test_hit_and_miss),   TEST(test_small_buffer),
		TEST(test_damaged_bytes),  TEST(test_damaged_index),
		TEST(test_cut_index),	   TEST(test_damage_is_told),
		TEST(test_bound),	   TEST(test_bound_of_index),
		TEST(test_bound_changes),  TEST(test_two_processes),
		TEST(test_two_that_evict), TEST(test_threads),
		TEST(test_kill),	   TEST(test_half_evicted),
		TEST(test_foreign),
	};

	if (!mkdtemp(directory) || rmdir(directory) < 0)
		return 1;
	return cmocka_run_group_tests_name("block cache", tests, NULL, NULL);
}
