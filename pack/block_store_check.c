#include "pack/block_store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
	SECONDS_MAX = 30, /* for an index whose pages run in a circle */
	FREE_TABLE = 0,	  /* LMDB's table of pages that may be used again */
	FIRST_PAGE = 2,	  /* behind the two that say which tree counts */
};

/* What the child ends with. */
enum { WHOLE = 0, DAMAGED = 1, CANNOT_TELL = 2 };

/* What LMDB returns; above 0 it is the system's, not the index's. */
static int judge(int error)
{
	return error == 0 ? WHOLE : error > 0 ? CANNOT_TELL : DAMAGED;
}

/* The file may have been cut: what lies behind its end cannot be mapped. */
static int check_size(MDB_env *index, size_t page_size)
{
	struct stat status;
	MDB_envinfo info;
	int fd, r = mdb_env_info(index, &info);

	if (r == 0)
		r = mdb_env_get_fd(index, &fd);
	if (r == 0 && fstat(fd, &status) < 0)
		r = errno;
	if (r)
		return judge(r);
	return info.me_last_pgno < (uint64_t)status.st_size / page_size
		       ? WHOLE
		       : DAMAGED;
}

/* Every key is larger than the one before, and they are as many as LMDB
 * believes. */
static int check_blocks(MDB_cursor *cursor, size_t count)
{
	uint8_t before[SHA256_SIZE] = { 0 };
	MDB_val key, entry;
	size_t found = 0;
	int r;

	while ((r = mdb_cursor_get(cursor, &key, &entry, MDB_NEXT)) == 0) {
		if (++found > count || key.mv_size != sizeof(before) ||
		    entry.mv_size != BLOCK_STORE_ENTRY_SIZE ||
		    memcmp(before, key.mv_data, sizeof(before)) >= 0)
			return DAMAGED;
		memcpy(before, key.mv_data, sizeof(before));
	}
	if (r != MDB_NOTFOUND)
		return judge(r);
	return found == count ? WHOLE : DAMAGED;
}

/* Lists of page numbers, each behind its length, the largest first. */
static int check_free_list(const MDB_val *list, size_t last_page)
{
	size_t before = last_page + 1, count, page;
	const uint8_t *at = list->mv_data;

	if (list->mv_size < sizeof(count) || list->mv_size % sizeof(count))
		return DAMAGED;
	memcpy(&count, at, sizeof(count));
	if (count > list->mv_size / sizeof(count) - 1)
		return DAMAGED;
	for (size_t i = 1; i <= count; i++) {
		memcpy(&page, at + i * sizeof(page), sizeof(page));
		if (page >= before || page < FIRST_PAGE)
			return DAMAGED;
		before = page;
	}
	return WHOLE;
}

static int check_free_pages(MDB_txn *transaction, size_t last_page)
{
	MDB_val key, list;
	MDB_cursor *cursor;
	size_t found = 0;
	int r = mdb_cursor_open(transaction, FREE_TABLE, &cursor), verdict;

	if (r)
		return judge(r);
	while ((r = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)) == 0) {
		if (key.mv_size != sizeof(size_t) || ++found > last_page)
			return DAMAGED;
		verdict = check_free_list(&list, last_page);
		if (verdict != WHOLE)
			return verdict;
	}
	mdb_cursor_close(cursor);
	return r == MDB_NOTFOUND ? WHOLE : judge(r);
}

static int check_transaction(MDB_env *index, MDB_txn *transaction)
{
	MDB_cursor *cursor;
	MDB_envinfo info;
	MDB_stat status;
	MDB_dbi table;
	int verdict, r = mdb_dbi_open(transaction, NULL, 0, &table);

	if (r == 0)
		r = mdb_stat(transaction, table, &status);
	if (r == 0)
		r = mdb_env_info(index, &info);
	if (r)
		return judge(r);
	verdict = check_size(index, status.ms_psize);
	if (verdict != WHOLE)
		return verdict;
	r = mdb_cursor_open(transaction, table, &cursor);
	if (r)
		return judge(r);
	verdict = check_blocks(cursor, status.ms_entries);
	mdb_cursor_close(cursor);
	return verdict == WHOLE
		       ? check_free_pages(transaction, info.me_last_pgno)
		       : verdict;
}

static int check_index(const char *file)
{
	MDB_txn *transaction;
	MDB_env *index;
	int verdict, r = mdb_env_create(&index);

	if (r)
		return judge(r);
	r = mdb_env_open(index, file, MDB_NOSUBDIR | MDB_RDONLY, 0600);
	if (r == 0)
		r = mdb_txn_begin(index, NULL, MDB_RDONLY, &transaction);
	if (r) {
		mdb_env_close(index);
		return judge(r);
	}
	verdict = check_transaction(index, transaction);
	mdb_txn_abort(transaction);
	mdb_env_close(index);
	return verdict;
}

/* Whatever it dies of is no news to anybody else. */
static void be_expendable(void)
{
	static const int deaths[] = { SIGSEGV, SIGBUS, SIGABRT,
				      SIGFPE,  SIGILL, SIGALRM };
	const struct rlimit no_core = { 0, 0 };
	sigset_t all;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(deaths); i++)
		(void)signal(deaths[i], SIG_DFL);
	(void)sigemptyset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	/* LMDB tells of a broken assumption there before it ends. */
	if (null >= 0)
		(void)dup2(null, STDERR_FILENO);
	(void)alarm(SECONDS_MAX);
}

/* What the child found; that it could not tell is the same as finding it
 * damaged. */
static int verdict_of(int from)
{
	uint8_t verdict;
	ssize_t got;

	do {
		got = read(from, &verdict, 1);
	} while (got < 0 && errno == EINTR);
	return got == 1 ? verdict : DAMAGED;
}

int block_store_check(const char *path)
{
	CLEANUP_FREE char *file = NULL;
	CLEANUP_CLOSE int from = -1, to = -1;
	int ends[2], verdict;
	pid_t child;

	if (asprintf(&file, "%s/index", path) < 0)
		return -ENOMEM;
	/* Nothing was ever stored. */
	if (access(file, F_OK) < 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	to = ends[1];
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		be_expendable();
		verdict = check_index(file);
		(void)!write(to, &(uint8_t){ (uint8_t)verdict }, 1);
		_exit(0);
	}
	close_fd(&to);
	verdict = verdict_of(from);
	/* It fails only where somebody ignores SIGCHLD. */
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
	}
	return verdict == DAMAGED ? -EBADMSG : 0;
}
