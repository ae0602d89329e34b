/*
 * Recipes that are drafted: pack/draft.h, pack/trace_draft.h,
 * pack/trace_names.h. What is drafted is read as a recipe.
 */
/* links: pack/draft.o pack/trace_calls.o pack/trace_draft.o
 * pack/trace_draft_accounts.o pack/trace_draft_places.o
 * pack/trace_draft_powers.o pack/trace_variables.o pack/trace_environment.o
 * pack/trace_facts.o pack/trace_facts_others.o pack/trace_layers.o
 * pack/trace_names.o pack/trace_powers.o pack/trace_wanted.o pack/id_table.o
 * pack/recipe.o pack/recipe_accounts.o pack/recipe_confinement.o
 * pack/recipe_network.o pack/recipe_places.o pack/recipe_restore.o
 * pack/recipe_service.o pack/recipe_program.o pack/recipe_definitions.o
 * pack/recipe_device.o pack/recipe_directives.o pack/recipe_files.o
 * pack/recipe_identity.o pack/recipe_include.o pack/recipe_items.o
 * pack/recipe_layers.o pack/recipe_run.o pack/contract.o
 * pack/contract_copy.o pack/contract_places.o pack/contract_services.o
 * pack/recipe_build.o pack/recipe_rules.o pack/rules.o pack/format.o */
#include "pack/draft.h"
#include "pack/recipe.h"
#include "pack/trace_draft.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { ROOT = 0, ADM = 4, WEB = 33 };

/* --- Text --- */

