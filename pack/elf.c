#include "pack/elf.h"

#include "pack/elf_dlopen.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define NOTE_OWNER "FDO"
#define NOTE_TYPE 0x407c0c0aU

/* An object while it is being read. */
struct reader {
	Elf *handle;
	const unsigned char *bytes;
	size_t length;
	GElf_Phdr *segments;
	size_t segment_count;
	const char *const *symbols;
	struct elf *elf; /* being filled */
};

/* Of the dynamic section: addresses turned into file offsets; 0 if absent. */
struct dynamic {
	uint64_t strings, strings_size;
	uint64_t symbols, symbol_size;
	uint64_t hash, gnu_hash;
};

static bool has_string(char *const *strings, const char *wanted)
{
	for (size_t i = 0; strings && strings[i]; i++) {
		if (strcmp(strings[i], wanted) == 0)
			return true;
	}
	return false;
}

static int damaged(struct diag *diag, const char *what)
{
	return diag_set(diag, -EBADMSG, "damaged ELF file: %s", what);
}

/* True if the `size` bytes at `offset` lie in the file. */
static bool in_file(const struct reader *reader, uint64_t offset, uint64_t size)
{
	return offset <= reader->length && size <= reader->length - offset;
}

/* Read `count` elements at a place in the file in the host's byte order;
 * NULL if they are not there. The handle owns what comes back. */
static Elf_Data *raw_data(const struct reader *reader, uint64_t offset,
			  uint64_t size, Elf_Type type)
{
	if (size == 0 || !in_file(reader, offset, size))
		return NULL;
	return elf_getdata_rawchunk(reader->handle, (int64_t)offset,
				    (size_t)size, type);
}

/* A copy of the NUL-terminated string at an offset, which must end before
 * `limit` bytes have passed. NULL sets `*what`. */
static int copy_string(const struct reader *reader, uint64_t offset,
		       uint64_t limit, char **ret_string, struct diag *diag)
{
	const char *text;
	size_t length, most;

	if (!in_file(reader, offset, 1) || limit == 0)
		return damaged(diag, "a string lies outside of the file");
	most = reader->length - (size_t)offset;
	if (most > limit)
		most = (size_t)limit;
	if (most > ELF_NAME_MAX)
		most = ELF_NAME_MAX;
	text = (const char *)reader->bytes + offset;
	length = strnlen(text, most);
	if (length == most)
		return damaged(diag, "a string does not end");
	*ret_string = strndup(text, length);
	return *ret_string ? 0 : diag_oom(diag);
}

static int read_segments(struct reader *reader, struct diag *diag)
{
	size_t count;

	if (elf_getphdrnum(reader->handle, &count) != 0)
		return damaged(diag, elf_errmsg(-1));
	if (count > ELF_SEGMENTS_MAX)
		return damaged(diag, "too many program headers");
	if (count == 0)
		return 0;
	reader->segments = calloc(count, sizeof(*reader->segments));
	if (!reader->segments)
		return diag_oom(diag);
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(reader->handle, (int)i, &reader->segments[i]))
			return damaged(diag, elf_errmsg(-1));
	}
	reader->segment_count = count;
	return 0;
}

/* Where an address of the loaded object is in the file; 0 if nowhere. */
static uint64_t file_offset(const struct reader *reader, uint64_t address)
{
	for (size_t i = 0; i < reader->segment_count; i++) {
		const GElf_Phdr *segment = &reader->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz) {
			uint64_t offset = address - segment->p_vaddr;

			if (segment->p_offset > UINT64_MAX - offset)
				return 0;
			return segment->p_offset + offset;
		}
	}
	return 0;
}

static int dynamic_string(const struct reader *reader,
			  const struct dynamic *dynamic, uint64_t index,
			  char **ret_string, struct diag *diag)
{
	if (index >= dynamic->strings_size ||
	    dynamic->strings > UINT64_MAX - index)
		return damaged(diag, "a name lies outside of the string table");
	return copy_string(reader, dynamic->strings + index,
			   dynamic->strings_size - index, ret_string, diag);
}

/* The tables that other entries refer to come first. */
static void note_table(const struct reader *reader, const GElf_Dyn *entry,
		       struct dynamic *dynamic)
{
	uint64_t value = entry->d_un.d_val;

