/* The evidence that is kept of a jail's generations: a list, and the changes
 * that one of them holds. */
#include "lib/printable.h"
#include "mount/actions.h"
#include "mount/answer.h"
#include "mount/diff_class.h"
#include "mount/evidence_read.h"
#include "mount/evidence_write.h"
#include "mount/json_values.h"
#include "mount/logs.h"
#include "mount/show_diff.h"
#include "mount/state.h"

#include <errno.h>
#include <string.h>

enum { PATH_SIZE = 512 };

static const char *const states[] = {
	[EVIDENCE_WHOLE] = "whole",
	[EVIDENCE_UNKNOWN] = "unlogged",
	[EVIDENCE_ALTERED] = "ALTERED",
};

static int open_evidence(const char *jail, int *ret_directory,
			 struct diag *diag)
{
	int r = state_check_name(jail, diag);

	return r < 0 ? r
		     : evidence_open_jail(EVIDENCE_DIRECTORY, jail,
					  ret_directory, diag);
}

static int check(const char *jail, int piece, const char *name,
		 struct evidence_verdict *ret_verdict, struct diag *diag)
{
	char place[PATH_SIZE], log[PATH_SIZE];

	(void)snprintf(place, sizeof(place), "%s/%s/%s", EVIDENCE_DIRECTORY,
		       jail, name);
	(void)snprintf(log, sizeof(log), "%s/%s.log", LOGS_DIRECTORY, jail);
	return evidence_check(piece, place, log, ret_verdict, diag);
}

/* --- The list ------------------------------------------------------------- */

static json_t *describe(const char *name,
			const struct evidence_verdict *verdict)
{
	return json_pack("{s:o,s:s,s:I,s:s*}", "name", json_printable(name),
			 "verdict", states[verdict->state], "bytes",
			 (json_int_t)verdict->bytes, "why",
			 verdict->why.length ? verdict->why.data : NULL);
}

