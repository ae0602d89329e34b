#include "pack/apt.h"

#include "lib/path.h"
#include "pack/apt_internal.h"
#include "pack/string_list.h"
#include "pack/subprocess.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

int apt_check_suite(const char *suite, struct diag *diag)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.+-/";

	if (!*suite || suite[strspn(suite, allowed)] || strlen(suite) > 128 ||
	    strchr("-./", *suite) || strstr(suite, ".."))
		return diag_set(diag, -EINVAL,
				"\"%s\" cannot be a release of Debian", suite);
	return 0;
}

/* deb-control(5): lower case letters, digits, plus, minus, full stop; apt-get
 * would take a "-" at the end as an order to remove. */
int apt_check_name(const char *name, struct diag *diag)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
	static const char version[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.+-~:";
	const char *at = name + strspn(name, more);
	bool fine = *name && strchr(letters, *name) && at - name >= 2 &&
		    at[-1] != '-' && strlen(name) <= 512;

	if (fine && *at == ':') {
		const char *architecture = ++at;

		at += strspn(at, more);
		fine = at > architecture && at[-1] != '-';
	}
	if (fine && *at == '=') {
		at++;
		fine = *at >= '0' && *at <= '9';
		at += strspn(at, version);
	}
	if (!fine || *at)
		return diag_set(diag, -EINVAL,
				"\"%s\" cannot be the name of a package", name);
	return 0;
}

char *apt_below(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* What apt reports on its status descriptor, as the percentage of a task. */
struct task {
	const struct apt *apt;
	const char *doing;
	int percent;
};

/* dlstatus:ITEM:PERCENT:TEXT, README.progress-reporting of apt */
static void report_status(void *context, const char *line)
{
	struct task *task = context;
	char text[128];
	const char *percent;
	int value;

	if (strncmp(line, "dlstatus:", 9) != 0)
		return;
	percent = strchr(line + 9, ':');
	if (!percent)
		return;
	value = atoi(percent + 1);
	if (value == task->percent)
		return;
	task->percent = value;
	(void)snprintf(text, sizeof(text), "%s: %d %%", task->doing, value);
	task->apt->progress(task->apt->context, text);
}

/* What apt says is understood in its own language only. */
static char **make_environment(void)
{
	CLEANUP(string_list_done) struct string_list list = { 0 };

	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "LC_", 3) != 0 &&
		    strncmp(*variable, "LANG", 4) != 0 &&
		    string_list_take(&list, strdup(*variable)) < 0)
			return NULL;
	if (string_list_take(&list, strdup("LC_ALL=C.UTF-8")) < 0)
		return NULL;
	return string_list_steal_sorted(&list);
}

static void cleanup_strings(char ***strings)
{
	strv_free(*strings);
}

/* The lines of `errors` that apt marks as errors, in one. */
static char *join_errors(const char *errors)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	while (errors && *errors) {
		size_t length = strcspn(errors, "\n");

		if (strncmp(errors, "E: ", 3) == 0) {
			if (text.length)
				buf_puts(&text, "; ");
			buf_append(&text, errors + 3, length - 3);
		}
		errors += length;
		errors += *errors == '\n';
	}
	if (!text.length)
		buf_puts(&text, "apt gives no reason");
	return buf_steal(&text);
}

/* An order to apt-get: a command, its options, and names behind them. */
struct order {
	const char *command;
	const char *const *options;
	const char *directory; /* in which it runs, or NULL */
	const char *doing;     /* what the operator is told meanwhile */
};

/*
 * One of apt's programs, the first of `arguments`, with our settings and the
 * rest of them, NULL-terminated. If it fails, `error` is returned with what it
 * said.
 */
