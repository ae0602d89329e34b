/* What registries say and what is said to them, as text: lib/challenge.h,
 * lib/credentials.h, lib/artifact.h. */
#include "lib/artifact.h"
#include "lib/challenge.h"
#include "lib/credential_helper.h"
#include "lib/credentials.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEX "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define HEX2 "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"

/* --- Challenges ----------------------------------------------------------- */

static void bearer(const char *header, const char *realm, const char *service,
		   const char *scope)
{
	struct challenge challenge;

	challenge_parse(header, &challenge);
	assert_int_equal(challenge.scheme, CHALLENGE_BEARER);
	assert_string_equal(challenge.realm, realm);
	assert_string_equal(challenge.service, service);
	assert_string_equal(challenge.scope, scope);
}

static enum challenge_scheme scheme(const char *header)
{
	struct challenge challenge;

	challenge_parse(header, &challenge);
	return challenge.scheme;
}

static void test_challenges(void **state UNUSED)
{
	bearer("Bearer realm=\"https://a.example/token\",service=\"r\","
	       "scope=\"repository:a/b:pull,push\"",
	       "https://a.example/token", "r", "repository:a/b:pull,push");
	bearer("bearer  realm = \"x\\\"y\" ,\tSERVICE=z", "x\"y", "z", "");
	bearer("Basic realm=\"b\", Bearer realm=\"t\"", "t", "", "");
	bearer("Bearer realm=\"t\", Basic realm=\"b\"", "t", "", "");
	bearer("Bearer realm=\"t\",error=\"invalid_token\"", "t", "", "");
	assert_int_equal(scheme("Basic realm=\"x\""), CHALLENGE_BASIC);
	assert_int_equal(scheme("Basic"), CHALLENGE_BASIC);
	assert_int_equal(scheme("Negotiate, Basic realm=x"), CHALLENGE_BASIC);
	assert_int_equal(scheme("Bearer service=x"), CHALLENGE_NONE);
	assert_int_equal(scheme("Bearer realm=\"x"), CHALLENGE_NONE);
	assert_int_equal(scheme("Negotiate"), CHALLENGE_NONE);
	assert_int_equal(scheme(""), CHALLENGE_NONE);
	assert_int_equal(scheme(",,, ;"), CHALLENGE_NONE);
}

static void test_long_challenge(void **state UNUSED)
{
	char header[2 * CHALLENGE_VALUE_MAX] = "Bearer realm=\"";
	size_t length = strlen(header);

	memset(header + length, 'x', CHALLENGE_VALUE_MAX);
	strcpy(header + length + CHALLENGE_VALUE_MAX, "\"");
	assert_int_equal(scheme(header), CHALLENGE_NONE);
	strcpy(header + length + CHALLENGE_VALUE_MAX - 1, "\"");
	assert_int_equal(scheme(header), CHALLENGE_BEARER);
}

/* --- Credentials ---------------------------------------------------------- */

static int find(const char *json, const char *place,
		struct credentials *credentials, char **helper)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct reference reference;

	assert_int_equal(reference_parse(place, &reference, &diag), 0);
	return credentials_parse(json, strlen(json), &reference, credentials,
				 helper, &diag);
}

/* NULL for nothing. */
static void basic(const char *json, const char *place, const char *wanted)
{
	CLEANUP_CREDENTIALS struct credentials credentials = CREDENTIALS_INIT;
	CLEANUP_FREE char *helper = NULL;

	assert_int_equal(find(json, place, &credentials, &helper), 0);
	assert_null(helper);
	assert_null(credentials.token);
	if (wanted)
		assert_string_equal(credentials.basic, wanted);
	else
		assert_null(credentials.basic);
}

static void test_credentials(void **state UNUSED)
{
	const char *json = "{\"auths\":{"
			   "\"r.example\":{\"auth\":\"AAAA\"},"
			   "\"r.example/web\":{\"auth\":\"BBBB\"},"
			   "\"r.example/web/a\":{\"auth\":\"CCCC\"},"
			   "\"https://d.example/v1/\":{\"auth\":\"DDDD\"},"
			   "\"e.example\":{}}}";

	basic(json, "r.example/x", "AAAA");
	basic(json, "r.example/web/b", "BBBB");
	basic(json, "r.example/web/a:1", "CCCC");
	basic(json, "r.example/webb", "AAAA");
	basic(json, "r.example:5000/x", NULL);
	basic(json, "d.example/x", "DDDD");
	basic(json, "e.example/x", NULL);
	basic("{}", "r.example/x", NULL);
}

