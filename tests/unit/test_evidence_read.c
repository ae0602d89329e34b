/* Whether evidence is what was kept: mount/evidence_read.h. */
/* links: mount/evidence_read.o */
#include "mount/evidence_read.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/sha256.h"

static const char place[] = "/evidence/jail/piece";
/* sha256sum of "one\n". */
static const char one[] =
	"2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806";

struct fixture {
	char root[64];
	char log[96];
	int piece;
};

static void put(const struct fixture *fixture, const char *name,
		const char *content)
{
	size_t length = strlen(content);
	int fd = openat(fixture->piece, name, O_WRONLY | O_CREAT | O_TRUNC,
			0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, length), length);
	(void)close(fd);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char path[96];

	if (!fixture)
		return -1;
	strcpy(fixture->root, "/tmp/jail-evidence.XXXXXX");
	if (!mkdtemp(fixture->root))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/piece", fixture->root);
	(void)snprintf(fixture->log, sizeof(fixture->log), "%s/log",
		       fixture->root);
	if (mkdir(path, 0700) < 0)
		return -1;
	fixture->piece = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	put(fixture, "a", "one\n");
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	close_fd(&fixture->piece);
	(void)snprintf(command, sizeof(command), "rm -rf %s", fixture->root);
	free(fixture);
	return system(command);
}

/* The sums of the one file, and their digest. */
static void put_sums(const struct fixture *fixture, char ret_digest[65])
{
	uint8_t digest[SHA256_SIZE];
	char text[128];

	(void)snprintf(text, sizeof(text), "%s  a\n", one);
	put(fixture, "SHA256SUMS", text);
	sha256_digest(text, strlen(text), digest);
	sha256_format(digest, ret_digest);
}

static void put_log(const struct fixture *fixture, const char *before,
		    const char *digest)
{
	FILE *log = fopen(fixture->log, "we");

	assert_non_null(log);
	assert_true(fprintf(log,
			    "2026-11-27T00:00:00.000000Z jail 1.0 abc #1 "
			    "jailmount: ready\n%sevidence: %s (its "
			    "SHA256SUMS: %s)\n",
			    before, place, digest) > 0);
	assert_int_equal(fclose(log), 0);
}

static void expect(const struct fixture *fixture, enum evidence_state state,
		   const char *why)
{
	CLEANUP_EVIDENCE_VERDICT struct evidence_verdict verdict =
		EVIDENCE_VERDICT_INIT;

	assert_int_equal(evidence_check(fixture->piece, place, fixture->log,
					&verdict, NULL),
			 0);
	assert_int_equal(verdict.state, state);
	if (why)
		assert_non_null(strstr(verdict.why.data, why));
}

static void as_the_log_says(void **state)
{
	const struct fixture *fixture = *state;
	char digest[65];

	put_sums(fixture, digest);
	expect(fixture, EVIDENCE_UNKNOWN, NULL);
	put_log(fixture,
		"2026-11-27T00:00:01.000000Z jail 1.0 abc #1 jailmount: ",
		digest);
	expect(fixture, EVIDENCE_WHOLE, NULL);
	put_log(fixture,
		"2026-11-27T00:00:01.000000Z jail 1.0 abc #1 jailmount: ", one);
	expect(fixture, EVIDENCE_UNKNOWN, NULL);
}

/* A jail may write what it likes, but not in the supervisor's name. */
static void what_a_jail_says_of_itself(void **state)
{
	static const char *const lines[] = {
		"2026-11-27T00:00:01.000000Z jail 1.0 abc #1 stderr: x "
		"jailmount: ",
		"2026-11-27T00:00:01.000000Z jail 1.0 abc #1 syslog: "
		"jailmount: ",
		"2026-11-27T00:00:01.000000Z jail 1.0 abc #1 jailmount: "
		"alarm: y jailmount: ",
		"",
	};
	const struct fixture *fixture = *state;
	char digest[65];

	put_sums(fixture, digest);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		put_log(fixture, lines[i], digest);
		expect(fixture, EVIDENCE_UNKNOWN, NULL);
	}
}

static void what_was_altered(void **state)
{
	const struct fixture *fixture = *state;
	char digest[65], text[256];

	expect(fixture, EVIDENCE_ALTERED, "SHA256SUMS cannot be read");
	put_sums(fixture, digest);
	put(fixture, "a", "two\n");
	expect(fixture, EVIDENCE_ALTERED, "a is another one");
	put(fixture, "a", "one\n");
	put(fixture, "b", "");
	expect(fixture, EVIDENCE_ALTERED, "b came later");
	assert_int_equal(unlinkat(fixture->piece, "b", 0), 0);
	(void)snprintf(text, sizeof(text), "%s  ../log\n", one);
	put(fixture, "SHA256SUMS", text);
	expect(fixture, EVIDENCE_ALTERED, "SHA256SUMS is none");
	put_sums(fixture, digest);
	assert_int_equal(unlinkat(fixture->piece, "a", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", fixture->piece, "a"), 0);
	expect(fixture, EVIDENCE_ALTERED, "a cannot be read");
	assert_int_equal(unlinkat(fixture->piece, "a", 0), 0);
	assert_int_equal(mkfifoat(fixture->piece, "a", 0600), 0);
	expect(fixture, EVIDENCE_ALTERED, "a cannot be read");
}

static void names_that_lead_elsewhere(void **state)
{
	static const char *const names[] = { "",     ".",   "..",
					     "../x", "a/b", ".partial-1" };
	const struct fixture *fixture = *state;
	int piece = -1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(evidence_open_piece(fixture->piece, names[i],
						     &piece, NULL),
				 -EINVAL);
	assert_int_equal(piece, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(as_the_log_says, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_a_jail_says_of_itself,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_altered, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(names_that_lead_elsewhere,
						set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
