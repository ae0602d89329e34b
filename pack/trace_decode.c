#include "pack/trace_decode.h"

#include "pack/trace_decode_address.h"
#include "pack/trace_filter.h"
#include "pack/trace_path.h"
#include "pack/trace_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

void trace_event_done(struct trace_event *event)
{
	for (size_t i = 0; i < ARRAY_SIZE(event->seen); i++)
		trace_seen_done(&event->seen[i]);
}

static int argument(const struct trace_event *event, signed char index)
{
	return (int)event->arguments[index];
}

/* --- Paths --- */

/* Asking about what is open already teaches nothing. */
static int decode_descriptor(pid_t thread, const struct trace_event *event,
			     int fd, struct trace_seen *seen)
{
	int r;

	if (fd < 0 || event->call->kind == TRACE_LOOK)
		return -ENODATA;
	r = trace_path_descriptor(thread, fd, seen);
	return r == -ENOENT ? -ENODATA : r;
}

static int decode_path(pid_t thread, struct trace_event *event,
		       signed char directory, signed char path, bool follow,
		       struct trace_seen *seen)
{
	char text[TRACE_PATH_SIZE];
	struct trace_name name = { .thread = thread,
				   .directory = AT_FDCWD,
				   .text = text,
				   .follow = follow,
				   .actor = &event->actor };
	uint64_t address = path < 0 ? 0 : event->arguments[path];
	int r;

	if (directory >= 0)
		name.directory = argument(event, directory);
	/* No path: the descriptor itself, as in utimensat(2). */
	if (address == 0)
		return decode_descriptor(thread, event, name.directory, seen);
	r = process_read_text(thread, address, text, sizeof(text));
	if (r < 0)
		return r;
	if (text[0] == '\0') /* AT_EMPTY_PATH */
		return decode_descriptor(thread, event, name.directory, seen);
	if (text[0] != '/' && name.directory == AT_FDCWD)
		event->relative = true;
	return trace_path_look(&name, seen);
}

static int decode_flags(pid_t thread, struct trace_event *event)
{
	struct open_how how = { 0 };
	int r;

	event->flags = event->call->implied;
	if (event->call->flags >= 0)
		event->flags |= argument(event, event->call->flags);
	if (event->call->number != SYS_openat2)
		return 0;
	/* The flags are its first field, whatever its size. */
	r = process_read(thread, event->arguments[2], &how.flags,
			 sizeof(how.flags));
	if (r == 0)
		event->flags = (int)how.flags;
	return r;
}

