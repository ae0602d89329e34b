#include "mount/explain_look.h"

#include <fcntl.h>
#include <string.h>

#include "lib/path.h"
#include "mount/walk.h"

/* Where a relative path begins: the working directory, or a descriptor's. */
static int read_start(const struct look *look, char ret_text[WALK_PATH_MAX])
{
	const struct caller *caller = look->caller;
	char link[32] = "cwd";

	if (look->call->directory != EXPLAIN_NONE &&
	    (int)caller->arguments[look->call->directory] != AT_FDCWD)
		(void)snprintf(link, sizeof(link), "fd/%d",
			       (int)caller->arguments[look->call->directory]);
	return caller_read_link(caller, link, ret_text, WALK_PATH_MAX);
}

int explain_look_at_path(const struct look *look, const char *path)
{
	CLEANUP_WALK struct walk walk = WALK_INIT;
	char floor[WALK_PATH_MAX], start[WALK_PATH_MAX] = "/";
	const struct walk_from from = {
		.root = look->view->jail_root,
		.floor = floor,
		.start = start,
		.follow = look->wish.follow,
	};
	int r = caller_read_link(look->caller, "root", floor, sizeof(floor));

	if (r == 0 && *path != '/')
		r = read_start(look, start);
	/* What is no directory has a name that is no path. */
	if (r < 0 || *floor != '/' || *start != '/' || !*path)
		return 0;
	/* Whoever kept a directory outside of a new root is not held by it. */
	if (*path != '/' && !path_within(start, floor))
		(void)strcpy(floor, "/");
	if (!caller_waits(look->notify_fd, look->caller))
		return 0;
	r = walk_to(&from, path, &walk);
	return r < 0 ? r : explain_look_at_walk(look, &walk);
}

int explain_look_at_text(struct look *look)
{
	const struct caller *caller = look->caller;
	uint64_t address = caller->arguments[look->call->path];
	uint64_t detail = 0;
	char path[WALK_PATH_MAX];

	if (look->call->act == EXPLAIN_OPEN_HOW &&
	    caller_read(caller, caller->arguments[look->call->detail], &detail,
			sizeof(detail)) < 0)
		return 0;
	look->wish = explain_call_wish(look->call, caller->arguments, detail);
	if (!address ||
	    caller_read_text(caller, address, path, sizeof(path)) < 0)
		return 0;
	return explain_look_at_path(look, path);
}
