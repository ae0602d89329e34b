/* The tree as one tar archive: pax where that is needed, nothing of the moment
 * or the machine in it. */
#include "lib/archive_library.h"
#include "pack/export.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct layer {
	const struct export_subject *export;
	struct archive_library library;
	struct archive *archive;
	struct squash_reader *reader;
	struct diag *diag;
};

static int library_error(struct layer *layer)
{
	return diag_set(layer->diag, -EIO, "cannot write the layer: %s",
			layer->library.error_string(layer->archive));
}

static int add_piece(const void *data, size_t length, void *context)
{
	struct layer *layer = context;

	if (layer->library.write_data(layer->archive, data, length) !=
	    (ssize_t)length)
		return library_error(layer);
	return 0;
}

static int add_file(const struct bill_file *file, uint32_t time, void *context)
{
	struct layer *layer = context;
	const struct archive_library *library = &layer->library;
	struct archive_entry *entry;
	const char *name = file->path + 1;
	int r = 0;

	/* An engine makes its devices itself; the root is its own too. */
	if (!*name || S_ISCHR(file->mode) || S_ISBLK(file->mode))
		return 0;
	entry = library->entry_new();
	if (!entry)
		return diag_oom(layer->diag);
	library->entry_set_pathname(entry, name);
	library->entry_set_mode(entry, file->mode);
	library->entry_set_uid(entry, file->uid);
	library->entry_set_gid(entry, file->gid);
	library->entry_set_mtime(entry, time, 0);
	library->entry_set_size(entry,
				S_ISREG(file->mode) ? (int64_t)file->size : 0);
	if (S_ISLNK(file->mode))
		library->entry_set_symlink(entry, file->target);
	if (library->write_header(layer->archive, entry) < ARCHIVE_WARN)
		r = library_error(layer);
	library->entry_free(entry);
	if (r == 0 && S_ISREG(file->mode) && file->size)
		r = squash_reader_content(layer->reader, file->path, add_piece,
					  layer, layer->diag);
	return r;
}

static int write_all_files(struct layer *layer, int fd)
{
	const struct archive_library *library = &layer->library;
	int r;

	if (library->write_set_format_pax_restricted(layer->archive) !=
		    ARCHIVE_OK ||
	    library->write_set_bytes_in_last_block(layer->archive, 1) !=
		    ARCHIVE_OK ||
	    library->write_open_fd(layer->archive, fd) != ARCHIVE_OK)
		return library_error(layer);
	r = squash_reader_walk(layer->reader, add_file, layer, layer->diag);
	if (r == 0 && library->write_close(layer->archive) != ARCHIVE_OK)
		r = library_error(layer);
	return r;
}

int export_layer(const struct export_subject *export, int fd, struct diag *diag)
{
	struct layer layer = { .export = export, .diag = diag };
	int r = archive_library_load(&layer.library, diag);

	if (r == 0)
		r = subject_reader(export->subject, &layer.reader, diag);
	if (r < 0)
		return r;
	layer.archive = layer.library.write_new();
	r = layer.archive ? write_all_files(&layer, fd) : diag_oom(diag);
	if (layer.archive)
		(void)layer.library.write_free(layer.archive);
	squash_reader_close(layer.reader);
	return r;
}
