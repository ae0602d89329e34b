/*
 * A systemd unit, and a service's environment file. Whatever the text is, the
 * draft of a recipe that is made of it is one that jailpack reads.
 */
/* links: pack/unit_file.o pack/unit_words.o pack/unit_values.o pack/draft.o
 * pack/from_unit_command.o pack/from_unit_draft.o pack/from_unit_places.o
 * pack/from_unit_powers.o pack/from_unit_rest.o pack/trace_names.o
 * pack/trace_powers.o pack/id_table.o pack/recipe.o pack/recipe_accounts.o
 * pack/recipe_confinement.o pack/recipe_network.o pack/recipe_places.o
 * pack/recipe_restore.o pack/recipe_service.o pack/recipe_program.o
 * pack/recipe_definitions.o pack/recipe_device.o pack/recipe_directives.o
 * pack/recipe_files.o pack/recipe_identity.o pack/recipe_include.o
 * pack/recipe_items.o pack/recipe_layers.o pack/recipe_run.o pack/contract.o
 * pack/contract_copy.o pack/contract_places.o pack/contract_services.o
 * pack/recipe_build.o pack/recipe_rules.o pack/rules.o pack/format.o */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "pack/from_unit_draft.h"
#include "pack/recipe.h"

#include <string.h>

static void check_recipe(const struct draft *draft)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct recipe *recipe = NULL;

	if (recipe_parse("/nowhere/x.recipe", draft->text.data,
			 draft->text.length, NULL, &recipe, &diag) < 0) {
		diag_print(&diag, "fuzz_unit");
		abort();
	}
	recipe_free(recipe);
}

static char **read_command(const struct unit_subject *subject)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const char *value =
		unit_file_get(subject->service, "Service", "ExecStart");
	char prefixes[8];
	char **command = NULL;

	if (!value ||
	    unit_command(value, &subject->specifiers, subject->environment,
			 prefixes, &command, &diag) < 0)
		return NULL;
	if (!command || !command[0])
		abort();
	if (command[0][0] != '/') {
		strv_free(command);
		return NULL;
	}
	return command;
}

static void read_names(struct trace_names *names)
{
	if (trace_names_parse(strdup("root:x:0:0::/root:/bin/sh\n"
				     "www:x:33:33::/var/www:/bin/sh\n"),
			      strdup("root:x:0:\nwww:x:33:\nadm:x:4:www\n"),
			      names) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP(draft_done) struct draft draft = DRAFT_INIT;
	struct unit_file unit = UNIT_FILE_INIT;
	struct trace_names names = TRACE_NAMES_INIT;
	char **variables = NULL;
	struct unit_subject subject = {
		.jail = "x",
		.path = "/etc/x.service",
		.service = &unit,
		.socket = &unit,
		.specifiers = { "x@a\\x2db-c.service", "root", "/root", "h" },
		.names = &names,
		.setpriv = size % 2 ? "/usr/bin/setpriv" : NULL,
	};
	char **command = NULL;

	read_names(&names);
	if (unit_environment_file((const char *)data, size, &variables) == 0)
		subject.environment = variables;
	if (unit_file_parse(&unit, "x.service", (const char *)data, size,
			    &diag) == 0) {
		command = read_command(&subject);
		subject.command = command;
		from_unit_draft(&draft, &subject);
		if (buf_check(&draft.text) == 0)
			check_recipe(&draft);
	}
	strv_free(command);
	strv_free(variables);
	trace_names_done(&names);
	unit_file_done(&unit);
	return 0;
}
