#include "mount/evidence_processes.h"

#include "lib/fdio.h"
#include "lib/number.h"
#include "mount/evidence_sockets.h"
#include "mount/json_values.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum {
	PROCESSES_MAX = 4096,
	DESCRIPTORS_MAX = 1024, /* of a process */
	TEXT_MAX = 64 << 10,	/* of one file of /proc */
	NAME_SIZE = 32,
};

/* One process: its directory in /proc, and what is said of it. */
struct process {
	int directory;
	json_t *json;
	struct evidence_sockets *sockets;
};

/* --- Files of /proc ------------------------------------------------------- */

/* As much of the file as the limit allows. */
static int read_text(int directory, const char *name, struct buf *text)
{
	CLEANUP_CLOSE int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = read_to_end(fd, TEXT_MAX, text);
	return r == -EFBIG ? 0 : r;
}

static json_t *read_link(int directory, const char *name)
{
	char target[4096];
	ssize_t length = readlinkat(directory, name, target, sizeof(target));

	return length < 0 ? json_null()
			  : json_printable_bytes(target, (size_t)length);
}

/* Pieces that `separator` ends, an array. */
static json_t *split(const struct buf *text, char separator)
{
	json_t *array = json_array();
	const char *at = text->data, *end = at + text->length;

	while (at && at < end) {
		const char *stop = memchr(at, separator, (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		json_array_append_new(array, json_printable_bytes(at, length));
		at += length + 1;
	}
	return array;
}

static void add_text(const struct process *process, const char *key,
		     const char *file, char separator)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (read_text(process->directory, file, &text) == 0)
		json_object_set_new(process->json, key,
				    split(&text, separator));
}

/* --- status --------------------------------------------------------------- */

static const struct {
	const char *field; /* of /proc/PID/status, with its colon */
	const char *key;
} status_fields[] = {
	{ "Name:", "name" },
	{ "State:", "state" },
	{ "PPid:", "parent" },
	{ "NSpid:", "jail_pid" },
	{ "Uid:", "uid" },
	{ "Gid:", "gid" },
	{ "Groups:", "groups" },
	{ "CapEff:", "capabilities" },
	{ "Seccomp:", "seccomp" },
	{ "TracerPid:", "tracer" },
	{ "Threads:", "threads" },
	{ "VmRSS:", "resident" },
	{ "NoNewPrivs:", "no_new_privileges" },
};

static void add_status(const struct process *process)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	char *line, *rest;

	if (read_text(process->directory, "status", &text) < 0 || !text.data)
		return;
	for (line = strtok_r(text.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		for (size_t i = 0; i < ARRAY_SIZE(status_fields); i++) {
			const char *field = status_fields[i].field;
			const char *value = line + strlen(field);

			if (strncmp(line, field, strlen(field)) != 0)
				continue;
			json_object_set_new(
				process->json, status_fields[i].key,
				json_printable(value + strspn(value, " \t")));
		}
	}
}

/* --- Descriptors ---------------------------------------------------------- */

static int add_descriptor(const struct process *process, int directory,
			  const char *name, json_t *array)
{
	char target[4096];
	ssize_t length =
		readlinkat(directory, name, target, sizeof(target) - 1);

	if (length < 0)
		return 0;
	target[length] = '\0';
	json_array_append_new(array,
			      json_pack("{s:s,s:o}", "number", name, "target",
					json_printable(target)));
	return evidence_sockets_want(process->sockets, target);
}

static int add_descriptors(const struct process *process, struct diag *diag)
{
	int fd = openat(process->directory, "fd",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	json_t *array = json_array();
	struct dirent *entry;
	DIR *stream;
	int r = 0;

	json_object_set_new(process->json, "descriptors", array);
	if (fd < 0)
		return 0;
	stream = fdopendir(fd);
	if (!stream) {
		close_fd(&fd);
		return diag_oom(diag);
	}
	while (r == 0 && (entry = readdir(stream)) &&
	       json_array_size(array) < DESCRIPTORS_MAX) {
		if (entry->d_name[0] != '.')
			r = add_descriptor(process, dirfd(stream),
					   entry->d_name, array);
	}
	(void)closedir(stream);
	return r < 0 ? diag_oom(diag) : 0;
}

/* --- All of them ---------------------------------------------------------- */

static int read_process(int directory, uint64_t pid,
			struct evidence_sockets *sockets, json_t *array,
			struct diag *diag)
{
	struct process process = { directory, json_object(), sockets };

	json_array_append_new(array, process.json);
	json_object_set_new(process.json, "pid", json_integer((json_int_t)pid));
	add_status(&process);
	add_text(&process, "command", "cmdline", '\0');
	json_object_set_new(process.json, "executable",
			    read_link(directory, "exe"));
	json_object_set_new(process.json, "directory",
			    read_link(directory, "cwd"));
	add_text(&process, "environment", "environ", '\0');
	add_text(&process, "maps", "maps", '\n');
	return add_descriptors(&process, diag);
}

static bool same_namespace(int directory, const char *wanted)
{
	char name[NAME_SIZE];
	ssize_t length =
		readlinkat(directory, "ns/pid", name, sizeof(name) - 1);

	if (length < 0)
		return false;
	name[length] = '\0';
	return strcmp(name, wanted) == 0;
}

/* What is in /proc under this number, if it is one of the jail's. */
static int visit(int proc, const char *name, const char *namespace,
		 struct evidence_sockets *sockets, json_t *array,
		 struct diag *diag)
{
	CLEANUP_CLOSE int directory = -1;
	uint64_t pid;

	if (number_parse(name, 10, INT32_MAX, &pid) < 0)
		return 0;
	directory = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || !same_namespace(directory, namespace))
		return 0;
	return read_process(directory, pid, sockets, array, diag);
}

static int read_all(DIR *proc, const char *namespace,
		    struct evidence_sockets *sockets, json_t *json,
		    struct diag *diag)
{
	json_t *array = json_object_get(json, "processes");
	struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = readdir(proc))) {
		if (json_array_size(array) >= PROCESSES_MAX) {
			json_object_set_new(json, "truncated", json_true());
			break;
		}
		r = visit(dirfd(proc), entry->d_name, namespace, sockets, array,
			  diag);
	}
	if (r == 0)
		r = evidence_sockets_read(sockets, dirfd(proc),
					  json_object_get(json, "sockets"));
	return r == -ENOMEM ? diag_oom(diag) : r;
}

int evidence_processes_read(pid_t init_pid, json_t **ret_json,
			    struct diag *diag)
{
	CLEANUP(evidence_sockets_done)
	struct evidence_sockets sockets = EVIDENCE_SOCKETS_INIT;
	char namespace[NAME_SIZE], path[64];
	DIR *proc = opendir("/proc");
	json_t *json;
	ssize_t length;
	int r;

	if (!proc)
		return diag_errno(diag, -errno, "cannot open /proc");
	(void)snprintf(path, sizeof(path), "%d/ns/pid", (int)init_pid);
	length = readlinkat(dirfd(proc), path, namespace, NAME_SIZE - 1);
	if (length < 0) {
		r = diag_errno(diag, -errno, "cannot see the jail's processes");
		(void)closedir(proc);
		return r;
	}
	namespace[length] = '\0';
	json = json_pack("{s:[],s:[]}", "processes", "sockets");
	r = json ? read_all(proc, namespace, &sockets, json, diag)
		 : diag_oom(diag);
	(void)closedir(proc);
	if (r < 0) {
		json_decref(json);
		return r;
	}
	*ret_json = json;
	return 0;
}
