#include "pack/derived.h"

#include "lib/buf.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CERTIFICATE_BYTES_MAX = 1 << 16,
	CERTIFICATES_MAX = 4096,
};

/* One after the other in strcmp order, each ending its last line. */
static int append_file(const struct view *sources, const char *path,
		       struct buf *text, struct diag *diag)
{
	CLEANUP_FREE char *content = NULL;
	size_t length;
	int r = view_read(sources, path, CERTIFICATE_BYTES_MAX, &content,
			  &length, diag);

	if (r < 0)
		return r;
	buf_append(text, content, length);
	if (length && content[length - 1] != '\n')
		buf_putc(text, '\n');
	return 0;
}

static int join_files(const struct view *view, const char *pattern,
		      struct buf *text, struct diag *diag)
{
	struct tree *empty;
	struct view sources = *view;
	char **paths = NULL;
	int r = tree_new(&empty, diag);

	if (r < 0)
		return r;
	sources.tree = empty;
	r = view_match(&sources, pattern, &paths, diag);
	if (r == 0 && !paths)
		r = -ENOENT;
	if (r == 0 && strv_length(paths) > CERTIFICATES_MAX)
		r = diag_set(diag, -E2BIG, "%s: too many files", pattern);
	for (size_t i = 0; r == 0 && paths[i]; i++)
		r = append_file(&sources, paths[i], text, diag);
	strv_free(paths);
	tree_free(empty);
	return r;
}

int derived_place(struct placer *placer, const char *path, const char *to,
		  const char *reason, struct diag *diag)
{
	static const struct {
		const char *path, *pattern;
	} table[] = {
		{ "/etc/ssl/certs/ca-certificates.crt",
		  "/usr/share/ca-certificates/**/*.crt" },
	};
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct node *node;
	size_t i = 0;
	bool new;
	int r;

	while (i < ARRAY_SIZE(table) && strcmp(table[i].path, path) != 0)
		i++;
	if (i == ARRAY_SIZE(table))
		return -ENOENT;
	r = join_files(&placer->view, table[i].pattern, &text, diag);
	if (r < 0)
		return r;
	r = place_node(placer, to, S_IFREG | 0644, reason, &node, &new, diag);
	if (r < 0)
		return r;
	if (node->child_count)
		return diag_errno(diag, -EISDIR, "%s", to);
	node_empty(node);
	node->mode = S_IFREG | 0644;
	node->explicit = true;
	node->content = CONTENT_INLINE;
	node->size = text.length;
	node->data = buf_steal(&text);
	if (!node->data)
		return diag_oom(diag);
	return node_reason(node, NULL, diag,
			   "%s (put together from %s, as update-ca-certificates"
			   "(8) does)",
			   reason, table[i].pattern);
}
