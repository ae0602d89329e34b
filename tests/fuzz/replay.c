/*
 * Feeds a fuzz target every file of the directories on the command line, in
 * order of their names, and prints TAP. The target dies of what it does not
 * survive, so the line is printed afterwards.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/fdio.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <string.h>

enum { INPUT_MAX = 16 << 20 };

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay(const char *directory, const char *name)
{
	CLEANUP_BUF struct buf path = BUF_INIT;
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_FREE uint8_t *input = NULL;

	buf_printf(&path, "%s/%s", directory, name);
	if (buf_check(&path) < 0)
		errx(1, "out of memory");
	if (read_file(path.data, INPUT_MAX, &content, &diag) < 0) {
		diag_print(&diag, "replay");
		exit(1);
	}
	/* Exactly as large as the input: what reads past it is seen. */
	input = malloc(content.length ? content.length : 1);
	if (!input)
		errx(1, "out of memory");
	if (content.length)
		memcpy(input, content.data, content.length);
	(void)LLVMFuzzerTestOneInput(input, content.length);
}

int main(int argc, char **argv)
{
	unsigned int count = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct dirent **entries = NULL;
		int found = scandir(argv[i], &entries, is_input, alphasort);

		if (found < 0)
			err(1, "%s", argv[i]);
		for (int j = 0; j < found; j++) {
			replay(argv[i], entries[j]->d_name);
			printf("ok %u - %s\n", ++count, entries[j]->d_name);
			free(entries[j]);
		}
		free(entries);
	}
	if (count == 0)
		errx(1, "an empty corpus proves nothing");
	printf("1..%u\n", count);
	return 0;
}
