/* Files that lines of a configuration name. */
#include "pack/closure_internal.h"
#include "pack/format.h"
#include "pack/named_lines.h"

#include <errno.h>
#include <string.h>

enum { CONFIGURATION_BYTES_MAX = 4 << 20 };

static int add_line(struct closure *closure, const struct closure_act *act,
		    const struct named_line *line, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(act->item->node);
	CLEANUP_FREE char *reason = NULL;
	struct closure_act named = *act;
	bool there;
	int r;

	reason = format_text("%s, named in %s:%u", act->rule->why, path,
			     line->number);
	if (!path || !reason)
		return diag_oom(diag);
	named.reason = reason;
	r = closure_add_file(closure, &named, line->path, &there, diag);
	if (r == 0 && !there)
		placer_warn(closure->placer,
			    "%s:%u names %s (%s), which is not there", path,
			    line->number, line->path, act->rule->why);
	return r;
}

int closure_lines(struct closure *closure, const struct closure_act *act,
		  struct diag *diag)
{
	const struct view tree = { .tree = closure->placer->view.tree };
	CLEANUP_NAMED struct named_lines lines = NAMED_LINES_INIT;
	CLEANUP_FREE char *path = node_path(act->item->node);
	CLEANUP_FREE char *forms = NULL;
	CLEANUP_FREE char *text = NULL;
	size_t length;
	int r;

	if (!path)
		return diag_oom(diag);
	r = closure_expand(closure, act, act->rule->adds,
			   strlen(act->rule->adds), &forms, diag);
	if (r == -ENOENT) /* no program of this C library */
		return 0;
	if (r == 0)
		r = view_read(&tree, path, CONFIGURATION_BYTES_MAX, &text,
			      &length, diag);
	if (r == 0)
		r = named_lines_parse(text, forms, &lines, diag);
	for (size_t i = 0; r == 0 && i < lines.count; i++)
		r = add_line(closure, act, &lines.lines[i], diag);
	return r;
}
