/*
 * What a change means to whoever wonders whether somebody was there: pure, by
 * what the file is and by its name.
 */
#ifndef JAILMOUNT_DIFF_CLASS_H
#define JAILMOUNT_DIFF_CLASS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "mount/diff.h"

/* Worst first. */
enum diff_class {
	DIFF_CLASS_SET_ID,
	DIFF_CLASS_PROGRAM, /* ELF */
	DIFF_CLASS_SCRIPT,  /* begins with #!, or is named as one */
	DIFF_CLASS_DEVICE,
	DIFF_CLASS_CONFIGURATION,
	DIFF_CLASS_DELETED, /* or hidden, with a directory in its place */
	DIFF_CLASS_OTHER,
	DIFF_CLASS_DATABASE,
	DIFF_CLASS_LOG,
	DIFF_CLASS_CACHE, /* and what is temporary */
	DIFF_CLASSES,
};

enum diff_class diff_classify(const struct diff_entry *entry);

/* "set-id", "program" ... */
const char *diff_class_name(enum diff_class class);

/* How many there are of each. */
void diff_count(const struct diff *diff, size_t ret_counts[DIFF_CLASSES]);

/* "1 program, 2 scripts": those that there are; "nothing" without any. */
void diff_print_counts(const size_t counts[DIFF_CLASSES], struct buf *text);

/* {"program":1,"script":2}, likewise. NULL: no memory. */
json_t *diff_counts_json(const size_t counts[DIFF_CLASSES]);

/* Class by class under a heading, and a line that sums it up; nothing where
 * nothing was changed. */
void diff_print_classes(const struct diff *diff, struct buf *text);

#endif