static void test_quotes(void **state UNUSED)
{
	static const struct {
		const char *word, *quoted;
	} words[] = {
		{ "/usr/bin/x", "/usr/bin/x" },
		{ "", "''" },
		{ "daemon off;", "'daemon off;'" },
		{ "$HOME", "'$HOME'" },
		{ "#", "'#'" },
		{ "=>", "'=>'" },
		{ "it's \"5\\$\"", "\"it's \\\"5\\\\$$\\\"\"" },
		{ "\xc3\xa4", "'\xc3\xa4'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		CLEANUP_BUF struct buf text = BUF_INIT;
		CLEANUP_BUF struct buf recipe_text = BUF_INIT;
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		struct recipe *recipe = NULL;

		draft_quote(&text, words[i].word);
		assert_string_equal(text.data, words[i].quoted);
		/* And back. */
		buf_printf(&recipe_text, "name x\nrun /bin/x %s\n", text.data);
		assert_int_equal(recipe_parse("x.recipe", recipe_text.data,
					      recipe_text.length, NULL, &recipe,
					      &diag),
				 0);
		assert_string_equal(recipe->config.arguments[1], words[i].word);
		recipe_free(recipe);
	}
	assert_true(draft_can_say("/a b"));
	assert_false(draft_can_say("/a\nb"));
	assert_false(draft_can_say("/a\xff"));
}

static void test_lines(void **state UNUSED)
{
	static char one[] = "/a/rather/long/path/to/a/file/number/one";
	static char two[] = "/a/rather/long/path/to/a/file/number/two";
	static char three[] = "/short";
	char *const words[] = { one, two, three };
	CLEANUP(draft_done) struct draft draft = DRAFT_INIT;

	draft_heading(&draft, "Nothing");
	draft_heading(&draft, "Some");
	draft_reason(&draft, "One.");
	draft_reason(&draft, "%s", "Two.");
	draft_line(&draft, "listen %d", 80);
	draft_line(&draft, "listen 80");
	draft_reason(&draft, "Lost with a line that is there.");
	draft_line(&draft, "listen 80");
	draft_words(&draft, "copy", words, ARRAY_SIZE(words));
	draft_line(&draft, "copy /a\nrun /bin/sh");
	draft_comment(&draft, "bell \a");
	assert_string_equal(
		draft.text.data,
		"\n# --- Some "
		"--------------------------------------------------------------"
		"-----\n"
		"# One. Two.\n"
		"listen 80\n"
		"copy /a/rather/long/path/to/a/file/number/one\n"
		"copy /a/rather/long/path/to/a/file/number/two /short\n"
		"# No recipe can hold this line: copy /a?run /bin/sh\n"
		"# bell ?\n");
}

static void test_continued(void **state UNUSED)
{
	CLEANUP(draft_done)
	struct draft draft = { .old = "name x\nlisten 80\n# told\n" };

	draft_heading(&draft, "One");
	draft_line(&draft, "listen 80");
	draft_comment(&draft, "told");
	assert_null(draft.text.data);
	draft_line(&draft, "listen 8");
	draft_heading(&draft, "Two");
	draft_line(&draft, "listen 81");
	assert_non_null(strstr(draft.text.data, "further run"));
	assert_non_null(strstr(draft.text.data, "\nlisten 8\nlisten 81\n"));
	assert_null(strstr(draft.text.data, "Two"));
}

/* --- Names --- */

static struct trace_names make_names(void)
{
	struct trace_names names;

	assert_int_equal(
		trace_names_parse(
			strdup("root:x:0:0:root:/root:/bin/sh\n"
			       "web:x:33:33:web:/var/www:/bin/false\n"
			       "short:x:7\n"),
			strdup("root:x:0:\nadm:x:4:other,web\nweb:x:33:\n"),
			&names),
		0);
	return names;
}

static void test_names(void **state UNUSED)
{
	CLEANUP(trace_names_done) struct trace_names names = make_names();
	CLEANUP_FREE char *home = trace_names_home(&names, "web");

	assert_string_equal(home, "/var/www");
	assert_null(trace_names_home(&names, "short"));
	assert_null(trace_names_home(&names, "we"));
	assert_true(trace_names_is_member(&names, "adm", "web"));
	assert_true(trace_names_is_member(&names, "adm", "other"));
	assert_false(trace_names_is_member(&names, "adm", "we"));
	assert_false(trace_names_is_member(&names, "web", "web"));
}

/* --- From facts to a recipe --- */

static struct trace_event make_event(const char *name, const char *path,
				     mode_t mode)
{
	struct trace_event event;
	struct trace_seen *seen = &event.seen[0];
	size_t count;
	const struct trace_call *calls = trace_calls(&count);

	memset(&event, 0, sizeof(event));
	event.actor.effective = event.actor.permitted = ~UINT64_C(0) >> 23;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(calls[i].name, name) == 0)
			event.call = &calls[i];
	}
	assert_non_null(event.call);
	(void)snprintf(seen->path, sizeof(seen->path), "%s", path);
	(void)snprintf(seen->place, sizeof(seen->place), "%s", path);
	seen->exists = mode != 0;
	seen->mode = mode;
	seen->parent_exists = true;
	seen->parent_mode = S_IFDIR | 0755;
	return event;
}

static void note(struct trace_facts *facts, const struct trace_event *event)
{
	assert_int_equal(trace_facts_note(facts, event), 0);
}

static void note_path(struct trace_facts *facts, const char *name,
		      const char *path, mode_t mode)
{
	const struct trace_event event = make_event(name, path, mode);

	note(facts, &event);
}

static void note_write(struct trace_facts *facts, const char *path)
{
	struct trace_event event = make_event("openat", path, 0);

	event.flags = O_WRONLY | O_CREAT;
	note(facts, &event);
}

static void note_port(struct trace_facts *facts, const char *name,
		      uint16_t port, bool udp)
{
	struct trace_event event = make_event(name, "", 0);

	event.address.family = TRACE_IPV4;
	event.address.port = port;
	event.address.datagram = udp;
	(void)strcpy(event.address.text, "192.0.2.1");
	note(facts, &event);
}

