/* Signatures of root hashes, by keys that openssl(1) has made: lib/signature.h,
 * lib/trust.h. */
#include "lib/fdio.h"
#include "lib/image.h"
#include "lib/signature.h"
#include "lib/trust.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const uint8_t root_hash[HASHTREE_DIGEST_SIZE] = { 0xab, 0xcd, 1 };
static const uint8_t other_hash[HASHTREE_DIGEST_SIZE] = { 0xab, 0xcd, 2 };
static char directory[] = "/tmp/jail-signature.XXXXXX";

static void shell(const char *command)
{
	if (system(command) != 0) /* NOLINT(cert-env33-c) */
		fail_msg("%s", command);
}

static int set_up(void **state UNUSED)
{
	char digits[2 * HASHTREE_DIGEST_SIZE + 1];
	CLEANUP_FILE FILE *file = NULL;

	if (!mkdtemp(directory) || chdir(directory) < 0)
		return -1;
	root_hash_format(root_hash, digits);
	file = fopen("hash", "w");
	if (!file || fputs(digits, file) < 0 || fflush(file) < 0)
		return -1;
	shell("exec 2>errors; set -e; mkdir one all none; make() { name=$1; "
	      "shift; openssl req "
	      "-x509 -nodes -utf8 -keyout $name.key -out all/$name.crt -days 9 "
	      "-subj \"/O=An example/CN=$name\" \"$@\"; }\n"
	      "make rsa -newkey rsa:2048\n"
	      "make ec -newkey ec -pkeyopt ec_paramgen_curve:P-256\n"
	      "make short -newkey rsa:1024\n"
	      "cp all/rsa.crt one\n"
	      "sign() { openssl smime -sign -binary -outform der -in hash "
	      "-signer all/$1.crt -inkey $1.key -out \"$2\" $3 $4 $5 $6; }\n"
	      "sign rsa rsa.p7s -nocerts -noattr\n"
	      "sign rsa attributes.p7s -nocerts\n"
	      "sign rsa certificates.p7s -noattr\n"
	      "sign rsa attached.p7s -nocerts -noattr -nodetach\n"
	      "sign rsa sha512.p7s -nocerts -noattr -md sha512\n"
	      "sign rsa sha1.p7s -nocerts -noattr -md sha1\n"
	      "sign ec ec.p7s -nocerts -noattr\n"
	      "sign short short.p7s -nocerts -noattr\n"
	      "openssl smime -sign -binary -outform der -in hash -nocerts "
	      "-noattr -signer all/rsa.crt -inkey rsa.key -signer all/ec.crt "
	      "-inkey ec.key -out both.p7s\n"
	      "openssl cms -encrypt -outform der -in hash -out sealed.p7s "
	      "all/rsa.crt\n"
	      "openssl x509 -in all/rsa.crt -outform der -out other.p7s\n");
	return 0;
}

static int tear_down(void **state UNUSED)
{
	CLEANUP_FREE char *command = NULL;

	if (chdir("/") < 0 || asprintf(&command, "rm -rf %s", directory) < 0)
		return -1;
	shell(command);
	return 0;
}

