#include "pack/trace_names.h"

#include "lib/fdio.h"

#include <errno.h>
#include <string.h>

enum { TEXT_LIMIT = 16 << 20 };

void trace_names_done(struct trace_names *names)
{
	id_table_done(&names->users);
	id_table_done(&names->groups);
	free(names->passwd_text);
	free(names->group_text);
	*names = TRACE_NAMES_INIT;
}

/* The table takes a copy. */
static int parse(struct id_table *table, const char *text)
{
	char *copy = strdup(text);

	return copy ? id_table_parse(table, copy) : -ENOMEM;
}

int trace_names_parse(char *passwd, char *group, struct trace_names *ret_names)
{
	struct trace_names names = { .passwd_text = passwd,
				     .group_text = group };
	int r = passwd && group ? parse(&names.users, passwd) : -ENOMEM;

	if (r == 0)
		r = parse(&names.groups, group);
	if (r < 0)
		trace_names_done(&names);
	else
		*ret_names = names;
	return r;
}

/* A file that is not there has no names in it. */
static char *read_text(const char *path, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = read_file(path, TEXT_LIMIT, &text, diag);

	if (r == -ENOENT) {
		diag_done(diag);
		return strdup("");
	}
	if (r < 0)
		return NULL;
	buf_puts(&text, "");
	return buf_steal(&text);
}

int trace_names_read(struct trace_names *ret_names, struct diag *diag)
{
	char *passwd = read_text("/etc/passwd", diag);
	char *group = passwd ? read_text("/etc/group", diag) : NULL;
	int r = trace_names_parse(passwd, group, ret_names);

	if (r < 0 && diag->error == 0)
		return diag_oom(diag);
	return r;
}

/* True if `name` is one of the words of a list separated by commas. */
static bool lists(const char *list, size_t length, const char *name)
{
	size_t wanted = strlen(name);

	while (length) {
		const char *comma = memchr(list, ',', length);
		size_t part = comma ? (size_t)(comma - list) : length;

		if (part == wanted && memcmp(list, name, part) == 0)
			return true;
		part += comma != NULL;
		list += part;
		length -= part;
	}
	return false;
}

/* The line of a name; *ret_length without its newline. NULL if there is none.
 */
static const char *find_line(const char *text, const char *name,
			     size_t *ret_length)
{
	size_t length = strlen(name);

	while (*text) {
		size_t end = strcspn(text, "\n");

		if (strncmp(text, name, length) == 0 && text[length] == ':') {
			*ret_length = end;
			return text;
		}
		text += end + (text[end] == '\n');
	}
	return NULL;
}

/* NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL */
char *trace_names_home(const struct trace_names *names, const char *user)
{
	enum { HOME = 5 };
	size_t length;
	const char *at = find_line(names->passwd_text, user, &length);
	const char *end;

	if (!at)
		return NULL;
	end = at + length;
	for (int i = 0; at && i < HOME; i++) {
		at = memchr(at, ':', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return NULL;
	length = strcspn(at, ":\n");
	return length ? strndup(at, length) : NULL;
}

/* NAME:PASSWORD:GID:MEMBER,MEMBER */
bool trace_names_is_member(const struct trace_names *names, const char *group,
			   const char *user)
{
	size_t length;
	const char *line = find_line(names->group_text, group, &length);
	const char *colon = line ? memrchr(line, ':', length) : NULL;

	return colon &&
	       lists(colon + 1, (size_t)(line + length - colon - 1), user);
}
