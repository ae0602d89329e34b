/* What is checked, and how the findings are told. */
#include "lib/fdio.h"
#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/show.h"
#include "pack/check.h"
#include "pack/tree_bill.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

/* --- Telling --- */

static void show_findings(const char *name, const struct findings *findings,
			  struct buf *text)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];

		buf_printf(text, "%3u  %-18s  ", finding->check->points,
			   finding->check->id);
		if (finding->path) {
			printable_puts(text, finding->path);
			buf_putc(text, ' ');
		}
		printable_puts(text, finding->text);
		buf_putc(text, '\n');
	}
	printable_puts(text, name);
	buf_puts(text, ": ");
	show_count(text, findings->count, "finding");
	buf_printf(text, ", score %" PRIu64 "\n", findings->score);
}

static json_t *finding_json(const struct finding *finding)
{
	CLEANUP_BUF struct buf path = BUF_INIT;
	json_t *object = json_pack("{s:s,s:i,s:s}", "check", finding->check->id,
				   "points", (int)finding->check->points,
				   "text", finding->text);

	if (!object || !finding->path)
		return object;
	printable_puts(&path, finding->path);
	if (buf_check(&path) < 0 ||
	    json_object_set_new(object, "path", json_string(path.data)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int findings_json(const struct findings *findings, struct buf *text,
			 struct diag *diag)
{
	json_t *list = json_array();
	json_t *object;
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < findings->count; i++)
		r = json_array_append_new(list,
					  finding_json(&findings->list[i]));
	if (r < 0) {
		json_decref(list);
		return diag_oom(diag);
	}
	object = json_pack("{s:I,s:o}", "score", (json_int_t)findings->score,
			   "findings", list);
	return json_answer(object, text, diag);
}

static int answer(const struct check_subject *subject, bool json,
		  struct buf *text, uint64_t *ret_score, struct diag *diag)
{
	CLEANUP_FINDINGS struct findings findings = FINDINGS_INIT;
	int r = check_run(subject, &findings, diag);

	if (r < 0)
		return r;
	*ret_score = findings.score;
	if (json)
		return findings_json(&findings, text, diag);
	show_findings(subject->name, &findings, text);
	return 0;
}

/* --- An image --- */

static int take_piece(const void *data, size_t length, void *context)
{
	struct buf *content = context;

	if (length > CHECK_CONTENT_MAX - content->length)
		return -EFBIG;
	buf_append(content, data, length);
	return 0;
}

int check_image_content(void *context, const char *path, struct buf *content,
			struct diag *diag)
{
	int r = squash_reader_content(context, path, take_piece, content, diag);

	/* The bill said that it is smaller. */
	return r == -EFBIG ? diag_set(diag, -EBADMSG,
				      "%s is larger than the bill of materials "
				      "says",
				      path)
			   : r;
}

int check_image(const struct subject *subject, bool json, struct buf *text,
		uint64_t *ret_score, struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_BILL struct bill bill = BILL_INIT;
	struct check_subject checked = { .name = subject->name,
					 .bill = &bill,
					 .config = &config,
					 .content = check_image_content };
	int r = subject_config(subject, &config, diag);

	if (r == 0)
		r = subject_bill(subject, &bill, diag);
	if (r == 0)
		r = subject_reader(subject, &reader, diag);
	if (r < 0)
		return r;
	checked.context = reader;
	return answer(&checked, json, text, ret_score, diag);
}

/* --- What a recipe came to --- */

struct tree_context {
	const struct tree *tree;
};

static int tree_content(void *context, const char *path, struct buf *content,
			struct diag *diag)
{
	const struct tree_context *tree = context;
	const struct node *node = tree_find(tree->tree, path);
	CLEANUP_CLOSE int fd = -1;
	int r;

	if (!node)
		return diag_set(diag, -ENOENT, "%s is not in the tree", path);
	r = node_open(node, &fd, diag);
	if (r < 0)
		return r;
	r = read_to_end(fd, CHECK_CONTENT_MAX, content);
	return r < 0 ? diag_errno(diag, r, "cannot read %s", path) : 0;
}

static int append(void *context, const void *data, size_t length)
{
	buf_append(context, data, length);
	return 0;
}

/* The bill that would be packed, but for the digests. */
static int unpacked_bill(const struct tree *tree, struct bill *ret_bill,
			 struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	struct bill_writer writer = { .write = append, .context = &json };
	int r = tree_bill_write(tree, false, &writer, diag);

	if (r == 0 && buf_check(&json) < 0)
		r = diag_oom(diag);
	return r < 0 ? r : bill_read(json.data, json.length, ret_bill, diag);
}

int check_tree(const char *name, const struct tree *tree,
	       const struct config *config, bool json, struct buf *text,
	       uint64_t *ret_score, struct diag *diag)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	struct tree_context context = { .tree = tree };
	const struct check_subject checked = { .name = name,
					       .bill = &bill,
					       .config = config,
					       .content = tree_content,
					       .context = &context };
	int r = unpacked_bill(tree, &bill, diag);

	return r < 0 ? r : answer(&checked, json, text, ret_score, diag);
}