	switch (entry->d_tag) {
	case DT_STRTAB:
		dynamic->strings = file_offset(reader, value);
		break;
	case DT_STRSZ:
		dynamic->strings_size = value;
		break;
	case DT_SYMTAB:
		dynamic->symbols = file_offset(reader, value);
		break;
	case DT_SYMENT:
		dynamic->symbol_size = value;
		break;
	case DT_HASH:
		dynamic->hash = file_offset(reader, value);
		break;
	case DT_GNU_HASH:
		dynamic->gnu_hash = file_offset(reader, value);
		break;
	default:
		break;
	}
}

/* Put a string of the dynamic section into a slot, the last one winning as
 * in the loader. */
static int take_string(const struct reader *reader,
		       const struct dynamic *dynamic, uint64_t index,
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

static int take_needed(struct reader *reader, const struct dynamic *dynamic,
		       uint64_t index, struct diag *diag)
{
	CLEANUP_FREE char *name = NULL;
	int r = dynamic_string(reader, dynamic, index, &name, diag);

	if (r < 0)
		return r;
	return strv_append(&reader->elf->needed, name) < 0 ? diag_oom(diag) : 0;
}

static int take_entry(struct reader *reader, const struct dynamic *dynamic,
		      const GElf_Dyn *entry, struct diag *diag)
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
		return 0;
	default:
		return 0;
	}
}

static int read_dynamic(struct reader *reader, const GElf_Phdr *segment,
			struct dynamic *ret_dynamic, struct diag *diag)
{
	Elf_Data *data = raw_data(reader, segment->p_offset, segment->p_filesz,
				  ELF_T_DYN);
	struct dynamic dynamic = { 0 };
	GElf_Dyn entry;

	if (!data)
		return damaged(diag, "the dynamic section is not in the file");
	reader->elf->dynamic = true;
	for (int i = 0; i < ELF_DYNAMIC_MAX && gelf_getdyn(data, i, &entry) &&
			entry.d_tag != DT_NULL;
	     i++)
		note_table(reader, &entry, &dynamic);
	for (int i = 0; i < ELF_DYNAMIC_MAX && gelf_getdyn(data, i, &entry) &&
			entry.d_tag != DT_NULL;
	     i++) {
		int r = take_entry(reader, &dynamic, &entry, diag);

		if (r < 0)
			return r;
	}
	*ret_dynamic = dynamic;
	return 0;
}

/* The i-th 32-bit word at an offset; 0 if it is not there. */
static uint32_t word_at(const struct reader *reader, uint64_t offset)
{
	Elf_Data *data = raw_data(reader, offset, sizeof(uint32_t), ELF_T_WORD);
	uint32_t word = 0;

	if (data && data->d_size == sizeof(word))
		memcpy(&word, data->d_buf, sizeof(word));
	return word;
}

/*
 * How many symbols there are is said nowhere in so many words. DT_HASH has a
 * chain entry for each. With DT_GNU_HASH alone the table is taken to reach to
 * the string table, which every linker puts behind it, or else to the first
 * hashed symbol: those that are imported stand before it. Too many does no
 * harm, a name that is not one matches nothing.
 */
static uint64_t symbol_count(const struct reader *reader,
			     const struct dynamic *dynamic)
{
	uint64_t count;

	if (dynamic->hash)
		count = word_at(reader, dynamic->hash + 4);
	else if (dynamic->strings > dynamic->symbols)
		count = (dynamic->strings - dynamic->symbols) /
			dynamic->symbol_size;
	else if (dynamic->gnu_hash)
		count = word_at(reader, dynamic->gnu_hash + 4);
	else
		count = 0;
	if (count > ELF_SYMBOLS_MAX)
		count = ELF_SYMBOLS_MAX;
	if (count > (reader->length - dynamic->symbols) / dynamic->symbol_size)
		count = (reader->length - dynamic->symbols) /
			dynamic->symbol_size;
	return count;
}

