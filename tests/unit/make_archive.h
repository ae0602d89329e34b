/*
 * Archives as a test wants them, byte by byte: no archiver would write most
 * of them.
 */
#ifndef TESTS_MAKE_ARCHIVE_H
#define TESTS_MAKE_ARCHIVE_H

#include "lib/buf.h"

#include <string.h>

/* A member of a ustar archive. */
struct member {
	const char *name;
	char type;
	unsigned int mode;
	const char *content, *target, *user;
	unsigned int major, minor;
};

/* Digits up to the last byte, which stays NUL. */
static inline void put_octal(char *field, size_t size, unsigned long value)
{
	while (--size) {
		field[size - 1] = (char)('0' + value % 8);
		value /= 8;
	}
}

static inline void put_member(struct buf *tar, const struct member *member)
{
	static const char zeros[512];
	size_t length = member->content ? strlen(member->content) : 0;
	char header[512] = { 0 };
	unsigned long sum = 0;

	(void)strncpy(header, member->name, 100);
	put_octal(header + 100, 8, member->mode);
	put_octal(header + 108, 8, 0);
	put_octal(header + 116, 8, 0);
	put_octal(header + 124, 12, length);
	put_octal(header + 136, 12, 0);
	memset(header + 148, ' ', 8);
	header[156] = member->type;
	if (member->target)
		(void)strncpy(header + 157, member->target, 100);
	memcpy(header + 257, "ustar\00000", 8);
	(void)strncpy(header + 265, member->user ? member->user : "", 31);
	put_octal(header + 329, 8, member->major);
	put_octal(header + 337, 8, member->minor);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	put_octal(header + 148, 7, sum);
	buf_append(tar, header, sizeof(header));
	buf_append(tar, member->content, length);
	buf_append(tar, zeros, (512 - length % 512) % 512);
}

static inline void put_end(struct buf *tar)
{
	static const char zeros[1024];

	buf_append(tar, zeros, sizeof(zeros));
}

static inline void put_ar_member(struct buf *ar, const char *name,
				 const struct buf *content)
{
	buf_printf(ar, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0,
		   "100644", content->length);
	buf_append(ar, content->data, content->length);
	if (content->length % 2)
		buf_putc(ar, '\n');
}

static inline void put_deb(struct buf *deb, const struct member *control,
			   const char *data_name, const struct member *members,
			   size_t count)
{
	CLEANUP_BUF struct buf version = BUF_INIT;
	CLEANUP_BUF struct buf control_tar = BUF_INIT;
	CLEANUP_BUF struct buf data_tar = BUF_INIT;

	buf_puts(&version, "2.0\n");
	put_member(&control_tar, control);
	put_end(&control_tar);
	for (size_t i = 0; i < count; i++)
		put_member(&data_tar, &members[i]);
	put_end(&data_tar);
	buf_puts(deb, "!<arch>\n");
	put_ar_member(deb, "debian-binary", &version);
	put_ar_member(deb, "control.tar", &control_tar);
	put_ar_member(deb, data_name, &data_tar);
}

#endif
