/* The checks of --check on files made up for them: pack/check.h. */
/* links: pack/check.o pack/check_files.o pack/check_content.o
 * pack/check_contract.o pack/elf.o pack/elf_info.o pack/elf_dlopen.o
 * pack/elf_reader.o */
/* packages: libelf */
#include "pack/check.h"
#include "tests/unit/elf_builder.h"

#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

/* What the only file of the subject holds. */
static int give_content(void *context, const char *path UNUSED,
			struct buf *content, struct diag *diag UNUSED)
{
	const struct buf *bytes = context;

	if (bytes)
		buf_append(content, bytes->data, bytes->length);
	return 0;
}

static struct config limited(void)
{
	struct config config = CONFIG_INIT;

	config.limits.processes = 1;
	config.limits.memory_bytes = 1;
	config.limits.cpu_permille = 1;
	return config;
}

static void check_file(const char *path, mode_t mode,
		       const struct config *config, struct buf *bytes,
		       struct findings *ret_findings)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct bill_file file = { .path = (char *)(uintptr_t)path,
				  .mode = mode,
				  .major = 1,
				  .minor = 3,
				  .package = BILL_NO_PACKAGE };
	const struct bill bill = { .files = &file, .file_count = 1 };
	const struct check_subject subject = { .name = "x",
					       .bill = &bill,
					       .config = config,
					       .content = give_content,
					       .context = bytes };

	assert_int_equal(check_run(&subject, ret_findings, &diag), 0);
}

/* What is found is just `id`; NULL: nothing. */
static void expect(const char *path, mode_t mode, struct buf *bytes,
		   const char *id)
{
	CLEANUP_FINDINGS struct findings findings = FINDINGS_INIT;
	struct config config = limited();

	check_file(path, mode, &config, bytes, &findings);
	if (id && findings.count == 0)
		fail_msg("%s: %s was not found", path, id);
	if (findings.count != (id ? 1 : 0))
		fail_msg("%s: %s was found", path, findings.list[0].check->id);
	if (id)
		assert_string_equal(findings.list[0].check->id, id);
}

static void test_files(void **state UNUSED)
{
	expect("/usr/bin/true", S_IFREG | 0755, NULL, NULL);
	expect("/usr/bin/passwd", S_IFREG | 04755, NULL, "set-id");
	expect("/usr/bin/wall", S_IFREG | 02755, NULL, "set-id");
	expect("/var/mail", S_IFDIR | 02775, NULL, NULL);
	expect("/var/open", S_IFDIR | 0777, NULL, "world-writable");
	expect("/etc/open", S_IFREG | 0666, NULL, "world-writable");
	expect("/etc/link", S_IFLNK | 0777, NULL, NULL);
	expect("/bin/bash", S_IFREG | 0755, NULL, "shell");
	expect("/etc/bash", S_IFREG | 0644, NULL, NULL);
	expect("/bin/bashful", S_IFREG | 0755, NULL, NULL);
	expect("/bin/python3.11", S_IFREG | 0755, NULL, "interpreter");
	expect("/bin/gcc-12", S_IFREG | 0755, NULL, "compiler");
	expect("/bin/dpkg", S_IFREG | 0755, NULL, "package-manager");
	expect("/root/.netrc", S_IFREG | 0600, NULL, "secret");
	expect("/root/.ssh/id_rsa", S_IFREG | 0600, NULL, "secret");
	expect("/srv/site/.env", S_IFREG | 0600, NULL, "secret");
	expect("/etc/ssl/site.p12", S_IFREG | 0600, NULL, "secret");
	expect("/root/.ssh/id_rsa.pub", S_IFREG | 0600, NULL, NULL);
	expect("/dev/null", S_IFCHR | 0666, NULL, NULL);
	expect("/dev/sda", S_IFBLK | 0600, NULL, "device");
}

static void expect_text(const char *path, const char *text, const char *id)
{
	CLEANUP_BUF struct buf bytes = BUF_INIT;

	buf_puts(&bytes, text);
	expect(path, S_IFREG | 0644, &bytes, id);
}

