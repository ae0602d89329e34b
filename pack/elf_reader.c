#include "pack/elf_reader.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

int elf_damaged(struct diag *diag, const char *what)
{
	return diag_set(diag, -EBADMSG, "damaged ELF file: %s", what);
}

bool elf_in_file(const struct elf_reader *reader, uint64_t offset,
		 uint64_t size)
{
	return offset <= reader->length && size <= reader->length - offset;
}

Elf_Data *elf_raw_data(const struct elf_reader *reader, uint64_t offset,
		       uint64_t size, Elf_Type type)
{
	if (size == 0 || !elf_in_file(reader, offset, size))
		return NULL;
	return elf_getdata_rawchunk(reader->handle, (int64_t)offset,
				    (size_t)size, type);
}

int elf_copy_string(const struct elf_reader *reader, uint64_t offset,
		    uint64_t limit, char **ret_string, struct diag *diag)
{
	const char *text;
	size_t length, most;

	if (!elf_in_file(reader, offset, 1) || limit == 0)
		return elf_damaged(diag, "a string lies outside of the file");
	most = reader->length - (size_t)offset;
	if (most > limit)
		most = (size_t)limit;
	if (most > ELF_NAME_MAX)
		most = ELF_NAME_MAX;
	text = (const char *)reader->bytes + offset;
	length = strnlen(text, most);
	if (length == most)
		return elf_damaged(diag, "a string does not end");
	*ret_string = strndup(text, length);
	return *ret_string ? 0 : diag_oom(diag);
}

uint64_t elf_file_offset(const struct elf_reader *reader, uint64_t address)
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

/* The tables that other entries refer to come first. */
static void note_table(const struct elf_reader *reader, const GElf_Dyn *entry,
		       struct elf_dynamic *dynamic)
{
	uint64_t value = entry->d_un.d_val;

	switch (entry->d_tag) {
	case DT_STRTAB:
		dynamic->strings = elf_file_offset(reader, value);
		break;
	case DT_STRSZ:
		dynamic->strings_size = value;
		break;
	case DT_SYMTAB:
		dynamic->symbols = elf_file_offset(reader, value);
		break;
	case DT_SYMENT:
		dynamic->symbol_size = value;
		break;
	case DT_HASH:
		dynamic->hash = elf_file_offset(reader, value);
		break;
	case DT_GNU_HASH:
		dynamic->gnu_hash = elf_file_offset(reader, value);
		break;
	case DT_VERSYM:
		dynamic->versions = elf_file_offset(reader, value);
		break;
	case DT_VERNEED:
		dynamic->needs = elf_file_offset(reader, value);
		break;
	case DT_VERNEEDNUM:
		dynamic->need_count = value;
		break;
	case DT_VERDEF:
		dynamic->definitions = elf_file_offset(reader, value);
		break;
	case DT_VERDEFNUM:
		dynamic->definition_count = value;
		break;
	default:
		break;
	}
}

uint32_t elf_word_at(const struct elf_reader *reader, uint64_t offset)
{
	Elf_Data *data =
		elf_raw_data(reader, offset, sizeof(uint32_t), ELF_T_WORD);
	uint32_t word = 0;

	if (data && data->d_size == sizeof(word))
		memcpy(&word, data->d_buf, sizeof(word));
	return word;
}

bool elf_next_entry(Elf_Data *data, int index, GElf_Dyn *ret_entry)
{
	return index < ELF_DYNAMIC_MAX && gelf_getdyn(data, index, ret_entry) &&
	       ret_entry->d_tag != DT_NULL;
}

int elf_read_tables(const struct elf_reader *reader, const GElf_Phdr *segment,
		    Elf_Data **ret_data, struct elf_dynamic *ret_dynamic,
		    struct diag *diag)
{
	Elf_Data *data = elf_raw_data(reader, segment->p_offset,
				      segment->p_filesz, ELF_T_DYN);
	struct elf_dynamic dynamic = { 0 };
	GElf_Dyn entry;

	if (!data)
		return elf_damaged(diag,
				   "the dynamic section is not in the file");
	for (int i = 0; elf_next_entry(data, i, &entry); i++)
		note_table(reader, &entry, &dynamic);
	*ret_data = data;
	*ret_dynamic = dynamic;
	return 0;
}

static int read_segments(struct elf_reader *reader, struct diag *diag)
{
	size_t count;

	if (elf_getphdrnum(reader->handle, &count) != 0)
		return elf_damaged(diag, elf_errmsg(-1));
	if (count > ELF_SEGMENTS_MAX)
		return elf_damaged(diag, "too many program headers");
	if (count == 0)
		return 0;
	reader->segments = calloc(count, sizeof(*reader->segments));
	if (!reader->segments)
		return diag_oom(diag);
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(reader->handle, (int)i, &reader->segments[i]))
			return elf_damaged(diag, elf_errmsg(-1));
	}
	reader->segment_count = count;
	return 0;
}

int elf_reader_open(const void *bytes, size_t length, struct elf_reader *reader,
		    struct diag *diag)
{
	union {
		const void *constant;
		char *image; /* libelf does not write unless told to */
	} view = { .constant = bytes };
	GElf_Ehdr header;

	if (!elf_identify(bytes, length, &reader->identity))
		return diag_set(diag, -EBADMSG, "not an ELF file");
	if (length > ELF_FILE_BYTES_MAX)
		return diag_set(diag, -EFBIG, "ELF file of more than %d bytes",
				ELF_FILE_BYTES_MAX);
	reader->bytes = bytes;
	reader->length = length;
	(void)elf_version(EV_CURRENT);
	reader->handle = elf_memory(view.image, length);
	if (!reader->handle)
		return elf_damaged(diag, elf_errmsg(-1));
	if (elf_kind(reader->handle) != ELF_K_ELF ||
	    !gelf_getehdr(reader->handle, &header))
		return elf_damaged(diag, "its header cannot be read");
	reader->type = header.e_type;
	return read_segments(reader, diag);
}

void elf_reader_close(struct elf_reader *reader)
{
	if (reader->handle)
		(void)elf_end(reader->handle);
	free(reader->segments);
	*reader = ELF_READER_INIT;
}

int elf_map(int fd, struct elf_mapping *ret_mapping, struct diag *diag)
{
	struct stat status;
	void *bytes;

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
	*ret_mapping = (struct elf_mapping){ bytes, (size_t)status.st_size };
	return 0;
}

void elf_unmap(struct elf_mapping *mapping)
{
	if (mapping->bytes)
		(void)munmap(mapping->bytes, mapping->length);
	*mapping = ELF_MAPPING_INIT;
}
