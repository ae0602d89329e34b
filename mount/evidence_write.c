#include "mount/evidence_write.h"

#include "lib/fdio.h"
#include "lib/sha256.h"
#include "mount/clock.h"
#include "mount/diff_class.h"
#include "mount/evidence_archive.h"
#include "mount/evidence_processes.h"
#include "mount/json_values.h"
#include "mount/own_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_SIZE = 128, CHUNK = 128 << 10 };

/* A piece that is being written. */
struct piece {
	const struct evidence_subject *subject;
	int directory;
	struct buf sums; /* SHA256SUMS */
	struct evidence_archive_result archive;
	size_t counts[DIFF_CLASSES]; /* of what was written since it was ready
				      */
	char *no_archive; /* why there is no layers.tar; NULL: there is */
};

/* --- Its files ------------------------------------------------------------ */

static int open_new(const struct piece *piece, const char *name, int *ret_fd,
		    struct diag *diag)
{
	*ret_fd = openat(piece->directory, name,
			 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			 0600);
	return *ret_fd < 0 ? diag_errno(diag, -errno, "cannot create %s", name)
			   : 0;
}

/* To the disk, and its digest into the sums. */
static int seal(struct piece *piece, const char *name, struct diag *diag)
{
	CLEANUP_FREE char *chunk = malloc(CHUNK);
	CLEANUP_CLOSE int fd = openat(piece->directory, name,
				      O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint8_t digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];
	struct sha256 hash;
	ssize_t got = -1;

	if (!chunk)
		return diag_oom(diag);
	sha256_init(&hash);
	for (off_t at = 0; fd >= 0 && (got = pread(fd, chunk, CHUNK, at)) > 0;
	     at += got)
		sha256_update(&hash, chunk, (size_t)got);
	if (got < 0 || fsync(fd) < 0)
		return diag_errno(diag, -errno, "cannot keep %s", name);
	sha256_final(&hash, digest);
	sha256_format(digest, text);
	buf_printf(&piece->sums, "%s  %s\n", text, name);
	return 0;
}

static int save(struct piece *piece, const char *name, const void *data,
		size_t length, struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	int r = open_new(piece, name, &fd, diag);

	if (r == 0 && length) {
		r = write_all(fd, data, length);
		if (r < 0)
			diag_errno(diag, r, "cannot write %s", name);
	}
	return r;
}

/* Takes the object over. */
static int save_json(struct piece *piece, const char *name, json_t *json,
		     struct diag *diag)
{
	char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	int r;

	json_decref(json);
	if (!text)
		return diag_oom(diag);
	r = save(piece, name, text, strlen(text), diag);
	free(text);
	return r;
}

/* --- What goes into them -------------------------------------------------- */

static int save_processes(struct piece *piece, const char *name,
			  struct diag *diag)
{
	json_t *json;
	int r;

	if (!piece->subject->init_pid)
		return 0;
	r = evidence_processes_read(piece->subject->init_pid, &json, diag);
	return r < 0 ? r : save_json(piece, name, json, diag);
}

static int save_changes(struct piece *piece, const char *name,
			struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	const struct diff *baseline = piece->subject->baseline;
	int r = diff_scan(&piece->subject->layers, false, &diff, diag);

	if (r < 0)
		return r;
	if (baseline)
		diff_mark(&diff, baseline);
	for (size_t i = 0; i < diff.count; i++)
		if (!diff.entries[i].at_start)
			piece->counts[diff_classify(&diff.entries[i])]++;
	return save_json(piece, name,
			 diff_print_json(&diff, piece->subject->range_base),
			 diag);
}

/* The jail lives on by then: it may be much, and it does not go away. */
static int save_kept(struct piece *piece, const char *name, struct diag *diag)
{
	const struct evidence_subject *subject = piece->subject;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	int r;

	if (!subject->kept_count)
		return 0;
	r = diff_scan_kept(subject->kept, subject->kept_count,
			   subject->begun_time, &diff, diag);
	if (r < 0)
		return r;
	for (size_t i = 0; i < diff.count; i++)
		piece->counts[diff_classify(&diff.entries[i])]++;
	return save_json(piece, name,
			 diff_print_json(&diff, subject->range_base), diag);
}

