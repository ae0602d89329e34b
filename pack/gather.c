#include "pack/gather.h"

#include "pack/closure.h"
#include "pack/contract.h"
#include "pack/format.h"
#include "pack/gather_generated.h"
#include "pack/gather_items.h"
#include "pack/gather_places.h"
#include "pack/gather_sources.h"
#include "pack/proof.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void gathered_done(struct gathered *gathered)
{
	tree_free(gathered->tree);
	for (size_t i = 0; i < gathered->source_count; i++)
		source_free(gathered->sources[i]);
	free(gathered->sources);
	for (size_t i = 0; i < gathered->archive_count; i++)
		source_free(gathered->archives[i]);
	free(gathered->archives);
	config_done(&gathered->config);
	*gathered = (struct gathered){ 0 };
}

/* The first source that knows a name gives its number. */
static int look_up_user(void *context, const char *name, uint32_t *ret_uid,
			uint32_t *ret_gid)
{
	const struct gathered *gathered = context;

	for (size_t i = 0; i < gathered->source_count; i++) {
		if (source_find_user(gathered->sources[i], name, ret_uid,
				     ret_gid) == 0)
			return 0;
	}
	return -ENOENT;
}

static int look_up_group(void *context, const char *name, uint32_t *ret_gid)
{
	const struct gathered *gathered = context;

	for (size_t i = 0; i < gathered->source_count; i++) {
		if (source_find_group(gathered->sources[i], name, ret_gid) == 0)
			return 0;
	}
	return -ENOENT;
}

static int not_executable(const struct recipe_program *program,
			  const char *what, const char *hint, struct diag *diag)
{
	int r = location_error(diag, -ENOENT, program->at, "%s %s",
			       program->arguments[0], what);

	diag_hint(diag, "%s", hint);
	return r;
}

/* A program itself comes along if the recipe has not copied it. */
static int gather_program(struct placer *placer, const struct recipe *recipe,
			  const struct recipe_program *program,
			  struct diag *diag)
{
	const char *path = program->arguments[0];
	const char *service = program->service;
	CLEANUP_FREE char *reason = recipe_reason(
		recipe, program->at, "%s%s %s", service ? "service " : "run",
		service ? service : "", path);
	struct node *node;
	int r = reason ? place_follow(placer, path, NULL, reason, &node, diag)
		       : diag_oom(diag);

	if (r == -ENOENT) {
		CLEANUP_FREE char *sources = view_sources_name(&placer->view);
		CLEANUP_FREE char *what = NULL;

		what = format_text("is neither in the tree nor in %s",
				   sources ? sources : "any source");
		return not_executable(program, what ? what : "is not there",
				      "add `fetch PACKAGE` with the package "
				      "that holds it",
				      diag);
	}
	if (r < 0)
		return location_wrap(diag, r, program->at);
	if (!S_ISREG(node->mode))
		return not_executable(program, "is no program",
				      "run PROGRAM [ARGUMENT]...", diag);
	if (!(node->mode & 0111))
		return not_executable(program, "may not be executed",
				      "give it a mode such as 0755", diag);
	return 0;
}

static int gather_programs(struct placer *placer, const struct recipe *recipe,
			   struct diag *diag)
{
	struct recipe_program program;
	int r = 0;

	for (size_t i = 0; r == 0 && recipe_program(recipe, i, &program); i++)
		r = gather_program(placer, recipe, &program, diag);
	return r;
}

static void tell(const struct gather_options *options, const char *doing)
{
	if (options->progress)
		options->progress(options->context, doing);
}

static int fill_tree(struct placer *placer, const struct recipe *recipe,
		     const struct gather_options *options,
		     struct config *config, struct diag *diag)
{
	int r = node_reason(placer->view.tree->root, NULL, diag,
			    "the root of the jail");

