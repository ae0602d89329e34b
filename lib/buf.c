#include "lib/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void buf_done(struct buf *buf)
{
	free(buf->data);
	*buf = BUF_INIT;
}

void buf_reset(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Room for `more` bytes and the NUL behind them. */
static bool reserve(struct buf *buf, size_t more)
{
	size_t needed, capacity;
	char *grown;

	if (buf->failed)
		return false;
	if (more >= SIZE_MAX / 2 - buf->length) {
		buf->failed = true;
		return false;
	}
	needed = buf->length + more + 1;
	if (needed <= buf->capacity)
		return true;
	capacity = buf->capacity ? buf->capacity : 64;
	while (capacity < needed)
		capacity *= 2;
	grown = realloc(buf->data, capacity);
	if (!grown) {
		buf->failed = true;
		return false;
	}
	buf->data = grown;
	buf->capacity = capacity;
	return true;
}

void buf_append(struct buf *buf, const void *data, size_t length)
{
	if (!reserve(buf, length))
		return;
	if (length)
		memcpy(buf->data + buf->length, data, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void buf_puts(struct buf *buf, const char *string)
{
	buf_append(buf, string, strlen(string));
}

void buf_putc(struct buf *buf, char c)
{
	buf_append(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		buf->failed = true;
		return;
	}
	if (!reserve(buf, (size_t)length))
		return;
	va_start(arguments, format);
	(void)vsnprintf(buf->data + buf->length, (size_t)length + 1, format,
			arguments);
	va_end(arguments);
	buf->length += (size_t)length;
}

int buf_check(const struct buf *buf)
{
	return buf->failed ? -ENOMEM : 0;
}

char *buf_steal(struct buf *buf)
{
	char *text;

	buf_append(buf, "", 0);
	if (buf->failed) {
		buf_done(buf);
		return NULL;
	}
	text = buf->data;
	*buf = BUF_INIT;
	return text;
}