static void test_texts(void **state UNUSED)
{
	expect_text("/k", "x\n-----BEGIN PRIVATE KEY-----\nMII", "private-key");
	expect_text("/k", "-----BEGIN RSA PRIVATE KEY-----\r\n", "private-key");
	expect_text("/k", "-----BEGIN OPENSSH PRIVATE KEY-----\n",
		    "private-key");
	expect_text("/k", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
		    "private-key");
	expect_text("/k", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", NULL);
	expect_text("/k", "-----BEGIN CERTIFICATE-----\n", NULL);
	expect_text("/k", "say '-----BEGIN PRIVATE KEY-----'\n", NULL);
	expect_text("/k", "-----BEGIN PRIVATE KEY-----", NULL);
	expect_text("/k", "-----BEGIN X-\n-----BEGIN  PRIVATE", NULL);
	expect_text("/etc/shadow", "root:*:1::\nwww:!:1::\n", NULL);
	expect_text("/etc/shadow", "root:*:1::\na:$6$x$y:1::\n",
		    "password-hash");
	expect_text("/etc/shadow", "a:!$y$x$y:1::", "password-hash");
	expect_text("/etc/shadow", "a:abJnggxhB/yWI:1::", "password-hash");
	expect_text("/etc/other", "a:$6$x$y:1::", NULL);
}

static bool was_found(const struct findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (strcmp(findings->list[i].check->id, id) == 0)
			return true;
	}
	return false;
}

static void test_objects(void **state UNUSED)
{
	const struct elf_recipe recipe = { .soname = "libx.so.1",
					   .needed = { "libc.so.6" } };
	CLEANUP_BUF struct buf bytes = elf_build(&recipe, NULL);
	CLEANUP_FINDINGS struct findings library = FINDINGS_INIT;
	CLEANUP_FINDINGS struct findings program = FINDINGS_INIT;
	const struct elf_recipe other = { .interpreter = "/lib/ld.so" };
	CLEANUP_BUF struct buf run = elf_build(&other, NULL);
	struct config config = limited();

	check_file("/lib/libx.so.1", S_IFREG | 0644, &config, &bytes, &library);
	assert_true(was_found(&library, "unused-library"));
	assert_true(was_found(&library, "no-relro"));
	assert_false(was_found(&library, "no-bind-now"));
	check_file("/bin/x", S_IFREG | 0755, &config, &run, &program);
	assert_true(was_found(&program, "no-bind-now"));
	assert_true(was_found(&program, "no-stack-protector"));
	assert_false(was_found(&program, "unused-library"));
}

static void expect_object(const struct elf_recipe *recipe, const char *id,
			  bool wanted)
{
	CLEANUP_BUF struct buf bytes = elf_build(recipe, NULL);
	CLEANUP_FINDINGS struct findings findings = FINDINGS_INIT;
	struct config config = limited();

	check_file("/bin/x", S_IFREG | 0755, &config, &bytes, &findings);
	assert_int_equal(was_found(&findings, id), wanted);
}

static void test_guards(void **state UNUSED)
{
	const struct elf_recipe writable = { .load_flags = PF_W | PF_X };
	const struct elf_recipe stack = { .stack_flags = PF_W | PF_X };
	const struct elf_recipe guarded = { .interpreter = "/lib/ld.so",
					    .relro = true,
					    .tag = DT_BIND_NOW };
	const struct elf_recipe relative = { .runpath = "/lib:lib" };
	const struct elf_recipe empty = { .rpath = "/lib::/usr/lib" };
	const struct elf_recipe last = { .runpath = "/lib:" };
	const struct elf_recipe origin = { .runpath = "$ORIGIN/../lib:/lib" };
	const struct elf_recipe unused = { .rpath = "lib", .runpath = "/lib" };

	expect_object(&writable, "writable-code", true);
	expect_object(&stack, "executable-stack", true);
	expect_object(&guarded, "writable-code", false);
	expect_object(&guarded, "executable-stack", false);
	expect_object(&guarded, "no-relro", false);
	expect_object(&guarded, "no-bind-now", false);
	expect_object(&relative, "relative-rpath", true);
	expect_object(&empty, "relative-rpath", true);
	expect_object(&last, "relative-rpath", true);
	expect_object(&origin, "relative-rpath", false);
	expect_object(&unused, "relative-rpath", false);
}

