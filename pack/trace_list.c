#include "pack/trace_list.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	WHOLE_LEAST = 3,  /* files of a package, before it is named instead,
			     if they are most of it */
	CROWD_LEAST = 50, /* files of a package or directory, likewise, how
			     many it may have */
};

void trace_list_done(struct trace_list *list)
{
	free(list->entries);
	source_free(list->host);
	*list = TRACE_LIST_INIT;
}

const char *trace_entry_way(const struct trace_entry *entry)
{
	unsigned int acts = entry->fact->acts;

	if (entry->class == WANTED_LINK)
		return "a link on the way";
	if (acts & ACT_EXECUTE)
		return "executed";
	if (!(entry->fact->mode & 0044) && acts & (ACT_READ | ACT_UPDATE))
		return "read, though not for everybody to read; whoever can "
		       "read the image can";
	if (acts & ACT_UPDATE)
		return "read and written";
	return acts & ACT_READ ? "read" : "asked about";
}

static int compare_entries(const void *left, const void *right)
{
	const struct trace_entry *one = left, *other = right;
	int r;

	if (!one->package != !other->package)
		return one->package ? -1 : 1;
	r = one->package ? strcmp(one->package, other->package) : 0;
	if (r == 0)
		r = (one->class == WANTED_DIRECTORY) -
		    (other->class == WANTED_DIRECTORY);
	if (r == 0)
		r = strcmp(trace_entry_way(one), trace_entry_way(other));
	return r ? r : strcmp(one->fact->path, other->fact->path);
}

static int find_package(struct trace_list *list, struct trace_entry *entry,
			struct diag *diag)
{
	struct source_entry found;
	int r = source_lstat(list->host, entry->fact->path, &found, diag);

	if (r < 0)
		return r;
	if (found.package)
		entry->package = found.package->name;
	source_entry_done(&found);
	return 0;
}

/* Directories that it would make itself, in a layer that it has already. */
static bool is_made(const struct trace_subject *subject,
		    const struct trace_fact *fact)
{
	return S_ISDIR(fact->mode) && (fact->acts & ACT_MAKE) &&
	       trace_old_layer(subject, fact->place);
}

/* Where it began is made by workdir, if it matters. */
static bool is_start(const struct trace_subject *subject,
		     const struct trace_fact *fact)
{
	return S_ISDIR(fact->mode) &&
	       strcmp(fact->path, subject->directory) == 0;
}

static int add_entry(struct trace_list *list,
		     const struct trace_subject *subject,
		     const struct trace_fact *fact, struct diag *diag)
{
	struct trace_entry entry = { .fact = fact,
				     .class = trace_wanted(fact) };
	int r;

	if (entry.class == WANTED_NOT || !draft_can_say(fact->path) ||
	    is_made(subject, fact) || is_start(subject, fact))
		return 0;
	r = find_package(list, &entry, diag);
	if (r == -ENOENT) /* gone meanwhile */
		return 0;
	if (r == 0 &&
	    array_grow(&list->entries, list->count, sizeof(*list->entries)) < 0)
		r = diag_oom(diag);
	if (r == 0)
		list->entries[list->count++] = entry;
	return r;
}

int trace_list_make(const struct trace_subject *subject,
		    struct trace_list *ret_list, struct diag *diag)
{
	const struct trace_facts *facts = subject->facts;
	struct trace_list list = TRACE_LIST_INIT;
	int r = source_open_directory(NULL, &list.host, diag);

	for (size_t i = 0; r == 0 && i < facts->path_count; i++)
		r = add_entry(&list, subject, facts->paths[i], diag);
	if (r < 0) {
		trace_list_done(&list);
		return r;
	}
	if (list.count)
		qsort(list.entries, list.count, sizeof(*list.entries),
		      compare_entries);
	*ret_list = list;
	return 0;
}

/* --- Whole packages --- */

