#include "pack/extract.h"

#include "lib/path.h"
#include "lib/progress.h"
#include "pack/bill_path.h"
#include "pack/interrupt.h"
#include "pack/real_directory.h"
#include "pack/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* A directory that was made; its attributes come last. */
struct made_directory {
	struct bill_file file; /* path and attributes; the path is owned */
	uint32_t time;
};

struct extraction {
	const struct extract_options *options;
	struct squash_reader *reader;
	char **wanted;	  /* normal paths; NULL: everything */
	char *above_path; /* of the directory that it will be in */
	int above;
	char *name;	 /* there */
	char *temporary; /* likewise, until it is renamed */
	int root;	 /* the directory under its temporary name */
	struct real_directory place;
	struct made_directory *directories; /* each before those in it */
	size_t directory_count;
	struct progress progress;
	struct interrupt interrupt;
	struct extract_result result;
	struct diag *diag;
};

static void extraction_done(struct extraction *extraction)
{
	real_directory_done(&extraction->place);
	close_fd(&extraction->root);
	close_fd(&extraction->above);
	squash_reader_close(extraction->reader);
	for (size_t i = 0; i < extraction->directory_count; i++)
		free(extraction->directories[i].file.path);
	free(extraction->directories);
	strv_free(extraction->wanted);
	string_list_done(&extraction->result.devices);
	string_list_done(&extraction->result.set_ids);
	free(extraction->above_path);
	free(extraction->name);
	free(extraction->temporary);
}

/* --- Where it goes --- */

static int already_there(const struct extraction *extraction, struct diag *diag)
{
	(void)diag_set(diag, -EEXIST, "%s is there already",
		       extraction->options->directory);
	diag_hint(diag, "name a directory that is not: it is made");
	return -EEXIST;
}

/* Where it will be, and under what name: "." and "c" for "c", "/" and "c" for
 * "/c/". */
static int split_directory(struct extraction *extraction, struct diag *diag)
{
	CLEANUP_FREE char *path = strdup(extraction->options->directory);
	const char *slash;

	if (!path)
		return diag_oom(diag);
	for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
		path[end - 1] = '\0';
	slash = strrchr(path, '/');
	extraction->name = strdup(slash ? slash + 1 : path);
	extraction->above_path =
		!slash ? strdup(".")
		       : strndup(path,
				 slash == path ? 1 : (size_t)(slash - path));
	return extraction->name && extraction->above_path ? 0 : diag_oom(diag);
}