static struct trust_store trust(const char *first)
{
	const char *const directories[] = { first, NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct trust_store store;

	if (trust_store_read(directories, &store, &diag) < 0)
		fail_msg("%s", diag.text);
	return store;
}

/* The verdict on the bytes, and that a failure says `wanted`. */
static int judge(const struct buf *der, const uint8_t *hash,
		 const char *trusted, const char *wanted)
{
	CLEANUP_TRUST_STORE struct trust_store store = trust(trusted);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct signature_signer signer = { 0 };
	int r = signature_verify(der, hash, &store, &signer, &diag);

	if (r == 0) {
		assert_null(diag.text);
		assert_string_equal(signer.subject, wanted);
	} else if (!strstr(diag.text, wanted)) {
		fail_msg("\"%s\" does not tell \"%s\"", diag.text, wanted);
	}
	free(signer.subject);
	return r;
}

static int judge_file(const char *file, const uint8_t *hash,
		      const char *trusted, const char *wanted)
{
	CLEANUP_BUF struct buf der = BUF_INIT;

	assert_int_equal(read_file(file, IMAGE_SIGNATURE_MAX, &der, NULL), 0);
	return judge(&der, hash, trusted, wanted);
}

static void test_good(void **state UNUSED)
{
	const char *rsa = "CN=rsa,O=An example";

	assert_int_equal(judge_file("rsa.p7s", root_hash, "one", rsa), 0);
	assert_int_equal(judge_file("rsa.p7s", root_hash, "all", rsa), 0);
	assert_int_equal(judge_file("sha512.p7s", root_hash, "all", rsa), 0);
	assert_int_equal(judge_file("attributes.p7s", root_hash, "all", rsa),
			 0);
	assert_int_equal(
		judge_file("ec.p7s", root_hash, "all", "CN=ec,O=An example"),
		0);
}

static void test_untrusted(void **state UNUSED)
{
	assert_int_equal(judge_file("ec.p7s", root_hash, "one",
				    "issuer CN=ec,O=An example, serial "),
			 -ENOKEY);
	assert_int_equal(judge_file("rsa.p7s", root_hash, "none",
				    "no certificate is trusted"),
			 -ENOKEY);
	assert_int_equal(judge_file("rsa.p7s", root_hash, "missing",
				    "no certificate is trusted"),
			 -ENOKEY);
}

static void test_other_hash(void **state UNUSED)
{
	assert_int_equal(judge_file("rsa.p7s", other_hash, "all",
				    "of another root hash"),
			 -EKEYREJECTED);
	assert_int_equal(judge_file("ec.p7s", other_hash, "all",
				    "changed, or is of another image"),
			 -EKEYREJECTED);
	assert_int_equal(judge_file("attributes.p7s", other_hash, "all",
				    "in its attributes, or is of another"),
			 -EKEYREJECTED);
}

static void test_form(void **state UNUSED)
{
	static const struct {
		const char *file, *reason;
	} cases[] = {
		{ "certificates.p7s", "holds certificates" },
		{ "attached.p7s", "not detached" },
		{ "sha1.p7s", "made with SHA1" },
		{ "both.p7s", "not just one signer" },
		{ "sealed.p7s", "no signature of data" },
		{ "other.p7s", "not PKCS#7 in DER" },
		{ "all/rsa.crt", "not PKCS#7 in DER" },
		{ "hash", "not PKCS#7 in DER" },
		{ "/dev/null", "not PKCS#7 in DER" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(judge_file(cases[i].file, root_hash, "all",
					    cases[i].reason),
				 -EBADMSG);
	assert_int_equal(judge_file("short.p7s", root_hash, "all",
				    "too short to be safe"),
			 -EKEYREJECTED);
}

/* Not one of them may change unnoticed. */
static void flip_bits(const char *file, size_t step)
{
	CLEANUP_TRUST_STORE struct trust_store store = trust("all");
	CLEANUP_BUF struct buf der = BUF_INIT;

	assert_int_equal(read_file(file, IMAGE_SIGNATURE_MAX, &der, NULL), 0);
	for (size_t bit = 0; bit < der.length * 8; bit += step) {
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		struct signature_signer signer = { 0 };
		char flip = (char)(1 << bit % 8);

		der.data[bit / 8] ^= flip;
		if (signature_verify(&der, root_hash, &store, &signer, &diag) ==
		    0)
			fail_msg("%s: bit %zu", file, bit);
		assert_non_null(diag.text);
		der.data[bit / 8] ^= flip;
	}
}

static void test_bits(void **state UNUSED)
{
	flip_bits("rsa.p7s", 1);
	flip_bits("ec.p7s", 1);
	flip_bits("attributes.p7s", 5);
}

static void test_lengths(void **state UNUSED)
{
	CLEANUP_BUF struct buf der = BUF_INIT;
	size_t length;

	assert_int_equal(read_file("rsa.p7s", IMAGE_SIGNATURE_MAX, &der, NULL),
			 0);
	length = der.length;
	for (der.length = 0; der.length < length; der.length++)
		assert_int_equal(
			judge(&der, root_hash, "one", "not PKCS#7 in DER"),
			-EBADMSG);
	buf_putc(&der, '\0');
	assert_int_equal(judge(&der, root_hash, "one", "not PKCS#7 in DER"),
			 -EBADMSG);
	while (der.length <= IMAGE_SIGNATURE_MAX)
		buf_putc(&der, '\0');
	assert_int_equal(judge(&der, root_hash, "one", "longer than any"),
			 -EBADMSG);
}

/* --- Certificates --------------------------------------------------------- */

static void test_damaged_certificate(void **state UNUSED)
{
	shell("mkdir mixed && cp one/rsa.crt mixed && echo no >mixed/a.crt");
	assert_int_equal(judge_file("rsa.p7s", root_hash, "mixed",
				    "CN=rsa,O=An example"),
			 0);
	/* The first of two with the same issuer and number is another's. */
	shell("exec 2>errors; set -e; mkdir twins; serial=0x$(openssl x509 "
	      "-in all/rsa.crt -noout -serial | sed s/.*=//)\n"
	      "openssl req -x509 -newkey rsa:2048 -nodes -utf8 -keyout "
	      "twin.key "
	      "-out twins/a.crt -days 9 -subj '/O=An example/CN=rsa' "
	      "-set_serial $serial\n"
	      "cp all/rsa.crt twins/b.crt");
	assert_int_equal(judge_file("rsa.p7s", root_hash, "twins",
				    "CN=rsa,O=An example"),
			 0);
	shell("rm twins/b.crt");
	assert_int_equal(judge_file("rsa.p7s", root_hash, "twins",
				    "has been changed: its signer"),
			 -EKEYREJECTED);
}

static void test_dates(void **state UNUSED)
{
	shell("exec 2>errors; set -e; mkdir old new; cat >ca.cnf <<'END'\n"
	      "[ca]\ndefault_ca=x\n[x]\ndatabase=index\nserial=serial\n"
	      "new_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
	      "[p]\norganizationName=supplied\ncommonName=supplied\nEND\n"
	      "openssl req -new -key rsa.key -subj '/O=An example/CN=dated' "
	      "-out request\n"
	      "issue() { : >index; echo 0$3 >serial; openssl ca -batch -config "
	      "ca.cnf -selfsign -keyfile rsa.key -in request -notext "
	      "-startdate ${1}0101000000Z -enddate ${2}0101000000Z "
	      "-out $4; openssl smime -sign -binary -nocerts -noattr -outform "
	      "der -in hash -signer $4 -inkey rsa.key -out $5; }\n"
	      "issue 2020 2021 1 old/d.crt old.p7s\n"
	      "issue 2090 2091 2 new/d.crt new.p7s\n");
	assert_int_equal(judge_file("old.p7s", root_hash, "old",
				    "old/d.crt has expired: it was valid until "
				    "2021-01-01 00:00 UTC"),
			 -EKEYEXPIRED);
	assert_int_equal(judge_file("new.p7s", root_hash, "new",
				    "new/d.crt is not valid yet, only from "
				    "2090-01-01 00:00 UTC"),
			 -EKEYEXPIRED);
}

static void test_trust(void **state UNUSED)
{
	static const char *const directories[] = { "etc",    "run", "none",
						   "absent", "lib", NULL };
	CLEANUP_TRUST_STORE struct trust_store store = TRUST_STORE_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	uint8_t absent[SHA256_SIZE] = { 1 };

	shell("mkdir etc run lib lib/directory.crt && cd lib && "
	      "for name in a b c d e; do echo lib $name >$name.crt; done && "
	      "echo x >other && echo x >.hidden.crt && echo x >.crt && "
	      "ln -s nowhere dangling.crt && ln -s a.crt z.crt && cd .. && "
	      "echo etc b >etc/b.crt && ln -s /dev/null etc/c.crt && "
	      ": >run/d.crt && echo run c >run/c.crt && echo run f >run/f.crt");
	assert_int_equal(trust_store_read(directories, &store, &diag), 0);
	assert_int_equal(store.count, 5);
	assert_string_equal(store.certificates[0].path, "lib/a.crt");
	assert_string_equal(store.certificates[1].path, "etc/b.crt");
	assert_string_equal(store.certificates[1].pem.data, "etc b\n");
	assert_string_equal(store.certificates[2].path, "lib/e.crt");
	assert_string_equal(store.certificates[3].path, "run/f.crt");
	assert_string_equal(store.certificates[4].path, "lib/z.crt");
	assert_true(trust_store_holds(&store, store.certificates[3].digest));
	assert_false(trust_store_holds(&store, absent));
}

static void test_trust_limits(void **state UNUSED)
{
	static const char *const large[] = { "large", NULL };
	static const char *const many[] = { "many", NULL };
	static const char *const file[] = { "hash", NULL };
	struct trust_store store = TRUST_STORE_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	shell("mkdir large many && head -c 65537 /dev/zero >large/a.crt && "
	      "for i in $(seq 257); do echo x >many/$i.crt; done");
	assert_int_equal(trust_store_read(large, &store, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "large/a.crt has more than"));
	assert_int_equal(trust_store_read(many, &store, &diag), -E2BIG);
	assert_non_null(strstr(diag.text, "more than 256 certificates"));
	assert_int_equal(trust_store_read(file, &store, &diag), -ENOTDIR);
	assert_int_equal(store.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_untrusted),
		cmocka_unit_test(test_other_hash),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_damaged_certificate),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_trust_limits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
