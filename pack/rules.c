#include "pack/rules.h"

#include "pack/rules_table.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

enum { WORD_MAX = 255 };

/* What is known of objects that open others and have no rule. */
static const struct {
	const char *name; /* a pattern of its soname, or of the file's name */
	bool harmless;
	const char *hint;
} openers[] = {
	{ "ld-linux-x86-64.so.2", true, NULL },
	{ "libc.so.6", true, NULL },
	{ "libdl.so.2", true, NULL },
	/* APR's apr_dso_load() is what LoadModule comes down to. */
	{ "libapr-1.so.0", true, NULL },
	{ "libaprutil-1.so.0", true, NULL }, /* drivers: rules of their own */
	{ "libsasl2.so.2", true, NULL },     /* mechanisms: likewise */
	{ "libpam.so.0", true, NULL },
	{ "libicuuc.so.*", true, NULL }, /* plug-ins, which nobody has */
	{ "libselinux.so.1", true, NULL },
	{ "libkrb5support.so.0", true, NULL },
	{ "nginx", true, NULL }, /* load_module */
	{ "_ctypes.*", false, "libraries that a module asks ctypes for" },
	{ "libp11-kit.so.0", false, "PKCS#11 modules, in pkcs11/" },
	{ "libgnutls.so.30", false, "PKCS#11 modules through p11-kit" },
	{ "liblua5.3.so.0", false, "Lua's C modules, in lua/5.3/" },
	{ "libsystemd.so.0", false,
	  "compressors and cryptography, for the journal" },
	{ "libsqlite3.so.0", false, "extensions that a program asks for" },
	{ "libxml2.so.2", true, NULL }, /* catalogues of modules, never used */
};

const struct rule *rules(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(table);
	return table;
}

bool rules_have(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return true;
	}
	return false;
}

const char *rule_next_word(const char **words, size_t *ret_length)
{
	const char *word = *words + strspn(*words, " ");

	*ret_length = strcspn(word, " ");
	*words = word + *ret_length;
	return *ret_length ? word : NULL;
}

static int take_symbols(char ***symbols, const char *words)
{
	const char *word;
	size_t length;
	int r = 0;

	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *symbol = strndup(word, length);

		if (!symbol)
			return -ENOMEM;
		if (symbol[0] != '!')
			r = strv_append(symbols, symbol);
	}
	return r;
}

int rules_symbols(char ***ret_symbols)
{
	char **symbols = NULL;
	int r = take_symbols(&symbols, "dlopen dlmopen");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(table); i++) {
		if (table[i].trigger == RULE_IMPORTS)
			r = take_symbols(&symbols, table[i].when);
	}
	if (r < 0) {
		strv_free(symbols);
		return r;
	}
	*ret_symbols = symbols;
	return 0;
}

/* Is a word, which ends where it does, a pattern that `name` matches? */
static bool word_matches(const char *word, size_t length, const char *before,
			 const char *name)
{
	char pattern[WORD_MAX + 2];

	if (length > WORD_MAX)
		return false;
	(void)snprintf(pattern, sizeof(pattern), "%s%.*s", before, (int)length,
		       word);
	return fnmatch(pattern, name, 0) == 0;
}

bool rule_names(const char *words, const char *name)
{
	const char *word;
	size_t length;

	while ((word = rule_next_word(&words, &length))) {
		if (word_matches(word, length, "", name))
			return true;
	}
	return false;
}

/* Is the object one of those that the rule is not about? */
static bool is_excepted(const char *words, const char *name)
{
	const char *word;
	size_t length;

	while ((word = rule_next_word(&words, &length))) {
		if (word[0] == '!' &&
		    word_matches(word + 1, length - 1, "", name))
			return true;
	}
	return false;
}

static const char *imported(const struct elf *elf, const char *words)
{
	const char *word;
	size_t length;

	while ((word = rule_next_word(&words, &length))) {
		for (size_t i = 0; elf->imports && elf->imports[i]; i++) {
			const char *symbol = elf->imports[i];

			if (strlen(symbol) == length &&
			    strncmp(symbol, word, length) == 0)
				return symbol;
		}
	}
	return NULL;
}

const char *rule_meets_object(const struct rule *rule, const struct elf *elf,
			      const char *file_name)
{
	const char *name = elf->soname ? elf->soname : file_name;

	if (rule->trigger == RULE_OBJECT)
		return rule_names(rule->when, name) ? name : NULL;
	if (rule->trigger != RULE_IMPORTS || is_excepted(rule->when, name))
		return NULL;
	return imported(elf, rule->when);
}

bool rule_meets_file(const struct rule *rule, const char *path)
{
	const char *words = rule->when, *word;
	size_t length;

	if (rule->trigger != RULE_FILE)
		return false;
	while ((word = rule_next_word(&words, &length))) {
		if (word_matches(word, length, "*", path))
			return true;
	}
	return false;
}

bool rules_uses_dlopen(const struct elf *elf)
{
	return imported(elf, "dlopen dlmopen") != NULL;
}

const char *rules_dlopen_hint(const struct elf *elf, const char *file_name,
			      bool *ret_harmless)
{
	const char *name = elf->soname ? elf->soname : file_name;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].trigger == RULE_OBJECT &&
		    rule_meets_object(&table[i], elf, file_name)) {
			*ret_harmless = true;
			return NULL;
		}
	}
	*ret_harmless = false;
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		if (fnmatch(openers[i].name, name, 0) == 0) {
			*ret_harmless = openers[i].harmless;
			return openers[i].hint;
		}
	}
	return NULL;
}