static int save_layers(struct piece *piece, const char *name, struct diag *diag)
{
	const struct evidence_archive_limits limits = {
		.bytes = EVIDENCE_ARCHIVE_MAX,
		.entries = EVIDENCE_ENTRIES_MAX,
		.range_base = piece->subject->range_base,
	};
	CLEANUP_CLOSE int fd = -1;
	int r = open_new(piece, name, &fd, diag);

	if (r == 0)
		r = evidence_archive_write(fd, &piece->subject->layers, &limits,
					   &piece->archive, diag);
	/* Without the library the rest is worth keeping all the same. */
	if (r == -ENOENT) {
		(void)unlinkat(piece->directory, name, 0);
		piece->no_archive = diag ? steal_ptr(&diag->text) : NULL;
		diag_done(diag);
		r = 0;
	}
	return r;
}

static int save_executed(struct piece *piece, const char *name,
			 struct diag *diag)
{
	const struct witness *witness = piece->subject->witness;

	if (!witness)
		return 0;
	return save_json(piece, name,
			 json_pack("{s:o,s:I}", "executed",
				   witness_programs_json(witness), "unlisted",
				   (json_int_t)witness->unlisted),
			 diag);
}

static void add_refused_binds(const struct custody *custody, json_t *array)
{
	const struct custody_refusal *refusal;

	for (size_t i = 0; custody && (refusal = custody_refusal(custody, i));
	     i++) {
		char address[ADDRESS_TEXT_SIZE];

		socket_address_format(&refusal->address, address);
		json_array_append_new(
			array,
			json_pack("{s:o,s:i,s:s,s:i,s:o}", "time",
				  json_time(refusal->time), "generation",
				  (int)refusal->generation, "bind", address,
				  "pid", (int)refusal->pid, "command",
				  json_printable(refusal->command)));
	}
}

static int save_refusals(struct piece *piece, const char *name,
			 struct diag *diag)
{
	const struct witness *witness = piece->subject->witness;
	json_t *array = json_array(), *calls;

	add_refused_binds(piece->subject->custody, array);
	if (witness) {
		calls = witness_calls_json(witness);
		json_array_extend(array, calls);
		json_decref(calls);
	}
	if (json_array_size(array))
		return save_json(piece, name, array, diag);
	json_decref(array);
	return 0;
}

/* Its end, from the beginning of a line on. */
static int save_log(struct piece *piece, const char *name, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	const char *from;
	struct stat st;
	off_t at = 0;

	if (!piece->subject->log_path)
		return 0;
	fd = open(piece->subject->log_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return diag_errno(diag, -errno, "cannot read the log %s",
				  piece->subject->log_path);
	if (st.st_size > EVIDENCE_LOG_MAX)
		at = lseek(fd, st.st_size - EVIDENCE_LOG_MAX, SEEK_SET);
	/* It grows: that is no mistake. */
	if (read_to_end(fd, 2 * (size_t)EVIDENCE_LOG_MAX, &text) == -ENOMEM ||
	    !text.length)
		return 0;
	from = at > 0 ? memchr(text.data, '\n', text.length) : NULL;
	from = from ? from + 1 : text.data;
	return save(piece, name, from, text.length - (size_t)(from - text.data),
		    diag);
}

static int save_description(struct piece *piece, const char *name,
			    struct diag *diag)
{
	const struct evidence_subject *subject = piece->subject;
	json_t *json = json_pack(
		"{s:s,s:s,s:s,s:i,s:s,s:s,s:o,s:o,s:o,"
		"s:{s:I,s:I,s:I,s:b,s:s*}}",
		"jail", subject->jail, "version", subject->version, "root_hash",
		subject->root_hash, "generation", (int)subject->generation,
		"reason", subject->reason, "moment", subject->moment, "begun",
		json_time(subject->begun_time), "taken",
		json_time(subject->taken_time), "classes",
		diff_counts_json(piece->counts), "layers", "entries",
		(json_int_t)piece->archive.entries, "bytes",
		(json_int_t)piece->archive.bytes, "shortened",
		(json_int_t)piece->archive.shortened, "truncated",
		(int)piece->archive.truncated, "error", piece->no_archive);

	return save_json(piece, name, json, diag);
}

/* What is fleeting first. */
static const struct {
	const char *name;
	int (*save)(struct piece *piece, const char *name, struct diag *diag);
	bool held; /* the generation has to be still for it */
} files[] = {
	{ "processes.json", save_processes, true },
	{ "changes.json", save_changes, true },
	{ "layers.tar", save_layers, true },
	{ "kept.json", save_kept, false },
	{ "executed.json", save_executed, false },
	{ "refused.json", save_refusals, false },
	{ "log", save_log, false },
	{ "evidence.json", save_description, false },
};

static int save_all(struct piece *piece, struct diag *diag)
{
	const struct evidence_subject *subject = piece->subject;
	bool held = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
		if (held && !files[i].held) {
			held = false;
			subject->captured(subject->context);
		}
		r = files[i].save(piece, files[i].name, diag);
	}
	return r;
}

