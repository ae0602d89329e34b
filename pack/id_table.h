/*
 * Names of users or groups and their numbers, read as text from a tree's own
 * passwd(5) or group(5). A tree's names are never asked of the name service
 * of the machine that packs it.
 */
#ifndef JAILPACK_ID_TABLE_H
#define JAILPACK_ID_TABLE_H

#include "lib/base.h"

#include <stdint.h>

struct id_entry {
	const char *name; /* lies in the table's text */
	uint32_t id;
	uint32_t group; /* of a user; 0 in a group table */
};

struct id_table {
	char *text;
	struct id_entry *entries; /* in the order of the file */
	size_t count;
};

void id_table_done(struct id_table *table);

/*
 * Add the entries of `text`, which the table takes over. Lines that are not
 * entries are passed over, as the C library does. Where a name or a number
 * stands twice, the first one counts. 0 or -ENOMEM.
 */
int id_table_parse(struct id_table *table, char *text) MUST_CHECK;

/* NULL if there is none. */
const struct id_entry *id_table_by_name(const struct id_table *table,
					const char *name);
const struct id_entry *id_table_by_id(const struct id_table *table,
				      uint32_t id);

#endif
