/* A text as statements of words: lib/lex.h, lib/variables.h. */
#include "lib/buf.h"
#include "lib/lex.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Variables that every test has. */
static void define(struct variables *variables)
{
	const struct location at = { .file = "-D" };

	assert_int_equal(
		variables_set(variables, "NAME", "value", 0, &at, NULL), 0);
	assert_int_equal(variables_set(variables, "EMPTY", "", 0, &at, NULL),
			 0);
	assert_int_equal(variables_set(variables, "TWO", "a b;c", 0, &at, NULL),
			 0);
}

/* Every statement as "[word] [word]", a joined one behind "; ", one a line,
 * a here-document behind "<<". */
static void show(const struct lex_statement *statement, struct buf *shown)
{
	if (statement->joined)
		buf_puts(shown, "; ");
	for (size_t i = 0; i < statement->count; i++)
		buf_printf(shown, "%s[%s]", i > 0 ? " " : "",
			   statement->words[i].text);
	if (statement->has_here) {
		assert_int_equal(statement->here_length,
				 strlen(statement->here));
		buf_printf(shown, " <<%s>>", statement->here);
	}
	buf_putc(shown, '\n');
}

static int lex(const char *content, size_t length, struct buf *shown,
	       struct diag *diag)
{
	struct variables variables = { 0 };
	struct lex_text text;
	struct lexer lexer = { .text = &text, .variables = &variables };
	int result = lex_text_init(&text, "x.recipe", content, length, diag);

	if (result < 0)
		return result;
	define(&variables);
	for (;;) {
		CLEANUP_STATEMENT struct lex_statement statement = { 0 };

		result = lex_next(&lexer, &statement, diag);
		if (result <= 0)
			break;
		show(&statement, shown);
	}
	lex_text_done(&text);
	variables_done(&variables);
	return result;
}

static void accepts(const char *content, const char *wanted)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (lex(content, strlen(content), &shown, &diag) < 0)
		fail_msg("%s: %s", content, diag.text);
	assert_string_equal(shown.data ? shown.data : "", wanted);
}

static void refuses_bytes(const char *content, size_t length,
			  const char *wanted)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(lex(content, length, &shown, &diag), -EINVAL);
	assert_non_null(diag.text);
	if (!strstr(diag.text, wanted))
		fail_msg("'%s' is not in '%s'", wanted, diag.text);
}

static void refuses(const char *content, const char *wanted)
{
	refuses_bytes(content, strlen(content), wanted);
}

static void test_words(void **state UNUSED)
{
	accepts("", "");
	accepts("\n\n  \t\n", "");
	accepts("a", "[a]\n");
	accepts("a b\tc  \n\td", "[a] [b] [c]\n[d]\n");
	accepts("# a\nb # c\nd#e # f ; g", "[b]\n[d#e]\n");
	accepts("a \\# b", "[a] [#] [b]\n");
	accepts("a {b} (c) <d> [e]* ~ !", "[a] [{b}] [(c)] [<d>] [[e]*] [~] "
					  "[!]\n");
	accepts("summary \"Größe – 大小\"", "[summary] [Größe – 大小]\n");
}

static void test_quotes(void **state UNUSED)
{
	accepts("a \"b c\" 'd e'", "[a] [b c] [d e]\n");
	accepts("a \"\" ''", "[a] [] []\n");
	accepts("a x\"b c\"y'd'z", "[a] [xb cydz]\n");
	accepts("a \"\\\"\\\\\\n\\t\\$\" '\\n$'", "[a] [\"\\\n\t$] [\\n$]\n");
	accepts("a \"'\" '\"'", "[a] ['] [\"]\n");
	accepts("a \"#\" \";\" '<<EOF'", "[a] [#] [;] [<<EOF]\n");
	accepts("a b\\ c \\; \\\\ \\' \\\"", "[a] [b c] [;] [\\] ['] [\"]\n");
	refuses("a \"b", "x.recipe:1:3: the quote is not closed");
	refuses("a 'b\nc'", "1:3: the quote is not closed");
	refuses("a \"b\nc\"", "1:3: the quote is not closed");
	refuses("a b\\nc", "1:4: unknown escape");
	refuses("a \"\\q\"", "1:4: unknown escape");
}

