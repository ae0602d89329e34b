/* links: pack/apt_sources.o pack/apt_packages.o pack/deb_control.o
 * pack/root_record.o pack/id_table.o */
/* What is read of Debian's texts: the first byte says which of them it is. */
#include "tests/fuzz/fuzz.h"

#include "lib/path.h"
#include "pack/apt.h"
#include "pack/apt_sources.h"
#include "pack/deb_control.h"
#include "pack/id_table.h"
#include "pack/root_index.h"

#include <string.h>

/* What is chosen for a suite is chosen again from the result. */
static void choose(const char *text, bool deb822, const char *instead_of)
{
	const struct apt_suite_choice choice = { "trixie", instead_of };
	const struct apt_suite_choice again = { "trixie", NULL };
	CLEANUP_BUF struct buf chosen = BUF_INIT;
	CLEANUP_BUF struct buf second = BUF_INIT;
	size_t count = 0, repeated = 0;

	if (apt_sources_choose(text, deb822, &choice, &chosen, &count) < 0)
		abort();
	if (!count)
		return;
	if (apt_sources_choose(chosen.data, deb822, &again, &second,
			       &repeated) < 0 ||
	    repeated != count)
		abort();
}

/* Records that were read are written as they were. */
static void read_records(const uint8_t *data, size_t size)
{
	CLEANUP_BUF struct buf index = BUF_INIT;
	CLEANUP_BUF struct buf written = BUF_INIT;
	struct root_record record = { 0 };
	size_t at;

	root_index_put_header(&index);
	root_index_put_header(&written);
	buf_append(&index, data, size);
	if (root_index_begin(&index, &at) < 0)
		abort();
	while (record.kind != ROOT_END) {
		if (root_index_next(&index, &at, &record) < 0)
			return;
		root_index_put(&written, &record);
	}
	/* Leading zeros of a mode are not kept. */
	if (written.length > index.length)
		abort();
}

static void parse_uris(const char *text)
{
	CLEANUP_APT_PACKAGES struct apt_packages packages = { 0 };

	if (apt_packages_parse(text, "/archives", &packages, NULL) < 0)
		return;
	for (size_t i = 0; i < packages.count; i++) {
		const struct apt_package *package = &packages.items[i];

		if (package->remote &&
		    strchr(package->path + strlen("/archives/"), '/'))
			abort();
	}
}

static void parse_ids(const char *text)
{
	struct id_table table = { 0 };
	char *own = strdup(text);

	if (!own || id_table_parse(&table, own) < 0)
		abort();
	for (size_t i = 0; i < table.count; i++)
		if (!id_table_by_name(&table, table.entries[i].name) ||
		    !id_table_by_id(&table, table.entries[i].id))
			abort();
	id_table_done(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = NULL;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	switch (*data) {
	case 'l':
		choose(text, false, NULL);
		choose(text, false, "bookworm");
		break;
	case 's':
		choose(text, true, NULL);
		choose(text, true, "bookworm");
		break;
	case 'u':
		parse_uris(text);
		break;
	case 'c':
		(void)deb_control_replaces(text, "other");
		break;
	case 'p':
		parse_ids(text);
		break;
	case 'i':
		read_records(data + 1, size - 1);
		break;
	default:
		break;
	}
	return 0;
}
