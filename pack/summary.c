#include "pack/summary.h"

#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/show.h"

#include <inttypes.h>
#include <jansson.h>
#include <sys/stat.h>

struct totals {
	uint64_t files, bytes;
};

static int count_node(struct node *node, void *context)
{
	struct totals *totals = context;

	if (S_ISREG(node->mode)) {
		totals->files++;
		totals->bytes += node->size;
	}
	return 0;
}

static void write_text(const struct summary *summary,
		       const struct totals *totals, const char *root_hash,
		       struct buf *text)
{
	printable_puts(text, summary->path);
	buf_puts(text, ": ");
	show_count(text, totals->files, "file");
	buf_puts(text, ", ");
	show_size(text, totals->bytes);
	buf_puts(text, " in ");
	show_size(text, summary->layout.file_length);
	if (summary->blocks.found > 0)
		buf_printf(text,
			   "; %" PRIu64 " of %" PRIu64
			   " blocks were compressed "
			   "before",
			   summary->blocks.found, summary->blocks.asked);
	buf_printf(text, "\nroot hash %s\n", root_hash);
	if (summary->layout.signature_length)
		buf_puts(text, "signed\n");
}

static int write_json(const struct summary *summary,
		      const struct totals *totals, const char *root_hash,
		      struct buf *text, struct diag *diag)
{
	const struct config *config = summary->config;
	json_t *object = json_pack(
		"{s:s,s:s,s:s,s:I,s:I,s:I,s:{s:I,s:I},s:s,s:b}", "image",
		summary->path, "name", config->name, "version",
		config->version ? config->version : "", "files",
		(json_int_t)totals->files, "bytes", (json_int_t)totals->bytes,
		"length", (json_int_t)summary->layout.file_length, "cache",
		"blocks", (json_int_t)summary->blocks.asked, "found",
		(json_int_t)summary->blocks.found, "root_hash", root_hash,
		"signed", summary->layout.signature_length > 0);

	return json_answer(object, text, diag);
}

int summary_write(const struct summary *summary, bool json, struct buf *text,
		  struct diag *diag)
{
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	struct totals totals = { 0 };

	(void)tree_walk(summary->tree, count_node, &totals);
	root_hash_format(summary->layout.root_hash, root_hash);
	if (json)
		return write_json(summary, &totals, root_hash, text, diag);
	write_text(summary, &totals, root_hash, text);
	return 0;
}
