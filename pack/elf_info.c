/* What can be said of an object without reading further into it. */
#include "pack/elf.h"

#include "pack/elf_dlopen.h"

#include <elf.h>
#include <string.h>

void elf_done(struct elf *elf)
{
	free(elf->interpreter);
	free(elf->soname);
	free(elf->rpath);
	free(elf->runpath);
	strv_free(elf->needed);
	strv_free(elf->imports);
	strv_free(elf->exports);
	for (size_t i = 0; i < elf->dlopen_count; i++)
		elf_dlopen_done(&elf->dlopens[i]);
	free(elf->dlopens);
	*elf = ELF_INIT;
}

bool elf_identify(const void *bytes, size_t length,
		  struct elf_identity *ret_identity)
{
	const unsigned char *header = bytes;
	unsigned int machine;

	/* e_machine is the halfword at 18 in either class. */
	if (length < 20 || memcmp(header, ELFMAG, SELFMAG) != 0)
		return false;
	if (header[EI_DATA] == ELFDATA2MSB)
		machine = (unsigned int)header[18] << 8 | header[19];
	else
		machine = (unsigned int)header[19] << 8 | header[18];
	ret_identity->class = header[EI_CLASS];
	ret_identity->data = header[EI_DATA];
	ret_identity->machine = machine;
	return true;
}

bool elf_identity_equal(const struct elf_identity *a,
			const struct elf_identity *b)
{
	return a->class == b->class && a->data == b->data &&
	       a->machine == b->machine;
}

void elf_machine_name(const struct elf_identity *identity, char *ret_name,
		      size_t size)
{
	static const struct {
		unsigned int machine;
		const char *name;
	} names[] = { { EM_386, "i386" },	{ EM_X86_64, "x86-64" },
		      { EM_ARM, "arm" },	{ EM_AARCH64, "aarch64" },
		      { EM_RISCV, "riscv" },	{ EM_PPC64, "ppc64" },
		      { EM_S390, "s390" },	{ EM_MIPS, "mips" },
		      { EM_PPC, "powerpc" },	{ EM_SPARCV9, "sparc64" },
		      { EM_LOONGARCH, "loong" } };
	const char *bits = identity->class == ELFCLASS32 ? "32-bit " : "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].machine == identity->machine) {
			(void)snprintf(ret_name, size, "%s%s", bits,
				       names[i].name);
			return;
		}
	}
	(void)snprintf(ret_name, size, "%sELF machine %u", bits,
		       identity->machine);
}

static bool has_string(char *const *strings, const char *wanted)
{
	for (size_t i = 0; strings && strings[i]; i++) {
		if (strcmp(strings[i], wanted) == 0)
			return true;
	}
	return false;
}

bool elf_imports(const struct elf *elf, const char *symbol)
{
	return has_string(elf->imports, symbol);
}

bool elf_exports(const struct elf *elf, const char *symbol)
{
	return has_string(elf->exports, symbol);
}
