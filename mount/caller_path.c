#include "mount/caller_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/path.h"

static int read_start(const struct caller_view *view,
		      char ret_text[WALK_PATH_MAX])
{
	char link[32] = "cwd";

	if (view->directory != AT_FDCWD)
		(void)snprintf(link, sizeof(link), "fd/%d", view->directory);
	return caller_read_link(view->caller, link, ret_text, WALK_PATH_MAX);
}

int caller_walk(const struct caller_view *view, const char *path,
		struct walk *ret_walk)
{
	char floor[WALK_PATH_MAX], start[WALK_PATH_MAX] = "/";
	const struct walk_from from = {
		.root = view->jail_root,
		.floor = floor,
		.start = start,
		.follow = view->follow,
	};
	int r = caller_read_link(view->caller, "root", floor, sizeof(floor));

	if (r == 0 && *path != '/')
		r = read_start(view, start);
	/* What is no directory has a name that is no path. */
	if (r < 0 || *floor != '/' || *start != '/' || !*path)
		return -EINVAL;
	/* Whoever kept a directory outside of a new root is not held by it. */
	if (*path != '/' && !path_within(start, floor))
		(void)strcpy(floor, "/");
	if (!caller_waits(view->notify_fd, view->caller))
		return -ENOENT;
	return walk_to(&from, path, ret_walk);
}
