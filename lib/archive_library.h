/*
 * libarchive, loaded by the first who reads or writes an archive. It brings
 * libxml2 and ICU along, and linked to the program the three would be half of
 * the time that it takes to start and of the memory that it begins with, also
 * where there is no archive: mostly.
 */
#ifndef JAIL_ARCHIVE_LIBRARY_H
#define JAIL_ARCHIVE_LIBRARY_H

#include "lib/base.h"
#include "lib/diag.h"

#include <archive.h>
#include <archive_entry.h>

#define ARCHIVE_LIBRARY_FUNCTIONS(X)                                           \
	X(entry_clear)                                                         \
	X(entry_copy_stat)                                                     \
	X(entry_free)                                                          \
	X(entry_gid)                                                           \
	X(entry_gname)                                                         \
	X(entry_gname_utf8)                                                    \
	X(entry_hardlink)                                                      \
	X(entry_hardlink_utf8)                                                 \
	X(entry_mode)                                                          \
	X(entry_new)                                                           \
	X(entry_pathname)                                                      \
	X(entry_pathname_utf8)                                                 \
	X(entry_rdevmajor)                                                     \
	X(entry_rdevminor)                                                     \
	X(entry_set_gid)                                                       \
	X(entry_set_mode)                                                      \
	X(entry_set_mtime)                                                     \
	X(entry_set_pathname)                                                  \
	X(entry_set_size)                                                      \
	X(entry_set_symlink)                                                   \
	X(entry_set_uid)                                                       \
	X(entry_size)                                                          \
	X(entry_size_is_set)                                                   \
	X(entry_symlink)                                                       \
	X(entry_symlink_utf8)                                                  \
	X(entry_uid)                                                           \
	X(entry_uname)                                                         \
	X(entry_uname_utf8)                                                    \
	X(entry_xattr_add_entry)                                               \
	X(error_string)                                                        \
	X(read_data)                                                           \
	X(read_data_block)                                                     \
	X(read_free)                                                           \
	X(read_new)                                                            \
	X(read_next_header)                                                    \
	X(read_open)                                                           \
	X(read_open_fd)                                                        \
	X(read_support_filter_bzip2)                                           \
	X(read_support_filter_compress)                                        \
	X(read_support_filter_gzip)                                            \
	X(read_support_filter_lz4)                                             \
	X(read_support_filter_lzip)                                            \
	X(read_support_filter_lzma)                                            \
	X(read_support_filter_rpm)                                             \
	X(read_support_filter_xz)                                              \
	X(read_support_filter_zstd)                                            \
	X(read_support_format_7zip)                                            \
	X(read_support_format_ar)                                              \
	X(read_support_format_cab)                                             \
	X(read_support_format_cpio)                                            \
	X(read_support_format_iso9660)                                         \
	X(read_support_format_rar)                                             \
	X(read_support_format_rar5)                                            \
	X(read_support_format_tar)                                             \
	X(read_support_format_xar)                                             \
	X(read_support_format_zip)                                             \
	X(set_error)                                                           \
	X(write_close)                                                         \
	X(write_data)                                                          \
	X(write_free)                                                          \
	X(write_header)                                                        \
	X(write_new)                                                           \
	X(write_open_fd)                                                       \
	X(write_set_format_option)                                             \
	X(write_set_bytes_in_last_block)                                       \
	X(write_set_format_pax)                                                \
	X(write_set_format_pax_restricted)

/* Each function without its "archive_", of the type that the header gives. */
struct archive_library {
#define MEMBER(name) __typeof__(archive_##name) *(name);
	ARCHIVE_LIBRARY_FUNCTIONS(MEMBER)
#undef MEMBER
};

/*
 * The library stays loaded from the first call on. -ENOENT if it is not
 * installed.
 */
int archive_library_load(struct archive_library *ret_library,
			 struct diag *diag) MUST_CHECK;

#endif
