/*
 * A byte buffer that grows.
 *
 * Appending never fails by itself: when memory runs out the buffer remembers
 * it (`failed`), ignores everything that follows, and the owner asks once at
 * the end, with buf_check() or buf_steal(). `data` is always followed by a
 * NUL that `length` does not count, once anything was appended.
 */
#ifndef JAIL_BUF_H
#define JAIL_BUF_H

#include "lib/base.h"

#include <stdbool.h>

struct buf {
	char *data;
	size_t length;
	size_t capacity;
	bool failed;
};

#define BUF_INIT ((struct buf){ 0 })
#define CLEANUP_BUF CLEANUP(buf_done)

void buf_done(struct buf *buf);
void buf_reset(struct buf *buf); /* length 0, memory kept */
void buf_append(struct buf *buf, const void *data, size_t length);
void buf_puts(struct buf *buf, const char *string);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* 0, or -ENOMEM if an append was lost. */
int buf_check(const struct buf *buf) MUST_CHECK;

/* The NUL-terminated text; the caller frees it. NULL if an append was lost. */
char *buf_steal(struct buf *buf) MUST_CHECK;

#endif