static void test_continuation(void **state UNUSED)
{
	accepts("a b \\\n  c \\\n\td\ne", "[a] [b] [c] [d]\n[e]\n");
	accepts("a b\\\nc", "[a] [bc]\n");
	accepts("a \"b \\\n c\"", "[a] [b  c]\n");
	accepts("a \\\n\nb", "[a]\n[b]\n");
	accepts("a \\\n# b\nc", "[a]\n[c]\n");
	accepts("a # b \\\nc", "[a]\n[c]\n");
	refuses("a \\", "1:3: a '\\' continues the last line");
	refuses("a \\\n", "1:3: a '\\' continues the last line");
	refuses("a \\ \nb", "1:3: blanks behind the '\\'");
}

static void test_semicolon(void **state UNUSED)
{
	accepts("a b ; c", "[a] [b]\n; [c]\n");
	accepts("a;b ;c ;; ; d", "[a;b] [;c] [;;]\n; [d]\n");
	accepts(" ; ; a ; ; b ;\nc", "[a]\n; [b]\n[c]\n");
	accepts("a \\\n; b", "[a]\n; [b]\n");
	/* Not of the same line: it is not joined. */
	accepts("a ;\n; b", "[a]\n[b]\n");
	accepts("a ; <<EOF", "[a]\n; [<<EOF]\n");
}

static void test_variables(void **state UNUSED)
{
	accepts("a ${NAME} \"${NAME}\" '${NAME}' x${NAME}y",
		"[a] [value] [value] [${NAME}] [xvaluey]\n");
	accepts("a ${EMPTY} ${TWO}", "[a] [] [a b;c]\n");
	accepts("a $$ $${NAME} \\${NAME} \"$$\"",
		"[a] [$] [${NAME}] [${NAME}] [$]\n");
	refuses("a ${NAM}", "1:3: unknown variable 'NAM'");
	refuses("a b${}", "1:4: not the name");
	refuses("a ${1}", "1:3: not the name");
	refuses("a ${NAME", "1:3: '${' without a '}'");
	refuses("a \"${NAME\"", "1:4: '${' without a '}'");
	refuses("a $NAME", "1:3: a '$' by itself");
	refuses("a b$", "1:4: a '$' by itself");
}

static void test_here(void **state UNUSED)
{
	accepts("f <<EOF\nb\n c\nEOF\ng", "[f] <<b\n c\n>>\n[g]\n");
	accepts("f <<EOF\nEOF\n", "[f] <<>>\n");
	accepts("f x <<E-1.x # c\n#b ; \\\nE-1.x", "[f] [x] <<#b ; \\\n>>\n");
	accepts("f <<-EOF\n\t\tb\n\t c\n\tEOF\n", "[f] <<b\n c\n>>\n");
	accepts("f <<EOF\n${NAME} $1 $ $$ \\$ \\\\ \\n \"'\nEOF\n",
		"[f] <<value $1 $ $ $ \\\\ \\n \"'\n>>\n");
	accepts("f <<'EOF'\n${NAME} $$ \\$\nEOF\n",
		"[f] <<${NAME} $$ \\$\n>>\n");
	accepts("f <<\"EOF\"\n${X}\nEOF\n", "[f] <<${X}\n>>\n");
	accepts("f <<-'EOF'\n\t${X}\n\tEOF\n", "[f] <<${X}\n>>\n");
	accepts("a ; f <<EOF\nb\nEOF\nc", "[a]\n; [f] <<b\n>>\n[c]\n");
	accepts("f \\\n <<EOF\nb\nEOF", "[f] <<b\n>>\n");
	accepts("f a<<b \"<<EOF\"", "[f] [a<<b] [<<EOF]\n");
	refuses("f <<EOF\nb\n EOF\n", "1:3: the here-document has no end");
	refuses("f <<EOF", "1:3: the here-document has no end");
	refuses("f << EOF\nb\nEOF\n", "1:3: '<<' without a word");
	refuses("f <<EOF g\nb\nEOF\n", "1:9: '<<EOF' must be the last word");
	refuses("f <<EOF ; g\nb\nEOF\n", "1:9: '<<EOF' must be the last");
	refuses("f <<'EOF\nb\nEOF\n", "1:3: the quote behind");
	refuses("f <<E$\nb\nEOF\n", "1:3: the word behind '<<' may only");
	refuses("f <<EOF\nb\n x ${NOPE}\nEOF\n",
		"3:4: unknown variable 'NOPE'");
}

