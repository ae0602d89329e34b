#include "pack/lock_internal.h"

#include "lib/utf8.h"

#include <errno.h>
#include <string.h>

static void entry_done(struct lock_entry *entry)
{
	free(entry->name);
	free(entry->architecture);
	free(entry->version);
}

void lock_done(struct lock *lock)
{
	for (size_t i = 0; i < lock->count; i++)
		entry_done(&lock->entries[i]);
	free(lock->entries);
	*lock = LOCK_INIT;
}

/* --- What may stand in one ------------------------------------------------ */

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_word(const char *text, const char *characters)
{
	return text && *text && text[strspn(text, characters)] == '\0' &&
	       strlen(text) <= LOCK_WORD_MAX;
}

/* deb-control(5), deb-version(7): with them a line has its words. */
static bool is_package(const struct lock_entry *entry)
{
	return is_word(entry->name, LETTERS DIGITS "+.-") &&
	       is_word(entry->architecture, LETTERS DIGITS "-") &&
	       is_word(entry->version, LETTERS CAPITALS DIGITS ".+~:-");
}

static bool is_file_name(const char *name)
{
	size_t length = strlen(name), bytes;

	if (length == 0 || length > LOCK_NAME_MAX || name[0] == ' ')
		return false;
	for (size_t at = 0; at < length; at += bytes) {
		uint32_t character;

		bytes = utf8_character(name + at, length - at, &character);
		if (bytes == 0 || utf8_is_control(character))
			return false;
	}
	return true;
}

static bool is_number(const char *name)
{
	return is_word(name, DIGITS) && name[0] != '0' && strlen(name) <= 5;
}

bool lock_entry_is_valid(const struct lock_entry *entry)
{
	switch (entry->kind) {
	case LOCK_ARCHIVE:
		return is_file_name(entry->name);
	case LOCK_BUILD:
		return is_number(entry->name);
	case LOCK_DEBIAN:
		return is_package(entry) && entry->size <= INT64_MAX;
	case LOCK_HOST:
		return is_package(entry);
	case LOCK_SUITE:
		return is_word(entry->name, LETTERS CAPITALS DIGITS ".+-/");
	}
	return false;
}

/* --- Entries -------------------------------------------------------------- */

int lock_entry_compare(const struct lock_entry *one,
		       const struct lock_entry *other)
{
	int order;

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	/* There is one suite. */
	if (one->kind == LOCK_SUITE)
		return 0;
	order = strcmp(one->name, other->name);
	if (order || !one->architecture || !other->architecture)
		return order;
	return strcmp(one->architecture, other->architecture);
}

const struct lock_entry *lock_find(const struct lock *lock, enum lock_kind kind,
				   const char *name, const char *architecture)
{
	for (size_t i = 0; i < lock->count; i++) {
		const struct lock_entry *entry = &lock->entries[i];

		if (entry->kind == kind && strcmp(entry->name, name) == 0 &&
		    (!architecture || !entry->architecture ||
		     strcmp(entry->architecture, architecture) == 0))
			return entry;
	}
	return NULL;
}

bool lock_has(const struct lock *lock, enum lock_kind kind)
{
	for (size_t i = 0; i < lock->count; i++)
		if (lock->entries[i].kind == kind)
			return true;
	return false;
}

static bool is_same(const struct lock_entry *one,
		    const struct lock_entry *other)
{
	return strcmp(one->name, other->name) == 0 &&
	       (!one->version || strcmp(one->version, other->version) == 0) &&
	       one->size == other->size &&
	       memcmp(one->sha256, other->sha256, SHA256_SIZE) == 0;
}

static int copy(struct lock_entry *entry)
{
	entry->name = strdup(entry->name);
	entry->architecture =
		entry->architecture ? strdup(entry->architecture) : NULL;
	entry->version = entry->version ? strdup(entry->version) : NULL;
	return entry->name && (entry->kind == LOCK_ARCHIVE ||
			       entry->kind == LOCK_BUILD ||
			       entry->kind == LOCK_SUITE ||
			       (entry->architecture && entry->version))
		       ? 0
		       : -ENOMEM;
}

int lock_append(struct lock *lock, const struct lock_entry *entry,
		struct diag *diag)
{
	struct lock_entry own = *entry;

	if (copy(&own) < 0 || array_grow(&lock->entries, lock->count,
					 sizeof(*lock->entries)) < 0) {
		entry_done(&own);
		return diag_oom(diag);
	}
	lock->entries[lock->count++] = own;
	return 0;
}

int lock_add(struct lock *lock, const struct lock_entry *entry,
	     struct diag *diag)
{
	if (!lock_entry_is_valid(entry))
		return diag_set(diag, -EINVAL,
				"%s cannot be named in a lock file",
				entry->name);
	for (size_t i = 0; i < lock->count; i++) {
		const struct lock_entry *other = &lock->entries[i];

		if (lock_entry_compare(other, entry) != 0)
			continue;
		return is_same(other, entry)
			       ? 0
			       : diag_set(diag, -EINVAL,
					  "%s is used in two forms, and a lock "
					  "file can name one",
					  entry->name);
	}
	if (lock->count >= LOCK_ENTRIES_MAX)
		return diag_set(diag, -EINVAL,
				"a lock file has at most %d entries",
				LOCK_ENTRIES_MAX);
	return lock_append(lock, entry, diag);
}
