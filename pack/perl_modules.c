/* What no statement says of Perl's modules. */
#include "pack/perl_uses.h"

#include <string.h>

static const struct {
	const char *module, *words;
} implied[] = {
	{ "Digest", "Digest::MD5 Digest::SHA" },
	{ "Encode", "Encode::Byte Encode::Unicode" },
	{ "File::Spec", "Cwd File::Spec::Unix" },
	{ "JSON", "JSON::PP JSON::XS" },
	{ "LWP::Protocol", "LWP::Protocol::file LWP::Protocol::http "
			   "LWP::Protocol::https" },
	{ "Math::BigInt", "Math::BigInt::Calc Math::BigInt::Lib" },
	{ "URI", "URI::_foreign URI::_generic URI::data URI::file URI::http "
		 "URI::https" },
	{ "Unicode::UCD", "unicore/**" },
	{ "_charnames", "unicore/Name.pl unicore/Name.pm" },
	{ "charnames", "_charnames" },
	{ "open", "PerlIO::encoding" },
	{ "utf8_heavy.pl", "unicore/**" }, /* before 5.32 */
};

static const struct {
	const char *sign, *words;
} signs[] = {
	{ "$!{", "Errno" },
	{ "%!", "Errno" },
	{ "$+{", "Tie::Hash::NamedCapture" },
	{ "->autoflush", "IO::File" },
	{ ":encoding(", "PerlIO::encoding Encode" },
	{ "\\N{", "_charnames" },
	{ "\\p{", "utf8_heavy.pl" },
	{ "dbi:MariaDB:", "DBD::MariaDB" },
	{ "DBI:mysql:", "DBD::mysql" },
	{ "dbi:mysql:", "DBD::mysql" },
	{ "dbi:Pg:", "DBD::Pg" },
	{ "dbi:SQLite:", "DBD::SQLite" },
	{ "dbmopen", "AnyDBM_File" },
	{ "glob", "File::Glob" },
	{ "open", "PerlIO::scalar" },
};

static const char *const development[] = {
	"B",	 "B::",	  "CPAN", "CPAN::", "Devel::", "ExtUtils::",
	"Pod::", "TAP::", "Test", "Test::", "Test2::", "perl5db.pl",
};

const char *perl_implied(const char *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(implied); i++) {
		if (strcmp(implied[i].module, module) == 0)
			return implied[i].words;
	}
	return NULL;
}

const char *perl_implied_by_sign(size_t i, const char *text, bool *ret_has)
{
	if (i >= ARRAY_SIZE(signs))
		return NULL;
	*ret_has = strstr(text, signs[i].sign) != NULL;
	return signs[i].words;
}

bool perl_is_for_development(const char *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(development); i++) {
		const char *name = development[i];
		size_t length = strlen(name);

		if (name[length - 1] == ':' ? strncmp(module, name, length) == 0
					    : strcmp(module, name) == 0)
			return true;
	}
	return false;
}
