/* The right to execute, for the image alone: mount/landlock.h. In a root
 * directory of its own, whose other mounts are not noexec: Landlock has to
 * do without that. */
/* links: mount/landlock.o mount/landlock_execution.o */
#include "mount/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/fdio.h"

static const char tool[] = "/usr/bin/busybox"; /* needs no library */

enum { RULESET_VERSION = 1, NEEDED = 2, WRONG_SETUP = 100 };

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, RULESET_VERSION) >=
	       NEEDED;
}

/* In the child: what goes wrong ends it. */
static void must(bool condition)
{
	if (!condition)
		_exit(WRONG_SETUP);
}

static void put_tool(const char *path)
{
	int from = open(tool, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CLEANUP_BUF struct buf content = BUF_INIT;

	must(from >= 0 && to >= 0);
	must(read_to_end(from, 64 << 20, &content) == 0);
	must(write_all(to, content.data, content.length) == 0);
	must(close(from) == 0 && close(to) == 0);
}

/* 0, or the error of execve(2). */
static int execute(const char *path)
{
	char *const arguments[] = { (char[]){ "busybox" }, (char[]){ "true" },
				    NULL };
	char *const environment[] = { NULL };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execve(path, arguments, environment);
		_exit(errno);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void tell_kernel(const char *file, const char *text)
{
	must(write_kernel_file(AT_FDCWD, file, text) == 0);
}

/* Root enough to mount, whoever we are. */
static void become_root(void)
{
	char users[32], groups[32];

	(void)snprintf(users, sizeof(users), "0 %u 1", getuid());
	(void)snprintf(groups, sizeof(groups), "0 %u 1", getgid());
	must(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	tell_kernel("/proc/self/setgroups", "deny");
	tell_kernel("/proc/self/uid_map", users);
	tell_kernel("/proc/self/gid_map", groups);
}

static void furnish(const char *root)
{
	become_root();
	must(mount("image", root, "tmpfs", 0, NULL) == 0 && chdir(root) == 0);
	must(mkdir("bin", 0755) == 0 && mkdir("var", 0755) == 0);
	must(mkdir("var/layer", 0755) == 0 && mkdir("var/lib", 0755) == 0);
	must(mkdir("var/unnamed", 0755) == 0);
	put_tool("bin/tool");
	put_tool("var/tool");
	put_tool("var/lib/tool");
	put_tool("tool");
	must(mount("layer", "var/layer", "tmpfs", 0, NULL) == 0);
	put_tool("var/layer/tool");
	must(mount("unnamed", "var/unnamed", "tmpfs", 0, NULL) == 0);
	put_tool("var/unnamed/tool");
	must(mkdir("var/layer/one", 0755) == 0);
	must(mkdir("var/layer/two", 0755) == 0);
	must(chroot(".") == 0);
}

/* A number for each expectation that was not met. */
static void try_it(const char *root) __attribute__((noreturn));

static void try_it(const char *root)
{
	struct config_layer layer = { .kind = CONFIG_LAYER_WRITABLE,
				      .path = (char[]){ "/var/layer" } };
	const struct config config = { .layers = &layer, .layer_count = 1 };

	furnish(root);
	must(execute("/var/layer/tool") == 0);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(landlock_build(&config, NULL) == 0);
	if (execute("/bin/tool") || execute("/tool") || execute("/var/tool") ||
	    execute("/var/lib/tool"))
		_exit(1);
	if (execute("/var/layer/tool") != EACCES)
		_exit(2);
	/* A mount that the contract does not name. */
	if (execute("/var/unnamed/tool") != EACCES)
		_exit(3);
	/* What has nothing to do with it goes on as it did. */
	if (rename("/var/layer/tool", "/var/layer/one/tool") < 0 ||
	    rename("/var/layer/one/tool", "/var/layer/two/tool") < 0)
		_exit(4);
	if (execute("/var/layer/two/tool") != EACCES)
		_exit(5);
	_exit(0);
}

static void nothing_but_the_image(void **state)
{
	char root[] = "/tmp/jail-landlock.XXXXXX";
	int status = -1;
	pid_t pid;

	(void)state;
	if (!has_landlock())
		skip();
	assert_non_null(mkdtemp(root));
	pid = fork();
	if (pid == 0)
		try_it(root);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(root), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_but_the_image),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
