/* The state directory and its locks: mount/state.h. */
/* links: mount/state.o mount/state_range.o */
#include "mount/state.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

struct fixture {
	char root[64];
};

static int set_up(void **state)
{
	struct fixture *fixture = malloc(sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->root, "/tmp/jail-state.XXXXXX");
	*state = fixture;
	return mkdtemp(fixture->root) ? 0 : -1;
}

/* The last jail to end has taken everything away. */
static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int r = rmdir(fixture->root) == 0 || errno == ENOENT ? 0 : -1;

	free(fixture);
	return r;
}

static bool exists(const struct fixture *fixture, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", fixture->root, name);
	return access(path, F_OK) == 0;
}

static void write_owner(const struct state *state, pid_t owner)
{
	CLEANUP_BUF struct buf json = BUF_INIT;

	buf_printf(&json, "{\"supervisor\":%d,\"more\":true}\n", owner);
	assert_int_equal(state_write(state, &json), 0);
}

static void test_names(void **state UNUSED)
{
	static const char *const good[] = { "a", "web-1", "0.x_y", "a.b" };
	static const char *const bad[] = { "",	  "A",	".a",  "-a",	  "_a",
					   "a/b", "..", "a b", "\xc3\xa4" };
	char longest[66];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(state_check_name(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(state_check_name(bad[i], NULL), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[64] = '\0';
	assert_int_equal(state_check_name(longest, NULL), 0);
	longest[64] = 'a';
	longest[65] = '\0';
	assert_int_equal(state_check_name(longest, NULL), -EINVAL);
}

static void test_open_and_done(void **state)
{
	const struct fixture *fixture = *state;
	struct state jail = STATE_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(state_open(fixture->root, "web", &jail, &diag), 0);
	assert_false(jail.stale);
	assert_int_equal(jail.range.base, STATE_RANGE_BASE);
	assert_true(exists(fixture, "web/state.json"));
	assert_true(state_is_running(fixture->root, "web"));
	state_done(&jail);
	assert_false(exists(fixture, ""));
	assert_false(state_is_running(fixture->root, "web"));
	state_done(&jail);
}

static void test_taken(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_STATE struct state first = STATE_INIT;
	CLEANUP_STATE struct state second = STATE_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char owner[32];

	assert_int_equal(state_open(fixture->root, "web", &first, &diag), 0);
	write_owner(&first, getpid());
	assert_int_equal(state_open(fixture->root, "web", &second, &diag),
			 -EBUSY);
	(void)snprintf(owner, sizeof(owner), "(%d)", getpid());
	assert_non_null(strstr(diag.text, owner));
	/* Who did not get it takes nothing away. */
	assert_true(exists(fixture, "web/state.json"));
}

static void test_ranges(void **state)
{
	const struct fixture *fixture = *state;
	struct state jails[3] = { STATE_INIT, STATE_INIT, STATE_INIT };
	static const char *const names[] = { "a", "b", "c" };

	for (size_t i = 0; i < ARRAY_SIZE(jails); i++) {
		assert_int_equal(
			state_open(fixture->root, names[i], &jails[i], NULL),
			0);
		assert_int_equal(jails[i].range.base,
				 STATE_RANGE_BASE + i * STATE_RANGE_LENGTH);
	}
	/* The lowest that is free. */
	state_done(&jails[1]);
	assert_int_equal(state_open(fixture->root, "d", &jails[1], NULL), 0);
	assert_int_equal(jails[1].range.base,
			 STATE_RANGE_BASE + STATE_RANGE_LENGTH);
	for (size_t i = 0; i < ARRAY_SIZE(jails); i++)
		state_done(&jails[i]);
}

/* More than one for a jail. */
static void test_ranges_of_visitors(void **state)
{
	const struct fixture *fixture = *state;
	struct state jail = STATE_INIT, other = STATE_INIT;
	struct state_range visitors[2] = { STATE_RANGE_INIT, STATE_RANGE_INIT };

	assert_int_equal(state_open(fixture->root, "a", &jail, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(visitors); i++) {
		assert_int_equal(state_range_take(&jail, &visitors[i], NULL),
				 0);
		assert_int_equal(visitors[i].base,
				 STATE_RANGE_BASE +
					 (i + 1) * STATE_RANGE_LENGTH);
	}
	assert_int_equal(state_open(fixture->root, "b", &other, NULL), 0);
	assert_int_equal(other.range.base,
			 STATE_RANGE_BASE + 3 * STATE_RANGE_LENGTH);
	state_range_leave(&visitors[0]);
	state_range_leave(&visitors[0]);
	assert_int_equal(state_range_take(&jail, &visitors[0], NULL), 0);
	assert_int_equal(visitors[0].base,
			 STATE_RANGE_BASE + STATE_RANGE_LENGTH);
	for (size_t i = 0; i < ARRAY_SIZE(visitors); i++)
		state_range_leave(&visitors[i]);
	state_done(&other);
	state_done(&jail);
	assert_false(exists(fixture, ".ranges"));
}

/* A supervisor that is killed: its locks are gone, its files are not. */
/* Whoever is the last to leave has every byte for a moment. */
static void test_last_one_leaving(void **state)
{
	const struct fixture *fixture = *state;
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[128];
	struct state jail = STATE_INIT;
	pid_t child;
	int fd, ready[2];
	char byte;

	(void)snprintf(path, sizeof(path), "%s/.ranges", fixture->root);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || fcntl(fd, F_OFD_SETLK, &all) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)usleep(50000);
		(void)unlink(path);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(state_open(fixture->root, "web", &jail, NULL), 0);
	assert_int_equal(jail.range.base, STATE_RANGE_BASE);
	assert_true(exists(fixture, ".ranges"));
	state_done(&jail);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(close(ready[0]), 0);
	assert_int_equal(close(ready[1]), 0);
}

static void test_stale(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_STATE struct state jail = STATE_INIT;
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct state other = STATE_INIT;

		if (state_open(fixture->root, "web", &other, NULL) == 0) {
			write_owner(&other, getpid());
			(void)raise(SIGKILL);
		}
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(exists(fixture, "web/state.json"));
	assert_false(state_is_running(fixture->root, "web"));
	assert_int_equal(state_open(fixture->root, "web", &jail, NULL), 0);
	assert_true(jail.stale);
	assert_int_equal(jail.range.base, STATE_RANGE_BASE);
}

/* A process of the jail still dies, with a copy of the lock: that is waited
 * for when the supervisor itself is gone. */
static void test_dying(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_STATE struct state jail = STATE_INIT;
	struct state other = STATE_INIT;
	pid_t owner = fork();
	pid_t child;

	if (owner == 0)
		_exit(0);
	assert_int_equal(waitpid(owner, NULL, 0), owner);
	assert_int_equal(state_open(fixture->root, "web", &other, NULL), 0);
	write_owner(&other, owner);
	child = fork();
	if (child == 0) {
		(void)usleep(100000);
		_exit(0);
	}
	close_fd(&other.lock_fd);
	state_done(&other);
	assert_int_equal(state_open(fixture->root, "web", &jail, NULL), 0);
	assert_true(jail.stale);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_write(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_STATE struct state jail = STATE_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	char content[16] = "";

	assert_int_equal(state_open(fixture->root, "web", &jail, NULL), 0);
	buf_puts(&text, "longer");
	assert_int_equal(state_write(&jail, &text), 0);
	buf_reset(&text);
	buf_puts(&text, "short");
	assert_int_equal(state_write(&jail, &text), 0);
	assert_int_equal(pread(jail.lock_fd, content, sizeof(content), 0), 5);
	assert_string_equal(content, "short");
}

static void test_list(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_STATE struct state b = STATE_INIT;
	CLEANUP_STATE struct state a = STATE_INIT;
	char **names;

	assert_int_equal(state_list("/nonexistent/jails", &names, NULL), 0);
	assert_int_equal(strv_length(names), 0);
	strv_free(names);
	assert_int_equal(state_open(fixture->root, "b", &b, NULL), 0);
	assert_int_equal(state_open(fixture->root, "a", &a, NULL), 0);
	assert_int_equal(state_list(fixture->root, &names, NULL), 0);
	assert_int_equal(strv_length(names), 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	strv_free(names);
}

/* Nobody who can write there may lead root elsewhere. */
static void test_links(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_STATE struct state jail = STATE_INIT;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/web", fixture->root);
	assert_int_equal(symlink("/tmp", path), 0);
	assert_true(state_open(fixture->root, "web", &jail, NULL) < 0);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/.ranges", fixture->root);
	assert_int_equal(symlink("/tmp/elsewhere", path), 0);
	assert_true(state_open(fixture->root, "web", &jail, NULL) < 0);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_open_and_done, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ranges, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ranges_of_visitors, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_last_one_leaving, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_stale, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dying, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
