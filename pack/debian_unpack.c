#include "pack/debian_unpack.h"

#include "lib/processors.h"
#include "pack/deb_unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	THREADS_MAX = 64,
	POLL_NANOSECONDS = 20 * 1000 * 1000,
};

enum job_state { JOB_WAITING, JOB_TAKEN, JOB_DONE };

struct job {
	const struct apt_package *package;
	enum job_state state;
	struct buf ignored; /* the devices that were left out */
};

struct pool {
	int directory;
	const struct debian_unpack_options *options;
	struct job *jobs; /* the largest first, so that all threads end at
			     about the same time */
	size_t job_count;
	pthread_mutex_t lock; /* of what follows, and of the jobs' states */
	pthread_cond_t changed;
	size_t finished;
	unsigned int running;
	bool fetching;	  /* more files may come */
	int error;	  /* the first */
	struct diag diag; /* its words */
};

void debian_package_name(const struct apt_package *package,
			 char ret_name[DEBIAN_PACKAGE_NAME_SIZE])
{
	sha256_format(package->sha256, ret_name);
}

bool debian_is_unpacked(int directory, const struct apt_package *package)
{
	char name[DEBIAN_PACKAGE_NAME_SIZE];

	debian_package_name(package, name);
	return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int compare_jobs(const void *a, const void *b)
{
	const struct job *one = a, *other = b;

	if (one->package->size != other->package->size)
		return one->package->size < other->package->size ? 1 : -1;
	return strcmp(one->package->name, other->package->name);
}

static int pool_init(struct pool *pool, const struct apt_packages *packages)
{
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->changed, NULL);
	pool->jobs = calloc(packages->count + 1, sizeof(*pool->jobs));
	if (!pool->jobs)
		return -ENOMEM;
	for (size_t i = 0; i < packages->count; i++)
		if (!debian_is_unpacked(pool->directory, &packages->items[i]))
			pool->jobs[pool->job_count++].package =
				&packages->items[i];
	qsort(pool->jobs, pool->job_count, sizeof(*pool->jobs), compare_jobs);
	return 0;
}

static void pool_done(struct pool *pool)
{
	for (size_t i = 0; i < pool->job_count; i++)
		buf_done(&pool->jobs[i].ignored);
	free(pool->jobs);
	diag_done(&pool->diag);
	(void)pthread_mutex_destroy(&pool->lock);
	(void)pthread_cond_destroy(&pool->changed);
}

static bool has_file(const struct apt_package *package)
{
	struct stat status;

	return stat(package->path, &status) == 0 &&
	       (uint64_t)status.st_size == package->size;
}

/*
 * The next job whose file is there; NULL when there is no more. When nothing
 * more will be fetched the rest are given out as well: what is wrong with
 * their files is for whoever opens them to tell. Called with the lock held.
 */
static struct job *take_job(struct pool *pool)
{
	for (;;) {
		bool fetching = pool->fetching, waiting = false;
		struct timespec until;

		if (pool->error)
			return NULL;
		for (size_t i = 0; i < pool->job_count; i++) {
			struct job *job = &pool->jobs[i];

			if (job->state != JOB_WAITING)
				continue;
			waiting = true;
			if (fetching && !has_file(job->package))
				continue;
			job->state = JOB_TAKEN;
			return job;
		}
		if (!waiting)
			return NULL;
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += POLL_NANOSECONDS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		(void)pthread_cond_timedwait(&pool->changed, &pool->lock,
					     &until);
	}
}

static void *work(void *context)
{
	struct pool *pool = context;
	struct job *job;

	(void)pthread_mutex_lock(&pool->lock);
	while ((job = take_job(pool)) != NULL) {
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		int r;

		(void)pthread_mutex_unlock(&pool->lock);
		r = deb_unpack(pool->directory, job->package, &job->ignored,
			       &diag);
		(void)pthread_mutex_lock(&pool->lock);
		if (r == 0)
			job->state = JOB_DONE;
		pool->finished++;
		if (r < 0 && !pool->error) {
			pool->error = r;
			pool->diag = diag;
			diag = DIAG_INIT;
		}
		(void)pthread_cond_broadcast(&pool->changed);
	}
	pool->running--;
	(void)pthread_cond_broadcast(&pool->changed);
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static unsigned int thread_count(const struct pool *pool)
{
	unsigned int count = pool->options->threads ? pool->options->threads
						    : processors_usable();

	if (count > pool->job_count)
		count = (unsigned int)pool->job_count;
	return count < THREADS_MAX ? count : THREADS_MAX;
}

static void report(const struct pool *pool, size_t finished)
{
	char text[64];

	if (!pool->options->progress)
		return;
	(void)snprintf(text, sizeof(text), "unpacking packages: %zu %%",
		       finished * 100 / pool->job_count);
	pool->options->progress(pool->options->context, text);
}

static void fetch(struct pool *pool)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r = pool->options->fetch(pool->options->context, &diag);

	(void)pthread_mutex_lock(&pool->lock);
	pool->fetching = false;
	/* Better words than those of a thread that misses a file. */
	if (r < 0) {
		diag_done(&pool->diag);
		pool->error = r;
		pool->diag = diag;
		diag = DIAG_INIT;
	}
	(void)pthread_cond_broadcast(&pool->changed);
	(void)pthread_mutex_unlock(&pool->lock);
}

