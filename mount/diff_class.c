#include "mount/diff_class.h"

#include "lib/path.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* In the order of the enumeration. */
static const struct {
	const char *name;
	const char *one, *several; /* as counted */
	const char *heading;
} classes[] = {
	[DIFF_CLASS_SET_ID] = { "set-id", "set-id file", "set-id files",
				"set-id files" },
	[DIFF_CLASS_PROGRAM] = { "program", "program", "programs", "programs" },
	[DIFF_CLASS_SCRIPT] = { "script", "script", "scripts", "scripts" },
	[DIFF_CLASS_DEVICE] = { "device", "device", "devices", "devices" },
	[DIFF_CLASS_CONFIGURATION] = { "configuration", "of configuration",
				       "of configuration", "configuration" },
	[DIFF_CLASS_DELETED] = { "deleted", "deleted", "deleted", "deleted" },
	[DIFF_CLASS_OTHER] = { "other", "other", "others", "others" },
	[DIFF_CLASS_DATABASE] = { "database", "database", "databases",
				  "databases" },
	[DIFF_CLASS_LOG] = { "log", "log", "logs", "logs" },
	[DIFF_CLASS_CACHE] = { "cache", "temporary", "temporary",
			       "caches and what is temporary" },
};

_Static_assert(ARRAY_SIZE(classes) == DIFF_CLASSES, "a row for each class");

/* --- By name -------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return false;
}

/* What stands behind the last dot of the name; "" where there is none. */
static const char *suffix_of(const char *path)
{
	const char *dot = strrchr(path_name(path), '.');

	return dot ? dot + 1 : "";
}

/* What an interpreter takes without #!: the servers' own, mostly. */
static bool is_named_script(const char *path)
{
	static const char *const suffixes[] = {
		"php",	"php3", "php4", "php5", "php7", "php8", "phtml",
		"phar", "pl",	"pm",	"cgi",	"py",	"pyc",	"rb",
		"sh",	"bash", "lua",	"js",	"jsp",	"tcl",	"awk",
	};

	return is_one_of(suffix_of(path), suffixes, ARRAY_SIZE(suffixes));
}

static bool is_configuration(const char *path)
{
	static const char *const suffixes[] = { "conf", "cnf", "cfg", "ini",
						"yaml", "yml", "toml" };
	static const char *const names[] = {
		".htaccess", ".htpasswd", ".user.ini",	   "authorized_keys",
		".bashrc",   ".profile",  ".bash_profile",
	};

	return path_within(path, "/etc") || path_within(path, "/usr/etc") ||
	       strstr(path, "/.ssh/") || path_within(path, "/var/spool/cron") ||
	       is_one_of(path_name(path), names, ARRAY_SIZE(names)) ||
	       is_one_of(suffix_of(path), suffixes, ARRAY_SIZE(suffixes));
}

static bool is_log(const char *path)
{
	static const char *const suffixes[] = { "log", "journal" };
	static const char *const names[] = { "wtmp", "utmp", "btmp",
					     "lastlog" };

	return path_within(path, "/var/log") ||
	       is_one_of(path_name(path), names, ARRAY_SIZE(names)) ||
	       is_one_of(suffix_of(path), suffixes, ARRAY_SIZE(suffixes));
}

static bool is_database(const char *path)
{
	static const char *const suffixes[] = {
		"db",  "sqlite", "sqlite3", "rdb", "aof", "mdb",
		"frm", "ibd",	 "myd",	    "myi", "dbm", "ldb",
	};

	return is_one_of(suffix_of(path), suffixes, ARRAY_SIZE(suffixes));
}

static bool is_temporary(const char *path)
{
	static const char *const directories[] = { "/tmp",	 "/var/tmp",
						   "/run",	 "/var/run",
						   "/var/cache", "/dev/shm",
						   "/var/lock" };
	static const char *const suffixes[] = { "pid", "sock", "lock", "tmp",
						"swp" };

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (path_within(path, directories[i]))
			return true;
	return is_one_of(suffix_of(path), suffixes, ARRAY_SIZE(suffixes));
}

enum diff_class diff_classify(const struct diff_entry *entry)
{
	const char *path = entry->path;

	if (entry->traits & (DIFF_SETUID | DIFF_SETGID))
		return DIFF_CLASS_SET_ID;
	if (entry->traits & DIFF_ELF)
		return DIFF_CLASS_PROGRAM;
	if (entry->traits & DIFF_SCRIPT)
		return DIFF_CLASS_SCRIPT;
	if (entry->traits & DIFF_DEVICE)
		return DIFF_CLASS_DEVICE;
	if (entry->change == DIFF_DELETED || entry->change == DIFF_REPLACED)
		return DIFF_CLASS_DELETED;
	if (S_ISREG(entry->mode) && is_named_script(path))
		return DIFF_CLASS_SCRIPT;
	if (is_configuration(path))
		return DIFF_CLASS_CONFIGURATION;
	if (is_log(path))
		return DIFF_CLASS_LOG;
	if (is_database(path))
		return DIFF_CLASS_DATABASE;
	return is_temporary(path) ? DIFF_CLASS_CACHE : DIFF_CLASS_OTHER;
}

const char *diff_class_name(enum diff_class class)
{
	return classes[class].name;
}

/* --- How many ------------------------------------------------------------- */

void diff_count(const struct diff *diff, size_t ret_counts[DIFF_CLASSES])
{
	memset(ret_counts, 0, DIFF_CLASSES * sizeof(*ret_counts));
	for (size_t i = 0; i < diff->count; i++)
		ret_counts[diff_classify(&diff->entries[i])]++;
}

void diff_print_counts(const size_t counts[DIFF_CLASSES], struct buf *text)
{
	const char *separator = "";

	for (int i = 0; i < DIFF_CLASSES; i++) {
		if (!counts[i])
			continue;
		buf_printf(text, "%s%zu %s", separator, counts[i],
			   counts[i] == 1 ? classes[i].one
					  : classes[i].several);
		separator = ", ";
	}
	if (!*separator)
		buf_puts(text, "nothing");
}

json_t *diff_counts_json(const size_t counts[DIFF_CLASSES])
{
	json_t *object = json_object();

	for (int i = 0; i < DIFF_CLASSES; i++)
		if (counts[i])
			json_object_set_new(
				object, classes[i].name,
				json_integer((json_int_t)counts[i]));
	return object;
}

void diff_print_classes(const struct diff *diff, struct buf *text)
{
	size_t counts[DIFF_CLASSES];

	diff_count(diff, counts);
	for (int class = 0; class < DIFF_CLASSES; class ++) {
		if (!counts[class])
			continue;
		buf_printf(text, "%s:\n", classes[class].heading);
		for (size_t i = 0; i < diff->count; i++)
			if ((int)diff_classify(&diff->entries[i]) == class)
				diff_print_entry(&diff->entries[i], text);
	}
	if (!diff->count)
		return;
	buf_printf(text,
		   "%s%zu change%s: ", diff->truncated ? "more than " : "",
		   diff->count, diff->count == 1 ? "" : "s");
	diff_print_counts(counts, text);
	buf_putc(text, '\n');
}