/* Of one that was altered nothing is believed but that. */
static int add_piece(const char *jail, int directory, const char *name,
		     json_t *array, struct diag *diag)
{
	static const char *const keys[] = { "generation", "reason", "moment",
					    "begun",	  "taken",  "version",
					    "root_hash",  "classes" };
	CLEANUP_EVIDENCE_VERDICT struct evidence_verdict verdict =
		EVIDENCE_VERDICT_INIT;
	CLEANUP_CLOSE int piece = -1;
	json_t *object, *description = NULL;
	int r = evidence_open_piece(directory, name, &piece, diag);

	if (r == 0)
		r = check(jail, piece, name, &verdict, diag);
	if (r < 0)
		return r;
	object = describe(name, &verdict);
	if (verdict.state != EVIDENCE_ALTERED &&
	    evidence_read_json(piece, "evidence.json", &description, NULL) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			json_object_set(object, keys[i],
					json_object_get(description, keys[i]));
	json_decref(description);
	return json_array_append_new(array, object) < 0 ? diag_oom(diag) : 0;
}

static void print_piece(const json_t *piece, struct buf *text)
{
	const char *reason =
		json_string_value(json_object_get(piece, "reason"));
	const char *why = json_string_value(json_object_get(piece, "why"));
	const char *separator = "; ", *class;
	json_t *count;

	buf_printf(text, "%-44s %10.1f kB  %-8s  %s",
		   json_string_value(json_object_get(piece, "name")),
		   answer_number(piece, "bytes") / 1000,
		   json_string_value(json_object_get(piece, "verdict")),
		   why	    ? why
		   : reason ? reason
			    : "");
	json_object_foreach(json_object_get(piece, "classes"), class, count)
	{
		buf_printf(text, "%s%s %d", separator, class,
			   (int)json_integer_value(count));
		separator = ", ";
	}
	buf_putc(text, '\n');
}

static int print_list(const struct options *options, const json_t *array,
		      struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t index;
	json_t *piece;

	if (options->json)
		return answer_print_json(array, diag);
	json_array_foreach(array, index, piece) print_piece(piece, &text);
	return answer_print(&text, diag);
}

int action_evidence(const struct options *options, int *ret_status,
		    struct diag *diag)
{
	CLEANUP_CLOSE int directory = -1;
	json_t *array = json_array();
	char **names = NULL;
	int r = open_evidence(options->object, &directory, diag);

	/* Nothing was ever kept of it. */
	if (r == -ENOENT) {
		diag_done(diag);
		r = 0;
	} else if (r == 0) {
		r = evidence_list(directory, &names, diag);
	}
	for (size_t i = 0; r == 0 && names && names[i]; i++)
		r = add_piece(options->object, directory, names[i], array,
			      diag);
	if (r == 0)
		r = print_list(options, array, diag);
	strv_free(names);
	json_decref(array);
	*ret_status = 0;
	return r;
}

/* --- One of them ---------------------------------------------------------- */

int find_kept_generation(const char *jail, unsigned int generation,
			 char **ret_piece, struct diag *diag)
{
	CLEANUP_CLOSE int directory = -1;
	char **names = NULL, words[2][64];
	const char *found = NULL;
	int r = open_evidence(jail, &directory, diag);

	if (r == 0)
		r = evidence_list(directory, &names, diag);
	if (r < 0 && r != -ENOENT)
		return r;
	(void)snprintf(words[0], sizeof(words[0]), "-g%u-", generation);
	(void)snprintf(words[1], sizeof(words[1]), "-g%u-replaced", generation);
	/* Oldest first: the last one of the better kind stays. */
	for (size_t kind = 0; kind < ARRAY_SIZE(words); kind++)
		for (size_t i = 0; names && names[i]; i++)
			if (strstr(names[i], words[kind]))
				found = names[i];
	*ret_piece = found ? strdup(found) : NULL;
	strv_free(names);
	if (found)
		return *ret_piece ? 0 : diag_oom(diag);
	diag_done(diag);
	diag_set(diag, -ENOENT,
		 "generation %u of %s neither serves nor was kept", generation,
		 jail);
	diag_hint(diag, "what was kept is listed by: jailmount %s --evidence",
		  jail);
	return -ENOENT;
}

/* What has been there since the start is no intruder's. */
static void drop_start(struct diff *diff)
{
	size_t kept = 0;

	for (size_t i = 0; i < diff->count; i++) {
		if (diff->entries[i].at_start)
			diff_entry_done(&diff->entries[i]);
		else
			diff->entries[kept++] = diff->entries[i];
	}
	diff->count = kept;
}

/* Not every jail has such directories. */
static int add_kept(int piece, struct diff *diff, struct diag *diag)
{
	CLEANUP_DIFF struct diff more = DIFF_INIT;
	json_t *kept;
	int r = evidence_read_json(piece, "kept.json", &kept, NULL);

	if (r < 0)
		return r == -ENOENT ? 0 : diag_errno(diag, r, "kept.json");
	r = diff_read_json(kept, &more, diag);
	json_decref(kept);
	return r < 0 ? diag_wrap(diag, r, "kept.json")
		     : diff_append(diff, &more, diag);
}

static int read_diff(int piece, bool all, struct diff *ret_diff,
		     struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	json_t *changes;
	int r = evidence_read_json(piece, "changes.json", &changes, diag);

	if (r < 0)
		return r;
	r = diff_read_json(changes, &diff, diag);
	json_decref(changes);
	if (r < 0)
		return diag_wrap(diag, r, "changes.json");
	if (!all)
		drop_start(&diff);
	r = add_kept(piece, &diff, diag);
	if (r < 0)
		return r;
	r = evidence_archive_read(piece, &diff, diag);
	/* It was kept without, where the library was missing. */
	if (r == -ENOENT)
		diag_done(diag);
	else if (r < 0)
		return r;
	*ret_diff = diff;
	diff = DIFF_INIT;
	return 0;
}

/* Everything but the changes. */
static int read_about(int piece, const char *name,
		      const struct evidence_verdict *verdict,
		      json_t **ret_about, struct diag *diag)
{
	json_t *about = describe(name, verdict), *more = NULL;
	int r = evidence_read_json(piece, "evidence.json", &more, diag);

	if (r == 0) {
		json_object_set(about, "generation",
				json_object_get(more, "generation"));
		json_object_set(about, "reason",
				json_object_get(more, "reason"));
		json_decref(more);
		/* Older ones have none. */
		if (evidence_read_json(piece, "executed.json", &more, NULL) ==
		    0) {
			json_object_update(about, more);
			json_decref(more);
		}
		*ret_about = about;
		return 0;
	}
	json_decref(about);
	return r;
}

/* "20261127T...-g1-replaced, tampering: a tripwire was read" */
static int print_heading(const struct options *options, const json_t *about,
			 struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	const char *reason =
		json_string_value(json_object_get(about, "reason"));

	if (options->json)
		return 0;
	buf_printf(&text, "%s (%s), %s\n",
		   json_string_value(json_object_get(about, "name")),
		   json_string_value(json_object_get(about, "verdict")),
		   reason ? reason : "?");
	return answer_print(&text, diag);
}

static int show_piece(const struct options *options, int piece,
		      const char *name, const struct evidence_verdict *verdict,
		      struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	json_t *about = NULL;
	int r = read_about(piece, name, verdict, &about, diag);

	if (r == 0)
		r = read_diff(piece, options->all, &diff, diag);
	if (r == 0)
		r = print_heading(options, about, diag);
	/* Owners are the jail's numbers already. */
	if (r == 0)
		r = show_diff(options, &diff, 0, about, diag);
	json_decref(about);
	return r;
}

int show_kept_diff(const struct options *options, const char *name,
		   struct diag *diag)
{
	CLEANUP_EVIDENCE_VERDICT struct evidence_verdict verdict =
		EVIDENCE_VERDICT_INIT;
	CLEANUP_CLOSE int directory = -1;
	CLEANUP_CLOSE int piece = -1;
	int r = open_evidence(options->object, &directory, diag);

	if (r == 0)
		r = evidence_open_piece(directory, name, &piece, diag);
	if (r < 0) {
		diag_hint(diag,
			  "what was kept is listed by: jailmount %s --evidence",
			  options->object);
		return r;
	}
	r = check(options->object, piece, name, &verdict, diag);
	if (r < 0)
		return r;
	if (verdict.state != EVIDENCE_ALTERED)
		return show_piece(options, piece, name, &verdict, diag);
	diag_set(diag, -EBADMSG, "the evidence %s is not what was kept: %s",
		 name, verdict.why.data);
	diag_hint(diag, "look at it by hand: %s/%s/%s", EVIDENCE_DIRECTORY,
		  options->object, name);
	return -EBADMSG;
}