/* The one of the names asked about that starts at an index, or NULL. */
static const char *asked_symbol(const struct reader *reader,
				const struct dynamic *dynamic, uint64_t index)
{
	uint64_t offset, most;

	if (index == 0 || index >= dynamic->strings_size ||
	    dynamic->strings > UINT64_MAX - index)
		return NULL;
	offset = dynamic->strings + index;
	if (!in_file(reader, offset, 1))
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

static int read_symbols(struct reader *reader, const struct dynamic *dynamic,
			struct diag *diag)
{
	struct elf *elf = reader->elf;
	bool wide = elf->identity.class == ELFCLASS64;
	struct dynamic tables = *dynamic;
	uint64_t count;
	Elf_Data *data;
	GElf_Sym symbol;

	tables.symbol_size = wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	if (tables.symbols == 0 || tables.symbols >= reader->length)
		return 0;
	count = symbol_count(reader, &tables);
	data = raw_data(reader, tables.symbols, count * tables.symbol_size,
			ELF_T_SYM);
	for (uint64_t i = 0; data && i < count; i++) {
		const char *name;
		char ***list;

		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		name = asked_symbol(reader, &tables, symbol.st_name);
		if (!name)
			continue;
		list = symbol.st_shndx == SHN_UNDEF ? &elf->imports
						    : &elf->exports;
		if (!has_string(*list, name) && strv_append(list, name) < 0)
			return diag_oom(diag);
	}
	return 0;
}

/* The program headers, but for the notes. */
static int read_loading(struct reader *reader, struct diag *diag)
{
	struct dynamic dynamic;
	int r;

	for (size_t i = 0; i < reader->segment_count; i++) {
		const GElf_Phdr *segment = &reader->segments[i];

		if (segment->p_type == PT_INTERP && !reader->elf->interpreter) {
			r = copy_string(reader, segment->p_offset,
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

static int read_notes(struct reader *reader, uint64_t offset, uint64_t size,
		      uint64_t alignment, struct diag *diag)
{
	Elf_Data *data = raw_data(reader, offset, size,
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
static int read_section_notes(struct reader *reader, struct diag *diag)
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

static int read_all_notes(struct reader *reader, struct diag *diag)
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

static int read_object(struct reader *reader, struct diag *diag)
{
	GElf_Ehdr header;
	int r;

	if (elf_kind(reader->handle) != ELF_K_ELF ||
	    !gelf_getehdr(reader->handle, &header))
		return damaged(diag, "its header cannot be read");
	r = read_segments(reader, diag);
	if (r == 0)
		r = read_loading(reader, diag);
	if (r == 0)
		r = read_all_notes(reader, diag);
	return r;
}

int elf_parse(const void *bytes, size_t length, const char *const *symbols,
	      struct elf *ret_elf, struct diag *diag)
{
	CLEANUP_ELF struct elf elf = ELF_INIT;
	struct reader reader = { .bytes = bytes,
				 .length = length,
				 .symbols = symbols,
				 .elf = &elf };
	union {
		const void *constant;
		char *image; /* libelf does not write unless told to */
	} view = { .constant = bytes };
	int r;

	if (!elf_identify(bytes, length, &elf.identity))
		return diag_set(diag, -EBADMSG, "not an ELF file");
	if (length > ELF_FILE_BYTES_MAX)
		return diag_set(diag, -EFBIG, "ELF file of more than %d bytes",
				ELF_FILE_BYTES_MAX);
	(void)elf_version(EV_CURRENT);
	reader.handle = elf_memory(view.image, length);
	if (!reader.handle)
		return damaged(diag, elf_errmsg(-1));
	r = read_object(&reader, diag);
	(void)elf_end(reader.handle);
	free(reader.segments);
	if (r < 0)
		return r;
	*ret_elf = elf;
	elf = ELF_INIT;
	return 0;
}

int elf_read(int fd, const char *const *symbols, struct elf *ret_elf,
	     struct diag *diag)
{
	struct stat status;
	void *bytes;
	int r;

	if (fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot read it");
	if (status.st_size <= 0)
		return diag_set(diag, -EBADMSG, "not an ELF file");
	if (status.st_size > ELF_FILE_BYTES_MAX)
		return diag_set(diag, -EFBIG, "ELF file of more than %d bytes",
				ELF_FILE_BYTES_MAX);
	/* Private and writable: libelf may convert in place. */
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return diag_errno(diag, -errno, "cannot read it");
	r = elf_parse(bytes, (size_t)status.st_size, symbols, ret_elf, diag);
	(void)munmap(bytes, (size_t)status.st_size);
	return r;
}
