/* What --explain has found, as text and as JSON. */
#include "mount/explain_list.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "lib/printable.h"

static const char *kind_name(enum explain_kind kind)
{
	static const char *const names[] = {
		[EXPLAIN_IS_MISSING] = "missing",
		[EXPLAIN_IS_READ_ONLY] = "read-only",
		[EXPLAIN_IS_REFUSED] = "refused",
	};

	return names[kind];
}

/* " (the host, package tzdata; what to know)" */
static void append_remarks(const struct explain_finding *finding,
			   struct buf *text)
{
	const char *separator = " (";

	if (finding->origin) {
		buf_printf(text, "%s%s", separator, finding->origin);
		separator = ", ";
	}
	if (finding->package) {
		buf_printf(text, "%spackage %s", separator, finding->package);
		separator = "; ";
	}
	if (finding->note) {
		buf_printf(text, "%s%s",
			   strcmp(separator, " (") == 0 ? separator : "; ",
			   finding->note);
		separator = "; ";
	}
	if (strcmp(separator, " (") != 0)
		buf_putc(text, ')');
}

void explain_finding_print(const struct explain_finding *finding,
			   struct buf *text)
{
	buf_printf(text, "%s: ", kind_name(finding->kind));
	printable_puts(text, finding->subject);
	buf_printf(text, ", %s by ", finding->call);
	printable_puts(text, finding->command);
	buf_printf(text, ": %s", finding->line);
	append_remarks(finding, text);
}

static size_t count_usual(const struct explain_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->findings[i].usual;
	return count;
}

static void append_counts(const struct explain_list *list, bool usual,
			  struct buf *text)
{
	size_t unlisted = usual ? 0 : count_usual(list);

	if (list->unfound_count)
		buf_printf(text,
			   "# %zu paths were looked for that are nowhere\n",
			   list->unfound_count);
	if (unlisted)
		buf_printf(text,
			   "# %zu lines for what programs do without are left "
			   "out; --all lists them\n",
			   unlisted);
	if (list->full)
		buf_printf(text, "# there was more than these %d\n",
			   EXPLAIN_FINDINGS_MAX);
}

int explain_list_print(const struct explain_list *list, bool usual,
		       struct buf *text)
{
	char **lines;
	int r = explain_list_lines(list, usual, &lines);

	if (r < 0)
		return r;
	if (*lines)
		buf_puts(text,
			 "# What this run was missing, for the recipe:\n");
	else
		buf_puts(text, "# This run was missing nothing that a recipe "
			       "could add.\n");
	append_counts(list, usual, text);
	for (char **line = lines; *line; line++)
		buf_printf(text, "%s\n", *line);
	strv_free(lines);
	return buf_check(text);
}

/* --- JSON ----------------------------------------------------------------- */

/* Text of the jail's choice may be no UTF-8. */
static json_t *text_value(const char *text)
{
	CLEANUP_BUF struct buf printable = BUF_INIT;

	if (!text)
		return json_null();
	printable_puts(&printable, text);
	return json_string(printable.data ? printable.data : "");
}

static json_t *finding_value(const struct explain_finding *finding)
{
	return json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "kind",
		kind_name(finding->kind), "subject",
		text_value(finding->subject), "call", text_value(finding->call),
		"command", text_value(finding->command), "line",
		text_value(finding->line), "note", text_value(finding->note),
		"origin", text_value(finding->origin), "package",
		text_value(finding->package), "usual", finding->usual);
}

static json_t *lines_value(char **lines)
{
	json_t *array = json_array();

	for (; array && *lines; lines++) {
		if (json_array_append_new(array, text_value(*lines)) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static json_t *findings_value(const struct explain_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < list->count; i++) {
		if (json_array_append_new(
			    array, finding_value(&list->findings[i])) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

int explain_list_print_json(const struct explain_list *list, bool usual,
			    struct buf *text)
{
	char **lines, *dump = NULL;
	json_t *whole;
	int r = explain_list_lines(list, usual, &lines);

	if (r < 0)
		return r;
	whole = json_pack("{s:o, s:o, s:I, s:b}", "lines", lines_value(lines),
			  "findings", findings_value(list), "nowhere",
			  (json_int_t)list->unfound_count, "complete",
			  !list->full);
	strv_free(lines);
	if (whole)
		dump = json_dumps(whole, JSON_INDENT(2));
	json_decref(whole);
	if (!dump)
		return -ENOMEM;
	buf_puts(text, dump);
	buf_putc(text, '\n');
	free(dump);
	return buf_check(text);
}
