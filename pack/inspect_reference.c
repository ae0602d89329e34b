/* --inspect of what lies in a registry: its manifest and the contract are all
 * that is fetched. */
#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/pull.h"
#include "lib/show.h"
#include "pack/inspect.h"
#include "pack/registry_answers.h"

#include <jansson.h>

static int inspect_json(const struct pull *pull, const struct buf *contract,
			struct buf *text, struct diag *diag)
{
	const struct artifact *artifact = &pull->artifact;
	json_t *object = json_pack(
		"{s:s,s:s,s:s,s:s,s:b,s:I,s:o}", "name", artifact->name,
		"version", artifact->version ? artifact->version : "", "digest",
		pull->manifest_digest, "root_hash", artifact->root_hash,
		"signed", artifact->signature.size > 0, "length",
		(json_int_t)artifact->image.size, "contract",
		json_loadb(contract->data, contract->length, 0, NULL));

	return json_answer(object, text, diag);
}

static int inspect_text(const struct pull *pull, const struct config *config,
			struct buf *text)
{
	const struct artifact *artifact = &pull->artifact;

	printable_puts(text, config->name);
	buf_putc(text, ' ');
	printable_puts(text, config->version ? config->version : "");
	buf_putc(text, '\n');
	show_contract(text, config);
	buf_printf(text, "root hash    %s\nsigned       %s\ndigest       %s\n",
		   artifact->root_hash, artifact->signature.size ? "yes" : "no",
		   pull->manifest_digest);
	buf_puts(text, "size         ");
	show_size(text, artifact->image.size);
	buf_putc(text, '\n');
	return buf_check(text);
}

int inspect_reference_answer(const char *reference_text,
			     const struct registry_how *how, struct buf *text,
			     struct diag *diag)
{
	CLEANUP_PULL struct pull pull = PULL_INIT;
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_BUF struct buf contract = BUF_INIT;
	const struct pull_options options = { .registry = how->registry };
	struct reference reference;
	int r = reference_parse(reference_text, &reference, diag);

	if (r == 0)
		r = pull_begin(&pull, &reference, &options, diag);
	if (r == 0)
		r = pull_config(&pull, &contract, diag);
	if (r == 0)
		r = config_read(contract.data, contract.length, &config, diag);
	if (r < 0)
		return diag_wrap(diag, r, "%s", reference_text);
	if (how->json)
		return inspect_json(&pull, &contract, text, diag);
	return inspect_text(&pull, &config, text) < 0 ? diag_oom(diag) : 0;
}
