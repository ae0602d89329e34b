#include "pack/from_unit_draft.h"

#include "lib/config.h"

#include <string.h>

char *unit_value(const struct unit_subject *subject, const char *key)
{
	const char *value = unit_file_get(subject->service, "Service", key);
	CLEANUP_BUF struct buf text = BUF_INIT;
	char unknown = '\0';

	if (!value ||
	    unit_expand(&subject->specifiers, value, &text, &unknown) < 0)
		return NULL;
	return buf_steal(&text);
}

/* --- Users --- */

/* systemd's first number for DynamicUser=. */
enum { DYNAMIC_UID = 61184 };

/* What a recipe takes for a name: useradd(8). */
static bool is_account(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";

	return *name && strchr(letters, *name) && strlen(name) <= 32 &&
	       name[strspn(name, all)] == '\0';
}

/* The name that a table has for a name or number, or the name itself if it
 * could be one; NULL. */
static char *account(const struct id_table *table, const char *text)
{
	const struct id_entry *entry = NULL;
	char *end;

	if (text && *text >= '0' && *text <= '9') {
		uint32_t id = (uint32_t)strtoul(text, &end, 10);

		entry = *end ? NULL : id_table_by_id(table, id);
		text = entry ? entry->name : NULL;
	}
	return text && is_account(text) ? strdup(text) : NULL;
}

/* The name of the user that it runs as; NULL: root. */
static char *service_user(const struct unit_subject *subject)
{
	CLEANUP_FREE char *said = unit_value(subject, "User");
	CLEANUP_FREE char *dynamic = unit_value(subject, "DynamicUser");
	const char *unit = subject->specifiers.name;
	CLEANUP_FREE char *own = strndup(unit, strcspn(unit, "@."));
	char *user;

	if (!said && !unit_is_true(dynamic))
		return NULL;
	user = account(&subject->names->users, said ? said : own);
	if (user && strcmp(user, "root") == 0) {
		free(user);
		return NULL;
	}
	return user;
}

static char *service_group(const struct unit_subject *subject)
{
	CLEANUP_FREE char *said = unit_value(subject, "Group");
	CLEANUP_FREE char *user = NULL;
	const struct id_entry *entry;
	char *group = account(&subject->names->groups, said);

	if (group)
		return group;
	user = service_user(subject);
	if (!user)
		return NULL;
	entry = id_table_by_name(&subject->names->users, user);
	entry = entry ? id_table_by_id(&subject->names->groups, entry->group)
		      : NULL;
	return strdup(entry && is_account(entry->name) ? entry->name : user);
}

char *unit_owner(const struct unit_subject *subject)
{
	CLEANUP_FREE char *user = service_user(subject);
	CLEANUP_FREE char *group = service_group(subject);
	CLEANUP_BUF struct buf owner = BUF_INIT;

	buf_printf(&owner, "%s:%s", user ? user : "root",
		   group ? group : "root");
	return buf_steal(&owner);
}

void unit_draft_users(struct draft *draft, const struct unit_subject *subject)
{
	CLEANUP_FREE char *user = service_user(subject);
	CLEANUP_FREE char *group = service_group(subject);
	CLEANUP_FREE char *said = unit_value(subject, "User");
	const struct id_entry *own;

	draft_heading(draft, "Users");
	if (!user && said && strcmp(said, "root") != 0 && draft_can_say(said))
		draft_comment(draft,
			      "User=%s has no name here: it runs as the jail's "
			      "root, who is an ordinary user of the host.",
			      said);
	if (user) {
		own = id_table_by_name(&subject->names->users, user);
		draft_reason(draft, "User=");
		if (!own)
			draft_reason(draft, "The host does not have it now.");
		draft_line(draft, own ? "user %s" : "user %s uid=%d", user,
			   DYNAMIC_UID);
		own = own ? id_table_by_id(&subject->names->groups, own->group)
			  : NULL;
		/* It has come with the user. */
		if (group && strcmp(group, own ? own->name : user) == 0)
			return;
	}
	if (!group || strcmp(group, "root") == 0)
		return;
	draft_reason(draft, "Group=");
	if (id_table_by_name(&subject->names->groups, group)) {
		draft_line(draft, "group %s", group);
	} else {
		draft_reason(draft, "The host does not have it now.");
		draft_line(draft, "group %s gid=%d", group, DYNAMIC_UID);
	}
}

