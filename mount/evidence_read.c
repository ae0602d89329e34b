#include "mount/evidence_read.h"

#include "lib/fdio.h"
#include "lib/sha256.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SUMS_MAX = 64 << 10,
	JSON_MAX = 256 << 20,
	LOG_MAX = 65 << 20, /* a file of the log, and a last line */
	HEX_DIGEST = 2 * SHA256_SIZE,
	CHUNK = 128 << 10,
	PLACE_MAX = 512,
};

static const char sums_name[] = "SHA256SUMS";

void evidence_verdict_done(struct evidence_verdict *verdict)
{
	buf_done(&verdict->why);
}

/* --- Opening -------------------------------------------------------------- */

int evidence_open_jail(const char *root, const char *jail, int *ret_directory,
		       struct diag *diag)
{
	CLEANUP_CLOSE int parent = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (parent >= 0)
		fd = openat(parent, jail,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s/%s", root,
				  jail);
	*ret_directory = fd;
	return 0;
}

int evidence_open_piece(int directory, const char *name, int *ret_piece,
			struct diag *diag)
{
	int fd;

	if (!*name || *name == '.' || strchr(name, '/'))
		return diag_set(diag, -EINVAL, "%s is no name of evidence",
				name);
	fd = openat(directory, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open the evidence %s",
				  name);
	*ret_piece = fd;
	return 0;
}

/* A regular file; nothing that could block. */
static int open_file(int piece, const char *name)
{
	struct stat st;
	int fd = openat(piece, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close_fd(&fd);
		return -EBADMSG;
	}
	return fd;
}

int evidence_read_json(int piece, const char *name, json_t **ret_json,
		       struct diag *diag)
{
	CLEANUP_CLOSE int fd = open_file(piece, name);
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_error_t error;
	json_t *json;
	int r = fd;

	if (r >= 0)
		r = read_to_end(fd, JSON_MAX, &text);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", name);
	json = json_loadb(text.data ? text.data : "", text.length,
			  JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return diag_set(diag, -EBADMSG, "%s is no JSON: %s", name,
				error.text);
	*ret_json = json;
	return 0;
}

/* --- Its digests ---------------------------------------------------------- */

static int digest_file(int piece, const char *name,
		       char ret_digest[HEX_DIGEST + 1], uint64_t *bytes)
{
	CLEANUP_CLOSE int fd = open_file(piece, name);
	CLEANUP_FREE char *chunk = malloc(CHUNK);
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;
	ssize_t got;

	if (fd < 0)
		return fd;
	if (!chunk)
		return -ENOMEM;
	sha256_init(&hash);
	while ((got = read(fd, chunk, CHUNK)) > 0) {
		sha256_update(&hash, chunk, (size_t)got);
		*bytes += (uint64_t)got;
	}
	if (got < 0)
		return -errno;
	sha256_final(&hash, digest);
	sha256_format(digest, ret_digest);
	return 0;
}

/* "DIGEST  NAME": the name, or NULL for a line of another form. */
static char *name_in(char *line)
{
	if (strlen(line) <= HEX_DIGEST + 2 ||
	    strspn(line, "0123456789abcdef") != HEX_DIGEST ||
	    strncmp(line + HEX_DIGEST, "  ", 2) != 0 ||
	    strchr(line + HEX_DIGEST + 2, '/'))
		return NULL;
	return line + HEX_DIGEST + 2;
}

static int check_line(int piece, char *line, struct evidence_verdict *verdict)
{
	const char *name = name_in(line);
	char digest[HEX_DIGEST + 1];
	int r;

	if (!name) {
		buf_printf(&verdict->why, "%s is none", sums_name);
		return 0;
	}
	r = digest_file(piece, name, digest, &verdict->bytes);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		buf_printf(&verdict->why, "%s cannot be read: %s", name,
			   strerror(-r));
	else if (strncmp(digest, line, HEX_DIGEST) != 0)
		buf_printf(&verdict->why, "%s is another one", name);
	return 0;
}

/* Every file is in the sums: their names stand at the ends of the lines. */
static void check_names(int piece, const char *sums,
			struct evidence_verdict *verdict)
{
	int copy = openat(piece, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	char line[NAME_MAX + 5];
	struct dirent *entry;

	if (!stream) {
		close_fd(&copy);
		return;
	}
	while (!verdict->why.length && (entry = readdir(stream))) {
		(void)snprintf(line, sizeof(line), "  %s\n", entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, sums_name) != 0 &&
		    !strstr(sums, line))
			buf_printf(&verdict->why, "%s came later",
				   entry->d_name);
	}
	(void)closedir(stream);
}

static int check_sums(int piece, struct buf *sums,
		      struct evidence_verdict *verdict)
{
	CLEANUP_FREE char *lines = strdup(sums->data);
	char *line, *rest = NULL;
	int r = 0;

