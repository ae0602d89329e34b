/* What `apt-cache policy` prints, and what it means for a package. */
/* links: pack/apt_policy.o */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pack/apt_policy.h"

static const char text[] =
	"libssl3:\n"
	"  Installed: (none)\n"
	"  Candidate: 3.0.20-1~deb12u2\n"
	"  Version table:\n"
	"     3.0.20-1~deb12u2 500\n"
	"        500 http://deb.debian.org/debian bookworm/main amd64 "
	"Packages\n"
	"        500 http://mirror.example/debian bookworm/main amd64 "
	"Packages\n"
	"     3.0.17-1~deb12u2 500\n"
	"        500 http://deb.debian.org/debian-security "
	"bookworm-security/main amd64 Packages\n"
	"libc6:i386:\n"
	"  Installed: 2.36-9\n"
	"  Candidate: 2.36-9\n"
	"  Package pin: 2.36-9\n"
	"  Version table:\n"
	" *** 2.36-9 1001\n"
	"       1001 copy:/srv/debian bookworm/main i386 Packages\n"
	"        100 /var/lib/dpkg/status\n"
	"nothing:\n"
	"  Installed: (none)\n"
	"  Candidate: (none)\n"
	"  Version table:\n";

static void test_parse(void **state)
{
	CLEANUP_APT_OFFERS struct apt_offers offers = { 0 };
	const struct apt_offer *offer;

	(void)state;
	assert_int_equal(apt_policy_parse(text, &offers), 0);
	/* What is told twice counts once. */
	assert_int_equal(apt_policy_parse(text, &offers), 0);
	apt_offers_sort(&offers);
	assert_int_equal(offers.count, 3);

	offer = apt_offers_find(&offers, "libssl3");
	assert_non_null(offer);
	assert_string_equal(offer->candidate, "3.0.20-1~deb12u2");
	assert_string_equal(offer->release, "bookworm/main");
	assert_int_equal(offer->version_count, 2);
	assert_false(offer->versions[0].security);
	assert_string_equal(offer->versions[1].version, "3.0.17-1~deb12u2");
	assert_true(offer->versions[1].security);

	offer = apt_offers_find(&offers, "libc6:i386");
	assert_non_null(offer);
	assert_string_equal(offer->candidate, "2.36-9");
	assert_int_equal(offer->version_count, 1);
	assert_string_equal(offer->release, "bookworm/main");

	offer = apt_offers_find(&offers, "nothing");
	assert_non_null(offer);
	assert_null(offer->candidate);
	assert_null(apt_offers_find(&offers, "libc6"));
}

/* Nothing is made of what is something else. */
static void test_other_text(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		":",
		"  Candidate: 1\n",
		"     1 500\n",
		"a:\n        500 x y\n",
		"a:\n     \n",
		"a:\n        \n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_APT_OFFERS struct apt_offers offers = { 0 };

		assert_int_equal(apt_policy_parse(texts[i], &offers), 0);
		apt_offers_sort(&offers);
		assert_null(apt_offers_find(&offers, "b"));
	}
}

static void test_security(void **state)
{
	static const struct {
		const char *source;
		bool security;
	} cases[] = {
		{ "http://a/debian bookworm-security/main", true },
		{ "http://a/debian buster/updates/main", true },
		{ "http://security.debian.org/ stable/main", true },
		{ "http://a/debian-security x/main", true },
		{ "http://a/debian bookworm-updates/main", false },
		{ "http://a/debian bookworm/main", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_APT_OFFERS struct apt_offers offers = { 0 };
		char policy[256];

		(void)snprintf(policy, sizeof(policy),
			       "a:\n  Candidate: 1\n     1 500\n"
			       "        500 %s amd64 Packages\n",
			       cases[i].source);
		assert_int_equal(apt_policy_parse(policy, &offers), 0);
		assert_int_equal(offers.count, 1);
		assert_int_equal(offers.items[0].version_count, 1);
		assert_int_equal(offers.items[0].versions[0].security,
				 cases[i].security);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_other_text),
		cmocka_unit_test(test_security),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
