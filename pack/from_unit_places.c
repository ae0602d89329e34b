/* Directories and surroundings of a unit's service. */
#include "pack/from_unit_draft.h"

#include "lib/path.h"

#include <string.h>

/* Directories that systemd makes for a service: systemd.exec(5). */
static const struct {
	const char *key, *mode_key;
	const char *place;
	const char *directive;
	const char *size;
	const char *variable;
} made[] = {
	{ "RuntimeDirectory", "RuntimeDirectoryMode", "/run", "writable", "1M",
	  "RUNTIME_DIRECTORY" },
	{ "StateDirectory", "StateDirectoryMode", "/var/lib", "persist", NULL,
	  "STATE_DIRECTORY" },
	{ "CacheDirectory", "CacheDirectoryMode", "/var/cache", "writable",
	  "64M", "CACHE_DIRECTORY" },
	{ "LogsDirectory", "LogsDirectoryMode", "/var/log", "writable", "16M",
	  "LOGS_DIRECTORY" },
};

static bool is_mode(const char *text)
{
	size_t length = strlen(text);

	return (length == 3 || (length == 4 && strchr("01", *text))) &&
	       text[strspn(text, "01234567")] == '\0';
}

/* One word of such a setting; "foo:bar" makes a link bar as well. */
static void draft_made(struct draft *draft, const struct unit_subject *subject,
		       size_t which, const char *word, struct buf *variable)
{
	CLEANUP_FREE char *name = strndup(word, strcspn(word, ":"));
	CLEANUP_FREE char *path =
		name ? path_join(made[which].place, name) : NULL;
	CLEANUP_FREE char *mode = unit_value(subject, made[which].mode_key);
	CLEANUP_FREE char *owner = unit_owner(subject);
	CLEANUP_BUF struct buf quoted = BUF_INIT;
	const char *size = made[which].size;

	if (!path || !owner || !draft_can_say(path) ||
	    !path_within(path, made[which].place) ||
	    strcmp(path, made[which].place) == 0)
		return;
	draft_quote(&quoted, path);
	draft_reason(draft, "%s=", made[which].key);
	draft_line(draft, "%s %s%s%s %s %s", made[which].directive,
		   quoted.data ? quoted.data : "", size ? " " : "",
		   size ? size : "", mode && is_mode(mode) ? mode : "0755",
		   owner);
	buf_printf(variable, "%s%s", variable->length ? ":" : "", path);
}

enum { VARIABLE_NAME_MAX = 64 }; /* in a recipe */

static void draft_env(struct draft *draft, const char *variable)
{
	CLEANUP_BUF struct buf word = BUF_INIT;

	draft_quote(&word, variable);
	if (draft_can_say(variable) && word.data &&
	    strcspn(variable, "=") <= VARIABLE_NAME_MAX)
		draft_line(draft, "env %s", word.data);
	else
		draft_comment(draft, "No recipe can hold this variable: %s",
			      variable);
}

static void draft_setting(struct draft *draft,
			  const struct unit_subject *subject, size_t which)
{
	CLEANUP_BUF struct buf paths = BUF_INIT;
	const char *value;
	size_t at = 0;

	while ((value = unit_file_next(subject->service, "Service",
				       made[which].key, &at)) != NULL) {
		CLEANUP_BUF struct buf text = BUF_INIT;
		char **words = NULL;
		char unknown = '\0';

		if (unit_expand(&subject->specifiers, value, &text, &unknown) <
			    0 ||
		    unit_words(text.data, &words, NULL) < 0)
			continue;
		for (char **word = words; *word; word++)
			draft_made(draft, subject, which, *word, &paths);
		strv_free(words);
	}
	if (paths.length) {
		CLEANUP_BUF struct buf variable = BUF_INIT;

		buf_printf(&variable, "%s=%s", made[which].variable,
			   paths.data);
		draft_reason(draft, "%s=", made[which].key);
		if (variable.data)
			draft_env(draft, variable.data);
	}
}

static void draft_temporary(struct draft *draft,
			    const struct unit_subject *subject)
{
	CLEANUP_FREE char *private = unit_value(subject, "PrivateTmp");

	if (!private || strcmp(private, "no") == 0 ||
	    strcmp(private, "false") == 0)
		return;
	draft_reason(draft, "PrivateTmp=");
	draft_line(draft, "writable /tmp 16M 1777");
	draft_reason(draft, "PrivateTmp=");
	draft_line(draft, "writable /var/tmp 16M 1777");
}

/* ReadWritePaths=: a layer over what is there. */
static void draft_writable(struct draft *draft,
			   const struct unit_subject *subject)
{
	CLEANUP_FREE char *value = unit_value(subject, "ReadWritePaths");
	char **words = NULL;

	if (!value || unit_words(value, &words, NULL) < 0)
		return;
	for (char **word = words; *word; word++) {
		const char *path = *word + strspn(*word, "-+");
		CLEANUP_BUF struct buf quoted = BUF_INIT;

		if (path[0] != '/' || !path[1] || !path_is_normal(path) ||
		    path_within(path, "/dev") || path_within(path, "/proc") ||
		    !draft_can_say(path))
			continue;
		draft_quote(&quoted, path);
		draft_reason(draft, "ReadWritePaths=");
		draft_line(draft, "overlay %s 16M",
			   quoted.data ? quoted.data : "");
	}
	strv_free(words);
}

static void draft_workdir(struct draft *draft,
			  const struct unit_subject *subject)
{
	CLEANUP_FREE char *value = unit_value(subject, "WorkingDirectory");
	CLEANUP_FREE char *user = unit_value(subject, "User");
	CLEANUP_FREE char *home = NULL;
	CLEANUP_BUF struct buf quoted = BUF_INIT;
	const char *path;

	if (!value)
		return;
	path = value + (value[0] == '-');
	if (strcmp(path, "~") == 0) {
		home = trace_names_home(subject->names, user ? user : "root");
		path = home ? home : "/";
	}
	if (path[0] != '/' || !path_is_normal(path) || !draft_can_say(path))
		return;
	draft_quote(&quoted, path);
	draft_reason(draft, "WorkingDirectory=");
	draft_line(draft, "workdir %s", quoted.data ? quoted.data : "/");
}

/* PrivateDevices= and DeviceAllow= narrow what a jail does not have anyway. */
static void draft_devices(struct draft *draft)
{
	draft_reason(draft, "What programs expect to be there.");
	draft_line(draft, "device null zero full random urandom");
}

void unit_draft_places(struct draft *draft, const struct unit_subject *subject)
{
	draft_heading(draft, "What is writable");
	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		draft_setting(draft, subject, i);
	draft_temporary(draft, subject);
	draft_writable(draft, subject);
	draft_heading(draft, "What it finds around it");
	draft_devices(draft);
	draft_workdir(draft, subject);
	for (char *const *variable = subject->environment;
	     variable && *variable; variable++) {
		draft_reason(draft, "Environment= or EnvironmentFile=");
		draft_env(draft, *variable);
	}
}
