#include "lib/fdio.h"
#include "pack/bill_path.h"
#include "pack/question.h"
#include "pack/squash_read.h"

#include <errno.h>
#include <sys/stat.h>

struct copy {
	int output;
	struct diag *diag;
};

static int write_piece(const void *data, size_t length, void *context)
{
	const struct copy *copy = context;
	int r = write_all(copy->output, data, length);

	return r < 0 ? diag_errno(copy->diag, r, "cannot write the content")
		     : 0;
}

int cat_answer(const struct subject *subject, const char *path, int output,
	       struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	CLEANUP_BILL struct bill bill = BILL_INIT;
	struct copy copy = { .output = output, .diag = diag };
	const struct bill_file *file = NULL;
	int r = subject_bill(subject, &bill, diag);

	if (r == 0)
		r = bill_follow(&bill, path, &file, diag);
	if (r < 0)
		return r;
	if (!file)
		return bill_not_there(&bill, subject->name, path, diag);
	if (!S_ISREG(file->mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				path);
	r = subject_reader(subject, &reader, diag);
	if (r == 0)
		r = squash_reader_content(reader, file->path, write_piece,
					  &copy, diag);
	return r;
}