static void test_tokens_and_helpers(void **state UNUSED)
{
	const char *json = "{\"auths\":{\"t.example\":{\"auth\":\"AAAA\","
			   "\"identitytoken\":\"tok\"}},"
			   "\"credHelpers\":{\"h.example\":\"pass\"}}";
	CLEANUP_CREDENTIALS struct credentials credentials = CREDENTIALS_INIT;
	CLEANUP_FREE char *helper = NULL;

	assert_int_equal(find(json, "t.example/x", &credentials, &helper), 0);
	assert_string_equal(credentials.token, "tok");
	credentials_done(&credentials);
	assert_int_equal(find(json, "h.example/x", &credentials, &helper), 0);
	assert_string_equal(helper, "pass");
}

static void test_bad_credentials(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"auths\":{\"r.example\":{\"auth\":\"a b\"}}}",
		"{\"auths\":{\"r.example\":{\"auth\":\"a\\r\\nX: y\"}}}",
		"{\"auths\":{\"r.example\":{\"identitytoken\":\"a\\nb\"}}}",
		"{\"auths\":{},\"auths\":{}}"
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct credentials credentials = CREDENTIALS_INIT;
		char *helper = NULL;

		assert_int_equal(
			find(bad[i], "r.example/x", &credentials, &helper),
			-EBADMSG);
	}
}

/* --- Manifests ------------------------------------------------------------ */

static void test_helpers_answers(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"Username\":\"u\"}",
		"{\"Username\":\"u\",\"Secret\":5}",
		"{\"Username\":\"u\",\"Secret\":\"\"}",
		"{\"Username\":\"\",\"Secret\":\"s\"}",
		"{\"Username\":\"u:v\",\"Secret\":\"s\"}",
		"{\"Username\":\"u\",\"Secret\":\"s\\ns\"}",
		"{\"Username\":\"<token>\",\"Secret\":\"s s\"}",
		"{\"Username\":\"u\",\"Secret\":\"s\"} more",
	};
	static const char user[] =
		"{\"Username\":\"us\",\"Secret\":\"p: w\",\"ServerURL\":\"x\"}";
	static const char token[] =
		"{\"Username\":\"<token>\",\"Secret\":\"abc.def\"}";
	CLEANUP_CREDENTIALS struct credentials credentials = CREDENTIALS_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(credential_helper_parse(bad[i], strlen(bad[i]),
							 &credentials, NULL),
				 -EBADMSG);
	assert_int_equal(
		credential_helper_parse(user, strlen(user), &credentials, NULL),
		0);
	assert_string_equal(credentials.basic, "dXM6cDogdw==");
	credentials_done(&credentials);
	assert_int_equal(credential_helper_parse(token, strlen(token),
						 &credentials, NULL),
			 0);
	assert_string_equal(credentials.token, "abc.def");
	assert_null(credentials.basic);
}

static void test_helpers_names(void **state UNUSED)
{
	struct credentials credentials = CREDENTIALS_INIT;

	assert_int_equal(
		credential_helper_ask("../x", "r.example", &credentials, NULL),
		-EINVAL);
	assert_int_equal(credential_helper_ask("nobody-has-this", "r.example",
					       &credentials, NULL),
			 -ENOENT);
}

