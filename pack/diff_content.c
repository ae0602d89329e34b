/* What is in the files that differ: ELF objects, and text line by line. */
#include "lib/path.h"
#include "pack/diff.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* --- Reading --- */

struct content {
	struct buf bytes;
	bool is_elf;
	bool complete;
};

static void content_done(struct content *content)
{
	buf_done(&content->bytes);
}

/* Nothing but the first piece is read of what is neither an object nor small.
 */
static int take_piece(const void *data, size_t length, void *context)
{
	struct content *content = context;
	struct elf_identity identity;

	if (!content->bytes.length)
		content->is_elf = elf_identify(data, length, &identity);
	if (length > DIFF_OBJECT_MAX - content->bytes.length ||
	    (!content->is_elf &&
	     length > DIFF_TEXT_MAX - content->bytes.length)) {
		content->complete = false;
		return 1;
	}
	buf_append(&content->bytes, data, length);
	return 0;
}

static int read_content(const struct diff_side *side,
			const struct bill_file *file, struct content *content,
			struct diag *diag)
{
	int r;

	content->complete = true;
	if (!file || !S_ISREG(file->mode))
		return 0;
	r = squash_reader_content(side->reader, file->path, take_piece, content,
				  diag);
	if (r < 0)
		return diag_wrap(diag, r, "%s", side->subject->name);
	return buf_check(&content->bytes) < 0 ? diag_oom(diag) : 0;
}

/* --- Looking into one file --- */

/* An object that is damaged is a file like any other. */
static int read_object(struct diff_file *file, int side,
		       const struct content *content, struct diag *diag)
{
	int r;

	if (!content->is_elf || !content->complete)
		return 0;
	r = elf_parse(content->bytes.data, content->bytes.length, NULL,
		      &file->object[side], NULL);
	file->is_object[side] = r == 0;
	return r == -ENOMEM ? diag_oom(diag) : 0;
}

static bool is_text(const struct content *content)
{
	return content->complete && !content->is_elf &&
	       text_is_text(content->bytes.data, content->bytes.length);
}

static int compare_texts(struct diff_file *file, const struct buf *old,
			 const struct buf *new, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r;

	buf_puts(&text, ""); /* also where only an absent newline differs */
	r = text_diff(old, new, &text, &file->lines);
	if (r < 0)
		return diag_oom(diag);
	file->text = buf_steal(&text);
	return file->text ? 0 : diag_oom(diag);
}

static int look_into(struct diff *diff, struct diff_file *file,
		     struct diag *diag)
{
	CLEANUP(content_done) struct content old = { 0 };
	CLEANUP(content_done) struct content new = { 0 };
	bool read = file->kind != DIFF_CHANGED || file->content;
	int r = 0;

	if (!read)
		return 0;
	r = read_content(&diff->sides[0], file->old, &old, diag);
	if (r == 0)
		r = read_content(&diff->sides[1], file->new, &new, diag);
	if (r == 0)
		r = read_object(file, 0, &old, diag);
	if (r == 0)
		r = read_object(file, 1, &new, diag);
	if (r < 0)
		return r;
	file->too_large = !old.complete || !new.complete;
	if (file->content && is_text(&old) && is_text(&new))
		r = compare_texts(file, &old.bytes, &new.bytes, diag);
	return r;
}

/* --- Objects --- */

static const char *soname_of(const struct diff_file *file, int side)
{
	return file->is_object[side] ? file->object[side].soname : NULL;
}

/* The same library under another name, such as libx.so.1.3 for libx.so.1.2:
 * added where the other was removed, in a directory of the same name. */
static const struct diff_file *find_successor(const struct diff *diff,
					      const struct diff_file *removed)
{
	CLEANUP_FREE char *directory = path_parent(removed->old->path);
	const char *soname = soname_of(removed, 0);

	for (size_t i = 0; directory && soname && i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];
		CLEANUP_FREE char *other = NULL;

		if (file->kind != DIFF_ADDED || !soname_of(file, 1) ||
		    strcmp(soname, soname_of(file, 1)) != 0)
			continue;
		other = path_parent(file->new->path);
		if (other && strcmp(directory, other) == 0)
			return file;
	}
	return NULL;
}

static bool is_successor(const struct diff *diff, const struct diff_file *file)
{
	for (size_t i = 0; i < diff->object_count; i++) {
		if (diff->objects[i].new == file)
			return true;
	}
	return false;
}

static int add_object(struct diff *diff, const struct diff_file *old,
		      const struct diff_file *new)
{
	if (array_grow(&diff->objects, diff->object_count,
		       sizeof(*diff->objects)) < 0)
		return -ENOMEM;
	diff->objects[diff->object_count++] = (struct diff_object){
		.kind = !old   ? DIFF_ADDED
			: !new ? DIFF_REMOVED
			       : DIFF_CHANGED,
		.old = old,
		.new = new,
	};
	return 0;
}

static const char *object_path(const struct diff_object *object)
{
	return object->old ? object->old->old->path : object->new->new->path;
}

static int compare_objects(const void *a, const void *b)
{
	return bill_compare_paths(object_path(a), object_path(b));
}

static int list_objects(struct diff *diff)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];

		if (!file->is_object[0])
			continue;
		r = add_object(diff, file,
			       file->is_object[1] ? file
						  : find_successor(diff, file));
	}
	for (size_t i = 0; r == 0 && i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];

		if (file->is_object[1] && !file->is_object[0] &&
		    !is_successor(diff, file))
			r = add_object(diff, NULL, file);
	}
	if (r == 0 && diff->object_count)
		qsort(diff->objects, diff->object_count, sizeof(*diff->objects),
		      compare_objects);
	return r;
}

int diff_content(struct diff *diff, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < diff->file_count; i++)
		r = look_into(diff, &diff->files[i], diag);
	if (r < 0)
		return r;
	return list_objects(diff) < 0 ? diag_oom(diag) : 0;
}
