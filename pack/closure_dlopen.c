/* What an object opens by name at run time, by its own word. */
#include "lib/buf.h"
#include "pack/closure_internal.h"
#include "pack/elf_strings.h"
#include "pack/format.h"
#include "pack/rules.h"

#include <errno.h>
#include <string.h>

static const char *const priorities[] = {
	[ELF_REQUIRED] = "required",
	[ELF_RECOMMENDED] = "recommended",
	[ELF_SUGGESTED] = "suggested",
};

static int dlopen_reason(const struct elf_dlopen *note, const char *path,
			 char **ret_reason, struct diag *diag)
{
	const char *feature = note->feature;

	*ret_reason =
		format_text("opened by %s (.note.dlopen, %s%s%s)", path,
			    priorities[note->priority], feature ? " for " : "",
			    feature ? feature : "");
	return *ret_reason ? 0 : diag_oom(diag);
}

/* The first of the names that there is. */
static int one_note(struct closure *closure, const struct closure_item *item,
		    const struct elf *elf, const char *path,
		    const struct elf_dlopen *note, struct diag *diag)
{
	CLEANUP_FREE char *reason = NULL;
	int r = dlopen_reason(note, path, &reason, diag);

	if (r < 0)
		return r;
	for (size_t i = 0; note->sonames[i]; i++) {
		r = closure_need_library(closure, item, elf, note->sonames[i],
					 reason, diag);
		if (r != -ENOENT)
			return r;
	}
	if (note->priority == ELF_REQUIRED)
		return closure_missing_library(closure, item, elf,
					       note->sonames[0], diag);
	placer_warn(closure->placer,
		    "%s would make use of %s, which is not there%s%s", path,
		    note->sonames[0], note->description ? ": " : "",
		    note->description ? note->description : "");
	return 0;
}

static int dlopen_notes(struct closure *closure,
			const struct closure_item *item, const struct elf *elf,
			const char *path, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < elf->dlopen_count; i++) {
		const struct elf_dlopen *note = &elf->dlopens[i];

		if (closure_has_note_rule(closure, priorities[note->priority]))
			r = one_note(closure, item, elf, path, note, diag);
	}
	return r;
}

/* "; named in it are a.so, b.so.1", or nothing. */
static int names_in(const struct closure_item *item, char **ret_text,
		    struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	char **names = NULL;
	int r = node_open(item->node, &fd, diag);

	if (r == 0)
		r = elf_read_library_names(fd, &names, diag);
	if (r < 0)
		return r;
	buf_puts(&text, "");
	for (size_t i = 0; names && names[i]; i++)
		buf_printf(&text, "%s%s",
			   i ? ", " : "; named in it: ", names[i]);
	strv_free(names);
	*ret_text = buf_steal(&text);
	return *ret_text ? 0 : diag_oom(diag);
}

static int warn_of_dlopen(const struct closure *closure,
			  const struct closure_item *item,
			  const struct elf *elf, const char *path,
			  struct diag *diag)
{
	bool harmless;
	const char *hint = rules_dlopen_hint(elf, item->node->name, &harmless);
	CLEANUP_FREE char *names = NULL;
	int r;

	/* Once for each object, in whatever circumstances it is met. */
	if (harmless || elf->dlopen_count || item->same_node ||
	    !rules_uses_dlopen(elf))
		return 0;
	r = names_in(item, &names, diag);
	if (r < 0)
		return r;
	placer_warn(closure->placer,
		    "%s can load more when it runs (it imports dlopen)%s%s; "
		    "what the service needs of that is to be copied by name%s",
		    path, hint ? ": " : "", hint ? hint : "", names);
	return 0;
}

int closure_dlopen(struct closure *closure, const struct closure_item *item,
		   const struct elf *elf, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(item->node);
	int r = path ? 0 : diag_oom(diag);

	if (r == 0)
		r = dlopen_notes(closure, item, elf, path, diag);
	if (r == 0)
		r = warn_of_dlopen(closure, item, elf, path, diag);
	return r;
}
