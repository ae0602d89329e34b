#include "mount/explain_line.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "lib/path.h"
#include "mount/explain_word.h"

#define LAYER_SIZE "16M"

/* --- What is special about some paths --------------------------------------
 */

static bool is_one_of(const char *path, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

static bool is_within(const char *path, const char *const *directories,
		      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (path_within(path, directories[i]))
			return true;
	return false;
}

/* What the C library looks for and needs nobody to have: its loader finds the
 * libraries in a jail without a cache, "C" needs no locale, and the others say
 * on most hosts what is so without them. */
static bool is_usual(const char *path)
{
	static const char *const files[] = {
		"/etc/ld.so.cache",
		"/etc/ld.so.preload",
		"/etc/gai.conf",
		"/etc/host.conf",
	};
	static const char *const directories[] = {
		"/usr/lib/locale",
		"/usr/share/locale",
		"/usr/share/locale-langpack",
	};

	return is_one_of(path, files, ARRAY_SIZE(files)) ||
	       is_within(path, directories, ARRAY_SIZE(directories)) ||
	       strstr(path, "/glibc-hwcaps");
}

bool explain_is_volatile(const char *path)
{
	static const char *const directories[] = { "/proc", "/sys" };

	return is_within(path, directories, ARRAY_SIZE(directories));
}

/* What lies there is a running system's own. */
static bool is_temporary(const char *path)
{
	static const char *const directories[] = {
		"/run", "/tmp", "/var/run", "/var/tmp", "/var/lock", "/dev/shm",
	};

	return is_within(path, directories, ARRAY_SIZE(directories));
}

static bool is_program_directory(const char *path)
{
	static const char *const directories[] = {
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt",
	};

	return is_within(path, directories, ARRAY_SIZE(directories));
}

/* --- What is missing ------------------------------------------------------ */

static enum explain_worth device_line(const struct explain_missing *missing,
				      struct buf *line)
{
	static const char *const known[] = {
		"null",	   "zero",   "full",   "random",
		"urandom", "stdout", "stderr", "log",
	};
	const char *name = missing->path + strlen("/dev/");
	mode_t mode = missing->status.st_mode;

	if (is_one_of(name, known, ARRAY_SIZE(known))) {
		buf_printf(line, "device %s", name);
		return EXPLAIN_LINE;
	}
	if ((!S_ISCHR(mode) && !S_ISBLK(mode)) || strchr(name, '/'))
		return EXPLAIN_NOTHING;
	explain_directive(line, "device", missing->path, false);
	buf_printf(line, " %c %u %u %04o", S_ISCHR(mode) ? 'c' : 'b',
		   major(missing->status.st_rdev),
		   minor(missing->status.st_rdev), mode & 0777);
	return EXPLAIN_LINE;
}

static enum explain_worth hidden_line(const struct explain_missing *missing,
				      struct buf *line, struct buf *note)
{
	buf_puts(line, "# ");
	explain_directive(line, "overlay", missing->hidden_by->path, false);
	buf_printf(line, " " LAYER_SIZE ", in place of: writable %s",
		   missing->hidden_by->path);
	buf_puts(note, "that layer hides it");
	return EXPLAIN_LINE;
}

/* What `proc` brings: processes, and nothing else. */
static enum explain_worth
proc_line(const char *path, const struct config *config, struct buf *line)
{
	const char *name = path + strlen("/proc");
	size_t length;

	name += *name == '/';
	length = strcspn(name, "/");
	if (config->proc || (length && strspn(name, "0123456789") != length &&
			     strncmp(name, "self", length) != 0 &&
			     strncmp(name, "thread-self", length) != 0))
		return EXPLAIN_NOTHING;
	buf_puts(line, "proc");
	/* The C library of a static program wonders where it lies. */
	return strcmp(path, "/proc/self/exe") == 0 ? EXPLAIN_USUAL
						   : EXPLAIN_LINE;
}

static bool is_account_file(const char *path)
{
	static const char *const files[] = {
		"/etc/passwd",
		"/etc/group",
		"/etc/shadow",
		"/etc/gshadow",
	};

	return is_one_of(path, files, ARRAY_SIZE(files));
}

/* What a bundle brings, from whatever source: most of these are made when a
 * system is installed, and no package has them. */
static const char *bundle_of(const char *path)
{
	static const struct {
		const char *path, *line;
	} bundles[] = {
		{ "/etc/nsswitch.conf", "with dns" },
		{ "/etc/resolv.conf", "with dns" },
		{ "/etc/localtime", "with timezone" },
		{ "/etc/ssl/certs/ca-certificates.crt", "with tls" },
		{ "/usr/lib/ssl/cert.pem", "with tls" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bundles); i++)
		if (strcmp(path, bundles[i].path) == 0)
			return bundles[i].line;
	return NULL;
}

/* Owners by number: a recipe knows only those names that it declares. */
static enum explain_worth directory_line(const struct explain_missing *missing,
					 struct buf *line, struct buf *note)
{
	const struct stat *status = &missing->status;
	bool deep = strchr(missing->path + 1, '/');

	if (missing->lists && deep && !is_temporary(missing->path)) {
		explain_directive(line, "copy", missing->path, true);
		buf_puts(note, "a directory, with all that is in it");
		return EXPLAIN_LINE;
	}
	explain_directive(line, "dir", missing->path, false);
	buf_printf(line, " %04o", status->st_mode & 01777);
	if ((status->st_uid || status->st_gid) && status->st_uid <= 65535 &&
	    status->st_gid <= 65535)
		buf_printf(line, " %u:%u", status->st_uid, status->st_gid);
	return EXPLAIN_LINE;
}

static enum explain_worth socket_line(const struct explain_missing *missing,
				      struct buf *line, struct buf *note)
{
	CLEANUP_FREE char *directory = path_parent(missing->path);

	if (!directory) {
		line->failed = true;
		return EXPLAIN_LINE;
	}
	buf_puts(line, "# ");
	explain_directive(line, "share", directory, false);
	buf_puts(note, "a socket of the host's: whoever listens there then "
		       "hears the jail");
	return EXPLAIN_LINE;
}

static enum explain_worth link_line(const struct explain_missing *missing,
				    struct buf *line)
{
	size_t before;

	explain_directive(line, "link", missing->link, false);
	before = line->length;
	buf_putc(line, ' ');
	if (!explain_word(line, missing->link_target, false))
		line->length = before;
	return EXPLAIN_LINE;
}

static enum explain_worth by_kind(const struct explain_missing *missing,
				  struct buf *line, struct buf *note)
{
	mode_t mode = missing->status.st_mode;

	if (S_ISSOCK(mode))
		return socket_line(missing, line, note);
	if (S_ISDIR(mode))
		return directory_line(missing, line, note);
	if ((!S_ISREG(mode) && !S_ISLNK(mode)) || is_temporary(missing->path))
		return EXPLAIN_NOTHING;
	explain_directive(line, "copy", missing->path, true);
	if (missing->of_host && !missing->of_package)
		buf_puts(note, "no package has it");
	return EXPLAIN_LINE;
}

enum explain_worth explain_missing_line(const struct explain_missing *missing,
					const struct config *config,
					struct buf *line, struct buf *note)
{
	const char *path = missing->path;

	if (path_within(path, "/proc"))
		return proc_line(path, config, line);
	if (explain_is_volatile(path) || strcmp(path, "/dev") == 0)
		return EXPLAIN_NOTHING;
	if (path_within(path, "/dev"))
		return device_line(missing, line);
	if (missing->hidden_by)
		return hidden_line(missing, line, note);
	if (is_account_file(path)) {
		buf_puts(line, "# user NAME, for each that it needs");
		return EXPLAIN_LINE;
	}
	if (config->hostname && (strcmp(path, "/etc/hostname") == 0 ||
				 strcmp(path, "/etc/hosts") == 0)) {
		buf_printf(line, "hostname %s", config->hostname);
		return EXPLAIN_LINE;
	}
	if (missing->of_host && bundle_of(path)) {
		buf_puts(line, bundle_of(path));
		return EXPLAIN_LINE;
	}
	if (is_usual(path)) {
		explain_directive(line, "copy", path, true);
		return EXPLAIN_USUAL;
	}
	if (missing->link)
		return link_line(missing, line);
	return by_kind(missing, line, note);
}

/* --- What is read-only ---------------------------------------------------- */

static bool has_variable(const struct config *config, const char *name)
{
	size_t length = strlen(name);

	for (char **one = config->environment; one && *one; one++)
		if (strncmp(*one, name, length) == 0 && (*one)[length] == '=')
			return true;
	return false;
}

static enum explain_worth bytecode_line(const struct config *config,
					struct buf *line, struct buf *note)
{
	static const char name[] = "PYTHONDONTWRITEBYTECODE";

	if (has_variable(config, name))
		return EXPLAIN_NOTHING;
	buf_printf(line, "env %s=1", name);
	buf_puts(note, "Python keeps what it has compiled; it can do without");
	return EXPLAIN_USUAL;
}

static const struct config_share *share_of(const struct config *config,
					   const char *path)
{
	for (size_t i = 0; i < config->share_count; i++)
		if (path_within(path, config->shares[i].path))
			return &config->shares[i];
	return NULL;
}

static enum explain_worth share_line(const struct config_share *share,
				     struct buf *line, struct buf *note)
{
	buf_puts(line, "# ");
	explain_directive(line, "share", share->source, false);
	if (strcmp(share->source, share->path) != 0)
		explain_directive(line, " at", share->path, false);
	buf_puts(line, " rw, in place of: ro");
	buf_puts(note, "a directory of the host's");
	return EXPLAIN_LINE;
}

enum explain_worth explain_write_line(const char *path, const char *directory,
				      const struct config *config,
				      struct buf *line, struct buf *note)
{
	const struct config_share *share = share_of(config, path);

	if (share)
		return share_line(share, line, note);
	if (strstr(path, "/__pycache__"))
		return bytecode_line(config, line, note);
	if (path_within(directory, "/dev") || path_within(directory, "/proc") ||
	    path_within(directory, "/sys"))
		return EXPLAIN_NOTHING;
	if (strcmp(directory, "/") == 0) {
		buf_puts(line, "# ");
		explain_directive(line, "writable", path, false);
		buf_puts(line, " " LAYER_SIZE ", if it is to be a directory");
		buf_puts(note, "the root itself cannot be written to");
		return EXPLAIN_LINE;
	}
	if (strcmp(directory, "/tmp") == 0 ||
	    strcmp(directory, "/var/tmp") == 0) {
		buf_printf(line, "writable %s " LAYER_SIZE " 1777", directory);
		return EXPLAIN_LINE;
	}
	explain_directive(line, "overlay", directory, false);
	buf_puts(line, " " LAYER_SIZE);
	if (is_program_directory(directory))
		buf_puts(note, "programs and libraries in it could no longer "
			       "be executed");
	return EXPLAIN_LINE;
}
