/*
 * OpenSSL: its configuration, and the providers and engines that it names.
 * Where they are is a part of libcrypto's text (crypto/info.c), or of the
 * environment. Certificates are another matter: `with tls`.
 */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/format.h"
#include "pack/openssl_config.h"
#include "pack/program_text.h"

#include <errno.h>
#include <string.h>

enum { CONFIGURATION_BYTES_MAX = 1 << 20, FILES_MAX = 64 };

struct openssl {
	struct closure *closure;
	const struct closure_act *act;
	char *bytes; /* of libcrypto */
	size_t length;
	struct ini ini;
	struct node *file; /* the main configuration */
	unsigned int files;
};

/* A directory: from the environment, or as libcrypto was built. */
static int directory(struct openssl *openssl, const char *variable,
		     const char *sign, char **ret_directory, struct diag *diag)
{
	const char *text =
		closure_environment(openssl->closure->recipe, variable);
	size_t length =
		text ? strlen(text)
		     : program_text_behind(openssl->bytes, openssl->length,
					   sign, "\"", &text);

	if (length == 0)
		return -ENOENT;
	*ret_directory = strndup(text, length);
	return *ret_directory ? 0 : diag_oom(diag);
}

static int read_configuration(struct openssl *openssl, const char *path,
			      struct diag *diag);

/* A file, or what is in a directory. */
static int include(struct openssl *openssl, const char *path, struct diag *diag)
{
	static const char *const patterns[] = { "*.cnf", "*.conf" };
	const struct view *view = &openssl->closure->placer->view;
	bool is_directory;
	int r = view_is_directory(view, path, &is_directory, diag);

	if (r < 0 || !is_directory)
		return r < 0 ? r : read_configuration(openssl, path, diag);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(patterns); i++) {
		CLEANUP_FREE char *pattern = path_join(path, patterns[i]);
		char **paths = NULL;

		r = pattern ? view_match(view, pattern, &paths, diag)
			    : diag_oom(diag);
		for (size_t k = 0; r == 0 && paths && paths[k]; k++)
			r = read_configuration(openssl, paths[k], diag);
		strv_free(paths);
	}
	return r;
}

/* One that is not there is none. */
static int read_configuration(struct openssl *openssl, const char *path,
			      struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	size_t length, first = openssl->ini.count;
	bool there;
	int r = closure_add_file(openssl->closure, openssl->act, path, &there,
				 diag);

	if (r < 0 || !there)
		return r;
	if (++openssl->files > FILES_MAX)
		return diag_set(diag, -EINVAL, "%s: too many includes", path);
	r = view_read(&openssl->closure->placer->view, path,
		      CONFIGURATION_BYTES_MAX, &text, &length, diag);
	if (r == 0)
		r = ini_parse(text, &openssl->ini, diag);
	for (size_t i = first; r == 0 && i < openssl->ini.count; i++) {
		const struct ini_entry *entry = &openssl->ini.entries[i];
		CLEANUP_FREE char *included = NULL;

		if (strcmp(entry->key, ".include") != 0 ||
		    entry->value[0] != '/')
			continue;
		included = path_normalize(entry->value);
		r = included ? include(openssl, included, diag)
			     : diag_oom(diag);
	}
	return r;
}

static int add_module(struct openssl *openssl,
		      const struct openssl_module *module, struct diag *diag)
{
	const char *what = module->engine ? "engine" : "provider";
	CLEANUP_FREE char *where = NULL;
	CLEANUP_FREE char *path = NULL;
	CLEANUP_FREE char *file = node_path(openssl->file);
	CLEANUP_FREE char *reason = NULL;
	struct closure_item item = *openssl->act->item;
	struct closure_act act = *openssl->act;
	bool there;
	int r = 0;

	if (module->name[0] != '/') {
		r = module->engine ? directory(openssl, "OPENSSL_ENGINES",
					       "ENGINESDIR: \"", &where, diag)
				   : directory(openssl, "OPENSSL_MODULES",
					       "MODULESDIR: \"", &where, diag);
		if (r < 0)
			return r == -ENOENT ? 0 : r;
	}
	path = format_text("%s%s%s%s", where ? where : "", where ? "/" : "",
			   module->name, where ? ".so" : "");
	reason = format_text("%s of OpenSSL, named in %s", what, file);
	if (!path || !reason || !file)
		return diag_oom(diag);
	item.node = openssl->file;
	act.item = &item;
	act.reason = reason;
	r = closure_add_file(openssl->closure, &act, path, &there, diag);
	if (r < 0 || there)
		return r;
	return closure_absent(openssl->closure, openssl->file, path,
			      "add `fetch PACKAGE` with the package that holds "
			      "it, or leave it out of the configuration",
			      diag);
}

static int main_file(struct openssl *openssl, char **ret_path,
		     struct diag *diag)
{
	const char *said =
		closure_environment(openssl->closure->recipe, "OPENSSL_CONF");
	CLEANUP_FREE char *where = NULL;
	int r;

	if (said) {
		*ret_path = path_normalize(said);
		return *ret_path ? 0 : diag_oom(diag);
	}
	r = directory(openssl, "", "OPENSSLDIR: \"", &where, diag);
	if (r < 0)
		return r;
	*ret_path = path_join(where, "openssl.cnf");
	return *ret_path ? 0 : diag_oom(diag);
}

static int configure(struct openssl *openssl, struct diag *diag)
{
	CLEANUP_OPENSSL struct openssl_modules modules = OPENSSL_MODULES_INIT;
	CLEANUP_FREE char *path = NULL;
	int r = main_file(openssl, &path, diag);

	if (r == 0)
		r = read_configuration(openssl, path, diag);
	if (r < 0 || openssl->files == 0)
		return r == -ENOENT ? 0 : r;
	openssl->file = tree_resolve(openssl->closure->placer->view.tree, path);
	r = openssl_modules_find(&openssl->ini, &modules, diag);
	for (size_t i = 0; r == 0 && i < modules.count; i++)
		r = add_module(openssl, &modules.modules[i], diag);
	return r;
}

int closure_openssl(struct closure *closure, const struct closure_act *act,
		    struct diag *diag)
{
	struct openssl openssl = { .closure = closure, .act = act };
	CLEANUP_FREE char *path = node_path(act->item->node);
	int r = path ? view_read(&closure->placer->view, path,
				 PROGRAM_BYTES_MAX, &openssl.bytes,
				 &openssl.length, diag)
		     : diag_oom(diag);

	if (r == 0)
		r = configure(&openssl, diag);
	free(openssl.bytes);
	ini_done(&openssl.ini);
	return r;
}
