/* What scripts take in, told from their text: pack/python_imports.h,
 * pack/python_modules.h, pack/perl_uses.h, pack/php_includes.h. */
/* links: pack/python_imports.o pack/python_lines.o pack/python_modules.o
 * pack/perl_uses.o pack/perl_modules.o pack/php_includes.o */
#include "lib/buf.h"
#include "pack/perl_uses.h"
#include "pack/php_includes.h"
#include "pack/python_imports.h"
#include "pack/python_modules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* NUMBER:DOTS MODULE [NAME], "?" behind what is optional, "~" what is lazy. */
static void python(const char *text, bool main, const char *wanted)
{
	CLEANUP_PYTHON struct python_imports found = PYTHON_IMPORTS_INIT;
	CLEANUP_BUF struct buf buf = BUF_INIT;

	assert_int_equal(python_imports_parse(text, main, &found, NULL), 0);
	buf_puts(&buf, "");
	for (size_t i = 0; i < found.count; i++) {
		const struct python_import *import = &found.imports[i];

		buf_printf(&buf, "%u:%.*s%s%s%s%s%s\n", import->number,
			   (int)import->level, "....", import->module,
			   import->name ? " " : "",
			   import->name ? import->name : "",
			   import->optional ? "?" : "",
			   import->lazy ? "~" : "");
	}
	if (found.computed)
		buf_printf(&buf, "computed %u\n", found.computed);
	assert_string_equal(buf.data, wanted);
}

static void test_python_statements(void **state UNUSED)
{
	python("import a, b.c as d,e\nfrom f import g as h, i\n"
	       "from . import j\nfrom ..k.l import *\nfrom .m import n",
	       false,
	       "1:a\n1:b.c\n1:e\n2:f g\n2:f i\n3:. j\n4:..k.l *\n5:.m n\n");
	python("from a import (b,\n  # c,\n  d as e,\n)\nimport \\\n  f\n"
	       "x = 1; import g; y = 'import no; import'\n",
	       false, "1:a b\n1:a d\n5:f\n7:g\n");
	python("important = 1\nimport_x()\nfrom_x = 2\nfrom a imports b\n"
	       "import\nfrom\nfrom . import\n",
	       false, "");
	python("if x: import a\nelse: import b\n", false, "1:a?\n2:b?\n");
	python("x = [\n'import a',\nimport_b]\nimport c\n", false, "4:c\n");
}

static void test_python_strings(void **state UNUSED)
{
	python("'''\nimport a\n'''\nr\"\"\"import b\n\\\"\"\"\nimport "
	       "c\n\"\"\"\n"
	       "# import d\nimport e # import f\n'it\\'s'; import g\n",
	       false, "9:e\n10:g\n");
	python("x = 'unterminated\nimport a\n", false, "2:a\n");
	python("'''never ends\nimport a\n", false, "");
}

static void test_python_blocks(void **state UNUSED)
{
	python("try:\n    import a\nexcept ImportError:\n    import b\n"
	       "import c\ndef f(x: int = 1):\n\timport d\n\n# z\n"
	       "\tif x:\n\t\timport e\nimport g\n"
	       "async def h(): import i\nclass K:\n  import l\n",
	       false, "2:a?\n4:b?\n5:c\n7:d~\n11:e?~\n12:g\n13:i~\n15:l\n");
	python("if __name__ == '__main__':\n  import a\nelse:\n  import b\n",
	       false, "4:b?\n");
	python("if __name__ == \"__main__\":\n  import a\n", true, "2:a\n");
	python("if typing.TYPE_CHECKING:\n  import a\n  if x:\n    import b\n"
	       "import c\n",
	       true, "5:c\n");
}

static void test_python_calls(void **state UNUSED)
{
	python("__import__('a.b')\nx = importlib.import_module(\"c\", y)\n"
	       "my__import__('d')\nimport_module('.e', 'f')\n"
	       "import_module(name)\n",
	       false, "1:a.b\n2:c\ncomputed 4\n");
	python("if TYPE_CHECKING:\n  __import__(x)\n", false, "");
}

static void test_python_modules(void **state UNUSED)
{
	assert_non_null(strstr(python_startup(), "encodings.utf_8 "));
	assert_string_equal(python_implied("dbm"), "dbm.dumb dbm.gnu dbm.ndbm");
	assert_null(python_implied("json"));
	assert_true(python_is_for_development("unittest.mock"));
	assert_true(python_is_for_development("pdb"));
	assert_false(python_is_for_development("pdbx"));
}

static void perl(const char *text, const char *wanted)
{
	CLEANUP_PERL struct perl_uses found = PERL_USES_INIT;
	CLEANUP_BUF struct buf buf = BUF_INIT;
	static const char *const kinds[] = { "", "file ", "lib " };

	assert_int_equal(perl_uses_parse(text, &found, NULL), 0);
	buf_puts(&buf, "");
	for (size_t i = 0; i < found.count; i++)
		buf_printf(&buf, "%u:%s%s%s\n", found.uses[i].number,
			   kinds[found.uses[i].kind], found.uses[i].name,
			   found.uses[i].optional ? "?" : "");
	if (found.computed)
		buf_printf(&buf, "computed %u\n", found.computed);
	assert_string_equal(buf.data, wanted);
}