/* --- How it runs --- */

/* The user is changed as systemd does it: by a program that the jail starts. */
static void put_setpriv(struct buf *text, const struct unit_subject *subject,
			const char *user, const char *group)
{
	buf_printf(text, " %s --reuid %s --regid %s", subject->setpriv, user,
		   group ? group : user);
	buf_puts(text, " --init-groups");
	unit_put_ambient(text, subject);
}

static void draft_command(struct draft *draft,
			  const struct unit_subject *subject)
{
	CLEANUP_FREE char *user = service_user(subject);
	CLEANUP_FREE char *group = service_group(subject);
	unsigned int port = unit_connection_port(subject);
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (user && subject->setpriv) {
		put_setpriv(&text, subject, user, group);
		draft_reason(draft,
			     "User=: setpriv(1) makes the jail's root %s.",
			     user);
	} else if (user) {
		draft_comment(draft,
			      "User=%s is not carried: setpriv(1) is not "
			      "here. It runs as the jail's root, who is an "
			      "ordinary user of the host.",
			      user);
	}
	for (char *const *word = subject->command; *word; word++) {
		buf_putc(&text, ' ');
		draft_quote(&text, *word);
	}
	draft_reason(draft, "ExecStart=");
	if (port) {
		draft_reason(draft, "Accept=");
		draft_line(draft, "service %s per-connection %u%s",
			   subject->jail, port, text.data ? text.data : "");
	} else {
		draft_line(draft, "run%s", text.data ? text.data : "");
	}
}

static void draft_program(struct draft *draft,
			  const struct unit_subject *subject)
{
	CLEANUP_FREE char *type = unit_value(subject, "Type");

	if (!subject->command) {
		draft_comment(draft,
			      "The unit has no ExecStart= that could run: say "
			      "what does.");
		return;
	}
	for (char *const *word = subject->command; *word; word++) {
		if (!draft_can_say(*word)) {
			draft_comment(draft, "ExecStart= has control "
					     "characters, which a recipe "
					     "cannot hold.");
			return;
		}
	}
	if (type && strcmp(type, "forking") == 0)
		draft_comment(draft,
			      "Type=forking: as it is called here it goes into "
			      "the background. In a jail it must stay in the "
			      "foreground: its manual has the option.");
	draft_command(draft, subject);
}

/* "30s", or "1500ms" */
static void put_time(struct buf *text, uint64_t milliseconds)
{
	if (milliseconds % 1000)
		buf_printf(text, "%jums", (uintmax_t)milliseconds);
	else
		buf_printf(text, "%jus", (uintmax_t)milliseconds / 1000);
}

enum { TIME_MAX = 86400000 }; /* a day: what a recipe takes */

/* The time of a setting, if a recipe can have it; 0: none. */
static uint64_t time_of(const struct unit_subject *subject, const char *key)
{
	CLEANUP_FREE char *value = unit_value(subject, key);
	uint64_t milliseconds;

	if (!value || unit_duration(value, &milliseconds) < 0 ||
	    milliseconds > TIME_MAX)
		return 0;
	return milliseconds;
}

static void draft_ready(struct draft *draft, const struct unit_subject *subject)
{
	CLEANUP_FREE char *type = unit_value(subject, "Type");
	uint64_t timeout = time_of(subject, "TimeoutStartSec");
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (!type || strncmp(type, "notify", 6) != 0)
		return;
	buf_puts(&text, "ready notify");
	if (timeout) {
		buf_putc(&text, ' ');
		put_time(&text, timeout);
	}
	draft_reason(draft, "Type=%s", type);
	if (text.data)
		draft_line(draft, "%s", text.data);
}

