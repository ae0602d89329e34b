/*
 * How fast an image is hashed when it is verified: bytes a second, in
 * thousands, as openssl-speed(1) counts them.
 *
 *     hash_rate MEGABYTES SECONDS [THREADS]
 *
 * The bytes lie in a sealed memory file, as those of an image do. Threads: one
 * for each processor that may be used.
 */
#include "lib/fdio.h"
#include "lib/hashtree.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { MEGABYTE = 1 << 20 };

static double now(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_MONOTONIC, &time) < 0)
		err(1, "clock");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int make_file(unsigned int megabytes)
{
	CLEANUP_FREE unsigned char *chunk = malloc(MEGABYTE);
	int fd = memfd_create("hashed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (!chunk || fd < 0)
		err(1, "memory");
	for (unsigned int i = 0; i < megabytes; i++) {
		memset(chunk, (int)(i * 31 + 1), MEGABYTE);
		errno = -write_all(fd, chunk, MEGABYTE);
		if (errno)
			err(1, "write");
	}
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		err(1, "seal");
	return fd;
}

int main(int argc, char **argv)
{
	unsigned int megabytes = argc > 2 ? (unsigned int)atoi(argv[1]) : 0;
	double seconds = argc > 2 ? atof(argv[2]) : 0;
	unsigned int threads = argc > 3 ? (unsigned int)atoi(argv[3]) : 0;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CLOSE int fd = -1;
	double begun, spent;
	unsigned int rounds = 0;

	if (megabytes < 1 || seconds <= 0)
		errx(2, "usage: hash_rate MEGABYTES SECONDS [THREADS]");
	fd = make_file(megabytes);
	begun = now();
	do {
		uint8_t root[HASHTREE_DIGEST_SIZE];

		if (hashtree_compute(fd, (uint64_t)megabytes * MEGABYTE,
				     threads, root, NULL, &diag) < 0)
			errx(1, "%s", diag.text);
		rounds++;
		spent = now() - begun;
	} while (spent < seconds);
	(void)printf("%.0f\n",
		     (double)megabytes * MEGABYTE * rounds / spent / 1000);
	return 0;
}
