/* The table of rules: what sets one off. pack/rules.h */
/* links: pack/rules.o */
#include "pack/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct rule *find(const char *name, enum rule_trigger trigger)
{
	size_t count;
	const struct rule *table = rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(table[i].name, name) == 0 &&
		    table[i].trigger == trigger)
			return &table[i];
	}
	fail_msg("there is no such rule as %s", name);
	return NULL;
}

static void test_table(void **state UNUSED)
{
	size_t count;
	const struct rule *table = rules(&count);

	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(table[i].name) > 0);
		assert_null(strpbrk(table[i].name, " \t="));
		assert_true(rules_have(table[i].name));
		assert_true(strlen(table[i].when) > 0);
		assert_true(strlen(table[i].why) > 0);
		assert_null(strpbrk(table[i].why, "\n"));
		/* A lone pattern of everything is for what looks itself. */
		assert_true(strcmp(table[i].when, "*") != 0 ||
			    table[i].action == RULE_APACHE ||
			    table[i].action == RULE_NGINX);
	}
	assert_false(rules_have("nothing"));
}

static void test_symbols(void **state UNUSED)
{
	char *imports[] = { (char[]){ "thrd_exit" }, (char[]){ "pthread_exit" },
			    NULL };
	const struct elf elf = { .imports = imports };
	const struct elf none = { 0 };
	char **symbols;
	bool has = false;

	assert_string_equal(
		rule_meets_object(find("threads", RULE_IMPORTS), &elf, "x"),
		"pthread_exit");
	assert_null(
		rule_meets_object(find("threads", RULE_IMPORTS), &none, "x"));
	assert_int_equal(rules_symbols(&symbols), 0);
	for (size_t i = 0; symbols[i]; i++) {
		assert_null(strpbrk(symbols[i], " !*"));
		has = has || strcmp(symbols[i], "thrd_exit") == 0;
	}
	assert_true(has);
	strv_free(symbols);
}

static void test_exceptions(void **state UNUSED)
{
	const struct rule *rule = find("sasl", RULE_IMPORTS);
	char *imports[] = { (char[]){ "sasl_client_init" }, NULL };
	const struct elf ldap = { .soname = (char[]){ "libldap-2.5.so.0" },
				  .imports = imports };
	const struct elf other = { .imports = imports };

	assert_null(rule_meets_object(rule, &ldap, "x"));
	assert_non_null(rule_meets_object(rule, &other, "smtp"));
	assert_null(rule_meets_object(rule, &other, "libldap.so"));
}

/* The soname counts, and only without one the name of the file. */
static void test_names(void **state UNUSED)
{
	const struct rule *rule = find("krb5", RULE_OBJECT);
	const struct elf krb5 = { .soname = (char[]){ "libkrb5.so.3" } };
	const struct elf other = { .soname = (char[]){ "libother.so.1" } };
	const struct elf none = { 0 };

	assert_string_equal(rule_meets_object(rule, &krb5, "libkrb5.so.3.3"),
			    "libkrb5.so.3");
	assert_null(rule_meets_object(rule, &other, "libkrb5.so.3.3"));
	assert_non_null(rule_meets_object(rule, &none, "libkrb5.so.3.3"));
	assert_null(rule_meets_object(rule, &none, "libkrb5support.so.0"));
}

static void test_files(void **state UNUSED)
{
	const struct rule *rule = find("programs", RULE_FILE);

	assert_true(rule_meets_file(rule, "/etc/ssh/sshd_config"));
	assert_true(rule_meets_file(rule, "/etc/ssh/sshd_config.d/a.conf"));
	assert_false(rule_meets_file(rule, "/etc/ssh/ssh_config"));
	assert_false(rule_meets_file(rule, "/etc/ssh/sshd_config.old"));
	assert_false(
		rule_meets_file(find("krb5", RULE_OBJECT), "/libkrb5.so.3"));
}

static void test_dlopen(void **state UNUSED)
{
	char *imports[] = { (char[]){ "dlmopen" }, NULL };
	const struct elf opens = { .imports = imports };
	const struct elf gnutls = { .soname = (char[]){ "libgnutls.so.30" } };
	const struct elf krb5 = { .soname = (char[]){ "libkrb5.so.3" } };
	bool harmless;

	assert_true(rules_uses_dlopen(&opens));
	assert_false(rules_uses_dlopen(&krb5));
	assert_null(rules_dlopen_hint(&opens, "x", &harmless));
	assert_false(harmless);
	assert_non_null(rules_dlopen_hint(&gnutls, "x", &harmless));
	assert_false(harmless);
	assert_null(rules_dlopen_hint(&krb5, "x", &harmless));
	assert_true(harmless); /* it has a rule */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_dlopen),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
