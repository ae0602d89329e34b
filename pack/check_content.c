/* Checks that look into files. */
#include "pack/check.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#define PEM_BEGIN "-----BEGIN "
#define PEM_KEY "PRIVATE KEY-----"
#define PGP_KEY "PRIVATE KEY BLOCK-----" /* RFC 4880 */

/* The line that `at` is in ends in `end`. */
static bool is_line(const char *at, const char *end)
{
	size_t length = strlen(end);

	return strncmp(at, end, length) == 0 && at[length] &&
	       strchr("\r\n", at[length]);
}

/* RFC 7468: the header is a line of its own. Programs that write such files
 * hold the words too, but not the line. */
static bool has_private_key(const struct bill_file *file UNUSED,
			    const struct buf *content)
{
	const char *at = content->data;
	const char *end = at + content->length;

	while (at && (at = memmem(at, (size_t)(end - at), PEM_BEGIN,
				  strlen(PEM_BEGIN)))) {
		bool line_start = at == content->data || at[-1] == '\n';

		at += strlen(PEM_BEGIN);
		if (!line_start)
			continue;
		/* "RSA ", "EC ", "ENCRYPTED ", "OPENSSH ", "PGP " or
		 * nothing. */
		while (at < end && isupper((unsigned char)*at) &&
		       strncmp(at, PEM_KEY, strlen(PEM_KEY)) != 0 &&
		       strncmp(at, PGP_KEY, strlen(PGP_KEY)) != 0) {
			at += strspn(at,
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
			at += *at == ' ';
		}
		if (is_line(at, PEM_KEY) || is_line(at, PGP_KEY))
			return true;
	}
	return false;
}

/* shadow(5): the second field is the hash, which starts with "$" or, of old,
 * is 13 characters long. */
static bool has_password_hash(const struct bill_file *file,
			      const struct buf *content)
{
	const char *line = content->data;

	if (strcmp(file->path, "/etc/shadow") != 0 &&
	    strcmp(file->path, "/etc/gshadow") != 0 &&
	    strcmp(file->path, "/etc/passwd") != 0)
		return false;
	while (line && *line) {
		size_t length = strcspn(line, "\n");
		const char *field = memchr(line, ':', length);

		if (field) {
			size_t field_length = strcspn(++field, ":\n");

			field += *field == '!';
			if (*field == '$' || field_length == 13)
				return true;
		}
		line += length;
		line += *line == '\n';
	}
	return false;
}

static bool has_fixed_address(const struct bill_file *file,
			      const struct elf *elf)
{
	return (file->mode & 0111) && elf->fixed_address;
}

static bool has_executable_stack(const struct bill_file *file UNUSED,
				 const struct elf *elf)
{
	return elf->executable_stack;
}

static bool has_writable_code(const struct bill_file *file UNUSED,
			      const struct elf *elf)
{
	return elf->writable_code;
}

/* ld.so(8): a path in it that is empty or relative is taken from wherever the
 * program is started. */
static bool has_relative_path(const struct bill_file *file UNUSED,
			      const struct elf *elf)
{
	const char *path = elf->runpath ? elf->runpath : elf->rpath;

	while (path) {
		if (*path != '/' && *path != '$')
			return true;
		path = strchr(path, ':');
		path += path != NULL;
	}
	return false;
}

static bool lacks_relro(const struct bill_file *file UNUSED,
			const struct elf *elf)
{
	return elf->dynamic && !elf->relro;
}

static bool lacks_bind_now(const struct bill_file *file UNUSED,
			   const struct elf *elf)
{
	return elf->interpreter && !elf->bind_now;
}

/* A library may have nothing to protect, a program hardly. What is linked
 * statically does not tell. */
static bool lacks_stack_protector(const struct bill_file *file UNUSED,
				  const struct elf *elf)
{
	return elf->interpreter && !elf->soname &&
	       !elf_imports(elf, check_symbols[0]);
}

const char *const check_symbols[] = { "__stack_chk_fail", NULL };

const struct check checks_of_content[] = {
	{ "private-key", 30, "holds a private key",
	  .content = has_private_key },
	{ "password-hash", 20, "holds the hash of a password",
	  .content = has_password_hash },
	{ "executable-stack", 10, "makes its stack executable",
	  .object = has_executable_stack },
	{ "writable-code", 10, "has code that may be written to",
	  .object = has_writable_code },
	{ "relative-rpath", 8,
	  "looks for libraries in whatever directory it is started in",
	  .object = has_relative_path },
	{ "no-pie", 5, "is always loaded at the same address",
	  .object = has_fixed_address },
	{ "no-relro", 3, "leaves its relocations writable",
	  .object = lacks_relro },
	{ "no-bind-now", 2, "leaves its table of functions writable",
	  .object = lacks_bind_now },
	{ "no-stack-protector", 2, "does not guard its stack",
	  .object = lacks_stack_protector },
	{ 0 }
};

const struct check check_unused_library = {
	.id = "unused-library",
	.points = 3,
	.text = "is a library that nothing in the image needs",
};
