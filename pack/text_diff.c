#include "pack/text_diff.h"

#include "lib/printable.h"

#include <errno.h>
#include <string.h>

struct line {
	const char *text;
	size_t length; /* with its newline, if it has one */
	uint64_t hash;
	bool changed; /* it is not in the other text */
};

struct lines {
	struct line *list;
	size_t count;
};

/* --- Lines --- */

bool text_is_text(const void *data, size_t length)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < length; i++) {
		if ((byte[i] < ' ' || byte[i] == 0x7f) &&
		    (!byte[i] || !strchr("\t\n\r\f", byte[i])))
			return false;
	}
	return true;
}

/* FNV-1a: only to compare fewer lines byte by byte. */
static uint64_t hash_line(const char *text, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) *
		       UINT64_C(0x100000001b3);
	return hash;
}

static int split(const struct buf *text, struct lines *lines)
{
	const char *at = text->data;
	const char *end = at + text->length;

	while (text->length && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline + 1 : end) - at);

		if (array_grow(&lines->list, lines->count,
			       sizeof(*lines->list)) < 0)
			return -ENOMEM;
		lines->list[lines->count++] = (struct line){
			.text = at,
			.length = length,
			.hash = hash_line(at, length),
		};
		at += length;
	}
	return 0;
}

static bool equal(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* --- The fewest edits --- */

/*
 * In a grid of `old_count` by `new_count`, a step to the right removes a line
 * and one down adds one; along a diagonal both are equal. rows[d] holds how far
 * right d steps lead on each diagonal from -d to d, the diagonal being lines of
 * the old text less those of the new one; -1: nowhere.
 */
struct search {
	struct line *old, *new;
	long old_count, new_count;
	long **rows;
	long row_count;
};

static void search_done(struct search *search)
{
	for (long d = 0; d < search->row_count; d++)
		free(search->rows[d]);
	free(search->rows);
}

static long reach(const struct search *search, long d, long diagonal)
{
	if (d < 0 || diagonal < -d || diagonal > d)
		return -1;
	return search->rows[d][diagonal + d];
}

/* The last of d steps that ends furthest on the diagonal: *ret_down says
 * which, the return is where it ends, or -1. */
static long last_step(const struct search *search, long d, long diagonal,
		      bool *ret_down)
{
	long right = reach(search, d - 1, diagonal - 1);
	long down = reach(search, d - 1, diagonal + 1);

	if (right >= search->old_count)
		right = -1;
	if (down - diagonal > search->new_count)
		down = -1;
	*ret_down = down >= 0 && down > right;
	if (*ret_down)
		return down;
	return right < 0 ? -1 : right + 1;
}

static long follow(const struct search *search, long x, long diagonal)
{
	while (x >= 0 && x < search->old_count &&
	       x - diagonal < search->new_count &&
	       equal(&search->old[x], &search->new[x - diagonal]))
		x++;
	return x;
}

/* Fill the next row. 1 if the end is reached, else 0, or -ENOMEM. */
static int make_row(struct search *search)
{
	long d = search->row_count;
	long end = search->old_count - search->new_count;
	long *row = calloc((size_t)(2 * d + 1), sizeof(*row));

	if (!row)
		return -ENOMEM;
	search->rows[search->row_count++] = row;
	for (long k = -d; k <= d; k++) {
		bool down;
		long x = d == 0 ? 0 : last_step(search, d, k, &down);

		row[k + d] = follow(search, x, k);
	}
	return reach(search, d, end) == search->old_count;
}

/* Go back from the end of the last row, marking each step's line. */
static void mark_steps(const struct search *search)
{
	long diagonal = search->old_count - search->new_count;

	for (long d = search->row_count - 1; d > 0; d--) {
		bool down;
		long x = last_step(search, d, diagonal, &down);

		if (down) {
			search->new[x - diagonal - 1].changed = true;
			diagonal++;
		} else {
			search->old[x - 1].changed = true;
			diagonal--;
		}
	}
}

static void mark_all(struct line *lines, long count)
{
	for (long i = 0; i < count; i++)
		lines[i].changed = true;
}

static int mark_changes(struct lines *old, struct lines *new)
{
	CLEANUP(search_done) struct search search = { 0 };
	size_t before = 0, after = 0;
	size_t least = old->count < new->count ? old->count : new->count;
	int r = 0;

	while (before < least && equal(&old->list[before], &new->list[before]))
		before++;
	while (after < least - before &&
	       equal(&old->list[old->count - 1 - after],
		     &new->list[new->count - 1 - after]))
		after++;
	search.old = old->list + before;
	search.new = new->list + before;
	search.old_count = (long)(old->count - before - after);
	search.new_count = (long)(new->count - before - after);
	search.rows = calloc(TEXT_DIFF_EDITS_MAX + 1, sizeof(*search.rows));
	if (!search.rows)
		return -ENOMEM;
	while (r == 0 && search.row_count <= TEXT_DIFF_EDITS_MAX)
		r = make_row(&search);
	if (r < 0)
		return r;
	if (r > 0) {
		mark_steps(&search);
	} else {
		mark_all(search.old, search.old_count);
		mark_all(search.new, search.new_count);
	}
	return 0;
}

/* --- Hunks --- */

/* Lines from..to of each text; what is changed lies between equal ones. */
struct hunk {
	size_t old_from, old_to, new_from, new_to;
};

struct writing {
	const struct lines *old, *new;
	struct buf *text;
	struct text_diff_count count;
};

static bool is_changed(const struct lines *lines, size_t index)
{
	return index < lines->count && lines->list[index].changed;
}

static bool is_plain(const struct line *line)
{
	const unsigned char *text = (const unsigned char *)line->text;
	size_t length = line->length;

	length -= length && text[length - 1] == '\n';
	while (length) {
		size_t step =
			*text == '\t' ? 1 : printable_character(text, length);

		if (!step)
			return false;
		text += step;
		length -= step;
	}
	return true;
}

static void write_line(const struct writing *writing, char mark,
		       const struct line *line)
{
	bool whole = line->text[line->length - 1] == '\n';
	size_t length = line->length - whole;

	buf_putc(writing->text, mark);
	if (is_plain(line))
		buf_append(writing->text, line->text, length);
	else
		printable_append(writing->text, line->text, length);
	buf_putc(writing->text, '\n');
	if (!whole)
		buf_puts(writing->text, "\\ No newline at end of file\n");
}

/* "12,3"; an empty range is said to be behind the line before it. */
static void write_range(struct buf *text, char mark, size_t from, size_t to)
{
	buf_printf(text, "%c%zu", mark, from + (to > from));
	if (to - from != 1)
		buf_printf(text, ",%zu", to - from);
}

static void write_hunk(struct writing *writing, const struct hunk *hunk)
{
	size_t i = hunk->old_from, j = hunk->new_from;

	buf_puts(writing->text, "@@ ");
	write_range(writing->text, '-', hunk->old_from, hunk->old_to);
	buf_putc(writing->text, ' ');
	write_range(writing->text, '+', hunk->new_from, hunk->new_to);
	buf_puts(writing->text, " @@\n");
	while (i < hunk->old_to || j < hunk->new_to) {
		if (i < hunk->old_to && is_changed(writing->old, i)) {
			write_line(writing, '-', &writing->old->list[i++]);
			writing->count.removed++;
		} else if (j < hunk->new_to && is_changed(writing->new, j)) {
			write_line(writing, '+', &writing->new->list[j++]);
			writing->count.added++;
		} else {
			write_line(writing, ' ', &writing->old->list[i++]);
			j++;
		}
	}
}

/* Where the next change begins and ends, from equal lines `i` and `j` on. */
static bool next_change(const struct lines *old, const struct lines *new,
			size_t i, size_t j, struct hunk *ret_change)
{
	while (i < old->count && !is_changed(old, i) && !is_changed(new, j)) {
		i++;
		j++;
	}
	*ret_change = (struct hunk){ i, i, j, j };
	while (is_changed(old, ret_change->old_to))
		ret_change->old_to++;
	while (is_changed(new, ret_change->new_to))
		ret_change->new_to++;
	return ret_change->old_to > i || ret_change->new_to > j;
}

static void write_hunks(struct writing *writing)
{
	const struct lines *old = writing->old, *new = writing->new;
	struct hunk change, next;
	bool more = next_change(old, new, 0, 0, &change);

	while (more) {
		size_t before = change.old_from < TEXT_DIFF_CONTEXT
					? change.old_from
					: TEXT_DIFF_CONTEXT;
		size_t after;
		struct hunk hunk = change;

		hunk.old_from -= before;
		hunk.new_from -= before;
		/* Changes whose context would overlap are one hunk. */
		while ((more = next_change(old, new, hunk.old_to, hunk.new_to,
					   &next)) &&
		       next.old_from - hunk.old_to <= 2 * TEXT_DIFF_CONTEXT) {
			hunk.old_to = next.old_to;
			hunk.new_to = next.new_to;
		}
		after = old->count - hunk.old_to;
		if (after > TEXT_DIFF_CONTEXT)
			after = TEXT_DIFF_CONTEXT;
		hunk.old_to += after;
		hunk.new_to += after;
		write_hunk(writing, &hunk);
		change = next;
	}
}

int text_diff(const struct buf *old, const struct buf *new, struct buf *text,
	      struct text_diff_count *ret_count)
{
	struct lines old_lines = { 0 }, new_lines = { 0 };
	struct writing writing = {
		.old = &old_lines,
		.new = &new_lines,
		.text = text,
	};
	int r = split(old, &old_lines);

	if (r == 0)
		r = split(new, &new_lines);
	if (r == 0)
		r = mark_changes(&old_lines, &new_lines);
	if (r == 0) {
		write_hunks(&writing);
		*ret_count = writing.count;
		r = buf_check(text);
	}
	free(old_lines.list);
	free(new_lines.list);
	return r;
}
