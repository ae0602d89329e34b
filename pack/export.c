#include "pack/export.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "lib/printable.h"
#include "pack/interrupt.h"
#include "pack/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* --- Directories ---------------------------------------------------------- */

int export_directory_begin(const char *path,
			   struct export_directory *ret_directory,
			   struct diag *diag)
{
	CLEANUP_EXPORT_DIRECTORY struct export_directory directory =
		EXPORT_DIRECTORY_INIT;
	const char *name;
	struct stat status;

	directory.path = strdup(path);
	if (!directory.path)
		return diag_oom(diag);
	for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
		directory.path[end - 1] = '\0';
	name = path_name(directory.path);
	if (lstat(directory.path, &status) == 0 || !*name) {
		(void)diag_set(diag, -EEXIST, "%s is there already", path);
		diag_hint(diag, "name a directory that is not: it is made");
		return -EEXIST;
	}
	if (asprintf(&directory.temporary, "%.*s.%.200s.XXXXXX",
		     (int)(name - directory.path), directory.path, name) < 0) {
		directory.temporary = NULL;
		return diag_oom(diag);
	}
	if (!mkdtemp(directory.temporary)) {
		free(steal_ptr(&directory.temporary));
		return diag_errno(diag, -errno, "cannot make %s", path);
	}
	directory.fd = open(directory.temporary,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	directory.above =
		openat(directory.fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory.fd < 0 || directory.above < 0)
		return diag_errno(diag, -errno, "cannot open %s",
				  directory.temporary);
	*ret_directory = directory;
	directory = EXPORT_DIRECTORY_INIT;
	return 0;
}

int export_directory_commit(struct export_directory *directory,
			    struct diag *diag)
{
	if (fchmod(directory->fd, 0755) < 0 ||
	    renameat2(directory->above, path_name(directory->temporary),
		      directory->above, path_name(directory->path),
		      RENAME_NOREPLACE) < 0)
		return diag_errno(diag, -errno, "cannot put %s in its place",
				  directory->path);
	free(steal_ptr(&directory->temporary));
	export_directory_abandon(directory);
	return 0;
}

void export_directory_abandon(struct export_directory *directory)
{
	/* What cannot be removed is left beneath its temporary name. */
	if (directory->temporary && directory->above >= 0 &&
	    remove_tree(directory->above, path_name(directory->temporary)) < 0)
		errno = 0;
	close_fd(&directory->above);
	close_fd(&directory->fd);
	free(directory->path);
	free(directory->temporary);
	*directory = EXPORT_DIRECTORY_INIT;
}

int export_file(const struct export_directory *directory, const char *name,
		const void *data, size_t length, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(
		directory->fd, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : write_all(fd, data, length);

	return r < 0 ? diag_errno(diag, r, "cannot write %s/%s",
				  directory->path, name)
		     : 0;
}

int export_json(const struct export_directory *directory, const char *name,
		json_t *json, struct diag *diag)
{
	CLEANUP_FREE char *dump =
		json ? json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;

	json_decref(json);
	return dump ? export_file(directory, name, dump, strlen(dump), diag)
		    : diag_oom(diag);
}

/* --- Which ---------------------------------------------------------------- */

bool export_has_low_port(const struct config *config)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (config->listens[i].port < 1024)
			return true;
	return false;
}

static int to_directory(const struct export_subject *export,
			int (*fill)(const struct export_subject *export,
				    struct export_directory *directory,
				    struct buf *text, struct diag *diag),
			const char *destination, struct buf *text,
			struct diag *diag)
{
	CLEANUP_EXPORT_DIRECTORY struct export_directory directory =
		EXPORT_DIRECTORY_INIT;
	struct interrupt interrupt;
	int r;

	/* Whoever asks to stop leaves nothing half-made. */
	interrupt_hold(&interrupt);
	r = export_directory_begin(destination, &directory, diag);
	if (r == 0)
		r = fill(export, &directory, text, diag);
	if (r == 0 && interrupt_check(&interrupt) < 0)
		r = diag_set(diag, -EINTR, "interrupted");
	if (r == 0)
		r = export_directory_commit(&directory, diag);
	export_directory_abandon(&directory);
	interrupt_release(&interrupt);
	return r;
}

static int kube_to_file(const struct export_subject *export,
			const char *destination, struct buf *text,
			struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	CLEANUP_BUF struct buf yaml = BUF_INIT;
	int r = export_kube(export, &yaml, diag);

	if (r < 0)
		return r;
	if (strcmp(destination, "-") == 0) {
		buf_append(text, yaml.data, yaml.length);
		return 0;
	}
	r = output_begin(&output, destination, diag);
	if (r < 0)
		return r;
	r = write_all(output.fd, yaml.data, yaml.length);
	return r < 0 ? diag_errno(diag, r, "cannot write %s", destination)
		     : output_commit(&output, 0666, diag);
}

int export_image(const struct subject *subject, const char *kind,
		 const char *destination, struct buf *text, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_BILL struct bill bill = BILL_INIT;
	struct export_subject export = { .subject = subject };
	int r = subject_config(subject, &config, diag);

	if (r == 0)
		r = subject_bill(subject, &bill, diag);
	if (r < 0)
		return r;
	export.config = config;
	export.bill = bill;
	if (strcmp(kind, "bundle") == 0)
		return to_directory(&export, export_bundle, destination, text,
				    diag);
	if (strcmp(kind, "oci") == 0)
		return to_directory(&export, export_oci, destination, text,
				    diag);
	if (strcmp(kind, "systemd") == 0)
		return to_directory(&export, export_systemd, destination, text,
				    diag);
	if (strcmp(kind, "kube") == 0)
		return kube_to_file(&export, destination, text, diag);
	(void)diag_set(diag, -EINVAL, "nothing is exported as %s", kind);
	diag_hint(diag, "there are bundle, oci, kube and systemd");
	return -EINVAL;
}
