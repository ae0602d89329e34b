/* Checks that need no more of a file than its entry in the bill. */
#include "lib/path.h"
#include "pack/check.h"

#include <string.h>
#include <sys/stat.h>

static bool is_program(const struct bill_file *file)
{
	return S_ISREG(file->mode) && (file->mode & 0111);
}

/* True if `name` is `known`, be it with a version: python, python3.11. */
static bool is_version_of(const char *name, const char *known)
{
	size_t length = strlen(known);

	if (strncmp(name, known, length) != 0)
		return false;
	name += length;
	return name[strspn(name, "0123456789.-")] == '\0';
}

static bool is_one_of(const struct bill_file *file, const char *const *names)
{
	if (!is_program(file))
		return false;
	for (; *names; names++) {
		if (is_version_of(path_name(file->path), *names))
			return true;
	}
	return false;
}

static bool is_set_id(const struct check_subject *subject UNUSED,
		      const struct bill_file *file)
{
	return S_ISREG(file->mode) && (file->mode & (S_ISUID | S_ISGID));
}

static bool is_world_writable(const struct check_subject *subject,
			      const struct bill_file *file)
{
	const struct config *config = subject->config;

	if (!(file->mode & S_IWOTH) ||
	    !(S_ISREG(file->mode) || S_ISDIR(file->mode)))
		return false;
	for (size_t i = 0; i < config->layer_count; i++) {
		if (path_within(file->path, config->layers[i].path))
			return false;
	}
	/* Other directories are mounted over these. */
	for (size_t i = 0; i < config->persist_count; i++) {
		if (path_within(file->path, config->persists[i].path))
			return false;
	}
	for (size_t i = 0; i < config->share_count; i++) {
		if (path_within(file->path, config->shares[i].path))
			return false;
	}
	return true;
}

static bool is_shell(const struct check_subject *subject UNUSED,
		     const struct bill_file *file)
{
	static const char *const names[] = { "sh",   "bash", "dash",	"ash",
					     "ksh",  "mksh", "zsh",	"csh",
					     "tcsh", "fish", "busybox", NULL };

	return is_one_of(file, names);
}

static bool is_interpreter(const struct check_subject *subject UNUSED,
			   const struct bill_file *file)
{
	static const char *const names[] = {
		"perl",	  "python", "pypy",    "ruby", "php",	 "php-cgi",
		"java",	  "expect", "php-fpm", "lua",  "luajit", "node",
		"nodejs", "tclsh",  "gawk",    "mawk", "guile",	 NULL
	};

	return is_one_of(file, names);
}

static bool is_package_manager(const struct check_subject *subject UNUSED,
			       const struct bill_file *file)
{
	static const char *const names[] = {
		"apt",	  "apt-get", "aptitude", "dpkg",   "dpkg-deb",
		"rpm",	  "dnf",     "yum",	 "zypper", "apk",
		"pacman", "snap",    "flatpak",	 "pip",	   "npm",
		"gem",	  "cpan",    "composer", NULL
	};

	return is_one_of(file, names);
}

static bool is_compiler(const struct check_subject *subject UNUSED,
			const struct bill_file *file)
{
	static const char *const names[] = { "cc",
					     "gcc",
					     "g++",
					     "c++",
					     "clang",
					     "clang++",
					     "tcc",
					     "cc1",
					     "as",
					     "ld",
					     "ld.bfd",
					     "ld.gold",
					     "rustc",
					     "go",
					     "gfortran",
					     "x86_64-linux-gnu-gcc",
					     "x86_64-linux-gnu-ld",
					     "x86_64-linux-gnu-as",
					     "aarch64-linux-gnu-gcc",
					     "gdb",
					     "make",
					     NULL };

	return is_one_of(file, names);
}

static bool is_secret(const struct check_subject *subject UNUSED,
		      const struct bill_file *file)
{
	static const char *const patterns[] = { "**/.netrc",
						"**/id_rsa",
						"**/id_dsa",
						"**/id_ecdsa",
						"**/id_ed25519",
						"**/.pgpass",
						"**/.my.cnf",
						"**/.git-credentials",
						"**/.pypirc",
						"**/.npmrc",
						"**/.aws/credentials",
						"**/.docker/config.json",
						"**/.kube/config",
						"**/.env",
						"**/.htpasswd",
						"**/.gnupg/secring.gpg",
						"**/*.p12",
						"**/*.pfx",
						"**/*.jks",
						"**/*.kdbx",
						"**/*.ppk",
						"**/*.keytab" };

	for (size_t i = 0; S_ISREG(file->mode) && i < ARRAY_SIZE(patterns);
	     i++) {
		if (path_match(patterns[i], file->path))
			return true;
	}
	return false;
}

/* Beyond those that give and take nothing but bytes of no meaning, and the
 * process's own terminal. */
static bool is_unsafe_device(const struct check_subject *subject UNUSED,
			     const struct bill_file *file)
{
	static const unsigned int safe[][2] = { { 1, 3 }, /* null */
						{ 1, 5 }, /* zero */
						{ 1, 7 }, /* full */
						{ 1, 8 }, /* random */
						{ 1, 9 }, /* urandom */
						{ 5, 0 } /* tty */ };

	if (S_ISBLK(file->mode))
		return true;
	if (!S_ISCHR(file->mode))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(safe); i++) {
		if (file->major == safe[i][0] && file->minor == safe[i][1])
			return false;
	}
	return true;
}

static bool is_writable_program(const struct check_subject *subject,
				const struct bill_file *file)
{
	const struct config *config = subject->config;

	for (size_t i = 0; is_program(file) && i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		/* What a writable layer lies over cannot be seen. */
		if (layer->kind == CONFIG_LAYER_OVERLAY &&
		    path_within(file->path, layer->path))
			return true;
	}
	return false;
}

const struct check checks_of_files[] = {
	{ "set-id", 20, "runs with the powers of its owner or group",
	  .file = is_set_id },
	{ "secret", 20, "is where programs keep passwords or keys",
	  .file = is_secret },
	{ "package-manager", 15, "installs software",
	  .file = is_package_manager },
	{ "device", 15, "is a device beyond the safe few",
	  .file = is_unsafe_device },
	{ "shell", 10, "is a shell", .file = is_shell },
	{ "compiler", 10, "makes programs", .file = is_compiler },
	{ "world-writable", 8, "may be written by everybody, outside of layers",
	  .file = is_world_writable },
	{ "interpreter", 8, "runs whatever program it is given",
	  .file = is_interpreter },
	{ "writable-program", 5,
	  "is a program, and lies where an overlay lets it be replaced",
	  .file = is_writable_program },
	{ 0 }
};
