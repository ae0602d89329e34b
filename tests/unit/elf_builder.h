/*
 * Small ELF objects made on the spot, so that no test needs a compiler or the
 * libraries of the machine it runs on. One PT_LOAD maps the whole file at
 * address 0, so that addresses are file offsets.
 */
#ifndef TESTS_ELF_BUILDER_H
#define TESTS_ELF_BUILDER_H

#include "lib/base.h"
#include "lib/buf.h"

#include <elf.h>
#include <string.h>

struct elf_recipe {
	uint16_t machine; /* 0: EM_X86_64 */
	const char *interpreter;
	const char *soname, *rpath, *runpath;
	const char *needed[8];
	const char *imports[8], *exports[8];
	const char *dlopen_note; /* JSON */
	bool note_in_section;	 /* rather than in a segment */
	bool gnu_hash;		 /* rather than DT_HASH */
	bool no_default;	 /* DF_1_NODEFLIB */
	bool is_static;		 /* no dynamic section at all */
	/* How it is guarded. */
	bool relro;
	uint32_t stack_flags; /* of PT_GNU_STACK; 0: there is none */
	uint32_t load_flags;  /* of PT_LOAD; 0: PF_R */
	int64_t tag;	      /* one more of the dynamic section's; 0: none */
	uint64_t tag_value;
};

/* Where things went, for tests that damage them. */
struct elf_places {
	size_t segments, segment_count, strings, symbols, hash, dynamic, note;
};

static inline uint32_t elf_builder_string(struct buf *strings, const char *text)
{
	uint32_t at = (uint32_t)strings->length;

	buf_append(strings, text, strlen(text) + 1);
	return at;
}

static inline void elf_builder_align(struct buf *file)
{
	while (file->length % 8)
		buf_putc(file, '\0');
}

static inline void elf_builder_tag(struct buf *dynamic, int64_t tag,
				   uint64_t value)
{
	Elf64_Dyn entry = { .d_tag = tag, .d_un.d_val = value };

	buf_append(dynamic, &entry, sizeof(entry));
}

static inline void elf_builder_symbols(struct buf *symbols, struct buf *strings,
				       const char *const *names, uint16_t shndx)
{
	for (size_t i = 0; i < 8 && names[i]; i++) {
		Elf64_Sym symbol = {
			.st_name = elf_builder_string(strings, names[i]),
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = shndx,
		};

		buf_append(symbols, &symbol, sizeof(symbol));
	}
}

/* The dynamic section's entries; the tables' places are filled in later. */
static inline void elf_builder_dynamic(const struct elf_recipe *recipe,
				       struct buf *dynamic, struct buf *strings)
{
	for (size_t i = 0; i < 8 && recipe->needed[i]; i++)
		elf_builder_tag(dynamic, DT_NEEDED,
				elf_builder_string(strings, recipe->needed[i]));
	if (recipe->soname)
		elf_builder_tag(dynamic, DT_SONAME,
				elf_builder_string(strings, recipe->soname));
	if (recipe->rpath)
		elf_builder_tag(dynamic, DT_RPATH,
				elf_builder_string(strings, recipe->rpath));
	if (recipe->runpath)
		elf_builder_tag(dynamic, DT_RUNPATH,
				elf_builder_string(strings, recipe->runpath));
	if (recipe->no_default)
		elf_builder_tag(dynamic, DT_FLAGS_1, DF_1_NODEFLIB);
	if (recipe->tag)
		elf_builder_tag(dynamic, recipe->tag, recipe->tag_value);
}

static inline size_t elf_builder_put(struct buf *file, const struct buf *part)
{
	size_t at;

	elf_builder_align(file);
	at = file->length;
	if (part->length)
		buf_append(file, part->data, part->length);
	return at;
}

static inline void elf_builder_note(struct buf *note, const char *json)
{
	Elf64_Nhdr header = { .n_namesz = 4,
			      .n_descsz = (Elf64_Word)strlen(json) + 1,
			      .n_type = 0x407c0c0a };

	buf_append(note, &header, sizeof(header));
	buf_append(note, "FDO", 4);
	buf_append(note, json, strlen(json) + 1);
	while (note->length % 4)
		buf_putc(note, '\0');
}

static inline void elf_builder_flagged(struct buf *segments, uint32_t type,
				       uint32_t flags, size_t offset,
				       size_t length)
{
	Elf64_Phdr segment = { .p_type = type,
			       .p_flags = flags ? flags : PF_R,
			       .p_offset = offset,
			       .p_vaddr = offset,
			       .p_paddr = offset,
			       .p_filesz = length,
			       .p_memsz = length,
			       .p_align = type == PT_NOTE ? 4 : 8 };

	buf_append(segments, &segment, sizeof(segment));
}

