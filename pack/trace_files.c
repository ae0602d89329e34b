#include "pack/trace_files.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/trace_list.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void warn(const struct trace_files *files, const char *format,
		 const char *text)
{
	CLEANUP_FREE char *line = format_text("%s%s", format, text);

	if (line && files->warn)
		files->warn(files->context, line);
}

static int read_text(const struct trace_files *files, const char *text,
		     struct recipe **ret_recipe, struct diag *diag)
{
	return recipe_parse(files->recipe_path, text, strlen(text),
			    files->options, ret_recipe, diag);
}

static int gather_text(const struct trace_files *files, const char *text,
		       bool force, struct gathered *ret_gathered,
		       struct diag *diag)
{
	struct gather_options options = *files->gather;
	struct recipe *recipe = NULL;
	int r = read_text(files, text, &recipe, diag);

	options.force = force;
	options.warn = NULL;
	if (r == 0)
		r = gather(recipe, &options, ret_gathered, diag);
	recipe_free(recipe);
	return r;
}

int trace_files_prove(const struct trace_files *files, const char *text,
		      struct diag *diag)
{
	struct gathered gathered = { 0 };
	int r = gather_text(files, text, false, &gathered, diag);

	if (r == 0)
		gathered_done(&gathered);
	return r;
}

/* The draft as far as it is: its tree has what need not be listed. */
static int gather_list(const struct trace_files *files, struct trace_list *list,
		       struct gathered *ret_gathered, struct diag *diag)
{
	struct draft listed = DRAFT_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r;

	trace_list_draft(list, files->subject, &listed);
	buf_printf(&text, "%s%s%s", files->before,
		   listed.text.data ? listed.text.data : "", files->after);
	draft_done(&listed);
	r = buf_check(&text) < 0
		    ? diag_oom(diag)
		    : gather_text(files, text.data, true, ret_gathered, diag);
	return r;
}

static bool has(const struct tree *tree, const struct trace_entry *entry)
{
	const struct node *node = tree_resolve(tree, entry->fact->path);

	return node &&
	       !S_ISDIR(node->mode) == (entry->class != WANTED_DIRECTORY);
}

/* What matters of a link is that there is something where it leads. */
static bool has_link(const struct tree *tree, const struct trace_entry *entry)
{
	return tree_resolve(tree, entry->fact->path) != NULL;
}

static void strike_out(const struct tree *tree, struct trace_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct trace_entry *entry = &list->entries[i];
		bool there = entry->class == WANTED_LINK ? has_link(tree, entry)
							 : has(tree, entry);

		if (!entry->listed && there)
			entry->covered = true;
	}
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What links lead to that are still to be said, sorted; the caller frees the
 * array. NULL if there is none, or no memory: then it is said, too. */
static const char **link_targets(const struct trace_list *list,
				 size_t *ret_count)
{
	const char **targets = calloc(list->count + 1, sizeof(*targets));
	size_t count = 0;

	for (size_t i = 0; targets && i < list->count; i++) {
		const struct trace_entry *entry = &list->entries[i];

		if (!entry->covered && !entry->listed &&
		    strcmp(entry->fact->path, entry->fact->place) != 0)
			targets[count++] = entry->fact->place;
	}
	if (count)
		qsort(targets, count, sizeof(*targets), compare_texts);
	*ret_count = count;
	return targets;
}

/* What a link leads to comes along with the link. */
static bool is_led_to(const char *const *targets, size_t count,
		      const struct trace_fact *fact)
{
	const char *path = fact->path;

	return count && strcmp(path, fact->place) == 0 &&
	       bsearch(&path, targets, count, sizeof(*targets),
		       compare_texts) != NULL;
}

/* True if that adds anything. Targets of links are left for the next time. */
static bool list_class(struct trace_list *list, enum trace_wanted class,
		       bool *ret_again)
{
	bool any = false;
	size_t count = 0;
	const char **targets = link_targets(list, &count);

	*ret_again = false;
	for (size_t i = 0; i < list->count; i++) {
		struct trace_entry *entry = &list->entries[i];

		if (entry->class != class || entry->covered || entry->listed)
			continue;
		entry->deferred = is_led_to(targets, count, entry->fact);
		*ret_again |= entry->deferred;
	}
	free(targets);
	for (size_t i = 0; i < list->count; i++) {
		struct trace_entry *entry = &list->entries[i];

		if (entry->class != class || entry->covered || entry->listed ||
		    entry->deferred)
			continue;
		entry->listed = true;
		any = true;
	}
	return any;
}