	if (!lines)
		return -ENOMEM;
	for (line = strtok_r(lines, "\n", &rest);
	     r == 0 && line && !verdict->why.length;
	     line = strtok_r(NULL, "\n", &rest))
		r = check_line(piece, line, verdict);
	check_names(piece, sums->data, verdict);
	return r;
}

/* True for the beginning of a line of the supervisor's own: what comes from a
 * jail has its stream, and a colon, before anything that the jail chose. */
static bool is_supervisors(const char *line, size_t length)
{
	static const char own[] = " jailmount: ";
	size_t before = length - strlen(own);

	return length >= strlen(own) &&
	       memcmp(line + before, own, strlen(own)) == 0 &&
	       !memmem(line, before + 1, ": ", 2);
}

static bool log_says(const char *log, const char *words)
{
	CLEANUP_CLOSE int fd = open(log, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_BUF struct buf text = BUF_INIT;
	const char *at, *found, *line;
	size_t left;

	if (fd < 0 || read_to_end(fd, LOG_MAX, &text) < 0 || !text.data)
		return false;
	at = text.data;
	left = text.length;
	while ((found = memmem(at, left, words, strlen(words)))) {
		line = memrchr(text.data, '\n', (size_t)(found - text.data));
		line = line ? line + 1 : text.data;
		if (is_supervisors(line, (size_t)(found - line)))
			return true;
		left -= (size_t)(found + 1 - at);
		at = found + 1;
	}
	return false;
}

static bool log_knows(const char *log, const char *place,
		      const struct buf *sums)
{
	char digest[HEX_DIGEST + 1], words[PLACE_MAX + 128], before[PLACE_MAX];
	uint8_t bytes[SHA256_SIZE];

	sha256_digest(sums->data, sums->length, bytes);
	sha256_format(bytes, digest);
	(void)snprintf(words, sizeof(words), "evidence: %.*s (its %s: %s)",
		       PLACE_MAX, place, sums_name, digest);
	(void)snprintf(before, sizeof(before), "%s.1", log);
	return log_says(log, words) || log_says(before, words);
}

int evidence_check(int piece, const char *place, const char *log,
		   struct evidence_verdict *ret_verdict, struct diag *diag)
{
	struct evidence_verdict verdict = EVIDENCE_VERDICT_INIT;
	CLEANUP_CLOSE int fd = open_file(piece, sums_name);
	CLEANUP_BUF struct buf sums = BUF_INIT;
	int r = 0;

	if (fd < 0 || read_to_end(fd, SUMS_MAX, &sums) < 0 || !sums.data)
		buf_printf(&verdict.why, "its %s cannot be read", sums_name);
	else
		r = check_sums(piece, &sums, &verdict);
	if (r < 0 || buf_check(&verdict.why) < 0) {
		evidence_verdict_done(&verdict);
		return diag_oom(diag);
	}
	verdict.bytes += sums.length;
	if (verdict.why.length)
		verdict.state = EVIDENCE_ALTERED;
	else
		verdict.state = log_knows(log, place, &sums) ? EVIDENCE_WHOLE
							     : EVIDENCE_UNKNOWN;
	*ret_verdict = verdict;
	return 0;
}
