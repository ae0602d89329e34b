/* What the kernel is told of a dm-verity device, as text. */
#include "mount/verity.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

static const char prefix[] = "jailmount-";

enum { RANDOM_DIGITS = 8 };

/* The tree begins in the block behind its superblock. */
void verity_table(dev_t loop, const struct image_layout *layout,
		  char ret_table[DEVICE_MAPPER_TEXT_SIZE])
{
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	uint64_t blocks = layout->tree_offset / HASHTREE_BLOCK_SIZE;

	root_hash_format(layout->root_hash, hash);
	(void)snprintf(ret_table, DEVICE_MAPPER_TEXT_SIZE,
		       "1 %u:%u %u:%u %d %d %" PRIu64 " %" PRIu64
		       " sha256 %s -",
		       major(loop), minor(loop), major(loop), minor(loop),
		       HASHTREE_BLOCK_SIZE, HASHTREE_BLOCK_SIZE, blocks,
		       blocks + 1, hash);
}

void verity_name(const char *jail, pid_t pid, uint32_t random,
		 char ret_name[DEVICE_MAPPER_NAME_SIZE])
{
	(void)snprintf(ret_name, DEVICE_MAPPER_NAME_SIZE,
		       "%s%.64s-%d-%0*" PRIx32, prefix, jail, (int)pid,
		       RANDOM_DIGITS, random);
}

/* From the end: the jail's name may have any of it. */
pid_t verity_name_maker(const char *name)
{
	const char *random = strrchr(name, '-');
	const char *digit = random;
	long pid = 0, place = 1;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0 || !random ||
	    strlen(random + 1) != RANDOM_DIGITS ||
	    strspn(random + 1, "0123456789abcdef") != RANDOM_DIGITS)
		return 0;
	while (digit > name && digit[-1] >= '0' && digit[-1] <= '9') {
		digit--;
		pid += place * (*digit - '0');
		place *= 10;
		if (pid > INT_MAX || place > (long)INT_MAX * 10)
			return 0;
	}
	/* Not the prefix's own dash: there is a name between them. */
	if (digit == random || digit[-1] != '-' ||
	    digit - name < (ptrdiff_t)sizeof(prefix) + 1)
		return 0;
	return (pid_t)pid;
}
