#include "pack/view.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	LINKS_MAX = 40, /* followed in one path, as in the kernel */
};

static void step_done(struct view_step *step)
{
	free(step->path);
	if (step->source)
		source_entry_done(&step->entry);
}

void view_trail_done(struct view_trail *trail)
{
	for (size_t i = 0; i < trail->count; i++)
		step_done(&trail->steps[i]);
	free(trail->steps);
	*trail = VIEW_TRAIL_INIT;
}

static mode_t step_mode(const struct view_step *step)
{
	return step->node ? step->node->mode : step->entry.mode;
}

static const char *step_target(const struct view_step *step)
{
	return step->node ? step->node->target : step->entry.target;
}

mode_t view_trail_mode(const struct view_trail *trail)
{
	return trail->end ? step_mode(trail->end) : S_IFDIR | 0755;
}

const char *view_trail_path(const struct view_trail *trail)
{
	return trail->end ? trail->end->path : "/";
}

int view_source(const struct view *view, const char *path,
		struct source **ret_source, struct source_entry *ret_entry,
		struct diag *diag)
{
	for (size_t i = 0; i < view->source_count; i++) {
		int r = source_lstat(view->sources[i], path, ret_entry, diag);

		if (r == 0)
			*ret_source = view->sources[i];
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

/* Look one path up whose parents are not links. */
static int look(const struct view *view, char *path, struct view_step *ret_step,
		struct diag *diag)
{
	struct view_step step = { .path = path,
				  .node = tree_find(view->tree, path) };
	int r = 0;

	if (!step.node)
		r = view_source(view, path, &step.source, &step.entry, diag);
	if (r == 0)
		*ret_step = step;
	return r;
}

/*
 * A walk over a path: `directory` is where it stands, a normal path without
 * links; `rest` is what is left to walk, in memory that `text` holds.
 */
struct walk {
	const struct view *view;
	struct view_trail trail;
	char *directory;
	char *text;
	const char *rest;
	unsigned int links;
	bool at_leaf; /* the last step is no directory and ends the path */
};

static void walk_done(struct walk *walk)
{
	view_trail_done(&walk->trail);
	free(walk->directory);
	free(walk->text);
}

static int enter(struct walk *walk, const char *path, struct diag *diag)
{
	char *copy = strdup(path);

	if (!copy)
		return diag_oom(diag);
	free(walk->directory);
	walk->directory = copy;
	return 0;
}

static int enter_parent(struct walk *walk, struct diag *diag)
{
	CLEANUP_FREE char *parent = path_parent(walk->directory);

	return parent ? enter(walk, parent, diag) : diag_oom(diag);
}

static int follow_link(struct walk *walk, const char *target, struct diag *diag)
{
	char *text;

	if (++walk->links > LINKS_MAX || !target)
		return -ENOENT;
	text = format_text("%s/%s", target, walk->rest);
	if (!text)
		return diag_oom(diag);
	free(walk->text);
	walk->rest = walk->text = text;
	return target[0] == '/' ? enter(walk, "/", diag) : 0;
}

/* Take one component that is neither "." nor "..". */
static int walk_component(struct walk *walk, const char *name, size_t length,
			  bool follow_last, struct diag *diag)
{
	struct view_trail *trail = &walk->trail;
	struct view_step *step;
	char *path;
	mode_t mode;
	int r;

	path = format_text("%s/%.*s", walk->directory[1] ? walk->directory : "",
			   (int)length, name);
	if (!path)
		return diag_oom(diag);
	if (array_grow(&trail->steps, trail->count, sizeof(*step)) < 0) {
		free(path);
		return diag_oom(diag);
	}
	step = &trail->steps[trail->count];
	r = look(walk->view, path, step, diag);
	if (r < 0) {
		free(path);
		return r;
	}
	trail->count++;
	mode = step_mode(step);
	if (S_ISLNK(mode) && (follow_last || *walk->rest))
		return follow_link(walk, step_target(step), diag);
	if (S_ISDIR(mode))
		return enter(walk, path, diag);
	walk->at_leaf = true;
	return *walk->rest ? -ENOENT : 0;
}

static int walk_path(struct walk *walk, bool follow_last, struct diag *diag)
{
	while (*(walk->rest += strspn(walk->rest, "/"))) {
		const char *name = walk->rest;
		size_t length = strcspn(name, "/");
		int r = 0;

		walk->rest += length + strspn(name + length, "/");
		if (length == 2 && strncmp(name, "..", 2) == 0)
			r = enter_parent(walk, diag);
		else if (length != 1 || name[0] != '.')
			r = walk_component(walk, name, length, follow_last,
					   diag);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whatever directory a walk is in, it came through. */
static struct view_step *last_step(const struct walk *walk)
{
	for (size_t i = walk->trail.count; i > 0; i--) {
		struct view_step *step = &walk->trail.steps[i - 1];

		if (walk->at_leaf || strcmp(step->path, walk->directory) == 0)
			return step;
	}
	return NULL;
}

int view_follow(const struct view *view, const char *path, bool follow_last,
		struct view_trail *ret_trail, struct diag *diag)
{
	struct walk walk = { .view = view,
			     .directory = strdup("/"),
			     .text = strdup(path) };
	int r;

	walk.rest = walk.text;
	if (walk.directory && walk.text)
		r = walk_path(&walk, follow_last, diag);
	else
		r = diag_oom(diag);
	if (r == 0) {
		walk.trail.end = last_step(&walk);
		*ret_trail = walk.trail;
		walk.trail = VIEW_TRAIL_INIT;
	}
	walk_done(&walk);
	return r;
}

int view_open(const struct view_trail *trail, int *ret_fd, struct diag *diag)
{
	const struct view_step *end = trail->end;

	if (!end || !S_ISREG(step_mode(end)))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				view_trail_path(trail));
	if (end->node)
		return node_open(end->node, ret_fd, diag);
	return source_open(end->source, end->path, ret_fd, diag);
}

int view_is_directory(const struct view *view, const char *path,
		      bool *ret_answer, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	int r = view_follow(view, path, true, &trail, diag);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret_answer = r == 0 && S_ISDIR(view_trail_mode(&trail));
	return 0;
}

int view_read(const struct view *view, const char *path, size_t limit,
	      char **ret_text, size_t *ret_length, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_BUF struct buf buf = BUF_INIT;
	size_t length;
	char *text;
	int r;

	r = view_follow(view, path, true, &trail, diag);
	if (r == 0)
		r = view_open(&trail, &fd, diag);
	if (r < 0)
		return r;
	r = read_to_end(fd, limit, &buf);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", path);
	buf_puts(&buf, ""); /* at least the NUL */
	length = buf.length;
	text = buf_steal(&buf);
	if (!text)
		return diag_oom(diag);
	*ret_text = text;
	*ret_length = length;
	return 0;
}

struct match {
	const char *pattern;
	char **paths;
};

static int match_node(struct node *node, void *context)
{
	struct match *match = context;
	CLEANUP_FREE char *path = node_path(node);

	if (!path)
		return -ENOMEM;
	return path_match(match->pattern, path)
		       ? strv_append(&match->paths, path)
		       : 0;
}

static int compare_strings(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void sort_unique(char **strings)
{
	size_t count = strv_length(strings), kept = 0;

	if (count == 0)
		return;
	qsort(strings, count, sizeof(*strings), compare_strings);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(strings[i], strings[kept]) == 0)
			free(strings[i]);
		else
			strings[++kept] = strings[i];
	}
	strings[kept + 1] = NULL;
}

int view_match(const struct view *view, const char *pattern, char ***ret_paths,
	       struct diag *diag)
{
	struct match match = { .pattern = pattern };
	int r = tree_walk(view->tree, match_node, &match);

	if (r < 0)
		r = diag_oom(diag);
	for (size_t i = 0; r == 0 && i < view->source_count; i++) {
		char **paths = NULL;

		r = source_match(view->sources[i], pattern, &paths, diag);
		for (size_t k = 0; r == 0 && paths && paths[k]; k++) {
			if (strv_append(&match.paths, paths[k]) < 0)
				r = diag_oom(diag);
		}
		strv_free(paths);
	}
	if (r < 0) {
		strv_free(match.paths);
		return r;
	}
	sort_unique(match.paths);
	*ret_paths = match.paths;
	return 0;
}

char *view_sources_name(const struct view *view)
{
	CLEANUP_BUF struct buf names = BUF_INIT;

	for (size_t i = 0; i < view->source_count; i++)
		buf_printf(&names, "%s%s", i ? " or " : "",
			   source_name(view->sources[i]));
	if (view->source_count == 0)
		buf_puts(&names, "any source");
	return buf_steal(&names);
}