static int open_above(struct extraction *extraction, struct diag *diag)
{
	struct stat status;
	int r = split_directory(extraction, diag);

	if (r < 0)
		return r;
	extraction->above = open(extraction->above_path,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (extraction->above < 0)
		return diag_errno(diag, -errno, "cannot open %s",
				  extraction->above_path);
	if (!*extraction->name || strcmp(extraction->name, ".") == 0 ||
	    strcmp(extraction->name, "..") == 0 ||
	    fstatat(extraction->above, extraction->name, &status,
		    AT_SYMLINK_NOFOLLOW) == 0)
		return already_there(extraction, diag);
	return 0;
}

/* ".NAME.XXXXXX", which only this user may look into. */
static int make_temporary(struct extraction *extraction, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;

	if (asprintf(&path, "%s/.%.200s.XXXXXX", extraction->above_path,
		     extraction->name) < 0)
		return diag_oom(diag);
	if (!mkdtemp(path))
		return diag_errno(diag, -errno, "cannot make %s",
				  extraction->options->directory);
	extraction->temporary = strdup(path_name(path));
	if (!extraction->temporary) {
		(void)rmdir(path);
		return diag_oom(diag);
	}
	extraction->root =
		openat(extraction->above, extraction->temporary,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (extraction->root < 0)
		return diag_errno(diag, -errno, "cannot open %s",
				  extraction->temporary);
	extraction->place =
		(struct real_directory)REAL_DIRECTORY(extraction->root);
	return 0;
}

/* --- What is wanted --- */

static int find_wanted(const struct subject *subject,
		       struct extraction *extraction, struct diag *diag)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	char *const *path = extraction->options->paths;
	int r = *path ? subject_bill(subject, &bill, diag) : 0;

	for (; r == 0 && *path; path++) {
		const struct bill_file *file = NULL;

		r = bill_resolve(&bill, *path, &file, diag);
		if (r == 0 && !file)
			r = bill_not_there(&bill, subject->name, *path, diag);
		if (r == 0 && strv_append(&extraction->wanted, file->path) < 0)
			r = diag_oom(diag);
	}
	return r;
}

/* It, something beneath it, or a directory on the way to it. */
static bool is_wanted(const struct extraction *extraction,
		      const struct bill_file *file)
{
	if (!extraction->wanted)
		return true;
	for (char **path = extraction->wanted; *path; path++) {
		if (path_within(file->path, *path) ||
		    (S_ISDIR(file->mode) && path_within(*path, file->path)))
			return true;
	}
	return false;
}

/* --- Filling it --- */

static int make_directory(struct extraction *extraction, int parent,
			  const struct bill_file *file, uint32_t time)
{
	struct made_directory made = { .file = *file, .time = time };

	/* The root is there. */
	if (file->path[1] && mkdirat(parent, path_name(file->path), 0700) < 0)
		return -errno;
	made.file.path = strdup(file->path);
	if (!made.file.path ||
	    array_grow(&extraction->directories, extraction->directory_count,
		       sizeof(*extraction->directories)) < 0) {
		free(made.file.path);
		return -ENOMEM;
	}
	extraction->directories[extraction->directory_count++] = made;
	return 0;
}

/* Note what is left out. 1 if that is the file itself. */
static int leave_out(struct extraction *extraction,
		     const struct bill_file *file)
{
	struct extract_result *result = &extraction->result;

	if (extraction->options->privileges)
		return 0;
	if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
		return string_list_take(&result->devices, strdup(file->path)) <
				       0
			       ? -ENOMEM
			       : 1;
	if (file->uid != geteuid() || file->gid != getegid())
		result->owners = true;
	if (file->mode & (S_ISUID | S_ISGID))
		return string_list_take(&result->set_ids, strdup(file->path));
	return 0;
}

static int put_file(struct extraction *extraction, const struct bill_file *file,
		    uint32_t time)
{
	struct extract_place place = {
		.name = path_name(file->path),
		.time = time,
		.privileges = extraction->options->privileges,
	};
	int r = leave_out(extraction, file);

	if (r)
		return r > 0 ? 0 : r;
	place.parent = real_directory_of(&extraction->place, file->path);
	if (place.parent < 0)
		return place.parent;
	if (S_ISDIR(file->mode))
		return make_directory(extraction, place.parent, file, time);
	r = extract_file(&place, file, extraction->reader, extraction->diag);
	if (r == 0 && S_ISREG(file->mode)) {
		extraction->result.files++;
		extraction->result.bytes += file->size;
	}
	return r;
}

static int visit(const struct bill_file *file, uint32_t time, void *context)
{
	struct extraction *extraction = context;
	int r = interrupt_check(&extraction->interrupt);

	if (r < 0)
		return diag_set(extraction->diag, r, "interrupted");
	if (!is_wanted(extraction, file))
		return 0;
	progress_tell(&extraction->progress, "%" PRIu64 " files",
		      extraction->result.files);
	r = put_file(extraction, file, time);
	if (r < 0 && !extraction->diag->error)
		return diag_errno(extraction->diag, r, "cannot make %s",
				  file->path);
	return r;
}

/* --- Completing it --- */

/* From the bottom up: a directory may forbid what is done in it. */
static int complete_directories(struct extraction *extraction,
				struct diag *diag)
{
	for (size_t i = extraction->directory_count; i-- > 0;) {
		const struct made_directory *made = &extraction->directories[i];
		CLEANUP_CLOSE int path_fd =
			real_directory_open(extraction->root, made->file.path);
		CLEANUP_CLOSE int fd = -1;
		int r = path_fd;

		if (path_fd >= 0) {
			fd = openat(path_fd, ".",
				    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			r = fd < 0 ? -errno
				   : extract_attributes(
					     fd, &made->file, made->time,
					     extraction->options->privileges);
		}
		if (r < 0)
			return diag_errno(diag, r,
					  "cannot set the attributes of %s",
					  made->file.path);
	}
	return 0;
}

static int rename_into_place(struct extraction *extraction, struct diag *diag)
{
	int above = extraction->above;
	struct stat status;
	int r = renameat2(above, extraction->temporary, above, extraction->name,
			  RENAME_NOREPLACE);

	/* Where the file system does not know that: at worst it takes the
	 * place of an empty directory. */
	if (r < 0 && errno == EINVAL) {
		if (fstatat(above, extraction->name, &status,
			    AT_SYMLINK_NOFOLLOW) == 0)
			return already_there(extraction, diag);
		r = renameat(above, extraction->temporary, above,
			     extraction->name);
	}
	if (r < 0 && (errno == EEXIST || errno == ENOTEMPTY))
		return already_there(extraction, diag);
	if (r < 0)
		return diag_errno(diag, -errno, "cannot make %s",
				  extraction->options->directory);
	free(steal_ptr(&extraction->temporary));
	/* It is there now; that it is known to be on disk is a bonus. */
	(void)fsync(above);
	return 0;
}

/* What can be removed of what was made. */
static void abandon(struct extraction *extraction)
{
	if (!extraction->temporary)
		return;
	/* Those that were completed may not be changed any more. */
	for (size_t i = 0; i < extraction->directory_count; i++) {
		const char *path = extraction->directories[i].file.path;
		int parent;

		if (!path[1]) {
			(void)!fchmod(extraction->root, 0700);
			continue;
		}
		parent = real_directory_of(&extraction->place, path);
		if (parent >= 0)
			(void)!fchmodat(parent, path_name(path), 0700, 0);
	}
	(void)!remove_tree(extraction->above, extraction->temporary);
}

static int fill(struct extraction *extraction, struct diag *diag)
{
	int r = make_temporary(extraction, diag);

	if (r == 0)
		r = squash_reader_walk(extraction->reader, visit, extraction,
				       diag);
	if (r == 0)
		r = complete_directories(extraction, diag);
	/* A power failure must not leave a whole name with half the bytes. */
	if (r == 0 && syncfs(extraction->root) < 0)
		r = diag_errno(diag, -errno, "cannot write %s to disk",
			       extraction->options->directory);
	if (r == 0)
		r = rename_into_place(extraction, diag);
	if (r < 0)
		abandon(extraction);
	return r;
}

int extract_image(const struct subject *subject,
		  const struct extract_options *options, struct buf *text,
		  struct diag *diag)
{
	CLEANUP_DIAG struct diag own = DIAG_INIT;
	CLEANUP(extraction_done)
	struct extraction extraction = {
		.options = options,
		.above = -1,
		.root = -1,
		.place = { .fd = -1 },
		.diag = &own,
	};
	int r;

	if (options->privileges && geteuid() != 0) {
		(void)diag_set(diag, -EPERM,
			       "only root can give files away, set their "
			       "set-id bits and make devices");
		diag_hint(diag, "without --privileges they are left out");
		return -EPERM;
	}
	r = open_above(&extraction, diag);
	if (r == 0)
		r = find_wanted(subject, &extraction, diag);
	if (r == 0)
		r = subject_reader(subject, &extraction.reader, diag);
	if (r < 0)
		return r;
	progress_begin(&extraction.progress, options->directory);
	interrupt_hold(&extraction.interrupt);
	r = fill(&extraction, &own);
	progress_end(&extraction.progress);
	interrupt_release(&extraction.interrupt);
	if (r < 0) {
		diag_done(diag);
		*diag = own;
		own = DIAG_INIT;
		return r;
	}
	return extract_show(options->directory, &extraction.result,
			    options->json, text, diag);
}
