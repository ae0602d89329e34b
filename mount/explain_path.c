#include "mount/explain_look.h"

#include <errno.h>
#include <fcntl.h>

#include "mount/caller_path.h"

int explain_look_at_path(const struct look *look, const char *path)
{
	CLEANUP_WALK struct walk walk = WALK_INIT;
	struct caller_view view = {
		.caller = look->caller,
		.notify_fd = look->notify_fd,
		.jail_root = look->view->jail_root,
		.directory = AT_FDCWD,
		.follow = look->wish.follow,
	};
	int r;

	if (look->call->directory != EXPLAIN_NONE)
		view.directory =
			(int)look->caller->arguments[look->call->directory];
	r = caller_walk(&view, path, &walk);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return explain_look_at_walk(look, &walk);
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
