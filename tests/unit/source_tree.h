/*
 * A source tree on the disk, a little system with merged /usr, for tests that
 * gather from it. Its objects are made by elf_builder.h.
 */
#ifndef TESTS_SOURCE_TREE_H
#define TESTS_SOURCE_TREE_H

#include "lib/fdio.h"
#include "lib/path.h"
#include "tests/unit/elf_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define LIB "/usr/lib/x86_64-linux-gnu"
#define LOADER "/lib64/ld-linux-x86-64.so.2"

static inline void source_parents(int root, const char *path)
{
	CLEANUP_FREE char *parent = path_parent(path);

	if (strcmp(parent, "/") == 0)
		return;
	source_parents(root, parent);
	if (mkdirat(root, parent + 1, 0755) < 0 && errno != EEXIST)
		abort();
}

static inline void source_bytes(int root, const char *path, mode_t mode,
				const void *bytes, size_t length)
{
	CLEANUP_CLOSE int fd = -1;

	source_parents(root, path);
	fd = openat(root, path + 1, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (fd < 0 || write_all(fd, bytes, length) < 0 || fchmod(fd, mode) < 0)
		abort();
}

static inline void source_text(int root, const char *path, mode_t mode,
			       const char *text)
{
	source_bytes(root, path, mode, text, strlen(text));
}

static inline void source_elf(int root, const char *path,
			      const struct elf_recipe *recipe)
{
	CLEANUP_BUF struct buf file = elf_build(recipe, NULL);

	source_bytes(root, path, 0755, file.data, file.length);
}

static inline void source_link(int root, const char *path, const char *target)
{
	source_parents(root, path);
	if (symlinkat(target, root, path + 1) < 0)
		abort();
}

/* A program that needs the C library and one more thing. */
static inline void source_program(int root, const char *path,
				  const char *library)
{
	const struct elf_recipe recipe = { .interpreter = LOADER,
					   .needed = { "libc.so.6", library } };

	source_elf(root, path, &recipe);
}

static inline void source_system(int root)
{
	const struct elf_recipe loader = { .soname = "ld-linux-x86-64.so.2" };
	const struct elf_recipe libc = { .interpreter = LOADER,
					 .soname = "libc.so.6",
					 .needed = { "ld-linux-x86-64.so.2" },
					 .exports = { "dlopen", "getpwnam",
						      "pthread_exit" } };
	const struct elf_recipe library = { .needed = { "libc.so.6" } };
	const struct elf_recipe threads = { .needed = { "libc.so.6" },
					    .imports = { "pthread_exit" } };

	source_link(root, "/bin", "usr/bin");
	source_link(root, "/lib", "usr/lib");
	source_link(root, "/lib64", "usr/lib64");
	source_link(root, "/usr" LOADER,
		    "/lib/x86_64-linux-gnu/ld-linux-x86-"
		    "64.so.2");
	source_elf(root, LIB "/ld-linux-x86-64.so.2", &loader);
	source_elf(root, LIB "/libc.so.6", &libc);
	source_elf(root, LIB "/libgcc_s.so.1", &library);
	source_elf(root, LIB "/libthreads.so.1.0", &threads);
	source_link(root, LIB "/libthreads.so.1", "libthreads.so.1.0");
	source_elf(root, LIB "/libfast.so.1", &library);
	source_elf(root, LIB "/glibc-hwcaps/x86-64-v3/libfast.so.1", &library);
	source_text(root, "/etc/ld.so.conf", 0644, "/usr/local/lib\n" LIB "\n");
	source_elf(root, "/usr/local/lib/liblocal.so.1", &library);
	source_program(root, "/usr/bin/dash", NULL);
	source_link(root, "/usr/bin/sh", "dash");
	source_program(root, "/usr/bin/env", NULL);
	source_program(root, "/usr/bin/python3.11", NULL);
	source_link(root, "/usr/bin/python3", "python3.11");
}

/* A program in a directory of its own, with libraries that only it finds. */
static inline void source_app(int root)
{
	const struct elf_recipe app = { .interpreter = LOADER,
					.rpath = "$ORIGIN/../lib",
					.needed = { "libapp.so.1", "libc.so.6",
						    "libfast.so.1",
						    "liblocal.so.1" } };
	const struct elf_recipe library = {
		.needed = { "libprivate.so.1" },
		.dlopen_note =
			"[{\"soname\":[\"libnone.so.1\",\"libthreads.so.1\"],"
			"\"feature\":\"threads\",\"priority\":\"required\"},"
			"{\"soname\":[\"libother.so.1\"]}]",
	};
	const struct elf_recipe private = { .soname = "libprivate.so.1",
					    .imports = { "dlopen" },
					    .exports = { "libx.so" } };

	source_elf(root, "/opt/app/bin/app", &app);
	source_elf(root, "/opt/app/lib/libapp.so.1", &library);
	source_elf(root, "/opt/app/lib/libprivate.so.1", &private);
	source_elf(root, "/opt/app/plugins/plug.so", &library);
	source_text(root, "/opt/app/plugins/README", 0644, "plug-ins\n");
	source_text(root, "/opt/app/plugins/old.bak", 0644, "old\n");
}

/* A few modules; the first one is executable, as some are. */
static inline void source_python(int root)
{
#define PYTHON "/usr/lib/python3.11"
#define SHARED "/usr/lib/python3/dist-packages"
	const struct elf_recipe extension = { .needed = { "libc.so.6" } };

	source_text(root, PYTHON "/os.py", 0755, "#!/none\nimport abc\n");
	source_text(root, PYTHON "/abc.py", 0644, "def f():\n import pdb\n");
	source_text(root, PYTHON "/pdb.py", 0644, "");
	source_text(root, PYTHON "/unused.py", 0644, "");
	source_text(root, PYTHON "/encodings/__init__.py", 0644,
		    "from . import aliases\n");
	source_text(root, PYTHON "/encodings/aliases.py", 0644, "");
	source_text(root, SHARED "/tools/__init__.py", 0644, "");
	source_text(root, SHARED "/tools/mend.py", 0644,
		    "from .rest import x\nfrom .. import up\n");
	source_elf(root, SHARED "/tools/rest.so", &extension);
	source_text(root, SHARED "/tools/unused.py", 0644, "");
	source_text(root, SHARED "/up.py", 0644, "");
}

static inline void source_apache(int root)
{
	const struct elf_recipe module = { .needed = { "libthreads.so.1" } };

	source_program(root, "/usr/sbin/apache2", NULL);
	source_elf(root, "/usr/lib/apache2/modules/mod_a.so", &module);
	source_elf(root, "/usr/lib/apache2/modules/mod_b.so", &module);
	source_text(root, "/etc/apache2/apache2.conf", 0644,
		    "ServerRoot /etc/apache2\n"
		    "Define modules /usr/lib/apache2/modules\n"
		    "IncludeOptional mods-enabled/*.load\n"
		    "<IfModule none>\n"
		    "LoadModule c_module ${modules}/mod_c.so\n"
		    "</IfModule>\n"
		    "Include ${RUNDIR}/ports.conf\n");
	source_text(root, "/etc/apache2/ports.conf", 0644, "Listen 80\n");
	source_text(root, "/etc/apache2/mods-available/a.load", 0644,
		    "# first\nLoadModule a_module \\\n\t\"${modules}/mod_a"
		    ".so\"\n");
	source_text(root, "/etc/apache2/mods-available/b.load", 0644,
		    "LoadModule b_module ${modules}/mod_b.so\n");
	source_link(root, "/etc/apache2/mods-enabled/a.load",
		    "../mods-available/a.load");
}

#endif
