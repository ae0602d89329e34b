#include "pack/trace_draft.h"

#include <string.h>
#include <sys/stat.h>

enum { ID_MAX = 65535 };

static const char *user_name(const struct trace_subject *subject, uint32_t uid)
{
	const struct id_entry *entry =
		id_table_by_id(&subject->names->users, uid);

	return entry ? entry->name : NULL;
}

static const char *group_name(const struct trace_subject *subject, uint32_t gid)
{
	const struct id_entry *entry =
		id_table_by_id(&subject->names->groups, gid);

	return entry ? entry->name : NULL;
}

static bool old_has_user(const struct trace_subject *subject, const char *name)
{
	const struct recipe *old = subject->old;

	for (size_t i = 0; old && i < old->user_count; i++) {
		if (strcmp(old->users[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool old_has_group(const struct trace_subject *subject, const char *name)
{
	const struct recipe *old = subject->old;

	for (size_t i = 0; old && i < old->group_count; i++) {
		if (strcmp(old->groups[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Whoever looks into passwd finds root as well. */
static bool reads_passwd(const struct trace_facts *facts)
{
	const struct trace_fact *fact = trace_facts_find(facts, "/etc/passwd");

	return fact && fact->acts & ACT_READ;
}

bool trace_declares_user(const struct trace_subject *subject, uint32_t uid)
{
	const struct trace_facts *facts = subject->facts;
	const char *name = user_name(subject, uid);

	if (!name)
		return false;
	if (uid == 0)
		return reads_passwd(facts) || old_has_user(subject, name);
	for (size_t i = 0; i < facts->id_count; i++) {
		if (!facts->ids[i].group && facts->ids[i].id == uid)
			return true;
	}
	return old_has_user(subject, name);
}

/* The group that a user brings along. */
static bool is_own_group(const struct trace_subject *subject, uint32_t gid)
{
	const struct id_table *users = &subject->names->users;

	for (size_t i = 0; i < users->count; i++) {
		if (users->entries[i].group == gid &&
		    trace_declares_user(subject, users->entries[i].id))
			return true;
	}
	return false;
}

bool trace_declares_group(const struct trace_subject *subject, uint32_t gid)
{
	const struct trace_facts *facts = subject->facts;
	const char *name = group_name(subject, gid);

	if (!name)
		return false;
	if (is_own_group(subject, gid))
		return true;
	for (size_t i = 0; gid && i < facts->id_count; i++) {
		if (facts->ids[i].group && facts->ids[i].id == gid)
			return true;
	}
	return old_has_group(subject, name);
}

void trace_draft_owner(struct buf *text, const struct trace_subject *subject,
		       uint32_t uid, uint32_t gid)
{
	if (trace_declares_user(subject, uid))
		buf_puts(text, user_name(subject, uid));
	else if (uid == 0 || uid > ID_MAX)
		buf_puts(text, "root");
	else
		buf_printf(text, "%u", uid);
	if (trace_declares_group(subject, gid))
		buf_printf(text, ":%s", group_name(subject, gid));
	else if (gid == 0 || gid > ID_MAX)
		buf_puts(text, ":root");
	else
		buf_printf(text, ":%u", gid);
}

/* --- The directives --- */

/* A home that the service went to matters; others do not. */
static void draft_user(struct draft *draft, const struct trace_subject *subject,
		       const char *name)
{
	CLEANUP_FREE char *home = trace_names_home(subject->names, name);
	const struct trace_fact *fact =
		home && home[0] == '/' && home[1] && draft_can_say(home)
			? trace_facts_find(subject->facts, home)
			: NULL;
	CLEANUP_BUF struct buf word = BUF_INIT;

	if (!fact || !fact->existed) {
		draft_line(draft, "user %s", name);
		return;
	}
	draft_reason(draft, "%s(2): it looks at its home directory.",
		     fact->call);
	draft_quote(&word, home);
	draft_line(draft, "user %s home=%s", name, word.data ? word.data : "/");
}

static void draft_users(struct draft *draft,
			const struct trace_subject *subject)
{
	const struct trace_facts *facts = subject->facts;

	if (reads_passwd(facts) && !old_has_user(subject, "root")) {
		draft_reason(draft, "It reads /etc/passwd.");
		draft_line(draft, "user root");
	}
	for (size_t i = 0; i < facts->id_count; i++) {
		const struct trace_id *id = &facts->ids[i];
		const char *name = user_name(subject, id->id);

		if (id->group || id->id == 0 ||
		    (name && old_has_user(subject, name)))
			continue;
		if (!name) {
			draft_comment(draft,
				      "%s(2) with the user id %u, which has no "
				      "name here.",
				      id->call, id->id);
			continue;
		}
		draft_reason(draft,
			     id->owner ? "%s(2): it gives files away."
				       : "%s(2): it becomes this user.",
			     id->call);
		draft_user(draft, subject, name);
	}
}

static void draft_group(struct draft *draft,
			const struct trace_subject *subject,
			const struct trace_id *id, const char *name)
{
	const struct id_table *users = &subject->names->users;
	CLEANUP_BUF struct buf members = BUF_INIT;

	for (size_t i = 0; i < users->count; i++) {
		const struct id_entry *user = &users->entries[i];

		if (trace_declares_user(subject, user->id) &&
		    trace_names_is_member(subject->names, name, user->name))
			buf_printf(
				&members, "%s%s",
				members.length ? "," : " members=", user->name);
	}
	draft_reason(draft, "%s(2)", id->call);
	draft_line(draft, "group %s%s", name, members.data ? members.data : "");
}

void trace_draft_accounts(struct draft *draft,
			  const struct trace_subject *subject)
{
	const struct trace_facts *facts = subject->facts;

	draft_heading(draft, "Users");
	draft_users(draft, subject);
	for (size_t i = 0; i < facts->id_count; i++) {
		const struct trace_id *id = &facts->ids[i];
		const char *name = group_name(subject, id->id);

		if (id->group && id->id != 0 && name &&
		    !is_own_group(subject, id->id) &&
		    !old_has_group(subject, name))
			draft_group(draft, subject, id, name);
	}
}