static bool is_documentation(const char *path)
{
	static const char *const places[] = {
		"/usr/share/doc",      "/usr/share/man",
		"/usr/share/info",     "/usr/share/locale",
		"/usr/share/lintian",  "/usr/share/bug",
		"/usr/share/doc-base", "/usr/share/bash-completion",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (path_within(path, places[i]))
			return true;
	}
	return false;
}

static size_t count_files(const struct source_package *package)
{
	char *const *files = package->files;
	size_t count = 0;

	for (; files && *files; files++) {
		bool directory = files[1] && path_within(files[1], files[0]);

		count += !directory && !is_documentation(*files);
	}
	return count;
}

/* The entries from `first` up to `end` are of one package. */
static void judge_package(struct trace_list *list, size_t first, size_t end)
{
	const char *name = list->entries[first].package;
	const struct source_package *package;
	size_t used = 0, listed = 0;

	for (size_t i = first; i < end; i++) {
		bool file = list->entries[i].class != WANTED_DIRECTORY;

		used += file;
		listed += file && list->entries[i].listed;
	}
	if (listed < WHOLE_LEAST)
		return;
	package = source_find_package(list->host, name);
	if (!package ||
	    (listed < CROWD_LEAST && used * 2 < count_files(package)))
		return;
	for (size_t i = first; i < end; i++)
		list->entries[i].whole =
			list->entries[i].class != WANTED_DIRECTORY;
}

static void judge_packages(struct trace_list *list)
{
	size_t end;

	for (size_t i = 0; i < list->count; i = end) {
		const char *name = list->entries[i].package;

		end = i + 1;
		while (end < list->count && name &&
		       list->entries[end].package &&
		       strcmp(name, list->entries[end].package) == 0)
			end++;
		if (name)
			judge_package(list, i, end);
	}
}

/* --- Crowded directories --- */

static bool may_crowd(const struct trace_entry *entry)
{
	return entry->listed && !entry->package && entry->class == WANTED_FILE;
}

static int compare_places(const void *left, const void *right)
{
	struct trace_entry *const *one = left, *const *other = right;

	return strcmp((*one)->fact->path, (*other)->fact->path);
}

static size_t parent_length(const struct trace_entry *entry)
{
	return (size_t)(path_name(entry->fact->path) - entry->fact->path);
}

static bool same_parent(const struct trace_entry *one,
			const struct trace_entry *other)
{
	size_t length = parent_length(one);

	return parent_length(other) == length &&
	       strncmp(one->fact->path, other->fact->path, length) == 0;
}

/* Where it keeps files of its own, only those that were there are packed. */
static bool is_written(const struct trace_facts *facts,
		       const struct trace_entry *entry)
{
	size_t length = parent_length(entry);

	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];

		if ((fact->acts & (ACT_MAKE | ACT_WRITE)) &&
		    strncmp(fact->path, entry->fact->path, length) == 0)
			return true;
	}
	return false;
}

static int judge_directories(struct trace_list *list,
			     const struct trace_facts *facts)
{
	struct trace_entry **sorted =
		calloc(list->count + 1, sizeof(struct trace_entry *));
	size_t count = 0, end;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		if (may_crowd(&list->entries[i]))
			sorted[count++] = &list->entries[i];
	}
	if (count)
		qsort(sorted, count, sizeof(struct trace_entry *),
		      compare_places);
	for (size_t i = 0; i < count; i = end) {
		end = i + 1;
		while (end < count && same_parent(sorted[i], sorted[end]))
			end++;
		if (end - i < CROWD_LEAST || is_written(facts, sorted[i]))
			continue;
		for (size_t k = i; k < end; k++)
			sorted[k]->crowded = true;
	}
	free(sorted);
	return 0;
}

int trace_list_summarize(struct trace_list *list,
			 const struct trace_facts *facts, struct diag *diag)
{
	judge_packages(list);
	return judge_directories(list, facts) < 0 ? diag_oom(diag) : 0;
}
