#include "pack/openssl_config.h"

#include <string.h>

static const char *const built_in[] = { "default", "base",   "null",
					"dynamic", "rdrand", "padlock" };

void openssl_modules_done(struct openssl_modules *modules)
{
	for (size_t i = 0; i < modules->count; i++)
		free(modules->modules[i].name);
	free(modules->modules);
	*modules = OPENSSL_MODULES_INIT;
}

/* Older files have these two in a section of the name "default". */
static const char *global_value(const struct ini *ini, const char *key)
{
	const char *value = ini_value(ini, "", key);

	return value ? value : ini_value(ini, "default", key);
}

static bool is_yes(const char *value)
{
	static const char *const no[] = { "0", "no", "off", "false" };

	for (size_t i = 0; value && i < ARRAY_SIZE(no); i++) {
		if (strcmp(no[i], value) == 0)
			return false;
	}
	return value != NULL;
}

/* The file of one provider or engine, or NULL if it needs none. */
static const char *module_name(const struct ini *ini, bool engine,
			       const char *name, const char *section)
{
	const char *id =
		ini_value(ini, section, engine ? "engine_id" : "identity");
	const char *path =
		ini_value(ini, section, engine ? "dynamic_path" : "module");

	if (!engine && !is_yes(ini_value(ini, section, "activate")))
		return NULL;
	if (path)
		return path;
	if (id)
		name = id;
	for (size_t i = 0; i < ARRAY_SIZE(built_in); i++) {
		if (strcmp(built_in[i], name) == 0)
			return NULL;
	}
	return name;
}

static int add_module(struct openssl_modules *modules, bool engine,
		      const char *name, unsigned int number, struct diag *diag)
{
	struct openssl_module module = { engine, strdup(name), number };
	size_t length = strlen(name);

	if (!module.name ||
	    array_grow(&modules->modules, modules->count, sizeof(module)) < 0) {
		free(module.name);
		return diag_oom(diag);
	}
	if (name[0] != '/' && length > 3 &&
	    strcmp(name + length - 3, ".so") == 0)
		module.name[length - 3] = '\0';
	modules->modules[modules->count++] = module;
	return 0;
}

/* Every key of a list is a name, its value the section about it. */
static int take_list(const struct ini *ini, const char *list, bool engine,
		     struct openssl_modules *modules, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && list && i < ini->count; i++) {
		const struct ini_entry *entry = &ini->entries[i];
		const char *name;

		if (strcmp(entry->section, list) != 0)
			continue;
		name = module_name(ini, engine, entry->key, entry->value);
		if (name && *name)
			r = add_module(modules, engine, name, entry->number,
				       diag);
	}
	return r;
}

int openssl_modules_find(const struct ini *ini,
			 struct openssl_modules *ret_modules, struct diag *diag)
{
	CLEANUP_OPENSSL struct openssl_modules modules = OPENSSL_MODULES_INIT;
	const char *main = global_value(ini, "openssl_conf");
	int r = 0;

	if (main) {
		r = take_list(ini, ini_value(ini, main, "providers"), false,
			      &modules, diag);
		if (r == 0)
			r = take_list(ini, ini_value(ini, main, "engines"),
				      true, &modules, diag);
	}
	if (r < 0)
		return r;
	*ret_modules = modules;
	modules = OPENSSL_MODULES_INIT;
	return 0;
}
