#include "lib/json_text.h"
#include "lib/printable.h"
#include "pack/outdated.h"

#include <jansson.h>

static const char *const status_names[] = {
	[PACKAGE_CURRENT] = "current",
	[PACKAGE_SECURITY] = "security",
	[PACKAGE_NEWER] = "newer",
	[PACKAGE_GONE] = "gone",
};

static void show_package(const struct outdated_package *outdated,
			 struct buf *text)
{
	const struct bill_package *package = outdated->package;

	buf_printf(text, "  %-8s  ", status_names[outdated->status]);
	printable_puts(text, package->name);
	buf_puts(text, " (");
	printable_puts(text, package->architecture);
	buf_puts(text, ") ");
	printable_puts(text, package->version);
	if (outdated->status != PACKAGE_GONE) {
		buf_puts(text, " -> ");
		printable_puts(text, outdated->offer->candidate);
		if (outdated->offer->release) {
			buf_puts(text, ", ");
			printable_puts(text, outdated->offer->release);
		}
	}
	buf_putc(text, '\n');
}

/* Security first. */
void outdated_show(const struct outdated_image *image, struct buf *text)
{
	const size_t *counts = image->counts;

	printable_puts(text, image->name);
	if (!image->package_count) {
		buf_puts(text, ": nothing in it is of a package\n");
		return;
	}
	buf_printf(text, ": %zu packages", image->package_count);
	if (counts[PACKAGE_CURRENT] == image->package_count) {
		buf_puts(text, ", none outdated\n");
		return;
	}
	buf_printf(text,
		   ": %zu with security updates, %zu with other newer "
		   "versions, %zu gone\n",
		   counts[PACKAGE_SECURITY], counts[PACKAGE_NEWER],
		   counts[PACKAGE_GONE]);
	if (outdated_is_foreign(image)) {
		buf_puts(text, "  none of them is offered: they are of another "
			       "distribution or architecture\n");
		return;
	}
	for (enum outdated_status status = PACKAGE_SECURITY;
	     status <= PACKAGE_GONE; status++) {
		for (size_t i = 0; i < image->package_count; i++) {
			if (image->packages[i].status == status)
				show_package(&image->packages[i], text);
		}
	}
}

/* --- JSON --- */

static json_t *shown(const char *text)
{
	return text ? json_printable(text) : json_null();
}

static json_t *package_json(const struct outdated_package *outdated)
{
	const struct bill_package *package = outdated->package;
	const struct apt_offer *offer = outdated->offer;

	return json_pack(
		"{s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "status",
		status_names[outdated->status], "name", shown(package->name),
		"architecture", shown(package->architecture), "version",
		shown(package->version), "suite", shown(package->suite),
		"offered", shown(offer ? offer->candidate : NULL), "from",
		shown(offer ? offer->release : NULL));
}

static json_t *image_json(const struct outdated_image *image)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < image->package_count; i++)
		r = json_array_append_new(list,
					  package_json(&image->packages[i]));
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return json_pack(
		"{s:o,s:I,s:I,s:I,s:I,s:o}", "image", shown(image->name),
		"current", (json_int_t)image->counts[PACKAGE_CURRENT],
		"security", (json_int_t)image->counts[PACKAGE_SECURITY],
		"newer", (json_int_t)image->counts[PACKAGE_NEWER], "gone",
		(json_int_t)image->counts[PACKAGE_GONE], "packages", list);
}

int outdated_show_json(const struct outdated_image *images, size_t count,
		       struct buf *text, struct diag *diag)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = json_array_append_new(list, image_json(&images[i]));
	if (r < 0) {
		json_decref(list);
		return diag_oom(diag);
	}
	return json_answer(list, text, diag);
}