/* A web server's run. */
static void fill(struct trace_facts *facts)
{
	struct trace_event event;

	note_path(facts, "execve", "/usr/sbin/web", S_IFREG | 0755);
	note_path(facts, "openat", "/etc/passwd", S_IFREG | 0644);
	note_path(facts, "openat", "/etc/web.conf", S_IFREG | 0644);
	note_path(facts, "openat", "/etc/web.d/none", 0);
	note_path(facts, "openat", "/dev/null", S_IFCHR | 0666);
	note_path(facts, "openat", "/dev/kvm", S_IFCHR | 0660);
	note_path(facts, "openat", "/proc/self/maps", S_IFREG | 0444);
	note_path(facts, "openat", "/sys/x", S_IFREG | 0444);
	note_write(facts, "/run/web.pid");
	note_write(facts, "/var/log/web/log");
	note_write(facts, "/core");
	event = make_event("setuid", "", 0);
	event.ids[0] = WEB;
	event.id_count = 1;
	note(facts, &event);
	event = make_event("setgroups", "", 0);
	event.groups[0] = ADM;
	event.groups[1] = WEB;
	event.group_count = 2;
	note(facts, &event);
	event = make_event("chroot", "/var/empty", S_IFDIR | 0755);
	note(facts, &event);
	note_port(facts, "bind", 80, false);
	note_port(facts, "listen", 80, false);
	note_port(facts, "bind", 53, true);
	note_port(facts, "bind", 40000, true);
	note_port(facts, "listen", 0, false);
	note_port(facts, "connect", 5432, false);
	note_path(facts, "unshare", "", 0);
	event = make_event("openat", "/srv/x", S_IFREG | 0644);
	event.relative = true;
	note(facts, &event);
}

static void draft_subject(const struct trace_subject *subject,
			  struct buf *ret_text)
{
	CLEANUP(draft_done) struct draft begin = DRAFT_INIT;
	CLEANUP(draft_done) struct draft end = DRAFT_INIT;

	trace_draft_begin(&begin, subject);
	trace_draft_end(&end, subject);
	buf_printf(ret_text, "%s%s", begin.text.data, end.text.data);
}

/* A line each, however long. */
/* clang-format off */
static const char *const wanted[] = {
	"name web",
	"source host",
	"user root",
	"user web",
	"group adm members=web",
	"writable /run 1M",
	"overlay /var/log/web 16M",
	"# openat(2) of /core: not in a jail. Where programs are nothing can be",
	"device null",
	"# device /dev/kvm c 0 0 0660",
	"proc",
	"workdir /srv",
	"allow capability setgid",
	"allow capability setuid",
	"allow capability sys_chroot",
	"listen 80",
	"listen 53/udp",
	"# bind(2) of UDP port 40000: to be served, or to call from?",
	"# listen(2) on a port that the kernel chose: a jail has only those that are",
	"ready listen",
	"connect 192.0.2.1:5432",
	"run /usr/sbin/web 'an argument'",
	"# openat(2) of /etc/web.d/none: it was not there.",
	"# openat(2) of /sys/x: a jail has no /sys.",
	"# unshare(2): jails refuse it.",
};
/* clang-format on */

static bool has_line(const char *text, const char *line)
{
	CLEANUP_BUF struct buf framed = BUF_INIT;

	buf_printf(&framed, "\n%s\n", line);
	return strstr(text, framed.data) != NULL;
}

static void test_draft(void **state UNUSED)
{
	static char program[] = "/usr/sbin/web", argument[] = "an argument";
	static char *arguments[] = { program, argument, NULL };
	static char *environment[] = { NULL };
	CLEANUP(trace_names_done) struct trace_names names = make_names();
	struct trace_facts facts = { .start = "/srv" };
	struct trace_layers layers;
	struct trace_subject subject = {
		.facts = &facts,
		.names = &names,
		.layers = &layers,
		.name = "web",
		.arguments = arguments,
		.environment = environment,
		.directory = "/srv",
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP(draft_done) struct draft again = DRAFT_INIT;
	struct recipe *recipe = NULL;

	fill(&facts);
	assert_int_equal(trace_layers_choose(&facts, &layers), 0);
	draft_subject(&subject, &text);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!has_line(text.data, wanted[i]))
			fail_msg("%s\nis not in\n%s", wanted[i], text.data);
	}
	assert_int_equal(recipe_parse("web.recipe", text.data, text.length,
				      NULL, &recipe, &diag),
			 0);
	assert_int_equal(recipe->config.listen_count, 2);
	assert_int_equal(recipe->layer_count, 2);
	assert_true(recipe->config.proc);

	/* A run that shows the same adds nothing. */
	subject.old = recipe;
	again.old = text.data;
	trace_draft_begin(&again, &subject);
	trace_draft_end(&again, &subject);
	if (again.text.length)
		fail_msg("added: %s", again.text.data);
	recipe_free(recipe);
	trace_layers_done(&layers);
	trace_facts_done(&facts);
}

