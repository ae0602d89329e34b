#include "pack/apt_settings.h"

/* Clearing comes first: hooks, and what would change what is asked. */
static const char common[] =
	"#clear APT::Update;\n"
	"#clear APT::Install;\n"
	"#clear APT::Get;\n"
	"#clear AptCli;\n"
	"#clear DPkg;\n"
	"#clear Acquire::IndexTargets;\n"
	"#clear Acquire::Languages;\n"
	"#clear APT::Solver;\n"

	"APT::Install-Recommends \"false\";\n"
	"APT::Install-Suggests \"false\";\n"
	"APT::Get::Assume-Yes \"true\";\n"
	"APT::Get::List-Cleanup \"true\";\n"
	"APT::Get::AllowUnauthenticated \"false\";\n"
	"APT::Cmd::Pattern-Only \"true\";\n"
	"APT::Keep-Downloaded-Packages \"true\";\n"
	"APT::Update::Error-Mode \"any\";\n"
	"Acquire::AllowInsecureRepositories \"false\";\n"
	"Acquire::AllowWeakRepositories \"false\";\n"
	"Acquire::AllowDowngradeToInsecureRepositories \"false\";\n"
	"Acquire::Languages { \"none\"; };\n"
	/* Of all lists, only those of packages; kept compressed. */
	"Acquire::IndexTargets::deb::Packages {\n"
	"  MetaKey \"$(COMPONENT)/binary-$(ARCHITECTURE)/Packages\";\n"
	"  flatMetaKey \"Packages\";\n"
	"  ShortDescription \"Packages\";\n"
	"  Description \"$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages\";\n"
	"  flatDescription \"$(RELEASE) Packages\";\n"
	"  Optional \"0\";\n"
	"};\n"
	"Acquire::GzipIndexes \"true\";\n"
	"Dir::Cache::pkgcache \"pkgcache.bin\";\n"
	"Dir::Cache::srcpkgcache \"\";\n";

void apt_settings(const struct apt *apt, bool as_root, struct buf *text)
{
	buf_puts(text, common);
	buf_printf(text, "Dir::State \"%s\";\n", apt->directory);
	buf_puts(text, "Dir::State::lists \"lists/\";\n");
	buf_printf(text, "Dir::State::status \"%s/status\";\n", apt->directory);
	buf_printf(text, "Dir::Cache \"%s\";\n", apt->directory);
	buf_printf(text, "Dir::Cache::archives \"%s/\";\n", apt->archives);
	buf_printf(text, "Dir::Log \"%s/log\";\n", apt->directory);
	if (!as_root)
		buf_puts(text, "APT::Sandbox::User \"\";\n");
	if (!apt->suite)
		return;
	/* With sources of its own go neither the host's pins nor the release
	 * that it prefers. */
	buf_puts(text, "APT::Default-Release \"\";\n"
		       "Dir::Etc::sourcelist \"/dev/null\";\n"
		       "Dir::Etc::preferences \"/dev/null\";\n"
		       "Dir::Etc::preferencesparts \"/dev/null\";\n");
	buf_printf(text, "Dir::Etc::sourceparts \"%s/sources.d/\";\n",
		   apt->directory);
}
