/*
 * The text of a recipe. It is refused with a message that is fit for a
 * terminal, or understood within the limits that everything behind it counts
 * on; and what is complete is a contract that can be written. There is
 * nothing to include: that would read whatever file the input names.
 */
/* links: pack/recipe.o pack/recipe_accounts.o pack/recipe_confinement.o
 * pack/recipe_network.o pack/recipe_places.o pack/recipe_restore.o
 * pack/recipe_service.o pack/recipe_program.o pack/recipe_definitions.o
 * pack/recipe_device.o pack/recipe_directives.o pack/recipe_files.o
 * pack/recipe_identity.o pack/recipe_include.o pack/recipe_items.o
 * pack/recipe_layers.o pack/recipe_run.o pack/contract.o
 * pack/contract_copy.o pack/contract_places.o pack/contract_services.o
 * pack/recipe_build.o pack/recipe_rules.o pack/rules.o pack/format.o */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/path.h"
#include "lib/utf8.h"
#include "pack/contract.h"

#include <string.h>

static void check_text(const char *text)
{
	size_t length = text ? strlen(text) : 0, bytes;

	for (size_t at = 0; at < length; at += bytes) {
		uint32_t number;

		bytes = utf8_character(text + at, length - at, &number);
		if (bytes == 0 || (utf8_is_control(number) && number != '\n' &&
				   number != '\t'))
			abort();
	}
}

static void check_refusal(const struct diag *diag)
{
	if (!diag->text || diag->error >= 0)
		abort();
	check_text(diag->text);
	check_text(diag->excerpt);
	check_text(diag->hint);
}

static void check_items(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->item_count; i++) {
		const struct recipe_item *item = &recipe->items[i];

		if (item->at.line == 0 ||
		    item->at.column > strlen(item->at.text) ||
		    (item->path && !path_is_normal(item->path)))
			abort();
		for (char **name = item->names; name && *name; name++)
			if (item->kind == ITEM_COPY && !path_is_normal(*name))
				abort();
	}
	for (size_t i = 0; i < recipe->layer_count; i++)
		if (!path_is_normal(recipe->layers[i].path) ||
		    recipe->layers[i].inodes == 0)
			abort();
}

static void check_contract(const struct recipe *recipe)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	if (contract_complete(&config, recipe, &diag) < 0) {
		check_refusal(&diag);
		return;
	}
	if (config_write(&config, &json, &diag) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct recipe *recipe = NULL;

	if (memmem(data, size, "include", 7) || memmem(data, size, "with", 4))
		return 0;
	if (recipe_parse("/nowhere/x.recipe", (const char *)data, size, NULL,
			 &recipe, &diag) < 0) {
		check_refusal(&diag);
		return 0;
	}
	check_items(recipe);
	check_contract(recipe);
	recipe_free(recipe);
	return 0;
}
