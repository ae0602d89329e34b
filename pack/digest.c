#include "pack/digest.h"

#include <errno.h>

int digest_file(int fd, uint8_t ret_digest[SHA256_SIZE])
{
	enum { CHUNK = 1 << 18 };
	CLEANUP_FREE char *chunk = malloc(CHUNK);
	struct sha256 hash;
	ssize_t got;

	if (!chunk)
		return -ENOMEM;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	sha256_init(&hash);
	while ((got = read(fd, chunk, CHUNK)) != 0) {
		if (got > 0)
			sha256_update(&hash, chunk, (size_t)got);
		else if (errno != EINTR)
			return -errno;
	}
	sha256_final(&hash, ret_digest);
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}