static void test_not_text(void **state UNUSED)
{
	refuses_bytes("a\0b", 3, "1:2: a NUL byte");
	refuses("a\nb\r\n", "2:2: a carriage return");
	refuses("a \x1b[2J", "1:3: the control character U+001B");
	refuses("a \x7f", "1:3: the control character U+007F");
	refuses("a \xc2\x9b", "1:3: the control character U+009B");
	refuses("f <<'EOF'\n\x01\nEOF\n", "2:1: the control character U+0001");
	refuses("\xef\xbb\xbfname a", "1:1: a byte order mark");
	refuses("a \xff", "1:3: not valid UTF-8");
	refuses("a \xc3", "1:3: not valid UTF-8");
	refuses("a \xc0\xaf", "1:3: not valid UTF-8");
	refuses("a \xed\xa0\x80", "1:3: not valid UTF-8");
	refuses("a \xf4\x90\x80\x80", "1:3: not valid UTF-8");
	accepts("a \xf4\x8f\xbf\xbf", "[a] [\xf4\x8f\xbf\xbf]\n");
}

/* `head`, `count` times `unit`, `tail`. */
static char *repeat(const char *head, const char *unit, size_t count,
		    const char *tail)
{
	struct buf text = BUF_INIT;
	char *content;

	buf_puts(&text, head);
	while (count-- > 0)
		buf_puts(&text, unit);
	buf_puts(&text, tail);
	content = buf_steal(&text);
	assert_non_null(content);
	return content;
}

static void refuses_many(const char *head, const char *unit, size_t count,
			 const char *tail, const char *wanted)
{
	CLEANUP_FREE char *content = repeat(head, unit, count, tail);

	refuses(content, wanted);
}

static void lexes(const char *head, const char *unit, size_t count,
		  const char *tail)
{
	CLEANUP_FREE char *content = repeat(head, unit, count, tail);
	CLEANUP_BUF struct buf shown = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (lex(content, strlen(content), &shown, &diag) < 0)
		fail_msg("%s", diag.text);
}

static void test_limits(void **state UNUSED)
{
	lexes("a ", "b", LEX_LINE_MAX - 2, "\n");
	refuses_many("a ", "b", LEX_LINE_MAX - 1, "\n",
		     "1:4097: the line is longer than 4096");
	refuses_many("x\na ", "b", LEX_LINE_MAX - 1, "\n", "2:4097: the line");
	refuses_many("x \\\n", "b", LEX_LINE_MAX + 1, "", "2:4097: the line");
	refuses_many("f <<E\nE\n", "b", LEX_LINE_MAX + 1, "\n",
		     "3:4097: the line");
	lexes("f <<E\n", "b", LEX_HERE_LINE_MAX, "\nE\n");
	refuses_many("f <<E\n", "b", LEX_HERE_LINE_MAX + 1, "\nE\n",
		     "2:65537: the line is longer than 65536");
	lexes("a", " b", LEX_WORDS_MAX - 1, "");
	refuses_many("a", " b", LEX_WORDS_MAX, "", "more than 1024 words");
	refuses_many("", "#\n", LEX_TEXT_MAX / 2, "#",
		     "larger than 1048576 bytes");
	lexes("", "#\n", LEX_TEXT_MAX / 2, "");
}

/* A word or here-document may grow beyond its limit by what it substitutes. */
static void test_growth(void **state UNUSED)
{
	CLEANUP_FREE char *value = repeat("", "v", 60000, "");
	const struct location at = { .file = "-D" };
	struct variables variables = { 0 };
	static const char *const texts[] = { "a ${V}${V}",
					     "f <<E\n${V}\n${V}\nE\n" };

	assert_int_equal(variables_set(&variables, "V", value, 0, &at, NULL),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_STATEMENT struct lex_statement statement = { 0 };
		struct lex_text text;
		struct lexer lexer = { .text = &text, .variables = &variables };

		assert_int_equal(lex_text_init(&text, "x", texts[i],
					       strlen(texts[i]), NULL),
				 0);
		assert_int_equal(lex_next(&lexer, &statement, NULL),
				 i == 0 ? -EINVAL : 1);
		lex_text_done(&text);
	}
	variables_done(&variables);
}

