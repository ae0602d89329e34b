#include "pack/trace_list.h"

#include "lib/path.h"

#include <string.h>
#include <sys/stat.h>

enum { SAID_MAX = 4096 }; /* files that are named one by one */

/* Characters that would make a pattern of a name become one that matches
 * it. */
static char *as_pattern(const char *path)
{
	char *word = strdup(path);

	for (char *c = word; c && *c; c++) {
		if (strchr("*?[", *c))
			*c = '?';
	}
	return word;
}

static void draft_directory(struct draft *draft,
			    const struct trace_subject *subject,
			    const struct trace_fact *fact)
{
	CLEANUP_BUF struct buf word = BUF_INIT;
	CLEANUP_BUF struct buf owner = BUF_INIT;
	mode_t mode = fact->mode & 07777;

	draft_quote(&word, fact->place);
	trace_draft_owner(&owner, subject, fact->uid, fact->gid);
	if (!word.data || !owner.data)
		return;
	if (strcmp(owner.data, "root:root") != 0)
		draft_line(draft, "dir %s %04o %s", word.data, mode,
			   owner.data);
	else if (mode != 0755)
		draft_line(draft, "dir %s %04o", word.data, mode);
	else
		draft_line(draft, "dir %s", word.data);
}

static bool is_same_group(const struct trace_entry *one,
			  const struct trace_entry *other)
{
	if (!one->package != !other->package ||
	    (one->package && strcmp(one->package, other->package) != 0))
		return false;
	if (one->whole != other->whole || one->crowded != other->crowded ||
	    (one->class == WANTED_DIRECTORY) !=
		    (other->class == WANTED_DIRECTORY))
		return false;
	return one->whole || one->class == WANTED_DIRECTORY ||
	       strcmp(trace_entry_way(one), trace_entry_way(other)) == 0;
}

/* The file, or the directory that it lies in. */
static char *entry_word(const struct trace_entry *entry)
{
	CLEANUP_FREE char *parent = NULL;

	if (!entry->crowded)
		return as_pattern(entry->fact->path);
	parent = path_parent(entry->fact->path);
	return parent ? as_pattern(parent) : NULL;
}

static void draft_copies(struct draft *draft, const struct trace_entry *entries,
			 size_t count)
{
	char **words = calloc(count, sizeof(*words));
	size_t length = 0;
	bool failed = !words;

	for (size_t i = 0; !failed && i < count; i++) {
		char *word = entry_word(&entries[i]);

		failed = !word;
		if (word && length && strcmp(words[length - 1], word) == 0)
			free(word);
		else if (word)
			words[length++] = word;
	}
	if (failed)
		draft->text.failed = true;
	else
		draft_words(draft, "copy", words, length);
	for (size_t i = 0; i < length; i++)
		free(words[i]);
	free(words);
}

static void draft_group(struct draft *draft,
			const struct trace_subject *subject,
			const struct trace_entry *entries, size_t count)
{
	const char *package = entries->package;

	if (entries->whole) {
		draft_reason(draft, "Much of it was used.");
		draft_line(draft, "package %s", package);
		return;
	}
	draft_reason(draft, "%s%s:", package ? "package " : "of no package",
		     package ? package : "");
	if (entries->class != WANTED_DIRECTORY) {
		draft_reason(draft,
			     entries->crowded ? "directories of which many "
						"files were %s: all that is in "
						"them"
					      : "%s",
			     trace_entry_way(entries));
		draft_copies(draft, entries, count);
		return;
	}
	draft_reason(draft, "directories");
	for (size_t i = 0; i < count; i++)
		draft_directory(draft, subject, entries[i].fact);
}

void trace_list_draft(const struct trace_list *list,
		      const struct trace_subject *subject, struct draft *draft)
{
	struct trace_entry *said = calloc(list->count + 1, sizeof(*said));
	size_t count = 0, more = 0, end;

	if (!said) {
		draft->text.failed = true;
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (!list->entries[i].listed)
			continue;
		if (count < SAID_MAX || list->entries[i].crowded)
			said[count++] = list->entries[i];
		else
			more++;
	}
	draft_heading(draft, "Files");
	if (list->needs_host) {
		draft_reason(draft, "The other sources do not have all of it.");
		draft_line(draft, "source host");
	}
	for (size_t i = 0; i < count; i = end) {
		end = i + 1;
		while (end < count && is_same_group(&said[i], &said[end]))
			end++;
		draft_group(draft, subject, &said[i], end - i);
	}
	if (more)
		draft_comment(draft,
			      "%zu more files were used; that is too much to "
			      "name each.",
			      more);
	free(said);
}
