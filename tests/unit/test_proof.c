/*
 * What the static proof stands on: symbols and versions of ELF objects,
 * pack/elf_symbols.h, and the guess at what they open, pack/elf_strings.h.
 * The proof itself is tests/cli/proof.t's.
 */
/* links: pack/elf.o pack/elf_info.o pack/elf_dlopen.o pack/elf_reader.o
 * pack/elf_symbols.o pack/elf_strings.o */
/* packages: libelf */
#include "pack/elf_strings.h"
#include "pack/elf_symbols.h"
#include "tests/unit/elf_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>

#include <cmocka.h>

static bool imports(const struct elf_symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->import_count; i++) {
		if (strcmp(symbols->imports[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool defines(const struct elf_symbols *symbols, const char *name,
		    const char *version)
{
	const struct elf_symbol wanted = { name, version };

	return elf_symbols_define(symbols, &wanted);
}

static void test_symbols(void **state UNUSED)
{
	const struct elf_recipe recipe = { .imports = { "open", "close" },
					   .exports = { "zebra", "ape" } };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_SYMBOLS struct elf_symbols symbols = ELF_SYMBOLS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(
		elf_parse_symbols(file.data, file.length, &symbols, &diag), 0);
	assert_true(symbols.complete);
	assert_int_equal(symbols.import_count, 2);
	assert_true(imports(&symbols, "open"));
	assert_true(imports(&symbols, "close"));
	assert_int_equal(symbols.export_count, 2);
	assert_string_equal(symbols.exports[0].name, "ape");
	assert_true(defines(&symbols, "ape", NULL));
	/* A definition without a version does for every one. */
	assert_true(defines(&symbols, "zebra", "V1"));
	assert_false(defines(&symbols, "open", NULL));
	assert_false(defines(&symbols, "bee", NULL));
	assert_true(elf_symbols_have_version(&symbols, "V1"));
}

/* Nothing says how many there are: then nothing is said of them. */
static void test_unknown_count(void **state UNUSED)
{
	const struct elf_recipe recipe = { .imports = { "open" },
					   .gnu_hash = true };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_SYMBOLS struct elf_symbols symbols = ELF_SYMBOLS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(
		elf_parse_symbols(file.data, file.length, &symbols, &diag), 0);
	assert_false(symbols.complete);
	assert_int_equal(symbols.import_count, 0);
}

/* This program itself, as a linker made it. */
static void test_versions(void **state UNUSED)
{
	CLEANUP_CLOSE int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CLEANUP_SYMBOLS struct elf_symbols symbols = ELF_SYMBOLS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	size_t versioned = 0, of_libc = 0;

	assert_int_equal(elf_read_symbols(fd, &symbols, &diag), 0);
	assert_true(symbols.complete);
	for (size_t i = 0; i < symbols.import_count; i++)
		versioned +=
			symbols.imports[i].version &&
			strncmp(symbols.imports[i].version, "GLIBC_", 6) == 0;
	for (size_t i = 0; i < symbols.need_count; i++)
		of_libc += strcmp(symbols.needs[i].file, "libc.so.6") == 0;
	assert_true(versioned > 5);
	assert_true(of_libc > 0);
}

/* Versions do not stand in for each other. */
static void test_matching(void **state UNUSED)
{
	struct elf_symbol exports[] = { { "f", "V1" }, { "f", "V2" } };
	const char *versions[] = { "V1", "V2" };
	const struct elf_symbols symbols = { .exports = exports,
					     .export_count = 2,
					     .versions = versions,
					     .version_count = 2 };

	assert_true(defines(&symbols, "f", "V2"));
	assert_true(defines(&symbols, "f", NULL));
	assert_false(defines(&symbols, "f", "V3"));
	assert_true(elf_symbols_have_version(&symbols, "V1"));
	assert_false(elf_symbols_have_version(&symbols, "V3"));
}

/* Wherever the file ends, and whatever one byte of it is. */
static void test_damage(void **state UNUSED)
{
	const struct elf_recipe recipe = { .needed = { "libc.so.6" },
					   .imports = { "open" },
					   .exports = { "ape" } };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);

	for (size_t i = 0; i < file.length; i++) {
		CLEANUP_SYMBOLS struct elf_symbols symbols = ELF_SYMBOLS_INIT;
		CLEANUP_SYMBOLS struct elf_symbols other = ELF_SYMBOLS_INIT;
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		char kept = file.data[i];
		int r = elf_parse_symbols(file.data, i, &symbols, &diag);

		assert_true(r == 0 || r == -EBADMSG);
		file.data[i] = (char)~kept;
		r = elf_parse_symbols(file.data, file.length, &other, &diag);
		assert_true(r == 0 || r == -EBADMSG);
		file.data[i] = kept;
	}
}

static void test_library_names(void **state UNUSED)
{
	const struct elf_recipe recipe = {
		.soname = "libself.so.1",
		.needed = { "libc.so.6" },
		.exports = { "libplug.so", "lib%s.so", "not.source",
			     "/opt/x/libb.so.2.1", "no lib.so", ".abi3.so" },
	};
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_CLOSE int fd = memfd_create("object", MFD_CLOEXEC);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char **names = NULL;

	assert_int_equal(write(fd, file.data, file.length),
			 (ssize_t)file.length);
	assert_int_equal(elf_read_library_names(fd, &names, &diag), 0);
	assert_int_equal(strv_length(names), 2);
	assert_string_equal(names[0], "/opt/x/libb.so.2.1");
	assert_string_equal(names[1], "libplug.so");
	strv_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_unknown_count),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_library_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