	tell(options, "gathering files");
	if (r == 0)
		r = gather_items(placer, recipe, diag);
	if (r == 0)
		r = gather_accounts_files(placer, recipe, diag);
	if (r == 0)
		r = gather_programs(placer, recipe, diag);
	if (r == 0)
		r = gather_mount_points(placer, recipe, config, diag);
	if (r == 0)
		r = gather_places(placer, recipe, config, diag);
	tell(options, "following what they need");
	if (r == 0)
		r = closure_complete(placer, recipe, diag);
	if (r == 0)
		r = gather_contract(placer, recipe, config, diag);
	if (r == 0)
		r = gather_tripwires(placer, recipe, config, diag);
	tell(options, "proving that nothing is missing");
	if (r == 0)
		r = proof_check(placer, recipe, config, diag);
	return r;
}

/* What came from the host, and what of the lock file nothing came of. */
static int tell_locking(const struct recipe *recipe,
			const struct gather_options *options,
			const struct gathered *gathered, struct diag *diag)
{
	CLEANUP_FREE char *unused = NULL;
	int r = 0;

	if (!options->locking || !locking_is_on(options->locking))
		return 0;
	for (size_t i = 0; r == 0 && i < gathered->source_count; i++) {
		const struct recipe_source *from = &recipe->sources[i];

		if (from->kind == SOURCE_HOST || from->is_host)
			r = locking_host(options->locking, gathered->tree,
					 gathered->sources[i], diag);
	}
	if (r == 0)
		r = locking_unused(options->locking, &unused, diag);
	if (r == 0 && unused && options->warn)
		options->warn(options->context, unused);
	return r;
}

static int gather_version(const struct recipe *recipe,
			  struct gathered *gathered, struct diag *diag)
{
	const char *name = recipe->version_package;
	const struct source_package *package = NULL;
	char *version;
	int r;

	if (!name)
		return 0;
	for (size_t i = 0; !package && i < gathered->source_count; i++)
		package = source_find_package(gathered->sources[i], name);
	if (!package) {
		r = location_error(diag, -ENOENT, &recipe->version_at,
				   "no source has a package %s to take the "
				   "version from",
				   name);
		diag_hint(diag, "add `fetch %s`, or say the version itself",
			  name);
		return r;
	}
	version = strdup(package->version);
	if (!version)
		return diag_oom(diag);
	free(gathered->config.version);
	gathered->config.version = version;
	return 0;
}

static int gather_into(const struct recipe *recipe,
		       const struct gather_options *options,
		       struct gathered *gathered, struct diag *diag)
{
	const struct account_lookup lookup = { look_up_user, look_up_group,
					       gathered };
	CLEANUP_ACCOUNTS struct accounts accounts = ACCOUNTS_INIT;
	struct placer placer = { .accounts = &accounts,
				 .warn = options->warn,
				 .context = options->context,
				 .force = options->force };
	int r;

	/* What is wrong with the recipe alone is told before anything is
	 * fetched. */
	r = contract_complete(&gathered->config, recipe, diag);
	if (r == 0)
		r = gather_sources(recipe, options, gathered, diag);
	if (r == 0)
		r = gather_version(recipe, gathered, diag);
	if (r == 0)
		r = accounts_resolve(recipe, &lookup, &accounts, diag);
	if (r == 0)
		r = tree_new(&gathered->tree, diag);
	if (r < 0)
		return r;
	placer.view = (struct view){ .tree = gathered->tree,
				     .sources = gathered->sources,
				     .source_count = gathered->source_count };
	placer.archives = gathered->archives;
	r = fill_tree(&placer, recipe, options, &gathered->config, diag);
	free(placer.files);
	return r < 0 ? r : tell_locking(recipe, options, gathered, diag);
}

int gather(const struct recipe *recipe, const struct gather_options *options,
	   struct gathered *ret_gathered, struct diag *diag)
{
	struct gathered gathered = { 0 };
	int r = gather_into(recipe, options, &gathered, diag);

	if (r < 0)
		gathered_done(&gathered);
	else
		*ret_gathered = gathered;
	return r;
}