static void test_round_trip(void **state UNUSED)
{
	char name[] = "apache", version[] = "2.4";
	const struct artifact artifact = {
		.config = { "sha256:" HEX, 10 },
		.image = { "sha256:" HEX2, 4096 },
		.index = { "sha256:" HEX, 68 },
		.signature = { "sha256:" HEX2, 2000 },
		.name = name,
		.version = version,
		.root_hash = HEX,
	};
	CLEANUP_ARTIFACT struct artifact again = ARTIFACT_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT, twice = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(artifact_write(&artifact, &json, &diag), 0);
	if (artifact_parse(json.data, json.length, &again, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_string_equal(again.name, "apache");
	assert_string_equal(again.version, "2.4");
	assert_string_equal(again.root_hash, HEX);
	assert_int_equal(again.image.size, 4096);
	assert_string_equal(again.signature.digest, "sha256:" HEX2);
	assert_int_equal(artifact_write(&again, &twice, &diag), 0);
	assert_string_equal(json.data, twice.data);
}

#define HEAD                                                                   \
	"{\"schemaVersion\":2,\"config\":{\"mediaType\":"                      \
	"\"application/vnd.jailpack.config.v1+json\",\"digest\":\"sha256:" HEX \
	"\",\"size\":3},"
#define IMAGE                                                                  \
	"{\"mediaType\":\"application/vnd.jailpack.image.v1.squashfs\","       \
	"\"digest\":\"sha256:" HEX "\",\"size\":4096}"
#define TAIL                                                                   \
	"\"annotations\":{\"io.jailpack.root-hash\":\"" HEX                    \
	"\",\"org.opencontainers.image.title\":\"a\"}}"

static void refused(const char *json, int error, const char *why)
{
	CLEANUP_ARTIFACT struct artifact artifact = ARTIFACT_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(artifact_parse(json, strlen(json), &artifact, &diag),
			 error);
	if (!strstr(diag.text, why))
		fail_msg("%s, and not: %s", diag.text, why);
}

static void test_manifests(void **state UNUSED)
{
	const char *good = HEAD "\"layers\":[" IMAGE "]," TAIL;
	CLEANUP_ARTIFACT struct artifact artifact = ARTIFACT_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(artifact_parse(good, strlen(good), &artifact, &diag),
			 0);
	refused("", -EBADMSG, "no JSON");
	refused("[]", -EBADMSG, "no object");
	refused(HEAD "\"layers\":[]," TAIL, -EBADMSG, "no layer that is");
	refused(HEAD "\"layers\":[" IMAGE "," IMAGE "]," TAIL, -EBADMSG,
		"more than one");
	refused(HEAD "\"layers\":[" IMAGE "]}", -EBADMSG, "annotations");
	refused(HEAD "\"layers\":[{\"mediaType\":"
		     "\"application/vnd.jailpack.image.v1.squashfs\","
		     "\"digest\":\"sha256:00\",\"size\":1}]," TAIL,
		-EBADMSG, "no sha256 digest");
	refused(HEAD "\"layers\":[{\"mediaType\":"
		     "\"application/vnd.jailpack.image.v1.squashfs\","
		     "\"digest\":\"sha256:" HEX "\",\"size\":0}]," TAIL,
		-EBADMSG, "is 0");
	refused(HEAD "\"layers\":[{\"mediaType\":"
		     "\"application/vnd.jailpack.image.v1.squashfs\","
		     "\"digest\":\"sha256:" HEX
		     "\",\"size\":1099511627777}]," TAIL,
		-EBADMSG, "out of range");
	refused(HEAD "\"artifactType\":\"x/y\",\"layers\":[" IMAGE "]," TAIL,
		-EMEDIUMTYPE, "x/y");
	refused("{\"schemaVersion\":2,\"mediaType\":"
		"\"application/vnd.oci.image.index.v1+json\"}",
		-EMEDIUMTYPE, "index");
	refused("{\"schemaVersion\":2,\"config\":{\"mediaType\":"
		"\"application/vnd.oci.image.config.v1+json\"}}",
		-EMEDIUMTYPE, "no jail image");
	refused(HEAD "\"layers\":[" IMAGE
		     "],\"annotations\":{\"io.jailpack.root-hash\":\"" HEX
		     "\",\"org.opencontainers.image.title\":\"../x\"}}",
		-EBADMSG, "no name of a jail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_long_challenge),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_tokens_and_helpers),
		cmocka_unit_test(test_bad_credentials),
		cmocka_unit_test(test_helpers_answers),
		cmocka_unit_test(test_helpers_names),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_manifests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