static void test_locations(void **state UNUSED)
{
	static const char content[] = "a  b \\\n\tc\n\n x ; \"y\"";
	static const unsigned int wanted[][2] = {
		{ 1, 1 }, { 1, 4 }, { 2, 2 }, { 4, 2 }, { 4, 6 },
	};
	struct variables variables = { 0 };
	struct lex_text text;
	struct lexer lexer = { .text = &text, .variables = &variables };
	size_t seen = 0;

	assert_int_equal(
		lex_text_init(&text, "x", content, strlen(content), NULL), 0);
	for (;;) {
		CLEANUP_STATEMENT struct lex_statement statement = { 0 };

		if (lex_next(&lexer, &statement, NULL) <= 0)
			break;
		for (size_t i = 0; i < statement.count; i++, seen++) {
			const struct lex_word *word = &statement.words[i];

			assert_true(seen < ARRAY_SIZE(wanted));
			assert_int_equal(word->at.line, wanted[seen][0]);
			assert_int_equal(word->at.column, wanted[seen][1]);
			assert_string_equal(word->at.file, "x");
			assert_int_equal(word->plain,
					 strcmp(word->text, "y") != 0);
		}
	}
	assert_int_equal(seen, ARRAY_SIZE(wanted));
	lex_text_done(&text);
}

static void test_excerpt(void **state UNUSED)
{
	struct location at = { "x", 7, 5, "\ta\xc3\xa4$b" };
	char line[4097];
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(location_error(&diag, -EINVAL, &at, "wrong %d", 1),
			 -EINVAL);
	assert_int_equal(diag.error, -EINVAL);
	assert_string_equal(diag.text, "x:7:5: wrong 1");
	assert_string_equal(diag.excerpt, "    7 | \ta\xc3\xa4$b\n"
					  "      | \t  ^");

	/* What could do something to a terminal is not shown. */
	at = (struct location){ "x", 1, 1, "\x1b[2J\xff" };
	location_error(&diag, -EINVAL, &at, "wrong");
	assert_string_equal(diag.excerpt, "    1 | ?[2J?\n      | ^");

	/* A long line is cut on both sides. */
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	line[2000] = '!';
	at = (struct location){ "x", 1, 2001, line };
	location_error(&diag, -EINVAL, &at, "wrong");
	assert_true(strlen(diag.excerpt) < 300);
	assert_non_null(strchr(diag.excerpt, '!'));
	assert_int_equal(strchr(diag.excerpt, '!') - diag.excerpt,
			 strchr(diag.excerpt, '^') -
				 (strchr(diag.excerpt, '\n') + 1));

	/* The file as a whole, and nothing at all. */
	at = (struct location){ .file = "x" };
	location_error(&diag, -EINVAL, &at, "wrong");
	assert_string_equal(diag.text, "x: wrong");
	assert_null(diag.excerpt);
	at = (struct location){ 0 };
	location_error(&diag, -EINVAL, &at, "wrong");
	assert_string_equal(diag.text, "wrong");
}

static void test_wrap(void **state UNUSED)
{
	const struct location inner = { "y", 1, 1, "b" };
	const struct location at = { "x", 2, 3, "a c" };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	diag_set(&diag, -ENOENT, "nothing there");
	assert_int_equal(location_wrap(&diag, -ENOENT, &at), -ENOENT);
	assert_string_equal(diag.text, "x:2:3: nothing there");
	assert_string_equal(diag.excerpt, "    2 | a c\n      |   ^");
	/* The innermost excerpt stays. */
	location_error(&diag, -EINVAL, &inner, "wrong");
	location_wrap(&diag, -EINVAL, &at);
	assert_string_equal(diag.text, "x:2:3: y:1:1: wrong");
	assert_string_equal(diag.excerpt, "    1 | b\n      | ^");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_continuation),
		cmocka_unit_test(test_semicolon),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_not_text),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_excerpt),
		cmocka_unit_test(test_wrap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lex", tests, NULL, NULL);
}
