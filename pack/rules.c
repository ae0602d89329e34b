#include "pack/rules.h"

#include <string.h>

#define THREADS "loaded by the C library when a thread ends or is cancelled"
#define NAMES "users, groups or hosts are looked up by name"

/* glibc's unwinding of a thread's stack (sysdeps/nptl/unwind-resume.c,
 * nptl/pthread_exit.c) aborts the process if libgcc_s is not there. */
static const struct rule table[] = {
	{ "pthread_cancel", RULE_LIBRARY, "libgcc_s.so.1", THREADS },
	{ "pthread_exit", RULE_LIBRARY, "libgcc_s.so.1", THREADS },
	{ "thrd_exit", RULE_LIBRARY, "libgcc_s.so.1", THREADS },
	{ "getpwnam", RULE_NSS, NULL, NAMES },
	{ "getpwnam_r", RULE_NSS, NULL, NAMES },
	{ "getpwuid", RULE_NSS, NULL, NAMES },
	{ "getpwuid_r", RULE_NSS, NULL, NAMES },
	{ "getpwent", RULE_NSS, NULL, NAMES },
	{ "getpwent_r", RULE_NSS, NULL, NAMES },
	{ "getgrnam", RULE_NSS, NULL, NAMES },
	{ "getgrnam_r", RULE_NSS, NULL, NAMES },
	{ "getgrgid", RULE_NSS, NULL, NAMES },
	{ "getgrgid_r", RULE_NSS, NULL, NAMES },
	{ "getgrent", RULE_NSS, NULL, NAMES },
	{ "getgrent_r", RULE_NSS, NULL, NAMES },
	{ "getgrouplist", RULE_NSS, NULL, NAMES },
	{ "initgroups", RULE_NSS, NULL, NAMES },
	{ "getspnam", RULE_NSS, NULL, NAMES },
	{ "getspnam_r", RULE_NSS, NULL, NAMES },
	{ "getaddrinfo", RULE_NSS, NULL, NAMES },
	{ "getnameinfo", RULE_NSS, NULL, NAMES },
	{ "gethostbyname", RULE_NSS, NULL, NAMES },
	{ "gethostbyname_r", RULE_NSS, NULL, NAMES },
	{ "gethostbyname2", RULE_NSS, NULL, NAMES },
	{ "gethostbyname2_r", RULE_NSS, NULL, NAMES },
	{ "gethostbyaddr", RULE_NSS, NULL, NAMES },
	{ "gethostbyaddr_r", RULE_NSS, NULL, NAMES },
};

/* The table's symbols, those of dlopen, and what tells glibc's age. */
static const char *const symbols[] = {
	"dlopen",	   "dlmopen",	      "pthread_cancel",
	"pthread_exit",	   "thrd_exit",	      "getpwnam",
	"getpwnam_r",	   "getpwuid",	      "getpwuid_r",
	"getpwent",	   "getpwent_r",      "getgrnam",
	"getgrnam_r",	   "getgrgid",	      "getgrgid_r",
	"getgrent",	   "getgrent_r",      "getgrouplist",
	"initgroups",	   "getspnam",	      "getspnam_r",
	"getaddrinfo",	   "getnameinfo",     "gethostbyname",
	"gethostbyname_r", "gethostbyname2",  "gethostbyname2_r",
	"gethostbyaddr",   "gethostbyaddr_r", NULL,
};

/* Objects that are known to open others. */
static const struct {
	const char *soname;
	bool harmless;
	const char *hint;
} openers[] = {
	{ "ld-linux-x86-64.so.2", true, NULL },
	{ "libc.so.6", true, NULL },
	{ "libdl.so.2", true, NULL },
	/* APR's apr_dso_load() is what LoadModule comes down to. */
	{ "libapr-1.so.0", true, NULL },
	{ "libaprutil-1.so.0", false,
	  "its drivers for databases and LDAP, in apr-util-1/" },
	{ "libcrypto.so.3", false,
	  "OpenSSL's providers and engines, in ossl-modules/ and engines-3/, "
	  "if openssl.cnf names any" },
	{ "libcrypto.so.1.1", false,
	  "OpenSSL's engines, in engines-1.1/, if openssl.cnf names any" },
	{ "libkrb5.so.3", false, "its plug-ins, in krb5/plugins/" },
	{ "libgssapi_krb5.so.2", false, "the mechanisms of /etc/gss" },
	{ "libsasl2.so.2", false, "its mechanisms, in sasl2/" },
	{ "libpam.so.0", false,
	  "the modules that the files in /etc/pam.d name, in security/" },
	{ "libp11-kit.so.0", false, "PKCS#11 modules, in pkcs11/" },
	{ "libgnutls.so.30", false, "PKCS#11 modules through p11-kit" },
	{ "liblua5.3.so.0", false, "Lua's C modules, in lua/5.3/" },
	{ "libperl.so.5.36", false, "Perl's XS modules, in perl/" },
	{ "libpython3.11.so.1.0", false, "Python's extension modules" },
	{ "libsystemd.so.0", false,
	  "compressors and cryptography, for the "
	  "journal" },
	{ "libsqlite3.so.0", false, "extensions that a program asks for" },
	{ "libxml2.so.2", true, NULL }, /* catalogues of modules, never used */
};

const struct rule *rules(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(table);
	return table;
}

const char *const *rules_symbols(void)
{
	return symbols;
}

bool rules_uses_dlopen(const struct elf *elf)
{
	return elf_imports(elf, "dlopen") || elf_imports(elf, "dlmopen");
}

const char *rules_dlopen_hint(const char *soname, bool *ret_harmless)
{
	*ret_harmless = false;
	for (size_t i = 0; soname && i < ARRAY_SIZE(openers); i++) {
		if (strcmp(openers[i].soname, soname) == 0) {
			*ret_harmless = openers[i].harmless;
			return openers[i].hint;
		}
	}
	return NULL;
}