static void test_perl_statements(void **state UNUSED)
{
	perl("use strict;\nuse IO::Socket qw(a b);no warnings;\n"
	     "  require Foo::Bar;\nuse 5.010;\nuse v5.36;\nrequire 5.006;\n"
	     "package X; use A::B 1.2 ();\n",
	     "1:strict\n2:IO::Socket\n2:warnings\n3:Foo::Bar?\n"
	     "4:strict?\n4:feature?\n5:strict?\n5:feature?\n7:A::B\n");
	perl("use parent -norequire, 'A';\nuse base qw( B C::D );\n"
	     "use parent 'E', \"F\";\nuse if $] < 5, G => 1;\n"
	     "use lib '/x', \"$FindBin::Bin/../lib\";\n",
	     "1:parent\n2:base\n2:B\n2:C::D\n3:parent\n3:E\n3:F\n"
	     "4:if\n4:G?\n5:lib\n5:lib /x\n5:lib $FindBin::Bin/../lib\n");
	perl("require \"a.pl\";\ndo './b.pl' or die;\nrequire $x;\n"
	     "require \"$dir/c.pl\";\n",
	     "1:file a.pl?\n2:file ./b.pl?\ncomputed 3\n");
	perl("eval { require A };\neval 'use B; 1';\n$x and require C;\n"
	     "BEGIN { require D }\n",
	     "1:A?\n2:B?\n3:C?\n4:D?\n");
}

static void test_perl_text(void **state UNUSED)
{
	perl("# use A;\nprint 'please use B';\n$use = 1; %require;\n"
	     "my %h = (require => 1); $o->require(C);\n"
	     "sub use { }\nuse_it();\n",
	     "");
	perl("=head1 X\n\nuse A;\n\n=cut\n\nuse B;\n__END__\nuse C;\n",
	     "7:B\n");
	perl("print <<EOT . <<'X';\nuse A;\nEOT\nuse B;\n", "4:B\n");
	perl("print <<~\"EOT\";\n  use A;\n  EOT\nuse B; # use C;\n", "4:B\n");
	perl("use", "");
	perl("use base qw(", "1:base\n");
	perl("print <<EOT", "");
}

static void test_perl_modules(void **state UNUSED)
{
	bool has;

	assert_non_null(perl_implied("charnames"));
	assert_null(perl_implied("strict"));
	assert_true(perl_is_for_development("Test::More"));
	assert_true(perl_is_for_development("B::Deparse"));
	assert_false(perl_is_for_development("Bytes"));
	for (size_t i = 0; perl_implied_by_sign(i, "nothing", &has); i++)
		assert_false(has);
	assert_string_equal(perl_implied_by_sign(0, "if ($!{EINTR})", &has),
			    "Errno");
	assert_true(has);
}

static void php(const char *text, const char *wanted)
{
	CLEANUP_PHP struct php_includes found = PHP_INCLUDES_INIT;
	CLEANUP_BUF struct buf buf = BUF_INIT;

	assert_int_equal(php_includes_parse(text, &found, NULL), 0);
	buf_puts(&buf, "");
	for (size_t i = 0; i < found.count; i++)
		buf_printf(&buf, "%u:%s%u %s%s\n", found.includes[i].number,
			   found.includes[i].from_file ? "+" : "-",
			   found.includes[i].up, found.includes[i].path,
			   found.includes[i].optional ? "?" : "");
	if (found.computed)
		buf_printf(&buf, "computed %u\n", found.computed);
	assert_string_equal(buf.data, wanted);
}

static void test_php(void **state UNUSED)
{
	php("<?php\nrequire 'a.php';\nInclude_Once(\"b\" . '.php');\n"
	    "require __DIR__ . '/c.php';\n"
	    "include dirname(__FILE__) . '/d.php';\n"
	    "require_once(dirname(dirname(__FILE__)).'/e.php') ;\n"
	    "require dirname(__DIR__) . '/f.php' ?>",
	    "2:-0 a.php\n3:-0 b.php?\n4:+0 /c.php\n5:+0 /d.php?\n"
	    "6:+1 /e.php\n7:+1 /f.php\n");
	php("require 'no.php';\n<p><?= 1 ?>require 'no.php'<? include 'a';",
	    "2:-0 a?\n");
	php("<?php // require 'a';\n# require 'b';\n/* require 'c';\n*/\n"
	    "$x = \"require 'd';\"; $require = 1; $o->include('e');\n"
	    "X::require('f'); myrequire('g');\n"
	    "$t = <<<EOT\nrequire 'h';\n  EOT;\nrequire 'i';",
	    "10:-0 i\n");
	php("<?php require $x; include \"$y.php\"; require 'a' . $z;",
	    "computed 1\n");
	php("<?php // x ?>\n<?php require", "computed 2\n");
	php("<?php '", "");
	php("<?php <<<EOT", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_python_statements),
		cmocka_unit_test(test_python_strings),
		cmocka_unit_test(test_python_blocks),
		cmocka_unit_test(test_python_calls),
		cmocka_unit_test(test_python_modules),
		cmocka_unit_test(test_perl_statements),
		cmocka_unit_test(test_perl_text),
		cmocka_unit_test(test_perl_modules),
		cmocka_unit_test(test_php),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