static bool follows(const struct trace_event *event)
{
	int flags = event->flags;

	switch (event->call->kind) {
	case TRACE_OPEN:
		return !(flags & O_NOFOLLOW) &&
		       (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	case TRACE_LINK:
		return flags & AT_SYMLINK_FOLLOW;
	case TRACE_RENAME:
		return false;
	default:
		return !(flags & AT_SYMLINK_NOFOLLOW);
	}
}

static int decode_paths(pid_t thread, struct trace_event *event)
{
	const struct trace_call *call = event->call;
	int r = decode_flags(thread, event);

	if (r == 0)
		r = decode_path(thread, event, call->directory, call->path,
				follows(event), &event->seen[0]);
	if (r == 0 && call->path2 >= 0)
		r = decode_path(thread, event, call->directory2, call->path2,
				false, &event->seen[1]);
	return r;
}

/* --- Identities --- */

static void decode_ids(struct trace_event *event, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		event->ids[i] = (uint32_t)event->arguments[first + i];
	event->id_count = count;
}

static size_t count_ids(int number)
{
	switch (number) {
	case SYS_setreuid:
	case SYS_setregid:
		return 2;
	case SYS_setresuid:
	case SYS_setresgid:
		return 3;
	default:
		return 1;
	}
}

static int decode_groups(pid_t thread, struct trace_event *event)
{
	size_t count = (size_t)event->arguments[0];

	if (count > TRACE_GROUPS_MAX)
		count = TRACE_GROUPS_MAX;
	event->group_count = count;
	return count ? process_read(thread, event->arguments[1], event->groups,
				    count * sizeof(event->groups[0]))
		     : 0;
}

static int decode_capset(pid_t thread, struct trace_event *event)
{
	struct __user_cap_header_struct header = { 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	size_t count;
	int r = process_read(thread, event->arguments[0], &header,
			     sizeof(header));

	if (r < 0)
		return r;
	count = header.version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
	r = process_read(thread, event->arguments[1], data,
			 count * sizeof(data[0]));
	event->keeps = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return r;
}

static int decode_limit(pid_t thread, struct trace_event *event)
{
	bool any = event->call->number == SYS_prlimit64;
	int resource = (int)event->arguments[any ? 1 : 0];
	uint64_t address = event->arguments[any ? 2 : 1];
	struct rlimit wanted = { 0 }, present;
	int r;

	if (address == 0 || (any && event->arguments[0] != 0))
		return -ENODATA; /* it only asks, or about another process */
	r = process_read(thread, address, &wanted, sizeof(wanted));
	if (r < 0)
		return r;
	/* Of another user's process only some may ask. */
	if (prlimit(thread, (__rlimit_resource_t)resource, NULL, &present) < 0)
		return -ENODATA;
	event->flags = resource;
	event->limit_known = true;
	event->hard_limit = wanted.rlim_max;
	event->was_limit = present.rlim_max;
	return 0;
}

static int decode_priority(pid_t thread, struct trace_event *event)
{
	if (event->arguments[0] != PRIO_PROCESS || event->arguments[1] != 0)
		return -ENODATA;
	errno = 0;
	event->was_nice = getpriority(PRIO_PROCESS, (id_t)thread);
	event->nice = (int)event->arguments[2];
	return -errno;
}

static int decode_signal(struct trace_event *event)
{
	bool thread_named = event->call->number == SYS_tgkill ||
			    event->call->number == SYS_rt_tgsigqueueinfo;
	int target = (int)event->arguments[thread_named ? 1 : 0];
	struct trace_actor receiver;
	int r;

	if (target <= 0 || event->actor.own_pids)
		return -ENODATA;
	r = process_actor(target, &receiver);
	if (r < 0)
		return r;
	event->target_known = true;
	event->target_uid[0] = receiver.uid[TRACE_REAL];
	event->target_uid[1] = receiver.uid[TRACE_SAVED];
	return 0;
}

static int decode_by_kind(pid_t thread, struct trace_event *event)
{
	const struct trace_call *call = event->call;
	int r;

	switch (call->kind) {
	case TRACE_OWNER:
		r = decode_paths(thread, event);
		if (r == 0)
			decode_ids(event,
				   call->path < 0 ? 1 : (size_t)call->path + 1,
				   2);
		return r;
	case TRACE_BIND:
	case TRACE_CONNECT:
	case TRACE_LISTEN:
		return trace_decode_address(thread, event);
	case TRACE_USER:
	case TRACE_GROUP:
		decode_ids(event, 0, count_ids(call->number));
		return 0;
	case TRACE_GROUPS:
		return decode_groups(thread, event);
	case TRACE_CAPSET:
		return decode_capset(thread, event);
	case TRACE_LIMIT:
		return decode_limit(thread, event);
	case TRACE_PRIORITY:
		return decode_priority(thread, event);
	case TRACE_SIGNAL:
		return decode_signal(event);
	case TRACE_WHERE:
		return process_link(thread, "cwd", event->seen[0].path);
	case TRACE_SOCKET:
	case TRACE_PRCTL:
	case TRACE_STRANGE:
	case TRACE_ABSENT:
	case TRACE_FOREIGN:
		return 0;
	default:
		return decode_paths(thread, event);
	}
}

int trace_decode(const struct seccomp_notif *notification,
		 struct trace_event *ret_event)
{
	pid_t thread = (pid_t)notification->pid;
	int number = notification->data.nr;
	int r;

	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->call = &trace_foreign;
	if (trace_filter_is_native(notification->data.arch, number))
		ret_event->call = trace_call_find(number);
	/* A process of another pid namespace of which we see nothing. */
	if (!ret_event->call || thread == 0)
		return -ENODATA;
	for (size_t i = 0; i < ARRAY_SIZE(ret_event->arguments); i++)
		ret_event->arguments[i] = notification->data.args[i];
	r = process_actor(thread, &ret_event->actor);
	return r < 0 ? r : decode_by_kind(thread, ret_event);
}