static inline void elf_builder_segment(struct buf *segments, uint32_t type,
				       size_t offset, size_t length)
{
	elf_builder_flagged(segments, type, PF_R, offset, length);
}

/* The file, for the caller to release. */
static inline struct buf elf_build(const struct elf_recipe *recipe,
				   struct elf_places *ret_places)
{
	enum { SEGMENTS_MAX = 6 };
	CLEANUP_BUF struct buf strings = BUF_INIT;
	CLEANUP_BUF struct buf symbols = BUF_INIT;
	CLEANUP_BUF struct buf dynamic = BUF_INIT;
	CLEANUP_BUF struct buf segments = BUF_INIT;
	CLEANUP_BUF struct buf note = BUF_INIT;
	struct buf file = BUF_INIT;
	struct elf_places places = { .segments = sizeof(Elf64_Ehdr) };
	Elf64_Ehdr header = { .e_type = ET_DYN,
			      .e_machine = recipe->machine ? recipe->machine
							   : EM_X86_64,
			      .e_version = EV_CURRENT,
			      .e_phoff = sizeof(header),
			      .e_ehsize = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_shentsize = sizeof(Elf64_Shdr) };
	Elf64_Sym none = { 0 };
	uint32_t hash[4] = { 1, 0, 0, 0 };
	size_t interpreter = 0;

	memcpy(header.e_ident, ELFMAG, SELFMAG);
	header.e_ident[EI_CLASS] = ELFCLASS64;
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	header.e_ident[EI_VERSION] = EV_CURRENT;
	buf_append(&file, &header, sizeof(header));
	for (size_t i = 0; i < SEGMENTS_MAX * sizeof(Elf64_Phdr); i++)
		buf_putc(&file, '\0');

	buf_append(&strings, "", 1);
	buf_append(&symbols, &none, sizeof(none));
	elf_builder_symbols(&symbols, &strings, recipe->imports, SHN_UNDEF);
	elf_builder_symbols(&symbols, &strings, recipe->exports, 1);
	elf_builder_dynamic(recipe, &dynamic, &strings);
	if (recipe->interpreter) {
		interpreter = file.length;
		buf_append(&file, recipe->interpreter,
			   strlen(recipe->interpreter) + 1);
	}
	hash[1] = (uint32_t)(symbols.length / sizeof(none));
	places.symbols = elf_builder_put(&file, &symbols);
	places.strings = elf_builder_put(&file, &strings);
	elf_builder_align(&file);
	places.hash = file.length;
	buf_append(&file, hash, sizeof(hash));
	elf_builder_tag(&dynamic, DT_STRTAB, places.strings);
	elf_builder_tag(&dynamic, DT_STRSZ, strings.length);
	elf_builder_tag(&dynamic, DT_SYMTAB, places.symbols);
	elf_builder_tag(&dynamic, DT_SYMENT, sizeof(none));
	elf_builder_tag(&dynamic, recipe->gnu_hash ? DT_GNU_HASH : DT_HASH,
			places.hash);
	elf_builder_tag(&dynamic, DT_NULL, 0);
	places.dynamic = elf_builder_put(&file, &dynamic);
	if (recipe->dlopen_note) {
		elf_builder_note(&note, recipe->dlopen_note);
		places.note = elf_builder_put(&file, &note);
	}
	if (recipe->note_in_section) {
		Elf64_Shdr sections[2] = { 0 };

		elf_builder_align(&file);
		header.e_shoff = file.length;
		header.e_shnum = 2;
		sections[1].sh_type = SHT_NOTE;
		sections[1].sh_offset = places.note;
		sections[1].sh_size = note.length;
		sections[1].sh_addralign = 4;
		buf_append(&file, sections, sizeof(sections));
	}

	elf_builder_flagged(&segments, PT_LOAD, recipe->load_flags, 0,
			    file.length);
	if (recipe->interpreter)
		elf_builder_segment(&segments, PT_INTERP, interpreter,
				    strlen(recipe->interpreter) + 1);
	if (!recipe->is_static)
		elf_builder_segment(&segments, PT_DYNAMIC, places.dynamic,
				    dynamic.length);
	if (recipe->dlopen_note && !recipe->note_in_section)
		elf_builder_segment(&segments, PT_NOTE, places.note,
				    note.length);
	if (recipe->relro)
		elf_builder_segment(&segments, PT_GNU_RELRO, places.dynamic,
				    dynamic.length);
	if (recipe->stack_flags)
		elf_builder_flagged(&segments, PT_GNU_STACK,
				    recipe->stack_flags, 0, 0);
	places.segment_count = segments.length / sizeof(Elf64_Phdr);
	header.e_phnum = (Elf64_Half)places.segment_count;
	memcpy(file.data, &header, sizeof(header));
	memcpy(file.data + places.segments, segments.data, segments.length);
	if (ret_places)
		*ret_places = places;
	return file;
}

#endif