static int seal_all(struct piece *piece, char ret_digest[], struct diag *diag)
{
	uint8_t digest[SHA256_SIZE];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
		if (faccessat(piece->directory, files[i].name, F_OK, 0) == 0)
			r = seal(piece, files[i].name, diag);
	}
	if (r == 0 && buf_check(&piece->sums) < 0)
		r = diag_oom(diag);
	if (r < 0)
		return r;
	sha256_digest(piece->sums.data, piece->sums.length, digest);
	sha256_format(digest, ret_digest);
	r = save(piece, "SHA256SUMS", piece->sums.data, piece->sums.length,
		 diag);
	/* For its own sake: that it is on the disk. */
	return r == 0 ? seal(piece, "SHA256SUMS", diag) : r;
}

/* --- The directory -------------------------------------------------------- */

/* "20261127T190342.123456Z-g3-stopped"; sorts by time. */
static void final_name(const struct evidence_subject *subject,
		       char ret_name[NAME_SIZE])
{
	char time[TIME_TEXT_SIZE];
	size_t kept = 0;

	time_format(subject->taken_time, time);
	for (const char *c = time; *c; c++)
		if (*c != '-' && *c != ':')
			time[kept++] = *c;
	time[kept] = '\0';
	(void)snprintf(ret_name, NAME_SIZE, "%s-g%u-%s", time,
		       subject->generation, subject->moment);
}

static int write_piece(const struct evidence_subject *subject, int directory,
		       const char *partial, char ret_digest[],
		       struct diag *diag)
{
	struct piece piece = { .subject = subject, .sums = BUF_INIT };
	char name[NAME_SIZE];
	int r;

	piece.directory =
		openat(directory, partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (piece.directory < 0)
		return diag_errno(diag, -errno, "cannot open it");
	r = save_all(&piece, diag);
	if (r == 0)
		r = seal_all(&piece, ret_digest, diag);
	buf_done(&piece.sums);
	free(piece.no_archive);
	final_name(subject, name);
	if (r == 0 && (fsync(piece.directory) < 0 ||
		       renameat(directory, partial, directory, name) < 0 ||
		       fsync(directory) < 0))
		r = diag_errno(diag, -errno, "cannot keep %s", name);
	close_fd(&piece.directory);
	return r;
}

int evidence_write(const struct evidence_subject *subject, char **ret_summary,
		   struct diag *diag)
{
	CLEANUP_CLOSE int directory = -1;
	CLEANUP_BUF struct buf summary = BUF_INIT;
	char partial[NAME_SIZE], name[NAME_SIZE];
	char digest[2 * SHA256_SIZE + 1];
	int r = own_directory_open(subject->root, subject->jail, &directory,
				   diag);

	if (r == 0)
		r = evidence_prune(directory, diag);
	if (r < 0)
		return r;
	/* The supervisor's number tells whose it is. */
	(void)snprintf(partial, sizeof(partial), EVIDENCE_PARTIAL "%d-g%u-%s",
		       (int)getppid(), subject->generation, subject->moment);
	if (mkdirat(directory, partial, 0700) < 0)
		return diag_errno(diag, -errno, "cannot make %s", partial);
	r = write_piece(subject, directory, partial, digest, diag);
	if (r < 0) {
		(void)evidence_remove(directory, partial);
		return r;
	}
	final_name(subject, name);
	buf_printf(&summary, "%s/%s/%s (its SHA256SUMS: %s)", subject->root,
		   subject->jail, name, digest);
	*ret_summary = buf_steal(&summary);
	return *ret_summary ? 0 : diag_oom(diag);
}
