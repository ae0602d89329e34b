/*
 * Texts that say what a program loads: the first byte says which kind. What is
 * found is within the text, and fit for a path and a message.
 */
/* links: pack/python_imports.o pack/python_lines.o pack/perl_uses.o
 * pack/perl_modules.o pack/php_includes.o pack/nsswitch.o pack/gconv_modules.o
 * pack/environment_names.o pack/named_lines.o pack/ini.o
 * pack/openssl_config.o pack/pam_stack.o pack/program_text.o pack/format.o */
#include "tests/fuzz/fuzz.h"

#include "lib/path.h"
#include "pack/environment_names.h"
#include "pack/gconv_modules.h"
#include "pack/named_lines.h"
#include "pack/nsswitch.h"
#include "pack/openssl_config.h"
#include "pack/pam_stack.h"
#include "pack/perl_uses.h"
#include "pack/php_includes.h"
#include "pack/program_text.h"
#include "pack/python_imports.h"

#include <stdbool.h>
#include <string.h>

static void expect(bool what)
{
	if (!what)
		abort();
}

static unsigned int lines_of(const char *text)
{
	unsigned int lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void python(const char *text)
{
	for (int main = 0; main < 2; main++) {
		CLEANUP_PYTHON struct python_imports found =
			PYTHON_IMPORTS_INIT;

		expect(python_imports_parse(text, main, &found, NULL) == 0);
		expect(found.computed <= lines_of(text));
		for (size_t i = 0; i < found.count; i++) {
			const struct python_import *import = &found.imports[i];

			expect(import->number >= 1 &&
			       import->number <= lines_of(text));
			expect(*import->module || import->level);
			expect(!strpbrk(import->module, "/ \n"));
			expect(!import->name || *import->name);
		}
	}
}

static void perl(const char *text)
{
	CLEANUP_PERL struct perl_uses found = PERL_USES_INIT;
	bool has;

	expect(perl_uses_parse(text, &found, NULL) == 0);
	for (size_t i = 0; i < found.count; i++) {
		expect(found.uses[i].number >= 1 &&
		       found.uses[i].number <= lines_of(text));
		expect(*found.uses[i].name);
		(void)perl_is_for_development(found.uses[i].name);
		(void)perl_implied(found.uses[i].name);
	}
	for (size_t i = 0; perl_implied_by_sign(i, text, &has); i++)
		;
}

static void php(const char *text)
{
	CLEANUP_PHP struct php_includes found = PHP_INCLUDES_INIT;

	expect(php_includes_parse(text, &found, NULL) == 0);
	for (size_t i = 0; i < found.count; i++)
		expect(found.includes[i].number >= 1 &&
		       found.includes[i].number <= lines_of(text));
}

static void settings(const char *text)
{
	CLEANUP_OPENSSL struct openssl_modules modules = OPENSSL_MODULES_INIT;
	CLEANUP_INI struct ini ini = INI_INIT;

	expect(ini_parse(text, &ini, NULL) == 0);
	for (size_t i = 0; i < ini.count; i++) {
		expect(ini.entries[i].number <= lines_of(text));
		expect(ini_value(&ini, ini.entries[i].section,
				 ini.entries[i].key) != NULL);
	}
	expect(openssl_modules_find(&ini, &modules, NULL) == 0);
	for (size_t i = 0; i < modules.count; i++)
		expect(modules.modules[i].name != NULL);
}

static void pam(const char *text)
{
	CLEANUP_PAM struct pam_stack stack = PAM_STACK_INIT;

	expect(pam_stack_parse(text, &stack, NULL) == 0);
	for (size_t i = 0; i < stack.count; i++)
		expect(*stack.lines[i].name &&
		       stack.lines[i].number <= lines_of(text));
}

static void named(const char *text)
{
	static const char forms[] =
		"a % => /b/%.so; c * %.x => %; d %... => /e/%; * f/* % => /%";
	CLEANUP_NAMED struct named_lines found = NAMED_LINES_INIT;

	expect(named_lines_parse(text, forms, &found, NULL) == 0);
	for (size_t i = 0; i < found.count; i++)
		expect(path_is_normal(found.lines[i].path) &&
		       found.lines[i].number <= lines_of(text));
}

/* One name in a directory each. */
static void names(const char *text)
{
	static const char *const databases[] = { "passwd", "hosts", "" };
	char **found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(databases); i++)
		expect(nsswitch_services(text, databases[i], &found) == 0);
	expect(gconv_modules_find(text, "UTF-16", &found) == 0);
	for (size_t i = 0; found && found[i]; i++)
		expect(!strchr(found[i], '/'));
	strv_free(found);
}

static void environment(const char *text)
{
	CLEANUP_FREE char *locale = NULL;
	CLEANUP_FREE char *charset = NULL;
	CLEANUP_FREE char *zone = NULL;

	if (environment_locale(text, &locale) > 0)
		expect(!strchr(locale, '/') && locale[0] != '.');
	expect(environment_charset(text, &charset) >= 0);
	if (environment_time_zone(text, &zone) > 0)
		expect(path_is_normal(zone));
	if (environment_is_terminal(text))
		expect(!strchr(text, '/') && text[0] != '.');
}

static void program(const char *bytes, size_t size)
{
	const char *text = NULL;
	char **paths = NULL;
	size_t length =
		program_text_behind(bytes, size, "DIR: \"", "\"", &text);

	expect(length == 0 || (text >= bytes && text + length <= bytes + size));
	expect(program_text_paths(bytes, size, "/*perl*", &paths) == 0);
	for (size_t i = 0; paths && paths[i]; i++)
		expect(paths[i][0] == '/');
	strv_free(paths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const char *text) = {
		['E' - 'A'] = environment, ['H' - 'A'] = php,
		['I' - 'A'] = settings,	   ['L' - 'A'] = named,
		['M' - 'A'] = pam,	   ['N' - 'A'] = names,
		['P' - 'A'] = perl,	   ['Y' - 'A'] = python,
	};
	CLEANUP_FREE char *text = NULL;
	size_t kind;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	kind = (size_t)*data - 'A';
	if (*data == 'B')
		program((const char *)data + 1, size - 1);
	else if (kind < ARRAY_SIZE(kinds) && kinds[kind])
		kinds[kind](text);
	return 0;
}
