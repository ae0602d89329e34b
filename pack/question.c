#include "pack/question.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void subject_done(struct subject *subject)
{
	close_fd(&subject->fd);
	*subject = SUBJECT_INIT;
}

/* A recipe given for an image is the likeliest mistake. */
static bool looks_like_text(int fd)
{
	char start[256];
	ssize_t length = pread(fd, start, sizeof(start), 0);

	for (ssize_t i = 0; i < length; i++) {
		if ((unsigned char)start[i] < ' ' &&
		    !strchr("\t\n\r", start[i]))
			return false;
	}
	return length > 0;
}

int subject_open(const char *path, bool whole, struct subject *ret_subject,
		 struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	bool is_text;
	int r;

	/* O_NONBLOCK: a fifo must not hold us up before it is refused. */
	subject.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (subject.fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	subject.name = path;
	r = image_read_layout(subject.fd, &subject.layout, diag);
	is_text = r == -EBADMSG && looks_like_text(subject.fd);
	if (r == 0)
		r = image_verify(subject.fd, &subject.layout, whole, 0, diag);
	if (r < 0)
		(void)diag_wrap(diag, r, "%s", path);
	if (is_text)
		diag_hint(diag,
			  "it looks like a recipe; `jailpack %s` makes "
			  "an image of it",
			  path);
	if (r < 0)
		return r;
	*ret_subject = subject;
	subject = SUBJECT_INIT;
	return 0;
}

bool subject_is_image(const char *path)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[4];

	return fd >= 0 && pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       memcmp(magic, "hsqs", sizeof(magic)) == 0;
}

int subject_bill(const struct subject *subject, struct bill *ret_bill,
		 struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int r = image_read_bill(subject->fd, &subject->layout, &json, diag);

	if (r == 0)
		r = bill_read(json.data, json.length, ret_bill, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", subject->name) : 0;
}

int subject_config(const struct subject *subject, struct config *ret_config,
		   struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int r = image_read_contract(subject->fd, &subject->layout, &json, diag);

	if (r == 0)
		r = config_read(json.data, json.length, ret_config, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", subject->name) : 0;
}

int subject_reader(const struct subject *subject,
		   struct squash_reader **ret_reader, struct diag *diag)
{
	int r = squash_reader_open(subject->fd, subject->layout.squashfs_length,
				   ret_reader, diag);

	return r < 0 ? diag_wrap(diag, r, "%s", subject->name) : 0;
}
