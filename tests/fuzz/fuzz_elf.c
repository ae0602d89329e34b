/* ELF objects: whatever is read of one came out of it whole, and is there. */
/* links: pack/elf.o pack/elf_info.o pack/elf_dlopen.o
 * pack/elf_reader.o */
/* packages: libelf */
#include "tests/fuzz/fuzz.h"

#include "pack/elf.h"

#include <string.h>

static void check_name(const char *name)
{
	if (name && strlen(name) >= ELF_NAME_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const symbols[] = { "dlopen", "pthread_exit",
					       "getpwnam", NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_ELF struct elf elf = ELF_INIT;

	if (elf_parse(data, size, symbols, &elf, &diag) < 0) {
		if (!diag.text)
			abort();
		return 0;
	}
	check_name(elf.interpreter);
	check_name(elf.soname);
	check_name(elf.rpath);
	check_name(elf.runpath);
	for (size_t i = 0; elf.needed && elf.needed[i]; i++)
		check_name(elf.needed[i]);
	for (size_t i = 0; i < elf.dlopen_count; i++) {
		if (!elf.dlopens[i].sonames || !elf.dlopens[i].sonames[0])
			abort();
	}
	return 0;
}