static int run_apt(const struct apt *apt, const struct order *order,
		   const char *const *arguments, struct buf *output, int error,
		   struct diag *diag)
{
	CLEANUP_FREE char *settings = apt_below(apt->directory, "apt.conf");
	CLEANUP(cleanup_strings) char **environment = make_environment();
	CLEANUP_FREE const char **all = NULL;
	CLEANUP_FREE char *reason = NULL;
	CLEANUP_BUF struct buf errors = BUF_INIT;
	struct task task = { .apt = apt, .doing = order->doing, .percent = -1 };
	size_t count = strv_length((char *const *)(uintptr_t)arguments);
	struct subprocess apt_get = {
		.environment = environment,
		.directory = order->directory,
		.inherit = apt->lock,
		.output = output,
		.errors = &errors,
		.status_line = apt->progress ? report_status : NULL,
		.context = &task,
	};
	int status, r;

	all = calloc(count + 8, sizeof(*all));
	if (!settings || !environment || !all)
		return diag_oom(diag);
	all[0] = *arguments;
	all[1] = "-qq";
	all[2] = "-c";
	all[3] = settings;
	all[4] = "-o";
	all[5] = apt->progress ? "APT::Status-Fd=3" : "APT::Status-Fd=-1";
	memcpy(all + 6, arguments + 1, count * sizeof(*all));
	apt_get.arguments = all;
	if (apt->progress)
		apt->progress(apt->context, order->doing);
	r = subprocess_run(&apt_get, &status, diag);
	if (r < 0)
		return r;
	if (buf_check(output) < 0 || buf_check(&errors) < 0)
		return diag_oom(diag);
	if (status == 0)
		return 0;
	reason = join_errors(errors.data);
	if (!reason)
		return diag_oom(diag);
	(void)diag_set(diag, error, "%s", reason);
	if (output->length)
		diag_excerpt(diag, "%s", output->data);
	return error;
}

int apt_update(const struct apt *apt, struct diag *diag)
{
	static const char *const arguments[] = { "apt-get", "update", NULL };
	const struct order order = { .doing = "fetching the package lists" };
	CLEANUP_BUF struct buf output = BUF_INIT;
	int r = run_apt(apt, &order, arguments, &output, -EIO, diag);

	return r < 0 ? diag_wrap(diag, r, "cannot fetch the package lists") : 0;
}

static int run_order(const struct apt *apt, const struct order *order,
		     char *const *names, struct buf *output, int error,
		     struct diag *diag)
{
	const char *const *options = order->options;
	CLEANUP_FREE const char **arguments = NULL;
	size_t count = 0;

	arguments = calloc(strv_length(names) + 16, sizeof(*arguments));
	if (!arguments)
		return diag_oom(diag);
	arguments[count++] = "apt-get";
	arguments[count++] = order->command;
	while (*options)
		arguments[count++] = *options++;
	arguments[count++] = "--";
	while (*names)
		arguments[count++] = *names++;
	return run_apt(apt, order, arguments, output, error, diag);
}

/* With --print-uris, what `command` would fetch. */
static int print_uris(const struct apt *apt, const char *command,
		      char *const *names, struct apt_packages *ret_packages,
		      struct diag *diag)
{
	CLEANUP_FREE char *nowhere = NULL;
	CLEANUP_BUF struct buf output = BUF_INIT;
	const char *options[] = {
		"--print-uris", "-o", "Acquire::ForceHash=SHA256",
		"-o",		NULL, NULL
	};
	const struct order order = { .command = command,
				     .options = options,
				     .doing = "asking apt for packages" };
	int r;

	/* Where no package is yet, all of them are told. */
	if (asprintf(&nowhere, "Dir::Cache::archives=%s/none/",
		     apt->directory) < 0)
		return diag_oom(diag);
	options[4] = nowhere;
	r = run_order(apt, &order, names, &output, -ENOENT, diag);
	return r < 0 ? r
		     : apt_packages_parse(output.data, apt->archives,
					  ret_packages, diag);
}

int apt_resolve(const struct apt *apt, char *const *names,
		struct apt_packages *ret_packages, struct diag *diag)
{
	int r = print_uris(apt, "install", names, ret_packages, diag);

