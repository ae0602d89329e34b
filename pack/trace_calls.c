#include "pack/trace_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>

/* A table, one call a line. */
/* clang-format off */
#define CALL(name, kind, directory, path, flags, implied) \
	{ SYS_##name, #name, TRACE_##kind, directory, path, flags, -1, -1, implied }
#define PAIR(name, kind, directory, path, directory2, path2, flags) \
	{ SYS_##name, #name, TRACE_##kind, directory, path, flags, directory2, path2, 0 }
#define OTHER(name, kind) CALL(name, kind, -1, -1, -1, 0)

#define NO_FOLLOW AT_SYMLINK_NOFOLLOW

/* From 424 on every architecture has the same numbers; older headers lack
 * the names. */
enum { NUMBER_FCHMODAT2 = 452, NUMBER_SETXATTRAT = 463, NUMBER_GETXATTRAT,
       NUMBER_LISTXATTRAT, NUMBER_REMOVEXATTRAT };

static const struct trace_call calls[] = {
	/* Opening and asking. For openat2 the flags lie in memory. */
	CALL(openat, OPEN, 0, 1, 2, 0),
	CALL(openat2, OPEN, 0, 1, -1, 0),
	CALL(newfstatat, LOOK, 0, 1, 3, 0),
	CALL(statx, LOOK, 0, 1, 2, 0),
	CALL(faccessat, LOOK, 0, 1, -1, 0),
	CALL(faccessat2, LOOK, 0, 1, 3, 0),
	CALL(readlinkat, LOOK, 0, 1, -1, NO_FOLLOW),
	CALL(statfs, LOOK, -1, 0, -1, 0),
	CALL(getxattr, LOOK, -1, 0, -1, 0),
	CALL(lgetxattr, LOOK, -1, 0, -1, NO_FOLLOW),
	CALL(listxattr, LOOK, -1, 0, -1, 0),
	CALL(llistxattr, LOOK, -1, 0, -1, NO_FOLLOW),
	CALL(name_to_handle_at, LOOK, 0, 1, -1, 0),
	CALL(inotify_add_watch, LOOK, -1, 1, -1, 0),
	CALL(execve, EXECUTE, -1, 0, -1, 0),
	CALL(execveat, EXECUTE, 0, 1, 4, 0),
	CALL(chdir, ENTER, -1, 0, -1, 0),
	CALL(chroot, ROOT, -1, 0, -1, 0),
	OTHER(getcwd, WHERE),
	{ NUMBER_GETXATTRAT, "getxattrat", TRACE_LOOK, 0, 1, 2, -1, -1, 0 },
	{ NUMBER_LISTXATTRAT, "listxattrat", TRACE_LOOK, 0, 1, 2, -1, -1, 0 },

	/* Changing. */
	CALL(mkdirat, MAKE, 0, 1, -1, NO_FOLLOW),
	CALL(mknodat, MAKE, 0, 1, -1, NO_FOLLOW),
	CALL(symlinkat, MAKE, 1, 2, -1, NO_FOLLOW),
	CALL(unlinkat, REMOVE, 0, 1, -1, NO_FOLLOW),
#ifdef SYS_renameat
	PAIR(renameat, RENAME, 0, 1, 2, 3, -1),
#endif
	PAIR(renameat2, RENAME, 0, 1, 2, 3, -1),
	PAIR(linkat, LINK, 0, 1, 2, 3, 4),
	CALL(truncate, WRITE, -1, 0, -1, 0),
	CALL(fchmodat, MODE, 0, 1, -1, 0),
	CALL(fchmod, MODE, 0, -1, -1, 0),
	{ NUMBER_FCHMODAT2, "fchmodat2", TRACE_MODE, 0, 1, 3, -1, -1, 0 },
	CALL(fchownat, OWNER, 0, 1, 4, 0),
	CALL(fchown, OWNER, 0, -1, -1, 0),
	CALL(utimensat, CHANGE, 0, 1, 3, 0),
	CALL(setxattr, CHANGE, -1, 0, -1, 0),
	CALL(lsetxattr, CHANGE, -1, 0, -1, NO_FOLLOW),
	CALL(fsetxattr, CHANGE, 0, -1, -1, 0),
	CALL(removexattr, CHANGE, -1, 0, -1, 0),
	CALL(lremovexattr, CHANGE, -1, 0, -1, NO_FOLLOW),
	CALL(fremovexattr, CHANGE, 0, -1, -1, 0),
	{ NUMBER_SETXATTRAT, "setxattrat", TRACE_CHANGE, 0, 1, 2, -1, -1, 0 },
	{ NUMBER_REMOVEXATTRAT, "removexattrat", TRACE_CHANGE, 0, 1, 2, -1, -1, 0 },

	/* The network. */
	OTHER(bind, BIND),
	OTHER(connect, CONNECT),
	OTHER(listen, LISTEN),
	OTHER(socket, SOCKET),

	/* Who it is, and what that lets it do. */
	OTHER(setuid, USER),
	OTHER(setreuid, USER),
	OTHER(setresuid, USER),
	OTHER(setfsuid, USER),
	OTHER(setgid, GROUP),
	OTHER(setregid, GROUP),
	OTHER(setresgid, GROUP),
	OTHER(setfsgid, GROUP),
	OTHER(setgroups, GROUPS),
	OTHER(capset, CAPSET),
	OTHER(prctl, PRCTL),
	OTHER(setrlimit, LIMIT),
	OTHER(prlimit64, LIMIT),
	OTHER(setpriority, PRIORITY),
	OTHER(kill, SIGNAL),
	OTHER(tkill, SIGNAL),
	OTHER(tgkill, SIGNAL),
	OTHER(rt_sigqueueinfo, SIGNAL),
	OTHER(rt_tgsigqueueinfo, SIGNAL),

	/* What a jail refuses: jailmount(8). */
	OTHER(acct, STRANGE),
	OTHER(add_key, STRANGE),
	OTHER(bpf, STRANGE),
	OTHER(clock_settime, STRANGE),
	OTHER(delete_module, STRANGE),
	OTHER(fanotify_init, STRANGE),
	OTHER(finit_module, STRANGE),
	OTHER(fsopen, STRANGE),
	OTHER(init_module, STRANGE),
	OTHER(keyctl, STRANGE),
	OTHER(memfd_create, STRANGE),
	OTHER(mount, STRANGE),
	OTHER(open_by_handle_at, STRANGE),
	OTHER(open_tree, STRANGE),
	OTHER(perf_event_open, STRANGE),
	OTHER(pivot_root, STRANGE),
	OTHER(process_vm_readv, STRANGE),
	OTHER(ptrace, STRANGE),
	OTHER(reboot, STRANGE),
	OTHER(request_key, STRANGE),
	OTHER(setdomainname, STRANGE),
	OTHER(sethostname, STRANGE),
	OTHER(setns, STRANGE),
	OTHER(settimeofday, STRANGE),
	OTHER(swapon, STRANGE),
	OTHER(syslog, STRANGE),
	OTHER(umount2, STRANGE),
	OTHER(unshare, STRANGE),
	OTHER(userfaultfd, STRANGE),
	OTHER(io_uring_setup, ABSENT),

	/* What newer architectures do not have any more. */
#ifdef SYS_open
	CALL(open, OPEN, -1, 0, 1, 0),
	CALL(creat, OPEN, -1, 0, -1, O_CREAT | O_WRONLY | O_TRUNC),
	CALL(stat, LOOK, -1, 0, -1, 0),
	CALL(lstat, LOOK, -1, 0, -1, NO_FOLLOW),
	CALL(access, LOOK, -1, 0, -1, 0),
	CALL(readlink, LOOK, -1, 0, -1, NO_FOLLOW),
	CALL(mkdir, MAKE, -1, 0, -1, NO_FOLLOW),
	CALL(mknod, MAKE, -1, 0, -1, NO_FOLLOW),
	CALL(symlink, MAKE, -1, 1, -1, NO_FOLLOW),
	CALL(unlink, REMOVE, -1, 0, -1, NO_FOLLOW),
	CALL(rmdir, REMOVE, -1, 0, -1, NO_FOLLOW),
	PAIR(rename, RENAME, -1, 0, -1, 1, -1),
	PAIR(link, LINK, -1, 0, -1, 1, -1),
	CALL(chmod, MODE, -1, 0, -1, 0),
	CALL(chown, OWNER, -1, 0, -1, 0),
	CALL(lchown, OWNER, -1, 0, -1, NO_FOLLOW),
	CALL(utime, CHANGE, -1, 0, -1, 0),
	CALL(utimes, CHANGE, -1, 0, -1, 0),
	CALL(futimesat, CHANGE, 0, 1, -1, 0),
#endif
};
/* clang-format on */

_Static_assert(ARRAY_SIZE(calls) <= TRACE_CALLS_MAX,
	       "the filter has room for no more");

const struct trace_call trace_foreign = {
	.number = -1,
	.name = "a call by another architecture's entry",
	.kind = TRACE_FOREIGN,
	.directory = -1,
	.path = -1,
	.flags = -1,
	.directory2 = -1,
	.path2 = -1,
};

const struct trace_call *trace_calls(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(calls);
	return calls;
}

const struct trace_call *trace_call_find(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}
