#include "pack/elf.h"

#include "pack/elf_dlopen.h"
#include "pack/elf_reader.h"

#include <errno.h>
#include <string.h>

#define NOTE_OWNER "FDO"
#define NOTE_TYPE 0x407c0c0aU

static bool has_string(char *const *strings, const char *wanted)
{
	for (size_t i = 0; strings && strings[i]; i++) {
		if (strcmp(strings[i], wanted) == 0)
			return true;
	}
	return false;
}

static int dynamic_string(const struct elf_reader *reader,
			  const struct elf_dynamic *dynamic, uint64_t index,
			  char **ret_string, struct diag *diag)
{
	if (index >= dynamic->strings_size ||
	    dynamic->strings > UINT64_MAX - index)
		return elf_damaged(diag,
				   "a name lies outside of the string table");
	return elf_copy_string(reader, dynamic->strings + index,
			       dynamic->strings_size - index, ret_string, diag);
}

/* Put a string of the dynamic section into a slot, the last one winning as
 * in the loader. */
static int take_string(const struct elf_reader *reader,
		       const struct elf_dynamic *dynamic, uint64_t index,
		       char **slot, struct diag *diag)
{
	char *string;
	int r = dynamic_string(reader, dynamic, index, &string, diag);

	if (r < 0)
		return r;
	free(*slot);
	*slot = string;
	return 0;
}

static int take_needed(struct elf_reader *reader,
		       const struct elf_dynamic *dynamic, uint64_t index,
		       struct diag *diag)
{
	CLEANUP_FREE char *name = NULL;
	int r = dynamic_string(reader, dynamic, index, &name, diag);

	if (r < 0)
		return r;
	return strv_append(&reader->elf->needed, name) < 0 ? diag_oom(diag) : 0;
}

static int take_entry(struct elf_reader *reader,
		      const struct elf_dynamic *dynamic, const GElf_Dyn *entry,
		      struct diag *diag)
{
	struct elf *elf = reader->elf;
	uint64_t value = entry->d_un.d_val;

	switch (entry->d_tag) {
	case DT_NEEDED:
		return take_needed(reader, dynamic, value, diag);
	case DT_SONAME:
		return take_string(reader, dynamic, value, &elf->soname, diag);
	case DT_RPATH:
		return take_string(reader, dynamic, value, &elf->rpath, diag);
	case DT_RUNPATH:
		return take_string(reader, dynamic, value, &elf->runpath, diag);
	case DT_FLAGS_1:
		elf->no_default_directories = (value & DF_1_NODEFLIB) != 0;
		elf->bind_now |= (value & DF_1_NOW) != 0;
		return 0;
	case DT_FLAGS:
		elf->bind_now |= (value & DF_BIND_NOW) != 0;
		elf->writable_code |= (value & DF_TEXTREL) != 0;
		return 0;
	case DT_TEXTREL:
		elf->writable_code = true;
		return 0;
	case DT_BIND_NOW:
		elf->bind_now = true;
		return 0;
	default:
		return 0;
	}
}

static int read_dynamic(struct elf_reader *reader, const GElf_Phdr *segment,
			struct elf_dynamic *ret_dynamic, struct diag *diag)
{
	struct elf_dynamic dynamic;
	Elf_Data *data;
	GElf_Dyn entry;
	int r = elf_read_tables(reader, segment, &data, &dynamic, diag);

	if (r < 0)
		return r;
	reader->elf->dynamic = true;
	for (int i = 0; elf_next_entry(data, i, &entry); i++) {
		r = take_entry(reader, &dynamic, &entry, diag);
		if (r < 0)
			return r;
	}
	*ret_dynamic = dynamic;
	return 0;
}

/*
 * How many symbols there are is said nowhere in so many words. DT_HASH has a
 * chain entry for each. With DT_GNU_HASH alone the table is taken to reach to
 * the string table, which every linker puts behind it, or else to the first
 * hashed symbol: those that are imported stand before it. Too many does no
 * harm, a name that is not one matches nothing.
 */
static uint64_t symbol_count(const struct elf_reader *reader,
			     const struct elf_dynamic *dynamic)
{
	uint64_t count;

	if (dynamic->hash)
		count = elf_word_at(reader, dynamic->hash + 4);
	else if (dynamic->strings > dynamic->symbols)
		count = (dynamic->strings - dynamic->symbols) /
			dynamic->symbol_size;
	else if (dynamic->gnu_hash)
		count = elf_word_at(reader, dynamic->gnu_hash + 4);
	else
		count = 0;
	if (count > ELF_SYMBOLS_MAX)
		count = ELF_SYMBOLS_MAX;
	if (count > (reader->length - dynamic->symbols) / dynamic->symbol_size)
		count = (reader->length - dynamic->symbols) /
			dynamic->symbol_size;
	return count;
}

/* The letters that names asked about begin with: of the ten thousands that a
 * program may have, nearly all begin with another. */
struct initials {
	bool has[UINT8_MAX + 1];
};

static struct initials initials_of(const char *const *names)
{
	struct initials initials = { 0 };

	for (; *names; names++)
		initials.has[(uint8_t)(*names)[0]] = true;
	return initials;
}

/* The one of the names asked about that starts at an index, or NULL. */
static const char *asked_symbol(const struct elf_reader *reader,
				const struct elf_dynamic *dynamic,
				const struct initials *initials, uint64_t index)
{
	uint64_t offset, most;

	if (index == 0 || index >= dynamic->strings_size ||
	    dynamic->strings > UINT64_MAX - index)
		return NULL;
	offset = dynamic->strings + index;
	if (!elf_in_file(reader, offset, 1) ||
	    !initials->has[reader->bytes[offset]])
		return NULL;
	most = reader->length - offset;
	for (size_t i = 0; reader->symbols[i]; i++) {
		size_t length = strlen(reader->symbols[i]) + 1;

		if (length <= most && memcmp(reader->bytes + offset,
					     reader->symbols[i], length) == 0)
			return reader->symbols[i];
	}
	return NULL;
}

