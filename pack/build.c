/* The packer's side of a room. */
#include "pack/build_internal.h"

#include "lib/buf.h"
#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
		     CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
	/* Outside of what hosts give to people, services and containers. */
	NOBODY_ELSE = 0x6fff0000,
	NOBODY = 65534,
	/* Of what a command prints: the last of it is kept. */
	OUTPUT_KEPT = 16384,
	LINES_SHOWN = 20,
	PROGRESS_MAX = 100,
	MAP_LIMIT = 65536,
};

struct build_room {
	const struct build_plan *plan;
	pid_t init;
	int socket;
	int output;
	struct buf said; /* by the command that runs */
};

void build_room_free(struct build_room *room)
{
	if (!room)
		return;
	if (room->init > 0) {
		(void)kill(room->init, SIGKILL);
		/* It sends no signal at its end, hence __WALL. */
		while (waitpid(room->init, NULL, __WALL) < 0 && errno == EINTR)
			;
	}
	close_fd(&room->socket);
	close_fd(&room->output);
	buf_done(&room->said);
	free(room);
}

/* --- Who the commands are on the host --- */

struct identity {
	uint32_t uid, gid;
	bool own; /* whoever packs */
};

/* Is it an id of this user namespace? */
static bool has_id(const char *map, uint32_t id)
{
	unsigned long inside, outside, count;
	int length;

	while (sscanf(map, "%lu %lu %lu%n", &inside, &outside, &count,
		      &length) == 3) {
		if (id >= inside && id - inside < count)
			return true;
		map += length;
	}
	return false;
}

static int choose_identity(struct identity *ret_identity, struct diag *diag)
{
	static const uint32_t others[] = { NOBODY_ELSE, NOBODY };
	CLEANUP_BUF struct buf uids = BUF_INIT, gids = BUF_INIT;
	int r;

	*ret_identity = (struct identity){ geteuid(), getegid(), true };
	if (geteuid() != 0)
		return 0;
	r = read_file("/proc/self/uid_map", MAP_LIMIT, &uids, diag);
	if (r == 0)
		r = read_file("/proc/self/gid_map", MAP_LIMIT, &gids, diag);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(others); i++) {
		if (!uids.data || !has_id(uids.data, others[i]) || !gids.data ||
		    !has_id(gids.data, others[i]))
			continue;
		*ret_identity =
			(struct identity){ others[i], others[i], false };
		break;
	}
	return r;
}

static int write_for(pid_t pid, const char *file, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return write_kernel_file(AT_FDCWD, path, text);
}

static int map_identity(pid_t pid, const struct identity *identity,
			struct diag *diag)
{
	char users[32], groups[32];
	int r = 0;

	(void)snprintf(users, sizeof(users), "0 %u 1\n", identity->uid);
	(void)snprintf(groups, sizeof(groups), "0 %u 1\n", identity->gid);
	/* Else nobody may map a group. */
	if (identity->own)
		r = write_for(pid, "setgroups", "deny");
	if (r == 0)
		r = write_for(pid, "uid_map", users);
	if (r == 0)
		r = write_for(pid, "gid_map", groups);
	return r < 0 ? diag_errno(diag, r, "cannot give the build a user") : 0;
}

/* --- What process 1 says, and what the commands print --- */

static void show_progress(struct build_room *room)
{
	const struct build_plan *plan = room->plan;
	const char *end = room->said.data + room->said.length, *begin;
	CLEANUP_FREE char *line = NULL;

	while (end > room->said.data && end[-1] == '\n')
		end--;
	begin = memrchr(room->said.data, '\n', (size_t)(end - room->said.data));
	begin = begin ? begin + 1 : room->said.data;
	if (end - begin > PROGRESS_MAX)
		end = begin + PROGRESS_MAX;
	line = strndup(begin, (size_t)(end - begin));
	if (line)
		plan->progress(plan->context, line);
}

/* One read of what they print; 1, or 0 when there is nothing, or no more. */
static int listen_once(struct build_room *room)
{
	char chunk[4096];
	ssize_t got = read(room->output, chunk, sizeof(chunk));
	size_t excess;

	if (got < 0)
		return errno == EINTR;
	if (got == 0)
		return 0;
	buf_append(&room->said, chunk, (size_t)got);
	if (room->said.failed || room->said.length <= 2 * OUTPUT_KEPT) {
		if (!room->said.failed && room->plan->progress)
			show_progress(room);
		return 1;
	}
	excess = room->said.length - OUTPUT_KEPT;
	memmove(room->said.data, room->said.data + excess, OUTPUT_KEPT + 1);
	room->said.length = OUTPUT_KEPT;
	return 1;
}

static int take_descriptor(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static int died(struct diag *diag)
{
	int r = diag_set(diag, -ECHILD, "what runs the build was killed");

	diag_hint(diag, "it may have used up the machine's memory");
	return r;
}

static int receive(struct build_room *room, struct build_report *ret_report,
		   int *ret_fd, struct diag *diag)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec text = { ret_report, sizeof(*ret_report) };
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t got;

	do
		got = recvmsg(room->socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(*ret_report))
		return died(diag);
	*ret_fd = take_descriptor(&message);
	return 0;
}

