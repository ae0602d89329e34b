#include "pack/trace_wanted.h"

#include "lib/path.h"
#include "pack/trace_layers.h"

#include <string.h>
#include <sys/stat.h>

static bool is_any(const char *path, const char *const *patterns)
{
	for (; *patterns; patterns++) {
		if (path_match(*patterns, path))
			return true;
	}
	return false;
}

/* What jailpack makes itself, what is the kernel's, what the C library looks
 * into before it does without. */
static bool is_of_the_host(const char *path)
{
	static const char *const patterns[] = {
		"/",
		"/dev",
		"/dev/**",
		"/proc",
		"/proc/**",
		"/sys",
		"/sys/**",
		"/etc/passwd",
		"/etc/group",
		"/etc/shadow",
		"/etc/gshadow",
		"/etc/hosts",
		"/etc/hostname",
		"/etc/resolv.conf",
		"/etc/ld.so.cache",
		"/etc/ld.so.preload",
		"/etc/mtab",
		"/etc/nsswitch.conf",
		"/usr/share/locale/locale.alias",
		"/usr/lib/*/gconv/gconv-modules.cache",
		NULL,
	};

	return is_any(path, patterns);
}

static bool is_momentary(const char *path)
{
	static const char *const patterns[] = { "/run/**",     "/var/run/**",
						"/var/log/**", "/**/*.pid",
						"/**/*.sock",  "/**/*.lock",
						NULL };

	return is_any(path, patterns);
}

static bool is_library(const char *path)
{
	const char *name = path_name(path);
	const char *so = strstr(name, ".so");

	return so && so != name && (so[3] == '\0' || so[3] == '.');
}

/* Directories of programs that were only asked about belong to a search; what
 * was found in them brings them along. */
static bool is_searched(const struct trace_fact *fact)
{
	static const char *const patterns[] = { "/usr",	 "/usr/**", "/bin",
						"/sbin", "/lib*",   "/lib*/**",
						"/home", "/root",   "/tmp",
						"/etc",	 "/var",    "/opt",
						NULL };

	return !(fact->acts & ~(unsigned int)ACT_LOOK) &&
	       is_any(fact->place, patterns);
}

static bool is_read(const struct trace_fact *fact)
{
	return fact->acts & (ACT_READ | ACT_UPDATE | ACT_LOOK | ACT_EXECUTE);
}

enum trace_wanted trace_wanted(const struct trace_fact *fact)
{
	static const char *const loader[] = { "/lib*/*",
					      "/usr/lib*/*",
					      "/lib/*-linux-gnu/*",
					      "/usr/lib/*-linux-gnu/*",
					      "/usr/local/lib/*",
					      NULL };

	if (!fact->existed || is_of_the_host(fact->path) ||
	    is_of_the_host(fact->place) || trace_is_bytecode(fact->path))
		return WANTED_NOT;
	if (S_ISDIR(fact->mode))
		return is_searched(fact) ? WANTED_NOT : WANTED_DIRECTORY;
	if (S_ISLNK(fact->mode) && fact->acts & ACT_PASS)
		return WANTED_LINK;
	if (is_momentary(fact->path) || is_momentary(fact->place) ||
	    !is_read(fact))
		return WANTED_NOT;
	if (S_ISLNK(fact->mode))
		return WANTED_LINK;
	if (!S_ISREG(fact->mode))
		return WANTED_NOT;
	if (fact->acts & ACT_EXECUTE)
		return WANTED_PROGRAM;
	if (!is_library(fact->path))
		return WANTED_FILE;
	if (strncmp(path_name(fact->path), "libnss_", 7) == 0)
		return WANTED_NAMES;
	return is_any(fact->path, loader) ? WANTED_LIBRARY : WANTED_PLUGIN;
}

bool trace_worth_telling(const struct trace_fact *fact)
{
	static const char *const places[] = { "/etc/**", "/srv/**",  "/var/**",
					      "/opt/**", "/home/**", "/root/**",
					      NULL };
	static const char *const searches[] = {
		"/etc/ld.so.*",	   "/**/*.so",		 "/**/*.so.*",
		"/var/run/nscd/*", "/**/__pycache__/**", NULL
	};

	return !fact->existed && !(fact->acts & ACTS_WRITING) &&
	       is_any(fact->path, places) && !is_any(fact->path, searches);
}
