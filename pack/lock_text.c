/* Lock files as text, written and read. */
#include "pack/lock_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char header[] = "jailpack lock 1";

static const char *const words[] = {
	[LOCK_ARCHIVE] = "archive", [LOCK_BUILD] = "build",
	[LOCK_DEBIAN] = "debian",   [LOCK_HOST] = "host",
	[LOCK_SUITE] = "suite",
};

static void put_entry(const struct lock_entry *entry, struct buf *text)
{
	char digest[2 * SHA256_SIZE + 1];

	sha256_format(entry->sha256, digest);
	buf_printf(text, "%s ", words[entry->kind]);
	switch (entry->kind) {
	case LOCK_ARCHIVE:
	case LOCK_BUILD:
		buf_printf(text, "%s %s", digest, entry->name);
		break;
	case LOCK_DEBIAN:
		buf_printf(text, "%s %s %s %" PRIu64 " %s %s", entry->name,
			   entry->architecture, entry->version, entry->size,
			   digest, entry->named ? "named" : "needed");
		break;
	case LOCK_HOST:
		buf_printf(text, "%s %s %s", entry->name, entry->architecture,
			   entry->version);
		break;
	case LOCK_SUITE:
		buf_puts(text, entry->name);
		break;
	}
	buf_putc(text, '\n');
}

static int compare_entries(const void *a, const void *b)
{
	return lock_entry_compare(a, b);
}

int lock_format(struct lock *lock, struct buf *text, struct diag *diag)
{
	if (lock->count)
		qsort(lock->entries, lock->count, sizeof(*lock->entries),
		      compare_entries);
	buf_printf(text, "%s\n", header);
	for (size_t i = 0; i < lock->count; i++)
		put_entry(&lock->entries[i], text);
	if (buf_check(text) < 0)
		return diag_oom(diag);
	if (text->length > LOCK_BYTES_MAX)
		return diag_set(diag, -EFBIG,
				"a lock file has at most %d bytes",
				LOCK_BYTES_MAX);
	return 0;
}

/* The text being read; `why` is what is wrong with the present line. */
struct parser {
	struct lock lock;
	const char *why;
};

/* The next word of the line; NULL if there is none, or if it is empty. */
static char *next_word(char **rest)
{
	char *word = strsep(rest, " ");

	return word && *word ? word : NULL;
}

/* Decimal as printf() has it, so that there is one way to say it. */
static bool read_size(const char *text, uint64_t *ret_size)
{
	uint64_t size = 0;

	if (!text || !*text || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(size, 10U, &size) ||
		    __builtin_add_overflow(size, (uint64_t)(*text - '0'),
					   &size))
			return false;
	*ret_size = size;
	return *text == '\0';
}

static bool read_kind(const char *word, enum lock_kind *ret_kind)
{
	for (size_t i = 0; word && i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*ret_kind = (enum lock_kind)i;
		return true;
	}
	return false;
}

static const char *read_debian(char **rest, struct lock_entry *entry)
{
	const char *size = next_word(rest);
	const char *digest = next_word(rest);
	const char *named = next_word(rest);

	if (!read_size(size, &entry->size))
		return "has no size where it should";
	if (!digest || sha256_parse(digest, entry->sha256) < 0)
		return "has no SHA-256 where it should";
	if (!named ||
	    (strcmp(named, "named") != 0 && strcmp(named, "needed") != 0))
		return "ends in neither named nor needed";
	entry->named = strcmp(named, "named") == 0;
	return NULL;
}

/* NULL, or what is wrong. The entry's strings are in the line. */
static const char *read_entry(char *line, struct lock_entry *entry)
{
	const char *why = NULL;
	char *rest = line;

	if (!read_kind(next_word(&rest), &entry->kind))
		return "begins with none of archive, build, debian, host, "
		       "suite";
	if (entry->kind == LOCK_ARCHIVE || entry->kind == LOCK_BUILD) {
		const char *digest = next_word(&rest);

		if (!digest || sha256_parse(digest, entry->sha256) < 0)
			return "has no SHA-256 where it should";
		entry->name = rest;
		rest = NULL;
	} else {
		entry->name = next_word(&rest);
	}
	if (entry->kind == LOCK_DEBIAN || entry->kind == LOCK_HOST) {
		entry->architecture = next_word(&rest);
		entry->version = next_word(&rest);
	}
	if (!entry->name || !lock_entry_is_valid(entry))
		return "names nothing that can be locked";
	if (entry->kind == LOCK_DEBIAN)
		why = read_debian(&rest, entry);
	return !why && rest ? "has more words than it should" : why;
}

static int read_line(struct parser *parser, char *line, struct diag *diag)
{
	struct lock *lock = &parser->lock;
	struct lock_entry entry = { 0 };

	parser->why = read_entry(line, &entry);
	if (!parser->why && lock->count > 0 &&
	    lock_entry_compare(&lock->entries[lock->count - 1], &entry) >= 0)
		parser->why = "does not stand where its name puts it";
	if (!parser->why && lock->count >= LOCK_ENTRIES_MAX)
		parser->why = "is one too many";
	return parser->why ? -EBADMSG : lock_append(lock, &entry, diag);
}

static int read_lines(struct parser *parser, const char *path, char *text,
		      struct diag *diag)
{
	unsigned int number = 1;
	char *line = strsep(&text, "\n");
	int r = 0;

	if (strcmp(line, header) != 0)
		return diag_set(diag, -EBADMSG,
				"%s:1: it does not begin with \"%s\"", path,
				header);
	while (r == 0 && text && *text) {
		number++;
		line = strsep(&text, "\n");
		r = read_line(parser, line, diag);
		if (parser->why)
			r = diag_set(diag, r, "%s:%u: the line %s", path,
				     number, parser->why);
	}
	if (r == 0 && !text)
		r = diag_set(diag, -EBADMSG, "%s:%u: the last line has no end",
			     path, number);
	return r;
}

/* Fetched packages are of a suite. */
static int check_suite(const struct lock *lock, const char *path,
		       struct diag *diag)
{
	if (lock_has(lock, LOCK_SUITE) == lock_has(lock, LOCK_DEBIAN))
		return 0;
	return diag_set(diag, -EBADMSG,
			"%s: there is a suite without packages, or the "
			"reverse",
			path);
}

int lock_parse(const char *path, const char *text, size_t length,
	       struct lock *ret_lock, struct diag *diag)
{
	CLEANUP_FREE char *own = strndup(text, length);
	struct parser parser = { .lock = LOCK_INIT };
	int r = 0;

	if (!own)
		return diag_oom(diag);
	if (length > LOCK_BYTES_MAX)
		r = diag_set(diag, -EBADMSG, "%s is larger than any can be",
			     path);
	else if (strlen(own) != length)
		r = diag_set(diag, -EBADMSG, "%s is not text", path);
	if (r == 0)
		r = read_lines(&parser, path, own, diag);
	if (r == 0)
		r = check_suite(&parser.lock, path, diag);
	if (r < 0) {
		lock_done(&parser.lock);
		diag_hint(diag, "jailpack --lock writes it anew");
		return r;
	}
	*ret_lock = parser.lock;
	return 0;
}
