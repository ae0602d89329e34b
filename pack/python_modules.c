#include "pack/python_modules.h"

#include <string.h>

static const char startup[] =
	"encodings encodings.aliases encodings.ascii encodings.cp437 "
	"encodings.cp1252 encodings.idna encodings.iso8859_1 "
	"encodings.iso8859_15 encodings.latin_1 encodings.punycode "
	"encodings.raw_unicode_escape encodings.unicode_escape "
	"encodings.utf_16 encodings.utf_16_be encodings.utf_16_le "
	"encodings.utf_32 encodings.utf_7 encodings.utf_8 encodings.utf_8_sig "
	"encodings.hex_codec encodings.base64_codec _collections_abc "
	"_sitebuiltins abc codecs genericpath importlib.machinery "
	"importlib.util io locale os posixpath runpy site sitecustomize stat "
	"warnings";

static const struct {
	const char *module, *words;
} implied[] = {
	{ "_asyncio", "asyncio.base_futures" },
	{ "_curses", "curses" },
	{ "_datetime", "_strptime" },
	{ "_decimal", "collections numbers" },
	{ "_elementtree", "copy pyexpat xml.etree.ElementPath" },
	{ "_pickle", "_compat_pickle copyreg" },
	{ "_socket", "encodings.idna stringprep unicodedata" },
	{ "_sqlite3", "sqlite3.dump" },
	{ "_zoneinfo", "zoneinfo._common" },
	{ "dbm", "dbm.dumb dbm.gnu dbm.ndbm" },
	{ "mimetypes", "/etc/mime.types" },
	{ "sysconfig", "_sysconfigdata_*.py" },
	{ "xml.sax", "xml.sax.expatreader" },
};

static const char *const development[] = {
	"antigravity", "bdb",	     "cProfile", "code",	"codeop",
	"curses",      "distutils",  "doctest",	 "ensurepip",	"idlelib",
	"lib2to3",     "pdb",	     "pip",	 "profile",	"pstats",
	"pydoc",       "pydoc_data", "readline", "rlcompleter", "setuptools",
	"test",	       "this",	     "timeit",	 "tkinter",	"trace",
	"tracemalloc", "turtle",     "unittest", "venv",	"webbrowser",
};

const char *python_startup(void)
{
	return startup;
}

const char *python_implied(const char *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(implied); i++) {
		if (strcmp(implied[i].module, module) == 0)
			return implied[i].words;
	}
	return NULL;
}

bool python_is_for_development(const char *module)
{
	size_t length = strcspn(module, ".");

	for (size_t i = 0; i < ARRAY_SIZE(development); i++) {
		if (strlen(development[i]) == length &&
		    strncmp(development[i], module, length) == 0)
			return true;
	}
	return false;
}
