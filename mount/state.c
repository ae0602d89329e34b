#include "mount/state.h"

#include "lib/config.h"
#include "lib/fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define STATE_FILE "state.json"

enum {
	LOCK_WAIT_STEP_MS = 10, /* for what a killed supervisor left dying */
	LOCK_WAIT_STEPS = 100,
	PATH_SIZE = 256, /* of a root, a name and a file's */
};

int state_check_name(const char *name, struct diag *diag)
{
	size_t length = strlen(name);
	bool good = length > 0 && length <= CONFIG_NAME_MAX && *name != '.' &&
		    *name != '-' && *name != '_';

	if (good &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length)
		return 0;
	diag_set(diag, -EINVAL, "\"%s\" is no name for a jail", name);
	diag_hint(diag,
		  "at most %d of the characters a-z 0-9 . _ -, beginning with "
		  "a letter or digit",
		  CONFIG_NAME_MAX);
	return -EINVAL;
}

/* --- The lock ------------------------------------------------------------- */

/* Open state.json and lock it. -EWOULDBLOCK if somebody else has. */
static int lock_file(int directory, int *ret_fd)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat opened, there;

	fd = openat(directory, STATE_FILE,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	/* The last owner may have removed it between the two. */
	if (fstat(fd, &opened) < 0)
		return -errno;
	if (fstatat(directory, STATE_FILE, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    there.st_ino != opened.st_ino)
		return -EAGAIN;
	*ret_fd = steal_fd(&fd);
	return (int)(opened.st_size > 0);
}

/* The process that state.json names; 0 if it names none. */
static pid_t read_owner(int directory)
{
	CLEANUP_CLOSE int fd = -1;
	static const char key[] = "{\"supervisor\":";
	char text[64];
	ssize_t length;

	fd = openat(directory, STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	length = pread(fd, text, sizeof(text) - 1, 0);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	if (strncmp(text, key, sizeof(key) - 1) != 0)
		return 0;
	return (pid_t)strtol(text + sizeof(key) - 1, NULL, 10);
}

static bool is_alive(pid_t process)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", process);
	return access(path, F_OK) == 0;
}

static int open_directory(const char *root, const char *name, int *ret_fd)
{
	CLEANUP_CLOSE int root_fd = -1;
	int fd;

	if (mkdir(root, 0700) < 0 && errno != EEXIST)
		return -errno;
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (root_fd < 0)
		return -errno;
	if (mkdirat(root_fd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(root_fd, name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* Under which root, and which name. */
static void path_of(const struct state *state, char ret_path[PATH_SIZE])
{
	(void)snprintf(ret_path, PATH_SIZE, "%s/%s", state->root, state->name);
}

/*
 * After a failure: take away what was made until then, unless it is, or has
 * become, somebody else's. A file with content is a killed supervisor's, whose
 * next start it tells what else there is to clear.
 */
static void forget_name(const struct state *state)
{
	CLEANUP_CLOSE int fd = -1;
	char path[PATH_SIZE];
	struct stat opened, there;

	if (state->directory_fd >= 0)
		fd = openat(state->directory_fd, STATE_FILE,
			    O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    fstat(fd, &opened) == 0 && opened.st_size == 0 &&
	    fstatat(state->directory_fd, STATE_FILE, &there,
		    AT_SYMLINK_NOFOLLOW) == 0 &&
	    there.st_ino == opened.st_ino)
		(void)unlinkat(state->directory_fd, STATE_FILE, 0);
	path_of(state, path);
	/* Neither goes while there is anything in it. */
	(void)rmdir(path);
	(void)rmdir(state->root);
}

/* Once. 0; -EWOULDBLOCK or -ENOENT: try again; another -errno. */
static int try_name(struct state *state)
{
	int r;

	close_fd(&state->directory_fd);
	r = open_directory(state->root, state->name, &state->directory_fd);
	if (r == 0)
		r = lock_file(state->directory_fd, &state->lock_fd);
	if (r < 0)
		return r;
	state->stale = r > 0;
	return 0;
}

/* Take the name; ret_state's two descriptors and `stale` are set. */
static int take_name(struct state *state, struct diag *diag)
{
	static const struct timespec pause = { .tv_nsec = LOCK_WAIT_STEP_MS *
							  1000000L };
	pid_t owner = 0;

	for (int step = 0; step < LOCK_WAIT_STEPS; step++) {
		int r = try_name(state);

		if (r == 0)
			return 0;
		if (r != -EWOULDBLOCK && r != -ENOENT) {
			forget_name(state);
			return diag_errno(diag, r, "cannot lock %s/%s/%s",
					  state->root, state->name, STATE_FILE);
		}
		owner = r == -EWOULDBLOCK ? read_owner(state->directory_fd) : 0;
		if (owner && is_alive(owner))
			break;
		(void)nanosleep(&pause, NULL);
	}
	if (owner)
		diag_set(diag, -EBUSY, "a jail named %s runs already (%d)",
			 state->name, owner);
	else
		diag_set(diag, -EBUSY, "a jail named %s is just starting",
			 state->name);
	diag_hint(diag, "--name gives this one another name; jailmount --list");
	return -EBUSY;
}

/* --- Both ----------------------------------------------------------------- */

int state_open(const char *root, const char *name, struct state *ret_state,
	       struct diag *diag)
{
	CLEANUP_STATE struct state state = STATE_INIT;
	int r;

	r = state_check_name(name, diag);
	if (r < 0)
		return r;
	state.root = strdup(root);
	state.name = strdup(name);
	if (!state.root || !state.name)
		return diag_oom(diag);
	r = take_name(&state, diag);
	if (r == 0)
		r = state_range_take(&state, &state.range, diag);
	if (r < 0)
		return r;
	*ret_state = state;
	state = STATE_INIT;
	return 0;
}

void state_done(struct state *state)
{
	char path[PATH_SIZE];

	if (state->lock_fd >= 0) {
		(void)unlinkat(state->directory_fd, "control", 0);
		(void)unlinkat(state->directory_fd, STATE_FILE, 0);
		path_of(state, path);
		(void)rmdir(path);
	}
	state_range_leave_last(state);
	close_fd(&state->lock_fd);
	close_fd(&state->directory_fd);
	free(state->root);
	free(state->name);
	*state = STATE_INIT;
}

int state_read(const struct state *state, struct buf *json)
{
	if (lseek(state->lock_fd, 0, SEEK_SET) < 0)
		return -errno;
	return read_to_end(state->lock_fd, STATE_JSON_MAX, json);
}

int state_write(const struct state *state, const struct buf *json)
{
	int r = pwrite_all(state->lock_fd, json->data, json->length, 0);

	if (r == 0 && ftruncate(state->lock_fd, (off_t)json->length) < 0)
		r = -errno;
	return r;
}

/* --- Looking from outside ------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int state_list(const char *root, char ***ret_names, struct diag *diag)
{
	char **names = calloc(1, sizeof(*names));
	struct dirent *entry;
	DIR *directory;

	if (!names)
		return diag_oom(diag);
	directory = opendir(root);
	if (!directory && errno != ENOENT) {
		free(names);
		return diag_errno(diag, -errno, "cannot open %s", root);
	}
	while (directory && (entry = readdir(directory))) {
		if (state_check_name(entry->d_name, NULL) < 0)
			continue;
		if (strv_append(&names, entry->d_name) < 0) {
			(void)closedir(directory);
			strv_free(names);
			return diag_oom(diag);
		}
	}
	if (directory)
		(void)closedir(directory);
	qsort(names, strv_length(names), sizeof(*names), compare_names);
	*ret_names = names;
	return 0;
}

bool state_mentions(const char *root, const char *name, const char *text)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", root, name, STATE_FILE);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 && read_to_end(fd, STATE_JSON_MAX, &json) == 0 &&
	       json.data && strstr(json.data, text);
}

bool state_is_running(const char *root, const char *name)
{
	CLEANUP_CLOSE int fd = -1;
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", root, name, STATE_FILE);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	return false;
}