static void wait_for_threads(struct pool *pool)
{
	size_t told = 0;

	(void)pthread_mutex_lock(&pool->lock);
	while (pool->running) {
		size_t finished;

		(void)pthread_cond_wait(&pool->changed, &pool->lock);
		finished = pool->finished;
		if (finished == told)
			continue;
		(void)pthread_mutex_unlock(&pool->lock);
		report(pool, finished);
		told = finished;
		(void)pthread_mutex_lock(&pool->lock);
	}
	(void)pthread_mutex_unlock(&pool->lock);
}

static int run_threads(struct pool *pool)
{
	pthread_t threads[THREADS_MAX];
	unsigned int count = thread_count(pool), started = 0;
	int r = 0;

	pool->fetching = pool->options->fetch != NULL;
	(void)pthread_mutex_lock(&pool->lock);
	for (; started < count; started++) {
		r = -pthread_create(&threads[started], NULL, work, pool);
		if (r < 0)
			break;
		pool->running++;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	/* One thread is enough; none is not. */
	if (!started && count)
		return diag_errno(&pool->diag, r, "cannot start a thread");
	if (pool->fetching)
		fetch(pool);
	wait_for_threads(pool);
	for (unsigned int i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	return pool->error;
}

static void warn_of_ignored(const struct pool *pool, const struct job *job)
{
	char *rest = job->ignored.data, *path;

	while (pool->options->warn && rest &&
	       (path = strsep(&rest, "\n")) != NULL) {
		CLEANUP_FREE char *text = NULL;

		if (*path && asprintf(&text,
				      "%s in the package %s is a device or "
				      "FIFO: left out",
				      path, job->package->name) >= 0)
			pool->options->warn(pool->options->context, text);
	}
}

/* What was unpacked gets its name, also if something else failed. */
static int publish(struct pool *pool, struct diag *diag)
{
	/* Without this, a power failure could leave empty files behind a name
	 * that promises whole ones. */
	if (pool->finished && syncfs(pool->directory) < 0)
		return diag_errno(diag, -errno,
				  "cannot flush packages to disk");
	for (size_t i = 0; i < pool->job_count; i++) {
		const struct job *job = &pool->jobs[i];
		char name[DEBIAN_PACKAGE_NAME_SIZE];
		char temporary[DEBIAN_PACKAGE_NAME_SIZE + 1];

		if (job->state != JOB_DONE)
			continue;
		debian_package_name(job->package, name);
		(void)snprintf(temporary, sizeof(temporary), ".%s", name);
		if (renameat(pool->directory, temporary, pool->directory,
			     name) < 0)
			return diag_errno(diag, -errno,
					  "cannot keep the package %s",
					  job->package->name);
		warn_of_ignored(pool, job);
	}
	return 0;
}

int debian_unpack(int directory, const struct apt_packages *packages,
		  const struct debian_unpack_options *options,
		  struct diag *diag)
{
	CLEANUP(pool_done)
	struct pool pool = {
		.directory = directory,
		.options = options,
	};
	CLEANUP_DIAG struct diag failure = DIAG_INIT;
	int r = pool_init(&pool, packages);

	if (r < 0)
		return diag_oom(diag);
	r = run_threads(&pool);
	if (r < 0) {
		/* The first reason is told; publishing is a courtesy then. */
		int ignored = publish(&pool, &failure);

		(void)ignored;
		if (diag) {
			diag_done(diag);
			*diag = pool.diag;
			pool.diag = DIAG_INIT;
		}
		return r;
	}
	return publish(&pool, diag);
}
