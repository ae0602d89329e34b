/* Where the page of --report goes. */
#include "lib/fdio.h"
#include "lib/printable.h"
#include "lib/show.h"
#include "pack/output_path.h"
#include "pack/question.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int write_to_standard_output(const struct buf *page, struct diag *diag)
{
	int r;

	if (isatty(STDOUT_FILENO)) {
		(void)diag_set(diag, -EINVAL,
			       "a page is for a browser, not for a terminal");
		diag_hint(diag, "-o FILE.html writes it to a file");
		return -EINVAL;
	}
	r = write_all(STDOUT_FILENO, page->data, page->length);
	return r < 0 ? diag_errno(diag, r, "cannot write the page") : 0;
}

static int write_to_file(const struct buf *page, const char *path,
			 struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	struct stat status;
	int r;

	/* It would take the place of a terminal or of /dev/null. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return diag_set(diag, -EINVAL,
				"%s is there and is not a regular file", path);
	r = output_begin(&output, path, diag);
	if (r < 0)
		return r;
	r = write_all(output.fd, page->data, page->length);
	return r < 0 ? diag_errno(diag, r, "cannot write %s", path)
		     : output_commit(&output, 0666, diag);
}

int report_write(const struct subject *subject, const char *output,
		 struct buf *text, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_BUF struct buf page = BUF_INIT;
	CLEANUP_FREE char *path = NULL;
	int r = report_answer(subject, &page, diag);

	if (r < 0)
		return r;
	if (strcmp(output, "-") == 0)
		return write_to_standard_output(&page, diag);
	r = subject_config(subject, &config, diag);
	if (r < 0)
		return r;
	path = output_path(output, config.name, ".html");
	if (!path)
		return diag_oom(diag);
	r = write_to_file(&page, path, diag);
	if (r < 0)
		return r;
	printable_puts(text, path);
	buf_puts(text, ": ");
	show_size(text, page.length);
	buf_putc(text, '\n');
	return 0;
}
