/*
 * PAM: the stacks of the services that the tree brings, and of the program
 * that asks, followed through what they include; their modules, and the files
 * that the modules' arguments name.
 */
#include "lib/buf.h"
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/format.h"
#include "pack/pam_stack.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	STACK_BYTES_MAX = 1 << 20,
	STACK_DEPTH_MAX = 32, /* of includes; libpam's own limit */
};

struct pam {
	struct closure *closure;
	const struct closure_act *act;
	char **missing; /* what stacks take in that a rule has brought */
};

/* Who asks for a stack: the program, or a stack that takes it in. */
struct asker {
	struct node *node;
	const char *reason;
	unsigned int depth;
};

static int one_stack(struct pam *pam, const char *path,
		     const struct asker *asker, struct diag *diag);

/* The file of a service, in the first directory that has one. */
static int find_stack(struct pam *pam, const char *service, char **ret_path,
		      struct diag *diag)
{
	const char *words = pam->act->rule->adds, *word;
	size_t length;

	*ret_path = NULL;
	while ((word = rule_next_word(&words, &length))) {
		CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
		CLEANUP_FREE char *directory = strndup(word, length);
		CLEANUP_FREE char *path = NULL;
		int r;

		path = directory ? path_join(directory, service) : NULL;
		if (!path)
			return diag_oom(diag);
		r = view_follow(&pam->closure->placer->view, path, true, &trail,
				diag);
		if (r == 0 && S_ISREG(view_trail_mode(&trail))) {
			*ret_path = steal_ptr(&path);
			return 0;
		}
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

/* For one warning about all of them. */
static int remember_missing(struct pam *pam, const char *name,
			    struct diag *diag)
{
	for (size_t i = 0; pam->missing && pam->missing[i]; i++) {
		if (strcmp(pam->missing[i], name) == 0)
			return 0;
	}
	return strv_append(&pam->missing, name) < 0 ? diag_oom(diag) : 0;
}

static int absent(struct pam *pam, struct node *file,
		  const struct pam_line *line, struct diag *diag)
{
	CLEANUP_FREE char *what = NULL;

	if (line->optional)
		return 0;
	if (line->is_stack && file->because)
		return remember_missing(pam, line->name, diag);
	what = format_text("%s (line %u)", line->name, line->number);
	if (!what)
		return diag_oom(diag);
	return closure_absent(pam->closure, file, what,
			      line->is_stack ? "add `with pam`, or copy it"
					     : "add `fetch PACKAGE` with the "
					       "package that holds the module",
			      diag);
}

static int follow_stack(struct pam *pam, struct node *file,
			const struct pam_line *line, unsigned int depth,
			struct diag *diag)
{
	CLEANUP_FREE char *from = node_path(file);
	CLEANUP_FREE char *path = NULL;
	CLEANUP_FREE char *reason = NULL;
	struct asker asker = { file, NULL, depth + 1 };
	int r = find_stack(pam, line->name, &path, diag);

	if (r < 0)
		return r;
	if (!path)
		return absent(pam, file, line, diag);
	reason = format_text("taken in by %s:%u", from, line->number);
	if (!from || !reason)
		return diag_oom(diag);
	asker.reason = reason;
	return one_stack(pam, path, &asker, diag);
}

/* "file=/etc/ftpusers", and "db=/etc/logins" for /etc/logins.db: settings. */
static int add_arguments(struct pam *pam, const struct closure_act *act,
			 const struct pam_line *line, struct diag *diag)
{
	int r = 0;

	for (char **word = line->arguments; r == 0 && word && *word; word++) {
		const char *value = strstr(*word, "=/");
		CLEANUP_FREE char *path = NULL;
		CLEANUP_FREE char *database = NULL;
		bool there;

		path = value ? path_normalize(value + 1) : NULL;
		if (value && !path)
			return diag_oom(diag);
		if (!path || !path_within(path, "/etc"))
			continue;
		database = format_text("%s.db", path);
		r = database ? closure_add_file(pam->closure, act, path, &there,
						diag)
			     : diag_oom(diag);
		if (r == 0 && !there)
			r = closure_add_file(pam->closure, act, database,
					     &there, diag);
	}
	return r;
}

static int add_module(struct pam *pam, struct node *file,
		      const struct pam_line *line, struct diag *diag)
{
	static const char *const directories[] = { "${lib}/security",
						   "/usr/lib/security",
						   "/usr/lib64/security" };
	CLEANUP_FREE char *path = node_path(file);
	CLEANUP_FREE char *reason = NULL;
	struct closure_item item = *pam->act->item;
	struct closure_act act = *pam->act;
	bool there = false;
	int r = 0;

	reason = format_text("module of PAM, named in %s:%u", path,
			     line->number);
	if (!path || !reason)
		return diag_oom(diag);
	item.node = file;
	act.item = &item;
	act.reason = reason;
	for (size_t i = 0; r == 0 && !there && i < ARRAY_SIZE(directories);
	     i++) {
		CLEANUP_FREE char *where = NULL;
		CLEANUP_FREE char *module = NULL;

		r = closure_expand(pam->closure, pam->act, directories[i],
				   strlen(directories[i]), &where, diag);
		if (r == -ENOENT) {
			r = 0;
			continue;
		}
		module = where ? path_join(where, line->name) : NULL;
		if (r == 0)
			r = module ? closure_add_file(pam->closure, &act,
						      module, &there, diag)
				   : diag_oom(diag);
	}
	if (r == 0 && !there)
		return absent(pam, file, line, diag);
	return r < 0 ? r : add_arguments(pam, &act, line, diag);
}

/* True if it was read before; it is now. */
static int is_known(struct pam *pam, const struct node *file, bool *ret_known,
		    struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(file);
	char ***stacks = &pam->closure->pam_stacks;

	*ret_known = false;
	if (!path)
		return diag_oom(diag);
	for (size_t i = 0; *stacks && (*stacks)[i]; i++)
		*ret_known = *ret_known || strcmp((*stacks)[i], path) == 0;
	if (!*ret_known && strv_append(stacks, path) < 0)
		return diag_oom(diag);
	return 0;
}

static int one_stack(struct pam *pam, const char *path,
		     const struct asker *asker, struct diag *diag)
{
	CLEANUP_PAM struct pam_stack stack = PAM_STACK_INIT;
	struct closure_item item = *pam->act->item;
	CLEANUP_FREE char *text = NULL;
	struct node *file;
	size_t length;
	bool known = false;
	int r;

	item.node = asker->node;
	r = closure_need_file(pam->closure, &item, path, asker->reason, &file,
			      diag);
	if (r == 0)
		r = is_known(pam, file, &known, diag);
	if (r < 0 || known)
		return r;
	if (asker->depth > STACK_DEPTH_MAX)
		return diag_set(diag, -EINVAL, "%s: too many includes", path);
	r = view_read(&pam->closure->placer->view, path, STACK_BYTES_MAX, &text,
		      &length, diag);
	if (r == 0)
		r = pam_stack_parse(text, &stack, diag);
	for (size_t i = 0; r == 0 && i < stack.count; i++)
		r = stack.lines[i].is_stack
			    ? follow_stack(pam, file, &stack.lines[i],
					   asker->depth, diag)
			    : add_module(pam, file, &stack.lines[i], diag);
	return r;
}

static int one_service(struct pam *pam, const char *service, struct diag *diag)
{
	const struct asker asker = { pam->act->item->node, pam->act->reason,
				     0 };
	CLEANUP_FREE char *path = NULL;
	int r = find_stack(pam, service, &path, diag);

	return r == 0 && path ? one_stack(pam, path, &asker, diag) : r;
}

/* The services that the recipe has put into the tree. */
static int services_of_tree(struct pam *pam, struct diag *diag)
{
	const struct node *directory =
		tree_resolve(pam->closure->placer->view.tree, "/etc/pam.d");
	char **names = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && directory && i < directory->child_count;
	     i++) {
		if (strv_append(&names, directory->children[i]->name) < 0)
			r = diag_oom(diag);
	}
	for (size_t i = 0; r == 0 && names && names[i]; i++)
		r = one_service(pam, names[i], diag);
	strv_free(names);
	return r;
}

static int warn_of_missing(const struct pam *pam, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(pam->act->item->node);
	CLEANUP_BUF struct buf names = BUF_INIT;

	if (!pam->missing)
		return 0;
	for (size_t i = 0; pam->missing[i]; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", pam->missing[i]);
	if (!path || buf_check(&names) < 0)
		return diag_oom(diag);
	placer_warn(pam->closure->placer,
		    "%s calls PAM, and stacks that it would go through take in "
		    "%s, which is not there: add `with pam`, or `closure "
		    "without pam`",
		    path, names.data);
	return 0;
}

/* The programs that the recipe runs. */
static int services_of_programs(struct pam *pam, struct diag *diag)
{
	struct recipe_program program;
	int r = 0;

	for (size_t i = 0;
	     r == 0 && recipe_program(pam->closure->recipe, i, &program); i++)
		r = one_service(pam, path_name(program.arguments[0]), diag);
	return r;
}

/* libpam looks for a service of the program's name, and for "other" when the
 * service has no such file; it reads that in any case. */
int closure_pam(struct closure *closure, const struct closure_act *act,
		struct diag *diag)
{
	struct pam pam = { .closure = closure, .act = act };
	int r = services_of_tree(&pam, diag);

	if (r == 0)
		r = one_service(&pam, act->item->node->name, diag);
	if (r == 0)
		r = services_of_programs(&pam, diag);
	if (r == 0)
		r = one_service(&pam, "other", diag);
	if (r == 0)
		r = warn_of_missing(&pam, diag);
	strv_free(pam.missing);
	return r;
}