/* What is found is just that, about the contract. */
static void expect_contract(const struct config *config, const char *id,
			    const char *text)
{
	CLEANUP_FINDINGS struct findings findings = FINDINGS_INIT;

	check_file("/x", S_IFREG | 0644, config, NULL, &findings);
	assert_int_equal(findings.count, id ? 1 : 0);
	if (!id)
		return;
	assert_string_equal(findings.list[0].check->id, id);
	assert_string_equal(findings.list[0].text, text);
}

static void test_layer_modes(void **state UNUSED)
{
	char path[] = "/tmp";
	struct config_layer layer = { .path = path, .mode = 0777 };
	struct config config = limited();

	config.layers = &layer;
	config.layer_count = 1;
	expect_contract(&config, "layer-not-sticky",
			"lets everybody remove what others have in /tmp");
	layer.mode = 01777;
	expect_contract(&config, NULL, NULL);
	layer.mode = 0775;
	expect_contract(&config, NULL, NULL);
}

static void test_variables(void **state UNUSED)
{
	char path[] = "PATH=/bin:/PASSWORD",
	     none[] = "DB_PASSWORD=", secret[] = "db_password=hunter2",
	     key[] = "AWS_SECRET_ACCESS_KEY=x";
	char *environment[] = { path, none, secret, NULL };
	struct config config = limited();

	config.environment = environment;
	expect_contract(&config, "secret-variable",
			"gives a secret to its service in db_password");
	environment[2] = key;
	expect_contract(&config, "secret-variable",
			"gives a secret to its service in "
			"AWS_SECRET_ACCESS_KEY");
	environment[2] = NULL;
	expect_contract(&config, NULL, NULL);
}

static void test_contract(void **state UNUSED)
{
	CLEANUP_FINDINGS struct findings findings = FINDINGS_INIT;
	char name[] = "keyctl";
	char *syscalls[] = { name, NULL };
	struct config config = { .allowed_syscalls = syscalls,
				 .capabilities = UINT64_C(1) << CAP_SYS_ADMIN |
						 UINT64_C(1) << CAP_KILL };

	config.limits.memory_bytes = 1;
	check_file("/x", S_IFREG | 0644, &config, NULL, &findings);
	assert_int_equal(findings.count, 5);
	assert_string_equal(findings.list[0].text, "asks for CAP_SYS_ADMIN");
	assert_string_equal(findings.list[1].text,
			    "asks for the system call keyctl");
	assert_string_equal(findings.list[2].text, "asks for CAP_KILL");
	assert_string_equal(findings.list[3].text, "has no limit of cpu");
	/* The second missing limit counts for one. */
	assert_int_equal(findings.score, 20 + 5 + 4 + 3 + 1);
}

static void test_layers(void **state UNUSED)
{
	CLEANUP_FINDINGS struct findings over = FINDINGS_INIT;
	CLEANUP_FINDINGS struct findings open = FINDINGS_INIT;
	char path[] = "/srv";
	struct config_layer layer = { .kind = CONFIG_LAYER_OVERLAY,
				      .path = path };
	struct config config = limited();

	config.layers = &layer;
	config.layer_count = 1;
	check_file("/srv/x", S_IFREG | 0755, &config, NULL, &over);
	assert_int_equal(over.count, 1);
	assert_string_equal(over.list[0].check->id, "writable-program");
	check_file("/srv/data", S_IFDIR | 0777, &config, NULL, &open);
	assert_int_equal(open.count, 0);
}

static void test_score(void **state UNUSED)
{
	static const struct check three = { .id = "three", .points = 3 };
	CLEANUP_FINDINGS struct findings findings = FINDINGS_INIT;

	for (uint64_t i = 0; i < 10; i++) {
		assert_int_equal(findings_add(&findings, &three, "/x", "y"), 0);
		findings_rate(&findings);
		assert_int_equal(findings.score, i < 3 ? 3 + i : 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_layer_modes),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_contract),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_score),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
