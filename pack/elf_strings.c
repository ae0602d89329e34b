#include "pack/elf_strings.h"

#include "pack/elf_reader.h"

#include <string.h>

enum { NAME_MIN = 4, NAME_MAX_BYTES = 255 };

struct finder {
	const struct elf *elf; /* its own names do not count */
	char **names;
};

/* ".so" at the end, or with numbers and dots behind it. */
static bool ends_like_library(const char *text)
{
	const char *suffix = strstr(text, ".so");

	for (; suffix; suffix = strstr(suffix + 1, ".so")) {
		const char *rest = suffix + 3;

		if (*rest == '\0')
			return suffix > text;
		if (*rest == '.' && rest[1] >= '0' && rest[1] <= '9' &&
		    rest[strspn(rest, ".0123456789")] == '\0')
			return suffix > text;
	}
	return false;
}

static bool is_among(char *const *names, const char *name)
{
	for (; names && *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* Plain words only: a format or a sentence is no name. */
static bool is_word(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~' ||
		    strchr("%*:;,'\"", text[i]))
			return false;
	}
	return true;
}

static int take_text(struct finder *finder, const char *text, size_t length,
		     struct diag *diag)
{
	char name[NAME_MAX_BYTES + 1];

	if (length < NAME_MIN || length > NAME_MAX_BYTES ||
	    !is_word(text, length))
		return 0;
	memcpy(name, text, length);
	name[length] = '\0';
	/* A suffix alone says nothing. */
	if (name[0] == '.' && !strchr(name, '/'))
		return 0;
	if (!ends_like_library(name) || is_among(finder->names, name) ||
	    is_among(finder->elf->needed, name) ||
	    (finder->elf->interpreter &&
	     strcmp(finder->elf->interpreter, name) == 0) ||
	    (finder->elf->soname && strcmp(finder->elf->soname, name) == 0) ||
	    strv_length(finder->names) == ELF_LIBRARY_NAMES_MAX)
		return 0;
	return strv_append(&finder->names, name) < 0 ? diag_oom(diag) : 0;
}

/* One search through all of it for what a name must have in it: that is ten
 * times faster than to look at every string. */
static int look_through(struct finder *finder, const char *bytes, size_t length,
			struct diag *diag)
{
	const char *end = bytes + length;
	int r = 0;

	while (r == 0) {
		const char *suffix =
			memmem(bytes, (size_t)(end - bytes), ".so", 3);
		const char *before, *stop;

		/* What does not end is no string. */
		stop = suffix ? memchr(suffix, '\0', (size_t)(end - suffix))
			      : NULL;
		if (!stop)
			break;
		before = memrchr(bytes, '\0', (size_t)(suffix - bytes));
		if (before)
			bytes = before + 1;
		r = take_text(finder, bytes, (size_t)(stop - bytes), diag);
		bytes = stop + 1;
	}
	return r;
}

static int compare_strings(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool is_constant(const GElf_Phdr *segment)
{
	return segment->p_type == PT_LOAD && !(segment->p_flags & PF_W);
}

/* Linkers that keep code apart from constants give the constants a segment of
 * their own; of the others' segments, all may hold some. */
static bool constants_are_apart(const struct elf_reader *reader)
{
	for (size_t i = 0; i < reader->segment_count; i++) {
		if (is_constant(&reader->segments[i]) &&
		    !(reader->segments[i].p_flags & PF_X))
			return true;
	}
	return false;
}

static int look_through_segments(const struct elf_reader *reader,
				 struct finder *finder, struct diag *diag)
{
	bool apart = constants_are_apart(reader);
	int r = 0;

	for (size_t i = 0; r == 0 && i < reader->segment_count; i++) {
		const GElf_Phdr *segment = &reader->segments[i];

		if (is_constant(segment) &&
		    !(apart && segment->p_flags & PF_X) &&
		    elf_in_file(reader, segment->p_offset, segment->p_filesz))
			r = look_through(finder,
					 (const char *)reader->bytes +
						 segment->p_offset,
					 (size_t)segment->p_filesz, diag);
	}
	return r;
}

int elf_read_library_names(int fd, char ***ret_names, struct diag *diag)
{
	CLEANUP_MAPPING struct elf_mapping mapping = ELF_MAPPING_INIT;
	CLEANUP_READER struct elf_reader reader = ELF_READER_INIT;
	CLEANUP_ELF struct elf elf = ELF_INIT;
	struct finder finder = { .elf = &elf };
	int r = elf_map(fd, &mapping, diag);

	if (r == 0)
		r = elf_parse(mapping.bytes, mapping.length, NULL, &elf, diag);
	if (r == 0)
		r = elf_reader_open(mapping.bytes, mapping.length, &reader,
				    diag);
	if (r == 0)
		r = look_through_segments(&reader, &finder, diag);
	if (r < 0) {
		strv_free(finder.names);
		return r;
	}
	if (finder.names)
		qsort(finder.names, strv_length(finder.names),
		      sizeof(*finder.names), compare_strings);
	*ret_names = finder.names;
	return 0;
}