static int read_symbols(struct elf_reader *reader,
			const struct elf_dynamic *dynamic, struct diag *diag)
{
	struct elf *elf = reader->elf;
	bool wide = elf->identity.class == ELFCLASS64;
	struct elf_dynamic tables = *dynamic;
	struct initials initials = initials_of(reader->symbols);
	uint64_t count;
	Elf_Data *data;
	GElf_Sym symbol;

	tables.symbol_size = wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	if (tables.symbols == 0 || tables.symbols >= reader->length)
		return 0;
	count = symbol_count(reader, &tables);
	data = elf_raw_data(reader, tables.symbols, count * tables.symbol_size,
			    ELF_T_SYM);
	for (uint64_t i = 0; data && i < count; i++) {
		const char *name;
		char ***list;

		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		name = asked_symbol(reader, &tables, &initials, symbol.st_name);
		if (!name)
			continue;
		list = symbol.st_shndx == SHN_UNDEF ? &elf->imports
						    : &elf->exports;
		if (!has_string(*list, name) && strv_append(list, name) < 0)
			return diag_oom(diag);
	}
	return 0;
}

/* What a program header says of how the object is guarded. */
static void note_guard(struct elf *elf, const GElf_Phdr *segment)
{
	if (segment->p_type == PT_GNU_RELRO)
		elf->relro = true;
	if (segment->p_type == PT_GNU_STACK)
		elf->executable_stack = (segment->p_flags & PF_X) != 0;
	if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) &&
	    (segment->p_flags & PF_X))
		elf->writable_code = true;
}

/* The program headers, but for the notes. */
static int read_loading(struct elf_reader *reader, struct diag *diag)
{
	struct elf_dynamic dynamic;
	int r;

	for (size_t i = 0; i < reader->segment_count; i++) {
		const GElf_Phdr *segment = &reader->segments[i];

		note_guard(reader->elf, segment);
		if (segment->p_type == PT_INTERP && !reader->elf->interpreter) {
			r = elf_copy_string(reader, segment->p_offset,
					    segment->p_filesz,
					    &reader->elf->interpreter, diag);
			if (r < 0)
				return r;
		}
		if (segment->p_type == PT_DYNAMIC && !reader->elf->dynamic) {
			r = read_dynamic(reader, segment, &dynamic, diag);
			if (r == 0 && reader->symbols)
				r = read_symbols(reader, &dynamic, diag);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int read_notes(struct elf_reader *reader, uint64_t offset, uint64_t size,
		      uint64_t alignment, struct diag *diag)
{
	Elf_Data *data =
		elf_raw_data(reader, offset, size,
			     alignment == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	size_t at = 0, next, name_at, text_at;
	GElf_Nhdr note;

	/* Other notes are none of our business, not even damaged ones. */
	while (data &&
	       (next = gelf_getnote(data, at, &note, &name_at, &text_at)) > 0) {
		const char *base = data->d_buf;
		int r = 0;

		if (note.n_type == NOTE_TYPE &&
		    note.n_namesz == sizeof(NOTE_OWNER) &&
		    memcmp(base + name_at, NOTE_OWNER, sizeof(NOTE_OWNER)) == 0)
			r = elf_take_dlopen_note(reader->elf, base + text_at,
						 note.n_descsz, diag);
		if (r < 0)
			return r;
		at = next;
	}
	return 0;
}

/* Objects whose notes stand in a section that is not loaded. */
static int read_section_notes(struct elf_reader *reader, struct diag *diag)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	for (unsigned int i = 0; i < ELF_SECTIONS_MAX; i++) {
		int r;

		section = elf_nextscn(reader->handle, section);
		if (!section)
			break;
		if (!gelf_getshdr(section, &header) ||
		    header.sh_type != SHT_NOTE || (header.sh_flags & SHF_ALLOC))
			continue;
		r = read_notes(reader, header.sh_offset, header.sh_size,
			       header.sh_addralign, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_all_notes(struct elf_reader *reader, struct diag *diag)
{
	for (size_t i = 0; i < reader->segment_count; i++) {
		const GElf_Phdr *segment = &reader->segments[i];
		int r;

		if (segment->p_type != PT_NOTE)
			continue;
		r = read_notes(reader, segment->p_offset, segment->p_filesz,
			       segment->p_align, diag);
		if (r < 0)
			return r;
	}
	return read_section_notes(reader, diag);
}

int elf_parse(const void *bytes, size_t length, const char *const *symbols,
	      struct elf *ret_elf, struct diag *diag)
{
	CLEANUP_ELF struct elf elf = ELF_INIT;
	CLEANUP_READER struct elf_reader reader = ELF_READER_INIT;
	int r = elf_reader_open(bytes, length, &reader, diag);

	if (r < 0)
		return r;
	elf.identity = reader.identity;
	elf.fixed_address = reader.type == ET_EXEC;
	reader.symbols = symbols;
	reader.elf = &elf;
	r = read_loading(&reader, diag);
	if (r == 0)
		r = read_all_notes(&reader, diag);
	if (r < 0)
		return r;
	*ret_elf = elf;
	elf = ELF_INIT;
	return 0;
}

int elf_read(int fd, const char *const *symbols, struct elf *ret_elf,
	     struct diag *diag)
{
	CLEANUP_MAPPING struct elf_mapping mapping = ELF_MAPPING_INIT;
	int r = elf_map(fd, &mapping, diag);

	if (r < 0)
		return r;
	return elf_parse(mapping.bytes, mapping.length, symbols, ret_elf, diag);
}