static void draft_end(struct draft *draft, const struct unit_subject *subject)
{
	CLEANUP_FREE char *signal = unit_value(subject, "KillSignal");
	CLEANUP_FREE char *restart = unit_value(subject, "Restart");
	uint64_t patience = time_of(subject, "TimeoutStopSec");
	CLEANUP_BUF struct buf text = BUF_INIT;
	int number = signal ? signal_number(signal) : -1;

	if (number > 0 && signal_name(number)) {
		draft_reason(draft, "KillSignal=");
		draft_line(draft, "stop-signal %s", signal_name(number));
	}
	if (patience) {
		put_time(&text, patience);
		draft_reason(draft, "TimeoutStopSec=");
		draft_line(draft, "drain %s", text.data ? text.data : "10s");
	}
	if (restart && strcmp(restart, "no") != 0) {
		draft_reason(draft, "Restart=%s", restart);
		draft_line(draft, "restore on exit");
	}
}

void unit_draft_run(struct draft *draft, const struct unit_subject *subject)
{
	draft_heading(draft, "How it runs");
	draft_program(draft, subject);
	draft_ready(draft, subject);
	draft_end(draft, subject);
}

/* --- The whole --- */

static void draft_begin(struct draft *draft, const struct unit_subject *subject)
{
	const char *summary =
		unit_file_get(subject->service, "Unit", "Description");
	CLEANUP_BUF struct buf expanded = BUF_INIT;
	CLEANUP_BUF struct buf word = BUF_INIT;
	char unknown = '\0';

	buf_puts(&draft->text,
		 "# Drafted by jailpack --from-unit from\n#\n#\t");
	buf_puts(&draft->text,
		 draft_can_say(subject->path) ? subject->path : "a unit file");
	buf_puts(&draft->text, "\n#\n");
	draft_comment(draft,
		      "A unit does not say which files its service uses: "
		      "jailpack --trace --continue adds what a run shows.");
	buf_printf(&draft->text, "\nname %s\n", subject->jail);
	if (summary &&
	    unit_expand(&subject->specifiers, summary, &expanded, &unknown) ==
		    0 &&
	    expanded.length && expanded.length <= 256 &&
	    draft_can_say(expanded.data)) {
		buf_putc(&word, '"');
		for (const char *c = expanded.data; *c; c++)
			buf_printf(&word,
				   *c == '"' || *c == '\\' ? "\\%c"
				   : *c == '$'		   ? "$%c"
							   : "%c",
				   *c);
		buf_puts(&word, "\"");
		buf_printf(&draft->text, "summary %s\n",
			   word.data ? word.data : "");
	}
	buf_puts(&draft->text, "source host\n");
}

static void draft_packages(struct draft *draft,
			   const struct unit_subject *subject)
{
	char *const *packages = subject->packages;

	draft_heading(draft, "Files");
	for (; packages && *packages; packages++) {
		draft_reason(draft, "It brings the program or its unit.");
		draft_line(draft,
			   "package %s ; exclude /etc/cron* /etc/init.d "
			   "/etc/logrotate.d /usr/lib/systemd /lib/systemd",
			   *packages);
	}
	if (subject->setpriv && subject->command) {
		CLEANUP_FREE char *user = service_user(subject);
		CLEANUP_BUF struct buf word = BUF_INIT;

		draft_quote(&word, subject->command[0]);
		draft_reason(draft, "ExecStart=");
		if (user && word.data)
			draft_line(draft, "copy %s", word.data);
	}
}

void from_unit_draft(struct draft *draft, const struct unit_subject *subject)
{
	draft_begin(draft, subject);
	draft_packages(draft, subject);
	unit_draft_users(draft, subject);
	unit_draft_places(draft, subject);
	unit_draft_powers(draft, subject);
	unit_draft_run(draft, subject);
	unit_draft_rest(draft, subject);
}
