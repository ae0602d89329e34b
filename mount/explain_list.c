#include "mount/explain_list.h"

#include <errno.h>
#include <string.h>

#include "lib/path.h"

enum { UNFOUND_SLOTS = 2 * EXPLAIN_UNFOUND_MAX };

void explain_finding_done(struct explain_finding *finding)
{
	free(finding->subject);
	free(finding->call);
	free(finding->command);
	free(finding->line);
	free(finding->note);
	free(finding->origin);
	free(finding->package);
	free(finding->directory);
	*finding = (struct explain_finding){ 0 };
}

void explain_list_done(struct explain_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		explain_finding_done(&list->findings[i]);
	free(list->findings);
	free(list->unfound);
	*list = EXPLAIN_LIST_INIT;
}

/* Where the same line is; list->count if it is not. */
static size_t find_line(const struct explain_list *list, const char *line)
{
	size_t i = 0;

	while (i < list->count && strcmp(list->findings[i].line, line) != 0)
		i++;
	return i;
}

int explain_list_add(struct explain_list *list, struct explain_finding *finding)
{
	size_t place = find_line(list, finding->line);
	int r = 1;

	if (place < list->count && list->findings[place].usual &&
	    !finding->usual) {
		/* What others do without, this one may not. */
		explain_finding_done(&list->findings[place]);
		list->findings[place] = list->findings[--list->count];
	} else if (place < list->count) {
		r = 0;
	}
	if (r == 1 && list->count == EXPLAIN_FINDINGS_MAX) {
		list->full = true;
		r = 0;
	}
	if (r == 1 &&
	    array_grow(&list->findings, list->count, sizeof(*finding)) < 0)
		r = -ENOMEM;
	if (r == 1)
		list->findings[list->count++] = *finding;
	else
		explain_finding_done(finding);
	*finding = (struct explain_finding){ 0 };
	return r;
}

/* FNV-1a; never 0, which is an empty slot. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash ? hash : 1;
}

int explain_list_count(struct explain_list *list, const char *path)
{
	uint64_t hash = hash_text(path);
	size_t slot = hash % UNFOUND_SLOTS;

	if (!list->unfound) {
		list->unfound = calloc(UNFOUND_SLOTS, sizeof(*list->unfound));
		if (!list->unfound)
			return -ENOMEM;
	}
	while (list->unfound[slot] && list->unfound[slot] != hash)
		slot = (slot + 1) % UNFOUND_SLOTS;
	if (list->unfound[slot] == hash ||
	    list->unfound_count == EXPLAIN_UNFOUND_MAX)
		return 0;
	list->unfound[slot] = hash;
	list->unfound_count++;
	return 0;
}

/* --- The lines ------------------------------------------------------------ */

static bool is_wanted(const struct explain_finding *finding, bool usual)
{
	return usual || !finding->usual;
}

/* Another finding makes the directory around this one's writable. */
static bool is_covered(const struct explain_list *list,
		       const struct explain_finding *finding)
{
	for (size_t i = 0; finding->directory && i < list->count; i++) {
		const char *other = list->findings[i].directory;

		if (other && strcmp(other, finding->directory) != 0 &&
		    path_within(finding->directory, other))
			return true;
	}
	return false;
}

static bool is_file_of_absent_package(const struct explain_finding *finding)
{
	return finding->kind == EXPLAIN_IS_MISSING && finding->package &&
	       !finding->packed && strncmp(finding->line, "copy ", 5) == 0;
}

/* What `package` leaves out stays to be copied. */
static bool comes_with_package(const struct explain_finding *finding)
{
	static const char *const left_out[] = {
		"/usr/share/doc",      "/usr/share/man",
		"/usr/share/info",     "/usr/share/locale",
		"/usr/share/lintian",  "/usr/share/bug",
		"/usr/share/doc-base", "/usr/share/bash-completion",
	};

	if (!is_file_of_absent_package(finding))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(left_out); i++)
		if (path_within(finding->subject, left_out[i]))
			return false;
	return true;
}

/* Whether there are so many files of its package that the whole of it is the
 * shorter way. */
static bool wants_package(const struct explain_list *list, const char *package,
			  bool usual)
{
	size_t files = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct explain_finding *finding = &list->findings[i];

		if (is_wanted(finding, usual) && comes_with_package(finding) &&
		    strcmp(finding->package, package) == 0)
			files++;
	}
	return files >= EXPLAIN_PACKAGE_FILES;
}

static int append_package(char ***lines, const char *directive,
			  const char *package)
{
	CLEANUP_FREE char *line = NULL;

	if (asprintf(&line, "%s %s", directive, package) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	return strv_append(lines, line);
}

static int append_lines(const struct explain_list *list,
			const struct explain_finding *finding, bool usual,
			char ***lines)
{
	bool absent = is_file_of_absent_package(finding);
	int r = 0;

	if (absent && wants_package(list, finding->package, usual)) {
		r = append_package(lines, "package", finding->package);
		if (comes_with_package(finding))
			return r;
	} else if (absent) {
		r = append_package(lines, "fetch", finding->package);
	}
	return r < 0 ? r : strv_append(lines, finding->line);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_and_unite(char **lines)
{
	size_t count = strv_length(lines), kept = 0;

	if (count)
		qsort(lines, count, sizeof(*lines), compare);
	for (size_t i = 0; i < count; i++) {
		if (kept && strcmp(lines[kept - 1], lines[i]) == 0)
			free(lines[i]);
		else
			lines[kept++] = lines[i];
	}
	if (lines)
		lines[kept] = NULL;
}

int explain_list_lines(const struct explain_list *list, bool usual,
		       char ***ret_lines)
{
	char **lines = calloc(1, sizeof(*lines));
	int r = lines ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		const struct explain_finding *finding = &list->findings[i];

		if (is_wanted(finding, usual) && !is_covered(list, finding))
			r = append_lines(list, finding, usual, &lines);
	}
	if (r < 0) {
		strv_free(lines);
		return r;
	}
	sort_and_unite(lines);
	*ret_lines = lines;
	return 0;
}
