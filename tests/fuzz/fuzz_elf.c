/* ELF objects: whatever is read of one came out of it whole, and is there. */
/* links: pack/elf.o pack/elf_info.o pack/elf_dlopen.o
 * pack/elf_reader.o pack/elf_symbols.o */
/* packages: libelf */
#include "tests/fuzz/fuzz.h"

#include "pack/elf.h"
#include "pack/elf_symbols.h"

#include <string.h>

static void check_name(const char *name)
{
	if (name && strlen(name) >= ELF_NAME_MAX)
		abort();
}

/* Every name that came out is a string, and the exports are in order. */
static void check_symbols(const uint8_t *data, size_t size)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_SYMBOLS struct elf_symbols symbols = ELF_SYMBOLS_INIT;
	size_t length = 0;

	if (elf_parse_symbols(data, size, &symbols, &diag) < 0) {
		if (!diag.text)
			abort();
		return;
	}
	for (size_t i = 0; i < symbols.import_count; i++)
		length += strlen(symbols.imports[i].name);
	for (size_t i = 1; i < symbols.export_count; i++) {
		if (strcmp(symbols.exports[i - 1].name,
			   symbols.exports[i].name) > 0)
			abort();
	}
	for (size_t i = 0; i < symbols.need_count; i++)
		length += strlen(symbols.needs[i].file) +
			  strlen(symbols.needs[i].version);
	for (size_t i = 0; i < symbols.version_count; i++)
		length += strlen(symbols.versions[i]);
	if (length && !symbols.strings)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const symbols[] = { "dlopen", "pthread_exit",
					       "getpwnam", NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_ELF struct elf elf = ELF_INIT;

	check_symbols(data, size);
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
