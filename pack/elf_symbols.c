#include "pack/elf_symbols.h"

#include "pack/elf_reader.h"

#include <errno.h>
#include <string.h>

enum {
	VERSION_INDEX_MASK = 0x7fff, /* the bit above says "hidden" */
	VERSIONS_MAX = VERSION_INDEX_MASK + 1,
	ENTRIES_MAX = 65536, /* of either table */
};

/* While one object's symbols are read. */
struct symbol_reader {
	const struct elf_reader *reader;
	struct elf_dynamic dynamic;
	uint64_t strings_size;
	const char **by_index; /* VERSIONS_MAX of them, NULL: no version */
	struct elf_symbols *symbols;
};

void elf_symbols_done(struct elf_symbols *symbols)
{
	free(symbols->strings);
	free(symbols->imports);
	free(symbols->exports);
	free(symbols->needs);
	free(symbols->versions);
	*symbols = ELF_SYMBOLS_INIT;
}

static const char *name_at(const struct symbol_reader *context, uint64_t index)
{
	return index < context->strings_size ? context->symbols->strings + index
					     : "";
}

static int copy_strings(struct symbol_reader *context, struct diag *diag)
{
	const struct elf_dynamic *dynamic = &context->dynamic;
	uint64_t size = dynamic->strings_size;
	char *strings;

	if (dynamic->strings == 0 ||
	    !elf_in_file(context->reader, dynamic->strings, size))
		return elf_damaged(diag, "the string table is not in the file");
	strings = malloc((size_t)size + 1);
	if (!strings)
		return diag_oom(diag);
	memcpy(strings, context->reader->bytes + dynamic->strings,
	       (size_t)size);
	strings[size] = '\0';
	context->symbols->strings = strings;
	context->strings_size = size;
	return 0;
}

/* An offset further on, or one that libelf refuses. */
static int advance(int at, uint32_t step)
{
	return step <= (uint32_t)(INT32_MAX - at) ? at + (int)step : -1;
}

/* From an offset to the end of the file: how long the tables of versions are
 * is said nowhere, but they are counted. */
static Elf_Data *version_data(const struct symbol_reader *context,
			      uint64_t offset, Elf_Type type)
{
	const struct elf_reader *reader = context->reader;

	if (offset == 0 || offset >= reader->length)
		return NULL;
	return elf_raw_data(reader, offset, reader->length - offset, type);
}

static int add_need(struct symbol_reader *context, const char *file,
		    const GElf_Vernaux *entry, struct diag *diag)
{
	struct elf_symbols *symbols = context->symbols;
	const char *version = name_at(context, entry->vna_name);

	if (symbols->need_count == ENTRIES_MAX)
		return elf_damaged(diag, "too many versions that it needs");
	if (array_grow(&symbols->needs, symbols->need_count,
		       sizeof(*symbols->needs)) < 0)
		return diag_oom(diag);
	symbols->needs[symbols->need_count++] = (struct elf_version_need){
		file, version, (entry->vna_flags & VER_FLG_WEAK) != 0
	};
	context->by_index[entry->vna_other & VERSION_INDEX_MASK] = version;
	return 0;
}

static int read_needs(struct symbol_reader *context, struct diag *diag)
{
	Elf_Data *data =
		version_data(context, context->dynamic.needs, ELF_T_VNEED);
	uint64_t count = context->dynamic.need_count;
	GElf_Verneed need;
	GElf_Vernaux entry;
	int at = 0;

	for (uint64_t i = 0; data && i < count && i < ENTRIES_MAX; i++) {
		int auxiliary;

		if (!gelf_getverneed(data, at, &need))
			return elf_damaged(diag, "versions that it needs");
		auxiliary = advance(at, need.vn_aux);
		for (unsigned int k = 0; k < need.vn_cnt; k++) {
			const char *file = name_at(context, need.vn_file);
			int r;

			if (!gelf_getvernaux(data, auxiliary, &entry))
				return elf_damaged(diag,
						   "versions that it needs");
			r = add_need(context, file, &entry, diag);
			if (r < 0)
				return r;
			if (entry.vna_next == 0)
				break;
			auxiliary = advance(auxiliary, entry.vna_next);
		}
		if (need.vn_next == 0)
			break;
		at = advance(at, need.vn_next);
	}
	return 0;
}

