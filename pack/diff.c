#include "pack/diff.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void file_done(struct diff_file *file)
{
	for (int i = 0; i < 2; i++)
		elf_done(&file->object[i]);
	free(file->text);
}

void diff_done(struct diff *diff)
{
	for (int i = 0; i < 2; i++) {
		struct diff_side *side = &diff->sides[i];

		bill_done(&side->bill);
		config_done(&side->config);
		json_decref(side->contract);
		squash_reader_close(side->reader);
		free(side->package_changed);
	}
	for (size_t i = 0; i < diff->file_count; i++)
		file_done(&diff->files[i]);
	for (size_t i = 0; i < diff->size_count; i++)
		free(diff->sizes[i].name);
	diff_values_done(diff->values, diff->value_count);
	free(diff->packages);
	free(diff->files);
	free(diff->objects);
	free(diff->sizes);
	*diff = DIFF_INIT;
}

bool diff_is_same(const struct diff *diff)
{
	return memcmp(diff->sides[0].subject->layout.root_hash,
		      diff->sides[1].subject->layout.root_hash,
		      HASHTREE_DIGEST_SIZE) == 0;
}

/* --- Files --- */

static bool same_owner_mode(const struct bill_file *a,
			    const struct bill_file *b)
{
	return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid;
}

static bool same_content(const struct bill_file *a, const struct bill_file *b)
{
	return a->size == b->size &&
	       memcmp(a->digest, b->digest, BILL_DIGEST_SIZE) == 0;
}

static bool same_target(const struct bill_file *a, const struct bill_file *b)
{
	return a->target && b->target ? strcmp(a->target, b->target) == 0
				      : a->target == b->target;
}

static int add_file(struct diff *diff, const struct bill_file *old,
		    const struct bill_file *new)
{
	struct diff_file file = {
		.kind = !old   ? DIFF_ADDED
			: !new ? DIFF_REMOVED
			       : DIFF_CHANGED,
		.old = old,
		.new = new,
	};
	const struct bill_file *any = old ? old : new;

	if (old && new && (old->mode & S_IFMT) == (new->mode &S_IFMT)) {
		file.owner_mode = !same_owner_mode(old, new);
		file.content = S_ISREG(old->mode) && !same_content(old, new);
		if (!file.owner_mode && !file.content &&
		    same_target(old, new) && old->major == new->major &&
		    old->minor == new->minor)
			return 0;
	}
	file.with_package = !file.owner_mode &&
			    !path_within(any->path, "/etc") &&
			    !diff_package_is_same(diff, old, new);
	if (array_grow(&diff->files, diff->file_count, sizeof(*diff->files)) <
	    0)
		return -ENOMEM;
	diff->files[diff->file_count++] = file;
	return 0;
}

/* Both lists are in the same order. */
static int compare_files(struct diff *diff)
{
	const struct bill *old = &diff->sides[0].bill;
	const struct bill *new = &diff->sides[1].bill;
	size_t i = 0, j = 0;
	int r = 0;

	while (r == 0 && (i < old->file_count || j < new->file_count)) {
		const struct bill_file *a =
			i < old->file_count ? &old->files[i] : NULL;
		const struct bill_file *b =
			j < new->file_count ? &new->files[j] : NULL;
		int order = !a	 ? 1
			    : !b ? -1
				 : bill_compare_paths(a->path, b->path);

		r = add_file(diff, order <= 0 ? a : NULL,
			     order >= 0 ? b : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}

/* --- An image --- */

static int read_contract(struct diff_side *side, struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	const struct subject *subject = side->subject;
	int r = image_read_contract(subject->fd, &subject->layout, &json, diag);

	if (r < 0)
		return r;
	/* subject_config() has accepted it. */
	side->contract = json_loadb(json.data, json.length, 0, NULL);
	return side->contract ? 0 : diag_oom(diag);
}

static int read_side(struct diff_side *side, const struct subject *subject,
		     struct diag *diag)
{
	int r;

	side->subject = subject;
	r = subject_config(subject, &side->config, diag);
	if (r == 0)
		r = read_contract(side, diag);
	if (r == 0)
		r = subject_bill(subject, &side->bill, diag);
	if (r == 0)
		r = subject_reader(subject, &side->reader, diag);
	for (size_t i = 0; r == 0 && i < side->bill.file_count; i++) {
		const struct bill_file *file = &side->bill.files[i];

		side->files += S_ISREG(file->mode);
		side->bytes += file->size;
	}
	return r;
}

int diff_images(const struct subject *old, const struct subject *new,
		struct diff *ret_diff, struct diag *diag)
{
	struct diff *diff = ret_diff;
	uint64_t before, after;
	int r;

	*diff = DIFF_INIT;
	r = read_side(&diff->sides[0], old, diag);
	if (r == 0)
		r = read_side(&diff->sides[1], new, diag);
	if (r < 0)
		return r;
	before = diff->sides[0].config.capabilities;
	after = diff->sides[1].config.capabilities;
	diff->capabilities[0] = before & ~after;
	diff->capabilities[1] = after & ~before;
	r = diff_packages(diff);
	if (r == 0)
		r = compare_files(diff);
	if (r == 0)
		r = diff_sizes(diff);
	if (r == 0)
		r = diff_contract(diff->sides[0].contract,
				  diff->sides[1].contract, &diff->values,
				  &diff->value_count);
	if (r < 0)
		return diag_oom(diag);
	return diff_content(diff, diag);
}

int diff_answer(const struct subject *old, const struct subject *new, bool json,
		struct buf *text, bool *ret_different, struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	int r = diff_images(old, new, &diff, diag);

	if (r == 0 && json)
		r = diff_show_json(&diff, text, diag);
	else if (r == 0)
		diff_show(&diff, text);
	if (r == 0)
		*ret_different = !diff_is_same(&diff);
	return r;
}
