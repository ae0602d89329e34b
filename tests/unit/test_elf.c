/* What an ELF object needs, and hostile ones: pack/elf.h. */
/* links: pack/elf.o pack/elf_info.o pack/elf_dlopen.o
 * pack/elf_reader.o */
/* packages: libelf */
#include "pack/elf.h"
#include "tests/unit/elf_builder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>

#include <cmocka.h>

static const char *const symbols[] = { "dlopen", "pthread_exit", "getpwnam",
				       NULL };

static void parse(const struct buf *file, struct elf *ret_elf)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (elf_parse(file->data, file->length, symbols, ret_elf, &diag) < 0)
		fail_msg("%s", diag.text);
}

/* -EBADMSG with a text, and nothing put into the result. */
static void refuse(const struct buf *file, const char *why)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct elf elf;

	memset(&elf, 0x5a, sizeof(elf));
	assert_int_equal(
		elf_parse(file->data, file->length, symbols, &elf, &diag),
		-EBADMSG);
	assert_non_null(diag.text);
	if (why && !strstr(diag.text, why))
		fail_msg("'%s' does not say '%s'", diag.text, why);
	for (size_t i = 0; i < sizeof(elf); i++)
		assert_int_equal(((unsigned char *)&elf)[i], 0x5a);
}

static void test_program(void **state UNUSED)
{
	const struct elf_recipe recipe = {
		.interpreter = "/lib64/ld-linux-x86-64.so.2",
		.rpath = "/opt/old",
		.runpath = "$ORIGIN/../lib",
		.needed = { "libfoo.so.1", "libc.so.6" },
		.imports = { "getpwnam", "puts", "dlopen" },
		.exports = { "main", "pthread_exit" },
		.no_default = true,
	};
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;

	parse(&file, &elf);
	assert_int_equal(elf.identity.class, ELFCLASS64);
	assert_int_equal(elf.identity.machine, EM_X86_64);
	assert_true(elf.dynamic);
	assert_true(elf.no_default_directories);
	assert_string_equal(elf.interpreter, "/lib64/ld-linux-x86-64.so.2");
	assert_string_equal(elf.rpath, "/opt/old");
	assert_string_equal(elf.runpath, "$ORIGIN/../lib");
	assert_null(elf.soname);
	assert_int_equal(strv_length(elf.needed), 2);
	assert_string_equal(elf.needed[0], "libfoo.so.1");
	assert_string_equal(elf.needed[1], "libc.so.6");
	assert_true(elf_imports(&elf, "getpwnam"));
	assert_true(elf_imports(&elf, "dlopen"));
	assert_false(elf_imports(&elf, "puts")); /* nobody asked */
	assert_false(elf_imports(&elf, "pthread_exit"));
	assert_true(elf_exports(&elf, "pthread_exit"));
}

static void test_library_with_gnu_hash(void **state UNUSED)
{
	const struct elf_recipe recipe = { .soname = "libx.so.1",
					   .imports = { "pthread_exit" },
					   .gnu_hash = true };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;

	parse(&file, &elf);
	assert_string_equal(elf.soname, "libx.so.1");
	assert_null(elf.interpreter);
	assert_null(elf.needed);
	assert_true(elf_imports(&elf, "pthread_exit"));
}

static void test_static(void **state UNUSED)
{
	const struct elf_recipe recipe = { .is_static = true };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;

	parse(&file, &elf);
	assert_false(elf.dynamic);
	assert_null(elf.interpreter);
}

static void check_notes(const struct elf *elf)
{
	assert_int_equal(elf->dlopen_count, 3);
	assert_int_equal(elf->dlopens[0].priority, ELF_REQUIRED);
	assert_int_equal(strv_length(elf->dlopens[0].sonames), 2);
	assert_string_equal(elf->dlopens[0].sonames[1], "liba.so.1");
	assert_string_equal(elf->dlopens[0].feature, "a");
	assert_string_equal(elf->dlopens[0].description, "more");
	assert_int_equal(elf->dlopens[1].priority, ELF_RECOMMENDED);
	assert_null(elf->dlopens[1].feature);
	assert_int_equal(elf->dlopens[2].priority, ELF_SUGGESTED);
}