static void test_variables(void **state UNUSED)
{
	static const char text[] = "a ${NAME} b NAMES c MYNAME d";
	static char plain[] = "LOG_DIR=/var/log/x", secret[] = "API_KEY=hush";
	static char *nothing[] = { NULL };
	CLEANUP(trace_names_done) struct trace_names names = make_names();
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_layers layers = TRACE_LAYERS_INIT;
	struct trace_variable found[2];
	struct trace_variables variables = { found, ARRAY_SIZE(found) };
	struct trace_event event = make_event("connect", "/dev/log", 0);
	const struct trace_subject subject = {
		.facts = &facts,
		.names = &names,
		.layers = &layers,
		.arguments = nothing,
		.environment = nothing,
		.variables = &variables,
		.directory = "/",
	};
	CLEANUP(draft_done) struct draft draft = DRAFT_INIT;

	assert_true(trace_names_variable(text, strlen(text), "NAME", 4));
	assert_true(trace_names_variable(text, strlen(text), "NAMES", 5));
	assert_false(trace_names_variable(text, strlen(text), "NAM", 3));
	assert_false(trace_names_variable(text, strlen(text), "ME", 2));
	assert_true(trace_names_variable("X", 1, "X", 1));
	assert_false(trace_names_variable("", 0, "X", 1));

	note_path(&facts, "openat", "/etc/x.conf", S_IFREG | 0644);
	event.address.family = TRACE_UNIX;
	note(&facts, &event);
	found[0] = (struct trace_variable){ plain, facts.paths[0] };
	found[1] = (struct trace_variable){ secret, facts.paths[0] };
	trace_draft_places(&draft, &subject);
	assert_non_null(strstr(draft.text.data, "\n# Named in /etc/x.conf\n"
						"env LOG_DIR=/var/log/x\n"));
	assert_non_null(strstr(draft.text.data, "# API_KEY is named in"));
	assert_null(strstr(draft.text.data, "hush"));
	assert_non_null(strstr(draft.text.data, "\ndevice log\n"));
	trace_facts_done(&facts);
}

/* What belongs to somebody that the jail does not know is root's there. */
static void test_evidence(void **state UNUSED)
{
	static char *nothing[] = { NULL };
	CLEANUP(trace_names_done) struct trace_names names = make_names();
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_layers layers = TRACE_LAYERS_INIT;
	const struct trace_subject subject = {
		.facts = &facts,
		.names = &names,
		.layers = &layers,
		.arguments = nothing,
		.environment = nothing,
		.directory = "/",
	};
	struct trace_event event =
		make_event("openat", "/srv/secret", S_IFREG | 0600);

	event.seen[0].uid = WEB;
	note(&facts, &event);
	for (int declared = 0; declared < 2; declared++) {
		CLEANUP(draft_done) struct draft draft = DRAFT_INIT;

		trace_draft_powers(&draft, &subject);
		assert_int_equal(draft.text.length != 0, declared);
		event = make_event("setuid", "", 0);
		event.ids[0] = WEB;
		event.id_count = 1;
		event.actor.effective = 0;
		note(&facts, &event);
	}
	trace_facts_done(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_continued),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_draft),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_evidence),
	};

	return cmocka_run_group_tests_name("drafts", tests, NULL, NULL);
}
