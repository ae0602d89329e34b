#include "lib/le.h"
#include "pack/export.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* As Go names them in GOARCH, and with it the OCI image specification. */
static const struct {
	uint16_t machine;
	uint8_t class;
	const char *name;
} known[] = {
	{ EM_X86_64, ELFCLASS64, "amd64" },
	{ EM_386, ELFCLASS32, "386" },
	{ EM_AARCH64, ELFCLASS64, "arm64" },
	{ EM_ARM, ELFCLASS32, "arm" },
	{ EM_RISCV, ELFCLASS64, "riscv64" },
	{ EM_PPC64, ELFCLASS64, "ppc64le" },
	{ EM_S390, ELFCLASS64, "s390x" },
};

struct beginning {
	uint8_t bytes[EI_NIDENT + 4];
	size_t length;
};

static int take(const void *data, size_t length, void *context)
{
	struct beginning *beginning = context;

	beginning->length = length < sizeof(beginning->bytes)
				    ? length
				    : sizeof(beginning->bytes);
	memcpy(beginning->bytes, data, beginning->length);
	return 1; /* that is enough */
}

static const char *architecture_of(const struct beginning *beginning)
{
	const uint8_t *bytes = beginning->bytes;
	uint16_t machine;

	if (beginning->length < sizeof(beginning->bytes) ||
	    memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return NULL;
	/* e_machine, in the file's own order of bytes */
	machine = bytes[EI_DATA] == ELFDATA2MSB
			  ? (uint16_t)(bytes[18] << 8 | bytes[19])
			  : le16_get(bytes + 18);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].machine == machine &&
		    known[i].class == bytes[EI_CLASS])
			return known[i].name;
	return NULL;
}

int export_architecture(const struct export_subject *export,
			const char **ret_name, struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	int r = subject_reader(export->subject, &reader, diag);

	for (size_t i = 0; r == 0 && i < export->bill.file_count; i++) {
		const struct bill_file *file = &export->bill.files[i];
		struct beginning beginning = { .length = 0 };
		const char *name;

		if (!S_ISREG(file->mode) || !(file->mode & 0111))
			continue;
		r = squash_reader_content(reader, file->path, take, &beginning,
					  diag);
		if (r < 0)
			return r;
		r = 0;
		name = architecture_of(&beginning);
		if (name) {
			*ret_name = name;
			return 0;
		}
	}
	return r < 0 ? r
		     : diag_set(diag, -ENOENT,
				"%s: no program in it tells for which "
				"processor it is",
				export->subject->name);
}
