/*
 * What the files that know an entry's inside share. For lock.c and lock_text.c
 * alone.
 */
#ifndef JAILPACK_LOCK_INTERNAL_H
#define JAILPACK_LOCK_INTERNAL_H

#include "pack/lock.h"

/* It can be written so that reading gives the same. */
bool lock_entry_is_valid(const struct lock_entry *entry);

/* The order of the lines; 0 for two that cannot both stand in one file. */
int lock_entry_compare(const struct lock_entry *one,
		       const struct lock_entry *other);

/* A copy of what is valid and not there yet. */
int lock_append(struct lock *lock, const struct lock_entry *entry,
		struct diag *diag) MUST_CHECK;

#endif
