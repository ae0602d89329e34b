#include "pack/loader_paths.h"

#include "lib/buf.h"
#include "lib/path.h"
#include "pack/format.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

static const struct loader_machine machines[] = {
	{ EM_X86_64, ELFCLASS64, "x86_64-linux-gnu", "lib64", "x86_64",
	  "haswell:xeon_phi:x86_64", "x86-64-v4:x86-64-v3:x86-64-v2" },
	{ EM_386, ELFCLASS32, "i386-linux-gnu", "lib", "i386", "i686:i386",
	  "" },
	{ EM_AARCH64, ELFCLASS64, "aarch64-linux-gnu", "lib64", "aarch64",
	  "aarch64", "" },
	{ EM_ARM, ELFCLASS32, "arm-linux-gnueabihf", "lib", "armhf", "v7l",
	  "" },
	{ EM_RISCV, ELFCLASS64, "riscv64-linux-gnu", "lib64/lp64d", "riscv64",
	  "", "" },
	{ EM_PPC64, ELFCLASS64, "powerpc64le-linux-gnu", "lib64", "powerpc64le",
	  "power10:power9:power8", "power10:power9" },
	{ EM_S390, ELFCLASS64, "s390x-linux-gnu", "lib64", "s390x",
	  "z16:z15:z14:z13", "z16:z15:z14:z13" },
};

const struct loader_machine *
loader_machine_find(const struct elf_identity *identity)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (machines[i].machine == identity->machine &&
		    machines[i].class == identity->class)
			return &machines[i];
	}
	return NULL;
}

/* Length of "$NAME" or "${NAME}" at the start of the text, or 0. */
static size_t word_length(const char *text, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(text, "${", 2) == 0 &&
	    strncmp(text + 2, name, length) == 0 && text[length + 2] == '}')
		return length + 3;
	if (text[0] == '$' && strncmp(text + 1, name, length) == 0)
		return length + 1;
	return 0;
}

bool loader_has_platform(const char *list)
{
	return strstr(list, "$PLATFORM") || strstr(list, "${PLATFORM}");
}

/* One element with its words replaced; empty in `buf` if it is left out. */
static void expand(const char *element, size_t length,
		   const struct loader_words *words, const char *platform,
		   struct buf *buf)
{
	const struct {
		const char *name, *value;
	} table[] = { { "ORIGIN", words->origin },
		      { "LIB", words->lib },
		      { "PLATFORM", platform } };
	const char *end = element + length;

	while (element < end) {
		size_t taken = 0;

		for (size_t i = 0; !taken && i < ARRAY_SIZE(table); i++) {
			taken = word_length(element, table[i].name);
			if (taken && !table[i].value) {
				buf_reset(buf);
				return;
			}
			if (taken)
				buf_puts(buf, table[i].value);
		}
		if (!taken)
			buf_putc(buf, *element);
		element += taken ? taken : 1;
	}
}

static int append_directory(const char *text, const char *workdir,
			    char ***directories, struct diag *diag)
{
	CLEANUP_FREE char *path = path_join(workdir, text);

	if (!path || strv_append(directories, path) < 0)
		return diag_oom(diag);
	return 0;
}

int loader_split_path(const char *list, const struct loader_words *words,
		      const char *platform, char ***directories,
		      struct diag *diag)
{
	const char *workdir = words->workdir ? words->workdir : "/";

	for (;;) {
		CLEANUP_BUF struct buf buf = BUF_INIT;
		size_t length = strcspn(list, ":");
		int r = 0;

		expand(list, length, words, platform, &buf);
		if (buf_check(&buf) < 0)
			return diag_oom(diag);
		if (length == 0)
			r = append_directory(workdir, "/", directories, diag);
		else if (buf.length)
			r = append_directory(buf.data, workdir, directories,
					     diag);
		if (r < 0)
			return r;
		if (list[length] == '\0')
			return 0;
		list += length + 1;
	}
}

struct conf_reader {
	const struct view *view;
	char ***directories;
	unsigned int files;
};

static int read_conf(struct conf_reader *reader, const char *path,
		     unsigned int depth, struct diag *diag);

static int read_included(struct conf_reader *reader, const char *file,
			 const char *pattern, unsigned int depth,
			 struct diag *diag)
{
	CLEANUP_FREE char *directory = path_parent(file);
	CLEANUP_FREE char *whole = NULL;
	char **matches = NULL;
	int r;

	if (directory)
		whole = path_join(directory, pattern);
	if (!whole)
		return diag_oom(diag);
	r = view_match(reader->view, whole, &matches, diag);
	for (size_t i = 0; r == 0 && matches && matches[i]; i++)
		r = read_conf(reader, matches[i], depth + 1, diag);
	strv_free(matches);
	return r;
}

/* One line without its comment. Words end at a blank, a comma or a colon; a
 * "=TYPE" behind a directory is of no use any more. */
static int read_conf_line(struct conf_reader *reader, const char *file,
			  char *line, unsigned int depth, struct diag *diag)
{
	static const char blanks[] = " \t\r\v\f";
	char *word, *rest = NULL;
	int r = 0;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, blanks, &rest);
	if (!word || strcmp(word, "hwcap") == 0)
		return 0;
	if (strcmp(word, "include") == 0) {
		while (r == 0 && (word = strtok_r(NULL, blanks, &rest)))
			r = read_included(reader, file, word, depth, diag);
		return r;
	}
	for (; r == 0 && word; word = strtok_r(NULL, blanks, &rest)) {
		char *part, *parts = NULL;

		for (part = strtok_r(word, ":,", &parts); r == 0 && part;
		     part = strtok_r(NULL, ":,", &parts)) {
			part[strcspn(part, "=")] = '\0';
			r = append_directory(part, "/", reader->directories,
					     diag);
		}
	}
	return r;
}

static int read_conf(struct conf_reader *reader, const char *path,
		     unsigned int depth, struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	char *line, *rest = NULL;
	size_t length;
	int r;

	if (depth > LOADER_CONF_DEPTH_MAX ||
	    ++reader->files > LOADER_CONF_FILES_MAX)
		return diag_set(diag, -EINVAL, "%s: too many includes", path);
	r = view_read(reader->view, path, LOADER_CONF_BYTES_MAX, &text, &length,
		      diag);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (line = strtok_r(text, "\n", &rest); r == 0 && line;
	     line = strtok_r(NULL, "\n", &rest))
		r = read_conf_line(reader, path, line, depth, diag);
	return r;
}

int loader_read_conf(const struct view *view, const char *path,
		     char ***directories, struct diag *diag)
{
	struct conf_reader reader = { view, directories, 0 };

	return read_conf(&reader, path, 0, diag);
}

int loader_read_musl_path(const struct view *view, const char *arch,
			  char ***directories, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_FREE char *text = NULL;
	char *word, *rest = NULL;
	size_t length;
	int r;

	path = format_text("/etc/ld-musl-%s.path", arch);
	if (!path)
		return diag_oom(diag);
	r = view_read(view, path, LOADER_CONF_BYTES_MAX, &text, &length, diag);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT) {
		text = strdup("/lib:/usr/local/lib:/usr/lib");
		if (!text)
			return diag_oom(diag);
		r = 0;
	}
	for (word = strtok_r(text, ":\n", &rest); r == 0 && word;
	     word = strtok_r(NULL, ":\n", &rest))
		r = append_directory(word, "/", directories, diag);
	return r;
}