/* Gather what is listed, and strike out what came along. */
static int gather_once(const struct trace_files *files, struct trace_list *list,
		       struct diag *diag)
{
	struct gathered gathered = { 0 };
	int r = gather_list(files, list, &gathered, diag);

	if (r == 0)
		strike_out(gathered.tree, list);
	gathered_done(&gathered);
	return r;
}

/* The jail has a name service of its own, of files alone. */
static int drop_names(const struct trace_files *files, struct trace_list *list,
		      struct diag *diag)
{
	bool again;
	int r;

	if (!list_class(list, WANTED_NAMES, &again))
		return 0;
	r = gather_once(files, list, diag);
	for (size_t i = 0; i < list->count; i++) {
		struct trace_entry *entry = &list->entries[i];

		if (entry->class == WANTED_NAMES) {
			entry->listed = false;
			entry->covered = true;
		}
	}
	return r;
}

static int choose(const struct trace_files *files, struct trace_list *list,
		  struct diag *diag)
{
	bool changed = true;
	int r = drop_names(files, list, diag);

	for (enum trace_wanted class = WANTED_PROGRAM;
	     r == 0 && class <= WANTED_DIRECTORY; class ++) {
		bool again = true;

		while (r == 0 && again) {
			if (changed)
				r = gather_once(files, list, diag);
			changed = r == 0 && list_class(list, class, &again);
			again &= changed;
		}
	}
	return r;
}

static bool has_host(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->source_count; i++) {
		if (recipe->sources[i].kind == SOURCE_HOST)
			return true;
	}
	return false;
}

/* 1: some source has the path; 0. */
static int is_had(const struct gathered *gathered, const char *path,
		  struct diag *diag)
{
	for (size_t i = 0; i < gathered->source_count; i++) {
		struct source_entry entry;
		int r = source_lstat(gathered->sources[i], path, &entry, diag);

		if (r == 0) {
			source_entry_done(&entry);
			return 1;
		}
		if (r != -ENOENT)
			return r;
	}
	return 0;
}

/* An old recipe may take its files from elsewhere. */
static int check_sources(const struct trace_files *files,
			 struct trace_list *list, struct diag *diag)
{
	const struct recipe *old = files->subject->old;
	struct gathered gathered = { 0 };
	int r;

	if (!old || has_host(old))
		return 0;
	r = gather_list(files, list, &gathered, diag);
	for (size_t i = 0; r >= 0 && !list->needs_host && i < list->count;
	     i++) {
		const struct trace_entry *entry = &list->entries[i];

		if (has(gathered.tree, entry))
			continue;
		r = is_had(&gathered, entry->fact->path, diag);
		list->needs_host = r == 0;
	}
	gathered_done(&gathered);
	return r < 0 ? r : 0;
}

static void list_all(struct trace_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		list->entries[i].listed =
			list->entries[i].class != WANTED_NAMES;
}

int trace_files_draft(const struct trace_files *files, struct draft *draft,
		      struct diag *diag)
{
	CLEANUP_DIAG struct diag problem = DIAG_INIT;
	CLEANUP(trace_list_done) struct trace_list list = TRACE_LIST_INIT;
	int r = trace_list_make(files->subject, &list, diag);

	if (r < 0)
		return r;
	r = check_sources(files, &list, &problem);
	if (r == 0)
		r = choose(files, &list, &problem);
	if (r == -ENOMEM)
		return diag_oom(diag);
	if (r < 0) {
		warn(files,
		     "all files are listed, those too that others would bring "
		     "along: ",
		     problem.text ? problem.text : "");
		list_all(&list);
	}
	r = trace_list_summarize(&list, files->subject->facts, diag);
	if (r == 0)
		trace_list_draft(&list, files->subject, draft);
	return r;
}
