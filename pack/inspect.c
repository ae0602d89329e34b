#include "pack/inspect.h"

#include "lib/printable.h"
#include "lib/show.h"

#include <inttypes.h>
#include <jansson.h>
#include <sys/stat.h>

/* What a package, or what belongs to none, takes. */
struct share {
	uint64_t files, bytes;
};

struct inspection {
	const struct subject *subject;
	struct config config;
	struct bill bill;
	struct share *shares; /* one a package, the last for the rest */
	struct share all;
};

static void inspection_done(struct inspection *inspection)
{
	config_done(&inspection->config);
	bill_done(&inspection->bill);
	free(inspection->shares);
}

static int count_shares(struct inspection *inspection, struct diag *diag)
{
	const struct bill *bill = &inspection->bill;

	inspection->shares =
		calloc(bill->package_count + 1, sizeof(*inspection->shares));
	if (!inspection->shares)
		return diag_oom(diag);
	for (size_t i = 0; i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];
		size_t index = file->package == BILL_NO_PACKAGE
				       ? bill->package_count
				       : file->package;

		if (!S_ISREG(file->mode))
			continue;
		inspection->shares[index].files++;
		inspection->shares[index].bytes += file->size;
		inspection->all.files++;
		inspection->all.bytes += file->size;
	}
	return 0;
}

static void show_share(struct buf *text, const struct share *share)
{
	buf_printf(text, "%8" PRIu64 " files  %14" PRIu64 " bytes  ",
		   share->files, share->bytes);
}

static void show_packages(struct buf *text, const struct inspection *inspection)
{
	const struct bill *bill = &inspection->bill;
	const struct share *rest = &inspection->shares[bill->package_count];

	for (size_t i = 0; i < bill->package_count; i++) {
		show_share(text, &inspection->shares[i]);
		show_package(text, bill->packages, i);
		buf_putc(text, '\n');
	}
	if (rest->files) {
		show_share(text, rest);
		buf_puts(text, "of no package\n");
	}
	show_share(text, &inspection->all);
	buf_puts(text, "in all\n");
}

struct section {
	const char *name;
	uint64_t offset, length;
};

enum { SECTION_COUNT = 5 };

static void list_sections(const struct image_layout *layout,
			  struct section ret_sections[SECTION_COUNT])
{
	const struct section sections[SECTION_COUNT] = {
		{ "squashfs", 0, layout->squashfs_length },
		{ "manifest", layout->manifest_offset,
		  layout->manifest_length },
		{ "hash_tree", layout->tree_offset, layout->tree_length },
		{ "signature", layout->signature_offset,
		  layout->signature_length },
		{ "footer", layout->file_length - IMAGE_FOOTER_SIZE,
		  IMAGE_FOOTER_SIZE },
	};

	for (size_t i = 0; i < SECTION_COUNT; i++)
		ret_sections[i] = sections[i];
}

static void show_inspection(struct buf *text,
			    const struct inspection *inspection)
{
	const struct image_layout *layout = &inspection->subject->layout;
	struct section sections[SECTION_COUNT];
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];

	printable_puts(text, inspection->config.name);
	buf_putc(text, ' ');
	printable_puts(text, inspection->config.version
				     ? inspection->config.version
				     : "");
	buf_putc(text, '\n');
	show_contract(text, &inspection->config);
	root_hash_format(layout->root_hash, root_hash);
	buf_printf(text, "root hash    %s\nsigned       %s\n\n", root_hash,
		   layout->signature_length ? "yes" : "no");
	list_sections(layout, sections);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		buf_printf(text, "%14" PRIu64 " bytes at %14" PRIu64 "  %s\n",
			   sections[i].length, sections[i].offset,
			   sections[i].name);
	buf_printf(text, "%14" PRIu64 " bytes in all\n\n", layout->file_length);
	show_packages(text, inspection);
}

static json_t *sections_json(const struct image_layout *layout)
{
	struct section sections[SECTION_COUNT];
	json_t *object = json_object();
	int r = object ? 0 : -1;

	list_sections(layout, sections);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		r |= json_object_set_new(
			object, sections[i].name,
			json_pack("{s:I,s:I}", "offset",
				  (json_int_t)sections[i].offset, "length",
				  (json_int_t)sections[i].length));
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *packages_json(const struct inspection *inspection)
{
	const struct bill *bill = &inspection->bill;
	json_t *list = json_array();

	for (size_t i = 0; list && i < bill->package_count; i++) {
		const struct bill_package *package = &bill->packages[i];
		const struct share *share = &inspection->shares[i];
		json_t *object =
			json_pack("{s:s,s:s,s:s,s:I,s:I}", "name",
				  package->name, "version", package->version,
				  "architecture", package->architecture,
				  "files", (json_int_t)share->files, "bytes",
				  (json_int_t)share->bytes);

		if (json_array_append_new(list, object) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* The contract as it stands in the image, which is JSON already. */
static int contract_json(const struct subject *subject, json_t **ret_contract,
			 struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int r = image_read_contract(subject->fd, &subject->layout, &json, diag);

	if (r < 0)
		return r;
	*ret_contract = json_loadb(json.data, json.length, 0, NULL);
	return *ret_contract ? 0 : diag_oom(diag);
}

static int append(const char *data, size_t length, void *context)
{
	buf_append(context, data, length);
	return 0;
}

static int inspection_json(const struct inspection *inspection,
			   struct buf *text, struct diag *diag)
{
	const struct image_layout *layout = &inspection->subject->layout;
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	json_t *contract = NULL, *object;
	int r = contract_json(inspection->subject, &contract, diag);

	if (r < 0)
		return r;
	root_hash_format(layout->root_hash, root_hash);
	object = json_pack(
		"{s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:o,s:o,s:o}", "name",
		inspection->config.name, "version",
		inspection->config.version ? inspection->config.version : "",
		"root_hash", root_hash, "signed", layout->signature_length > 0,
		"length", (json_int_t)layout->file_length, "files",
		(json_int_t)inspection->all.files, "bytes",
		(json_int_t)inspection->all.bytes, "sections",
		sections_json(layout), "contract", contract, "packages",
		packages_json(inspection));
	if (!object)
		return diag_oom(diag);
	r = json_dump_callback(object, append, text, JSON_INDENT(2));
	json_decref(object);
	buf_putc(text, '\n');
	return r < 0 ? diag_oom(diag) : 0;
}

int inspect_answer(const struct subject *subject, bool json, struct buf *text,
		   struct diag *diag)
{
	CLEANUP(inspection_done)
	struct inspection inspection = { .subject = subject };
	int r = subject_config(subject, &inspection.config, diag);

	if (r == 0)
		r = subject_bill(subject, &inspection.bill, diag);
	if (r == 0)
		r = count_shares(&inspection, diag);
	if (r < 0)
		return r;
	if (json)
		return inspection_json(&inspection, text, diag);
	show_inspection(text, &inspection);
	return 0;
}
