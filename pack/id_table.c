#include "pack/id_table.h"

#include "lib/number.h"

#include <errno.h>
#include <string.h>

void id_table_done(struct id_table *table)
{
	free(table->text);
	free(table->entries);
	*table = (struct id_table){ 0 };
}

static int parse_id(const char *text, uint32_t *ret_id)
{
	uint64_t value;

	if (!text || number_parse(text, 10, UINT32_MAX, &value) < 0)
		return -EINVAL;
	*ret_id = (uint32_t)value;
	return 0;
}

/* name:password:id[:group...] */
static int parse_line(struct id_table *table, char *line)
{
	const char *name = strsep(&line, ":");
	const char *id, *group;
	struct id_entry entry = { .name = name };

	(void)strsep(&line, ":");
	id = strsep(&line, ":");
	group = strsep(&line, ":");
	if (!*name || parse_id(id, &entry.id) < 0)
		return 0;
	if (parse_id(group, &entry.group) < 0)
		entry.group = 0;
	if (array_grow(&table->entries, table->count, sizeof(entry)) < 0)
		return -ENOMEM;
	table->entries[table->count++] = entry;
	return 0;
}

int id_table_parse(struct id_table *table, char *text)
{
	char *rest = text, *line;

	id_table_done(table);
	table->text = text;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (parse_line(table, line) < 0)
			return -ENOMEM;
	return 0;
}

const struct id_entry *id_table_by_name(const struct id_table *table,
					const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->entries[i].name, name) == 0)
			return &table->entries[i];
	return NULL;
}

const struct id_entry *id_table_by_id(const struct id_table *table, uint32_t id)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->entries[i].id == id)
			return &table->entries[i];
	return NULL;
}