/* How it is guarded, by one thing at a time. */
static void test_guards(void **state UNUSED)
{
	static const struct {
		struct elf_recipe recipe;
		bool relro, now, stack, code;
	} cases[] = {
		{ .recipe = { .soname = "x" } },
		{ .recipe = { .relro = true }, .relro = true },
		{ .recipe = { .tag = DT_BIND_NOW }, .now = true },
		{ .recipe = { .tag = DT_FLAGS, .tag_value = DF_BIND_NOW },
		  .now = true },
		{ .recipe = { .tag = DT_FLAGS_1, .tag_value = DF_1_NOW },
		  .now = true },
		{ .recipe = { .tag = DT_FLAGS, .tag_value = DF_SYMBOLIC } },
		{ .recipe = { .tag = DT_FLAGS_1, .tag_value = DF_1_PIE } },
		{ .recipe = { .stack_flags = PF_R | PF_W } },
		{ .recipe = { .stack_flags = PF_R | PF_W | PF_X },
		  .stack = true },
		{ .recipe = { .load_flags = PF_R | PF_X } },
		{ .recipe = { .load_flags = PF_R | PF_W } },
		{ .recipe = { .load_flags = PF_R | PF_W | PF_X },
		  .code = true },
		{ .recipe = { .tag = DT_TEXTREL }, .code = true },
		{ .recipe = { .tag = DT_FLAGS, .tag_value = DF_TEXTREL },
		  .code = true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_BUF struct buf file = elf_build(&cases[i].recipe, NULL);
		CLEANUP_ELF struct elf elf = ELF_INIT;

		parse(&file, &elf);
		if (elf.relro != cases[i].relro ||
		    elf.bind_now != cases[i].now ||
		    elf.executable_stack != cases[i].stack ||
		    elf.writable_code != cases[i].code || elf.fixed_address)
			fail_msg("case %zu", i);
	}
}

/* An executable that is not position-independent. */
static void test_fixed_address(void **state UNUSED)
{
	const struct elf_recipe recipe = { .is_static = true };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;

	file.data[offsetof(Elf64_Ehdr, e_type)] = ET_EXEC;
	parse(&file, &elf);
	assert_true(elf.fixed_address);
	assert_false(elf.dynamic);
}

static void test_dlopen_notes(void **state UNUSED)
{
	struct elf_recipe recipe = {
		.dlopen_note = "[{\"soname\":[\"liba.so.2\",\"liba.so.1\"],"
			       "\"feature\":\"a\",\"description\":\"more\","
			       "\"priority\":\"required\"},"
			       "{\"soname\":[\"libb.so.1\"]},"
			       "{\"feature\":\"no name\"},"
			       "{\"soname\":[\"libc.so.1\"],"
			       "\"priority\":\"suggested\"}]",
	};

	for (int in_section = 0; in_section < 2; in_section++) {
		CLEANUP_ELF struct elf elf = ELF_INIT;
		struct buf file;

		recipe.note_in_section = in_section;
		file = elf_build(&recipe, NULL);
		parse(&file, &elf);
		buf_done(&file);
		check_notes(&elf);
	}
}

static void test_bad_note(void **state UNUSED)
{
	const struct elf_recipe recipe = { .dlopen_note = "[{\"soname\":" };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);

	refuse(&file, "dlopen note");
}

static void test_identify(void **state UNUSED)
{
	const struct elf_recipe recipe = { .machine = EM_AARCH64 };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	struct elf_identity arm, other;
	char name[64];

	assert_true(elf_identify(file.data, ELF_HEADER_BYTES, &arm));
	assert_int_equal(arm.machine, EM_AARCH64);
	other = arm;
	assert_true(elf_identity_equal(&arm, &other));
	other.machine = EM_X86_64;
	assert_false(elf_identity_equal(&arm, &other));
	elf_machine_name(&arm, name, sizeof(name));
	assert_string_equal(name, "aarch64");
	assert_false(elf_identify(file.data, 19, &other));
	assert_false(
		elf_identify("#!/bin/sh\n and more than that", 28, &other));
}

static void test_not_elf(void **state UNUSED)
{
	struct buf file = { .data = (char[]){ "hello" }, .length = 5 };

	refuse(&file, "not an ELF file");
	file.length = 0;
	refuse(&file, "not an ELF file");
}

static struct elf_recipe whole(void)
{
	return (struct elf_recipe){
		.interpreter = "/lib/ld.so",
		.needed = { "libfoo.so.1" },
		.runpath = "/opt/lib",
		.imports = { "dlopen", "getpwnam" },
		.dlopen_note = "[{\"soname\":[\"libb.so.1\"]}]",
	};
}