/* The next report, while what is printed is listened to. */
static int wait_report(struct build_room *room, struct build_report *ret_report,
		       int *ret_fd, struct diag *diag)
{
	for (;;) {
		struct pollfd polls[] = {
			{ .fd = room->output, .events = POLLIN },
			{ .fd = room->socket, .events = POLLIN },
		};

		if (poll(polls, ARRAY_SIZE(polls), -1) < 0) {
			if (errno == EINTR)
				continue;
			return diag_errno(diag, -errno,
					  "cannot listen to the build");
		}
		if (polls[0].revents && listen_once(room))
			continue;
		if (polls[1].revents)
			return receive(room, ret_report, ret_fd, diag);
	}
}

static int send_index(struct build_room *room, size_t index, struct diag *diag)
{
	ssize_t sent;

	do
		sent = send(room->socket, &index, sizeof(index), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? died(diag) : 0;
}

/* Send, and wait for what comes of it. */
static int ask(struct build_room *room, size_t index,
	       struct build_report *ret_report, int *ret_fd, struct diag *diag)
{
	int r = send_index(room, index, diag);

	if (r == 0)
		r = wait_report(room, ret_report, ret_fd, diag);
	if (r == 0 && ret_report->kind == BUILD_FAILED) {
		ret_report->text[sizeof(ret_report->text) - 1] = '\0';
		r = diag_set(diag, ret_report->error, "%s", ret_report->text);
		if (ret_report->hint[0])
			diag_hint(diag, "%s", ret_report->hint);
	}
	return r;
}

/* --- Opening --- */

static int clone_init(const struct build_child *child, pid_t *ret_pid,
		      struct diag *diag)
{
	struct clone_args arguments = { .flags = NAMESPACES };
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	int r;

	if (pid == 0)
		build_init(child);
	if (pid > 0) {
		*ret_pid = (pid_t)pid;
		return 0;
	}
	r = diag_errno(diag, -errno, "cannot make namespaces to build in");
	if (r == -EPERM || r == -ENOSPC)
		diag_hint(diag,
			  "this user may not make user namespaces: pack as "
			  "root, or see /proc/sys/user/max_user_namespaces "
			  "and /proc/sys/kernel/unprivileged_userns_clone");
	return r;
}

/* What process 1 has, it has as a copy of its own. */
static int begin(struct build_room *room, struct build_child *child,
		 const struct identity *identity, struct diag *diag)
{
	struct build_report report = { 0 };
	int sockets[2], output[2], nothing = -1, r = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return diag_errno(diag, -errno, "cannot make a socket");
	room->socket = sockets[0];
	child->socket = sockets[1];
	if (pipe2(output, O_CLOEXEC) < 0)
		return diag_errno(diag, -errno, "cannot make a pipe");
	room->output = output[0];
	child->output = output[1];
	/* Who writes waits for this process; it waits for nobody. */
	if (fcntl(room->output, F_SETFL, O_NONBLOCK) < 0)
		r = diag_errno(diag, -errno, "cannot make a pipe");
	if (r == 0)
		r = clone_init(child, &room->init, diag);
	if (r < 0)
		return r;
	close_fd(&child->socket);
	r = map_identity(room->init, identity, diag);
	return r < 0 ? r : ask(room, 0, &report, &nothing, diag);
}

int build_room_open(const struct build_plan *plan, struct build_room **ret_room,
		    struct diag *diag)
{
	struct build_room *room = malloc(sizeof(*room));
	struct build_child child = {
		.plan = plan, .tree = -1, .socket = -1, .output = -1
	};
	struct identity identity;
	int r;

	if (!room)
		return diag_oom(diag);
	*room = (struct build_room){ .plan = plan, .socket = -1, .output = -1 };
	r = choose_identity(&identity, diag);
	if (r == 0 && !identity.own)
		r = build_tree_open(plan->directory, identity.uid, &child.tree,
				    diag);
	if (r == 0)
		r = begin(room, &child, &identity, diag);
	close_fd(&child.tree);
	close_fd(&child.socket);
	close_fd(&child.output);
	if (r < 0)
		build_room_free(room);
	else
		*ret_room = room;
	return r;
}

/* --- Running --- */

/* The last lines of what was printed. */
static void quote(struct build_room *room, struct diag *diag)
{
	const char *text = room->said.data;
	size_t length = room->said.length, lines = 0, at;

	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (!length)
		return;
	for (at = length; at > 0; at--)
		if (text[at - 1] == '\n' && ++lines == LINES_SHOWN)
			break;
	diag_hint(diag, "it said last:\n%.*s", (int)(length - at), text + at);
}

static int failed(struct build_room *room, size_t index, int status,
		  struct diag *diag)
{
	const char *name = room->plan->commands[index][0];
	int r;

	if (status > 128)
		r = diag_set(
			diag, -ECHILD, "%s was ended by the signal %s", name,
			sigabbrev_np(status - 128) ? sigabbrev_np(status - 128)
						   : "?");
	else
		r = diag_set(diag, -ECHILD, "%s ended with status %d", name,
			     status);
	quote(room, diag);
	return r;
}

int build_room_run(struct build_room *room, size_t index, int *ret_stage,
		   struct diag *diag)
{
	CLEANUP_CLOSE int stage = -1;
	struct build_report report;
	int r;

	buf_reset(&room->said);
	r = ask(room, index, &report, &stage, diag);
	/* All that could print is gone: what is in the pipe is all. */
	while (r == 0 && listen_once(room))
		;
	if (r == 0 && report.status != 0)
		r = failed(room, index, report.status, diag);
	if (r == 0 && stage < 0)
		r = died(diag);
	if (r == 0)
		*ret_stage = steal_fd(&stage);
	return r;
}