static int add_definition(struct symbol_reader *context,
			  const GElf_Verdef *definition, const char *version,
			  struct diag *diag)
{
	struct elf_symbols *symbols = context->symbols;

	/* The base entry is the object's own name. */
	if (definition->vd_flags & VER_FLG_BASE)
		return 0;
	if (array_grow(&symbols->versions, symbols->version_count,
		       sizeof(*symbols->versions)) < 0)
		return diag_oom(diag);
	symbols->versions[symbols->version_count++] = version;
	context->by_index[definition->vd_ndx & VERSION_INDEX_MASK] = version;
	return 0;
}

static int read_definitions(struct symbol_reader *context, struct diag *diag)
{
	Elf_Data *data =
		version_data(context, context->dynamic.definitions, ELF_T_VDEF);
	uint64_t count = context->dynamic.definition_count;
	GElf_Verdef definition;
	GElf_Verdaux entry;
	int at = 0;

	for (uint64_t i = 0; data && i < count && i < ENTRIES_MAX; i++) {
		int r;

		if (!gelf_getverdef(data, at, &definition) ||
		    !gelf_getverdaux(data, advance(at, definition.vd_aux),
				     &entry))
			return elf_damaged(diag, "versions that it defines");
		r = add_definition(context, &definition,
				   name_at(context, entry.vda_name), diag);
		if (r < 0)
			return r;
		if (definition.vd_next == 0)
			break;
		at = advance(at, definition.vd_next);
	}
	return 0;
}

/*
 * How many symbols there are: DT_HASH has a chain entry for each. Where there
 * is only DT_GNU_HASH, the section header knows, if it is still there. 0: it
 * is not known.
 */
static uint64_t symbol_count(const struct symbol_reader *context)
{
	const struct elf_dynamic *dynamic = &context->dynamic;
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	if (dynamic->hash)
		return elf_word_at(context->reader, dynamic->hash + 4);
	for (unsigned int i = 0; i < ELF_SECTIONS_MAX; i++) {
		section = elf_nextscn(context->reader->handle, section);
		if (!section || !gelf_getshdr(section, &header))
			break;
		if (header.sh_type == SHT_DYNSYM &&
		    header.sh_offset == dynamic->symbols)
			return header.sh_size / dynamic->symbol_size;
	}
	return 0;
}

static int add_symbol(struct elf_symbol **list, size_t *count,
		      struct elf_symbol symbol, struct diag *diag)
{
	if (array_grow(list, *count, sizeof(**list)) < 0)
		return diag_oom(diag);
	(*list)[(*count)++] = symbol;
	return 0;
}

static int take_symbol(struct symbol_reader *context, const GElf_Sym *entry,
		       unsigned int version, struct diag *diag)
{
	struct elf_symbols *symbols = context->symbols;
	const struct elf_symbol symbol = {
		name_at(context, entry->st_name),
		context->by_index[version & VERSION_INDEX_MASK]
	};
	unsigned int binding = GELF_ST_BIND(entry->st_info);

	if (symbol.name[0] == '\0' || binding == STB_LOCAL)
		return 0;
	if (entry->st_shndx != SHN_UNDEF)
		return add_symbol(&symbols->exports, &symbols->export_count,
				  symbol, diag);
	if (binding == STB_WEAK)
		return 0;
	return add_symbol(&symbols->imports, &symbols->import_count, symbol,
			  diag);
}