/* Cut off anywhere, it is refused or read in part, never read past. The copy
 * ends where the page does, so that a byte too far is a fault. */
static void test_truncated(void **state UNUSED)
{
	const struct elf_recipe recipe = whole();
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	const size_t page = 4096;
	unsigned char *pages;

	assert_true(file.length < page);
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	for (size_t length = 0; length < file.length; length++) {
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		CLEANUP_ELF struct elf elf = ELF_INIT;
		unsigned char *cut = pages + page - length;
		int r;

		memcpy(cut, file.data, length);
		r = elf_parse(cut, length, symbols, &elf, &diag);
		if (r < 0)
			assert_non_null(diag.text);
	}
	(void)munmap(pages, 2 * page);
}

/* Put a value at a place of a fresh copy. */
static struct buf damaged(size_t place, const void *value, size_t length,
			  struct elf_places *ret_places)
{
	const struct elf_recipe recipe = whole();
	struct buf file = elf_build(&recipe, ret_places);

	assert_true(place + length <= file.length);
	memcpy(file.data + place, value, length);
	return file;
}

static void test_huge_segment_count(void **state UNUSED)
{
	const uint16_t counts[] = { 0xffff, 0xfffe, 5000 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		CLEANUP_BUF struct buf file =
			damaged(offsetof(Elf64_Ehdr, e_phnum), &counts[i],
				sizeof(counts[i]), NULL);
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		CLEANUP_ELF struct elf elf = ELF_INIT;

		/* Whatever is read must not be more than is there. */
		if (elf_parse(file.data, file.length, symbols, &elf, &diag) < 0)
			assert_non_null(diag.text);
		else
			assert_false(elf.dynamic);
	}
}

static void test_offsets_out_of_range(void **state UNUSED)
{
	static const uint64_t values[] = { UINT64_MAX, UINT64_MAX - 7,
					   1ULL << 63, 1ULL << 32,
					   INT64_MAX,  0x100000 };
	struct elf_places places;
	CLEANUP_BUF struct buf good = damaged(0, ELFMAG, SELFMAG, &places);

	/* Every eight bytes of the file, by turns. */
	for (size_t place = 16; place + 8 <= good.length; place += 8) {
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			CLEANUP_BUF struct buf file =
				damaged(place, &values[i], 8, NULL);
			CLEANUP_DIAG struct diag diag = DIAG_INIT;
			CLEANUP_ELF struct elf elf = ELF_INIT;

			if (elf_parse(file.data, file.length, symbols, &elf,
				      &diag) < 0)
				assert_non_null(diag.text);
		}
	}
}

static void test_interpreter_outside(void **state UNUSED)
{
	const uint64_t offset = 1 << 20;
	CLEANUP_BUF struct buf file =
		damaged(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) +
				offsetof(Elf64_Phdr, p_offset),
			&offset, sizeof(offset), NULL);

	refuse(&file, "outside of the file");
}

static void test_unterminated_name(void **state UNUSED)
{
	const uint64_t length = 4; /* "/lib" without a NUL */
	CLEANUP_BUF struct buf file =
		damaged(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) +
				offsetof(Elf64_Phdr, p_filesz),
			&length, sizeof(length), NULL);

	refuse(&file, "does not end");
}

static void test_dynamic_outside(void **state UNUSED)
{
	const uint64_t offset = 1 << 20;
	CLEANUP_BUF struct buf file =
		damaged(sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr) +
				offsetof(Elf64_Phdr, p_offset),
			&offset, sizeof(offset), NULL);

	refuse(&file, "dynamic section");
}

static void test_name_outside(void **state UNUSED)
{
	struct elf_places places;
	CLEANUP_BUF struct buf good = damaged(0, ELFMAG, SELFMAG, &places);
	const Elf64_Dyn entry = { .d_tag = DT_NEEDED, .d_un.d_val = 1 << 20 };
	CLEANUP_BUF struct buf file =
		damaged(places.dynamic, &entry, sizeof(entry), NULL);

	refuse(&file, "string table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_library_with_gnu_hash),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_fixed_address),
		cmocka_unit_test(test_dlopen_notes),
		cmocka_unit_test(test_bad_note),
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_not_elf),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_huge_segment_count),
		cmocka_unit_test(test_offsets_out_of_range),
		cmocka_unit_test(test_interpreter_outside),
		cmocka_unit_test(test_unterminated_name),
		cmocka_unit_test(test_dynamic_outside),
		cmocka_unit_test(test_name_outside),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
