/*
 * Name services. glibc loads libnss_NAME.so.2 for each service that the
 * jail's nsswitch.conf names; since 2.34 "files" and "dns" are part of
 * libc.so.6 itself. Without an nsswitch.conf it asks those two only.
 */
#include "pack/closure_internal.h"
#include "pack/elf.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { NSSWITCH_BYTES_MAX = 1 << 16 };

/* The services named behind "database:", actions in brackets left out. */
static int add_services(char *line, char ***services)
{
	char *word, *rest = NULL;
	bool in_action = false;
	int r = 0;

	line[strcspn(line, "#")] = '\0';
	line = strchr(line, ':');
	if (!line)
		return 0;
	for (word = strtok_r(line + 1, " \t\r", &rest); r == 0 && word;
	     word = strtok_r(NULL, " \t\r", &rest)) {
		bool known = false;

		in_action = in_action || word[0] == '[';
		if (in_action) {
			in_action = !strchr(word, ']');
			continue;
		}
		for (size_t i = 0; *services && (*services)[i]; i++)
			known = known || strcmp((*services)[i], word) == 0;
		if (!known && !strchr(word, '/'))
			r = strv_append(services, word);
	}
	return r;
}

static int read_services(const struct view *tree, char ***services,
			 struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	char *line, *rest = NULL;
	size_t length;
	int r = view_read(tree, "/etc/nsswitch.conf", NSSWITCH_BYTES_MAX, &text,
			  &length, diag);

	if (r == -ENOENT) {
		r = strv_append(services, "files");
		if (r == 0)
			r = strv_append(services, "dns");
		return r < 0 ? diag_oom(diag) : 0;
	}
	for (line = r == 0 ? strtok_r(text, "\n", &rest) : NULL; r == 0 && line;
	     line = strtok_r(NULL, "\n", &rest)) {
		r = add_services(line, services);
		if (r < 0)
			diag_oom(diag);
	}
	return r;
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

static int need_service(struct closure *closure, const struct elf *elf,
			const char *service, struct diag *diag)
{
	const struct closure_item *item = closure->names_item;
	CLEANUP_FREE char *path = node_path(item->node);
	CLEANUP_FREE char *name = format_text("libnss_%s.so.2", service);
	CLEANUP_FREE char *reason = NULL;
	int r;

	if (!path || !name)
		return diag_oom(diag);
	reason = format_text("name service %s: %s imports %s", service, path,
			     closure->names_symbol);
	if (!reason)
		return diag_oom(diag);
	r = closure_need_library(closure, item, elf, name, reason, diag);
	if (r == -ENOENT)
		r = closure_missing_library(closure, item, elf, name, diag);
	return r;
}

int closure_names(struct closure *closure, struct diag *diag)
{
	const struct closure_item *item = closure->names_item;
	struct view tree = { .tree = closure->placer->view.tree };
	struct elf elf = { .identity = closure->names_identity };
	char **services = NULL;
	bool builtin = true;
	int r;

	if (!item)
		return 0;
	r = read_services(&tree, &services, diag);
	if (r == 0) {
		const struct library_user user = { .elf = &elf,
						   .origin = item->origin };

		r = has_builtin_services(closure, &user, &builtin, diag);
	}
	for (size_t i = 0; r == 0 && services && services[i]; i++) {
		bool part = strcmp(services[i], "files") == 0 ||
			    strcmp(services[i], "dns") == 0;

		if (!part || !builtin)
			r = need_service(closure, &elf, services[i], diag);
	}
	strv_free(services);
	return r;
}
