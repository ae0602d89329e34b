/*
 * Name services. glibc loads libnss_NAME.so.2 for each service that the
 * jail's nsswitch.conf names; since 2.34 "files" and "dns" are part of
 * libc.so.6 itself. Without an nsswitch.conf it asks those two only.
 */
#include "pack/closure_internal.h"
#include "pack/elf.h"
#include "pack/format.h"
#include "pack/nsswitch.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { NSSWITCH_BYTES_MAX = 1 << 16 };

/* The file says what services there are: NULL if there is none. */
static int read_switch(const struct closure *closure, char **ret_text,
		       bool *ret_own, struct diag *diag)
{
	const struct view tree = { .tree = closure->placer->view.tree };
	const struct node *node = tree_resolve(tree.tree, "/etc/nsswitch.conf");
	size_t length;
	int r;

	*ret_text = NULL;
	*ret_own = node && node->content == CONTENT_INLINE;
	r = view_read(&tree, "/etc/nsswitch.conf", NSSWITCH_BYTES_MAX, ret_text,
		      &length, diag);
	return r == -ENOENT ? 0 : r;
}

/* glibc 2.34 took libdl into libc.so.6 together with these services. */
static int has_builtin_services(struct closure *closure,
				const struct library_user *user, bool *ret_yes,
				struct diag *diag)
{
	static const char *const symbols[] = { "dlopen", NULL };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	CLEANUP_ELF struct elf libc = ELF_INIT;
	CLEANUP_CLOSE int fd = -1;
	int r = libraries_find(closure->libraries, user, "libc.so.6", &found,
			       diag);

	*ret_yes = true;
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = view_follow(&closure->placer->view, found.path, true,
				&trail, diag);
	if (r == 0)
		r = view_open(&trail, &fd, diag);
	if (r == 0)
		r = elf_read(fd, symbols, &libc, diag);
	if (r < 0)
		return r;
	*ret_yes = elf_exports(&libc, "dlopen");
	return 0;
}

/* glibc passes over a service that it cannot load. What the recipe itself
 * asks for is there, or else the recipe is wrong. */
static int need_service(struct closure *closure, const struct elf *elf,
			const char *service, bool own, struct diag *diag)
{
	const struct closure_names *names = &closure->names;
	CLEANUP_FREE char *name = format_text("libnss_%s.so.2", service);
	CLEANUP_FREE char *reason = NULL;
	int r;

	reason = format_text("name service %s: %s", service, names->reason);
	if (!name || !reason)
		return diag_oom(diag);
	r = closure_need_library(closure, names->item, elf, name, reason, diag);
	if (r != -ENOENT)
		return r;
	if (own)
		return closure_missing_library(closure, names->item, elf, name,
					       diag);
	placer_warn(closure->placer,
		    "/etc/nsswitch.conf names the service %s, and %s is not "
		    "there",
		    service, name);
	return 0;
}

static int need_services(struct closure *closure, char *const *services,
			 bool own, struct diag *diag)
{
	const struct closure_item *item = closure->names.item;
	const struct elf elf = { .identity = closure->names.identity };
	const struct library_user user = { .elf = &elf,
					   .origin = item->origin };
	bool builtin;
	int r = has_builtin_services(closure, &user, &builtin, diag);

	for (size_t i = 0; r == 0 && services && services[i]; i++) {
		bool part = strcmp(services[i], "files") == 0 ||
			    strcmp(services[i], "dns") == 0;

		if (!part || !builtin)
			r = need_service(closure, &elf, services[i], own, diag);
	}
	return r;
}

int closure_names(struct closure *closure, struct diag *diag)
{
	char *const *databases = closure->names.databases;
	CLEANUP_FREE char *text = NULL;
	char **services = NULL;
	bool own;
	int r;

	if (closure->names.settled)
		return 0;
	r = read_switch(closure, &text, &own, diag);
	for (size_t i = 0; r == 0 && databases && databases[i]; i++) {
		if (nsswitch_services(text, databases[i], &services) < 0)
			r = diag_oom(diag);
	}
	closure->names.settled = true;
	if (r == 0 && services)
		r = need_services(closure, services, own, diag);
	strv_free(services);
	return r;
}

static int take_database(struct closure_names *names, const char *word,
			 size_t length)
{
	CLEANUP_FREE char *database = strndup(word, length);

	for (size_t i = 0; database && names->databases && names->databases[i];
	     i++) {
		if (strcmp(names->databases[i], database) == 0)
			return 0;
	}
	names->settled = false;
	return database ? strv_append(&names->databases, database) : -ENOMEM;
}

int closure_take_names(struct closure *closure, const struct closure_act *act,
		       struct diag *diag)
{
	struct closure_names *names = &closure->names;
	const char *words = act->rule->adds, *word;
	size_t length;

	if (!names->item) {
		const char *by = rule_meets_object(act->rule, act->elf, "");
		CLEANUP_FREE char *path = node_path(act->item->node);

		if (path)
			names->reason = format_text("%s imports %s", path, by);
		if (!names->reason)
			return diag_oom(diag);
		names->item = act->item;
		names->identity = act->elf->identity;
	}
	while ((word = rule_next_word(&words, &length))) {
		if (take_database(names, word, length) < 0)
			return diag_oom(diag);
	}
	return 0;
}
