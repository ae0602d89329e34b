#include "pack/trace_draft.h"

#include "lib/path.h"
#include "pack/trace_wanted.h"

#include <string.h>

enum {
	REMARKS_MAX = 20,
	SEARCHES_MAX = 256, /* of absent files that are looked into */
};

/* --- Remarks --- */

/* What a jail does not have, or the host did not. */
static const char *remark(const struct trace_fact *fact)
{
	bool used = fact->acts & ~(unsigned int)(ACT_LOOK | ACT_PASS);

	if (trace_worth_telling(fact))
		return "it was not there.";
	if (!fact->existed || !used)
		return NULL;
	if (fact->acts & ACT_CONNECT && !(fact->acts & ACT_MAKE) &&
	    strcmp(fact->path, "/dev/log") != 0)
		return "a socket of the host's, which a jail does not reach.";
	if (path_within(fact->path, "/sys"))
		return "a jail has no /sys.";
	if (strcmp(fact->path, "/etc/resolv.conf") == 0)
		return "see `with dns` if the jail is to look up names.";
	return NULL;
}

/* A name without what stands behind its first dot. */
static size_t stem_length(const char *name)
{
	return 1 + strcspn(name + 1, ".");
}

/* Looked for in several places, and found in another one. */
static bool was_found(const struct trace_facts *facts,
		      const struct trace_fact *absent)
{
	const char *name = path_name(absent->path);
	size_t length = stem_length(name);

	for (size_t i = 0; *name && i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];
		const char *other = path_name(fact->path);

		if (fact->existed && *other && stem_length(other) == length &&
		    strncmp(name, other, length) == 0)
			return true;
	}
	return false;
}

static void draft_paths(struct draft *draft, const struct trace_facts *facts)
{
	size_t told = 0, more = 0, searches = 0;

	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];
		const char *text = remark(fact);

		if (!text || !draft_can_say(fact->path))
			continue;
		if (!fact->existed &&
		    (searches++ >= SEARCHES_MAX || was_found(facts, fact)))
			continue;
		if (told++ >= REMARKS_MAX) {
			more++;
			continue;
		}
		draft_comment(draft, "%s(2) of %s: %s", fact->call, fact->path,
			      text);
	}
	if (more && !draft->old)
		draft_comment(draft, "... and %zu more.", more);
}

void trace_draft_remarks(struct draft *draft,
			 const struct trace_subject *subject)
{
	const struct trace_facts *facts = subject->facts;

	draft_heading(draft, "Looked for, or not to be had in a jail");
	draft_paths(draft, facts);
	for (size_t i = 0; i < facts->strange_count; i++)
		draft_comment(draft, "%s%s: jails refuse it.",
			      facts->strange[i],
			      strchr(facts->strange[i], ' ') ? "" : "(2)");
	if (facts->overflow)
		draft_comment(draft, "There was more than a draft can hold: "
				     "look through it with care.");
}

/* --- The beginning and the end --- */

static void draft_arguments(struct buf *text, char *const *arguments)
{
	for (; *arguments; arguments++) {
		buf_putc(text, ' ');
		draft_quote(text, *arguments);
	}
}

static void draft_preamble(struct draft *draft,
			   const struct trace_subject *subject)
{
	CLEANUP_BUF struct buf command = BUF_INIT;

	draft_arguments(&command, subject->arguments);
	buf_printf(&draft->text,
		   "# Drafted by jailpack --trace from a run of\n"
		   "#\n"
		   "#\t%s\n"
		   "#\n",
		   command.data ? command.data + 1 : "");
	draft_comment(draft,
		      "What the run did not show is not in here: jailpack "
		      "--trace --continue adds what another one shows. Files "
		      "that others bring along, such as libraries, are not "
		      "listed; jailpack --dry-run lists them all.");
	buf_printf(&draft->text, "\nname %s\nsource host\n", subject->name);
}

void trace_draft_begin(struct draft *draft, const struct trace_subject *subject)
{
	if (!subject->old)
		draft_preamble(draft, subject);
	trace_draft_accounts(draft, subject);
}

void trace_draft_end(struct draft *draft, const struct trace_subject *subject)
{
	CLEANUP_BUF struct buf arguments = BUF_INIT;

	trace_draft_places(draft, subject);
	trace_draft_powers(draft, subject);
	if (!subject->old) {
		draft_arguments(&arguments, subject->arguments);
		draft_heading(draft, "How it runs");
		draft_line(draft, "run%s",
			   arguments.data ? arguments.data : "");
	}
	trace_draft_remarks(draft, subject);
}