	return r == -ENOENT ? diag_wrap(diag, r, "cannot find all packages")
			    : r;
}

int apt_look_up(const struct apt *apt, char *const *names,
		struct apt_packages *ret_packages, struct diag *diag)
{
	return print_uris(apt, "download", names, ret_packages, diag);
}

int apt_policy(const struct apt *apt, char *const *names, struct buf *output,
	       struct diag *diag)
{
	const struct order order = { .doing = "" };
	CLEANUP_FREE const char **arguments = NULL;
	size_t count = 0;
	int r;

	arguments = calloc(strv_length(names) + 4, sizeof(*arguments));
	if (!arguments)
		return diag_oom(diag);
	arguments[count++] = "apt-cache";
	arguments[count++] = "policy";
	arguments[count++] = "--";
	while (*names)
		arguments[count++] = *names++;
	r = run_apt(apt, &order, arguments, output, -EIO, diag);
	return r < 0 ? diag_wrap(diag, r, "cannot ask what there is") : 0;
}

int apt_architecture(const struct apt *apt, char **ret_architecture,
		     struct diag *diag)
{
	static const char *const arguments[] = { "apt-config", "shell", "A",
						 "APT::Architecture", NULL };
	const struct order order = { .doing = "" };
	CLEANUP_BUF struct buf output = BUF_INIT;
	const char *start;
	int r = run_apt(apt, &order, arguments, &output, -EIO, diag);

	if (r < 0)
		return diag_wrap(diag, r, "cannot ask for the architecture");
	/* A='amd64' */
	start = output.data ? strchr(output.data, '\'') : NULL;
	if (!start || !strchr(start + 1, '\''))
		return diag_set(diag, -EBADMSG,
				"apt-config does not tell the architecture");
	*ret_architecture = strndup(start + 1, strcspn(start + 1, "'"));
	return *ret_architecture ? 0 : diag_oom(diag);
}

int apt_download(const struct apt *apt, char *const *names, struct diag *diag)
{
	static const char *const options[] = { "--download-only", NULL };
	const struct order order = { .command = "install",
				     .options = options,
				     .doing = "fetching packages" };
	CLEANUP_BUF struct buf output = BUF_INIT;
	int r = run_order(apt, &order, names, &output, -EIO, diag);

	return r < 0 ? diag_wrap(diag, r, "cannot fetch packages") : 0;
}

/* apt gives up its privileges for what it fetches if it can write there, and
 * where it keeps archives it sees to that itself. */
static void give_away(const char *directory)
{
	const struct passwd *apt = geteuid() == 0 ? getpwnam("_apt") : NULL;

	if (apt && chown(directory, apt->pw_uid, (gid_t)-1) < 0)
		return; /* then it fetches as root */
}

/* From the directory that they were fetched to. */
static int move_files(const char *directory,
		      const struct apt_packages *packages, struct diag *diag)
{
	for (size_t i = 0; i < packages->count; i++) {
		const char *path = packages->items[i].path;
		CLEANUP_FREE char *fetched =
			apt_below(directory, path_name(path));

		if (!fetched)
			return diag_oom(diag);
		if (rename(fetched, path) < 0)
			return diag_errno(diag, -errno, "cannot keep %s",
					  fetched);
	}
	return 0;
}

int apt_download_alone(const struct apt *apt, char *const *names,
		       const struct apt_packages *packages, struct diag *diag)
{
	static const char *const options[] = { NULL };
	CLEANUP_FREE char *partial = apt_below(apt->archives, "partial");
	const struct order order = { .command = "download",
				     .options = options,
				     .directory = partial,
				     .doing = "fetching packages" };
	CLEANUP_BUF struct buf output = BUF_INIT;
	int r;

	if (!partial)
		return diag_oom(diag);
	give_away(partial);
	r = run_order(apt, &order, names, &output, -EIO, diag);
	if (r < 0)
		return diag_wrap(diag, r, "cannot fetch packages");
	return move_files(partial, packages, diag);
}