static int compare_symbols(const void *left, const void *right)
{
	const struct elf_symbol *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static int read_table(struct symbol_reader *context, struct diag *diag)
{
	const struct elf_dynamic *dynamic = &context->dynamic;
	struct elf_symbols *symbols = context->symbols;
	uint64_t count = symbol_count(context);
	Elf_Data *table, *versions = NULL;
	GElf_Sym entry;

	if (count == 0)
		return 0;
	if (count > ELF_SYMBOLS_MAX)
		return elf_damaged(diag, "too many symbols");
	table = elf_raw_data(context->reader, dynamic->symbols,
			     count * dynamic->symbol_size, ELF_T_SYM);
	if (!table)
		return elf_damaged(diag, "the symbol table is not in the file");
	if (dynamic->versions)
		versions = elf_raw_data(context->reader, dynamic->versions,
					count * sizeof(uint16_t), ELF_T_HALF);
	for (int i = 1; i < (int)count && gelf_getsym(table, i, &entry); i++) {
		GElf_Versym version = VER_NDX_GLOBAL;
		int r;

		if (versions)
			(void)gelf_getversym(versions, i, &version);
		r = take_symbol(context, &entry, version, diag);
		if (r < 0)
			return r;
	}
	if (symbols->export_count)
		qsort(symbols->exports, symbols->export_count,
		      sizeof(*symbols->exports), compare_symbols);
	symbols->complete = true;
	return 0;
}

static int read_dynamic(struct symbol_reader *context, const GElf_Phdr *segment,
			struct diag *diag)
{
	bool wide = context->reader->identity.class == ELFCLASS64;
	Elf_Data *data;
	int r = elf_read_tables(context->reader, segment, &data,
				&context->dynamic, diag);

	if (r < 0 || context->dynamic.symbols == 0)
		return r;
	context->dynamic.symbol_size =
		wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	context->by_index = calloc(VERSIONS_MAX, sizeof(*context->by_index));
	if (!context->by_index)
		return diag_oom(diag);
	r = copy_strings(context, diag);
	if (r == 0)
		r = read_needs(context, diag);
	if (r == 0)
		r = read_definitions(context, diag);
	if (r == 0)
		r = read_table(context, diag);
	free(context->by_index);
	return r;
}

int elf_parse_symbols(const void *bytes, size_t length,
		      struct elf_symbols *ret_symbols, struct diag *diag)
{
	CLEANUP_READER struct elf_reader reader = ELF_READER_INIT;
	CLEANUP_SYMBOLS struct elf_symbols symbols = ELF_SYMBOLS_INIT;
	struct symbol_reader context = { .reader = &reader,
					 .symbols = &symbols };
	int r = elf_reader_open(bytes, length, &reader, diag);

	for (size_t i = 0; r == 0 && i < reader.segment_count; i++) {
		if (reader.segments[i].p_type != PT_DYNAMIC)
			continue;
		r = read_dynamic(&context, &reader.segments[i], diag);
		break;
	}
	if (r < 0)
		return r;
	*ret_symbols = symbols;
	symbols = ELF_SYMBOLS_INIT;
	return 0;
}

int elf_read_symbols(int fd, struct elf_symbols *ret_symbols, struct diag *diag)
{
	CLEANUP_MAPPING struct elf_mapping mapping = ELF_MAPPING_INIT;
	int r = elf_map(fd, &mapping, diag);

	if (r < 0)
		return r;
	return elf_parse_symbols(mapping.bytes, mapping.length, ret_symbols,
				 diag);
}

/* The first of the exports with that name, or where the list ends. */
static size_t first_named(const struct elf_symbols *symbols, const char *name)
{
	size_t low = 0, high = symbols->export_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(symbols->exports[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool elf_symbols_define(const struct elf_symbols *symbols,
			const struct elf_symbol *wanted)
{
	for (size_t i = first_named(symbols, wanted->name);
	     i < symbols->export_count; i++) {
		const struct elf_symbol *have = &symbols->exports[i];

		if (strcmp(have->name, wanted->name) != 0)
			break;
		if (!wanted->version || !have->version ||
		    strcmp(have->version, wanted->version) == 0)
			return true;
	}
	return false;
}

bool elf_symbols_have_version(const struct elf_symbols *symbols,
			      const char *version)
{
	for (size_t i = 0; i < symbols->version_count; i++) {
		if (strcmp(symbols->versions[i], version) == 0)
			return true;
	}
	return symbols->version_count == 0;
}
