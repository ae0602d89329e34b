/* Walking and hashing: squash_read(), by what anybody can ask of a reader. */
#include "pack/squash_read.h"

#include "lib/sha256.h"

#include <sys/stat.h>

struct hashing {
	struct squash_reader *reader;
	int (*visit)(const struct bill_file *file, void *context);
	void *context;
	struct diag *diag;
};

static int hash_piece(const void *data, size_t length, void *context)
{
	sha256_update(context, data, length);
	return 0;
}

static int hash_and_visit(const struct bill_file *file, uint32_t time UNUSED,
			  void *context)
{
	struct hashing *hashing = context;
	struct bill_file hashed = *file;
	struct sha256 hash;
	int r = 0;

	if (S_ISREG(file->mode)) {
		sha256_init(&hash);
		r = squash_reader_content(hashing->reader, file->path,
					  hash_piece, &hash, hashing->diag);
		sha256_final(&hash, hashed.digest);
		hashed.has_digest = true;
	}
	return r < 0 ? r : hashing->visit(&hashed, hashing->context);
}

int squash_read(int fd, uint64_t length,
		int (*visit)(const struct bill_file *file, void *context),
		void *context, struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	struct hashing hashing = {
		.visit = visit,
		.context = context,
		.diag = diag,
	};
	int r = squash_reader_open(fd, length, &reader, diag);

	if (r < 0)
		return r;
	hashing.reader = reader;
	return squash_reader_walk(reader, hash_and_visit, &hashing, diag);
}
