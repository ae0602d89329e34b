/*
 * --export: what is in an image, in the form that another engine takes.
 *
 * Everything comes from the image alone: the same image gives the same bytes.
 * A directory appears whole or not at all. What an engine cannot be told, or
 * does otherwise than jailmount, is said in `text`.
 */
#ifndef JAILPACK_EXPORT_H
#define JAILPACK_EXPORT_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/question.h"

#include <jansson.h>

/*
 * `kind` is "bundle", "oci", "kube" or "systemd"; what it makes is called
 * `destination`, and must not be there yet ("-" and a file are fine for kube).
 * -EINVAL for a kind that there is not.
 */
int export_image(const struct subject *subject, const char *kind,
		 const char *destination, struct buf *text,
		 struct diag *diag) MUST_CHECK;

/* --- For export*.c alone -------------------------------------------------- */

/* A directory under a temporary name, until it is whole. */
struct export_directory {
	int above;
	int fd;
	char *path;	 /* final */
	char *temporary; /* its path until then */
};

#define EXPORT_DIRECTORY_INIT                                                  \
	((struct export_directory){ .above = -1, .fd = -1 })
#define CLEANUP_EXPORT_DIRECTORY CLEANUP(export_directory_abandon)

int export_directory_begin(const char *path,
			   struct export_directory *ret_directory,
			   struct diag *diag) MUST_CHECK;
int export_directory_commit(struct export_directory *directory,
			    struct diag *diag) MUST_CHECK;
/* Removes what there is; harmless after a commit. */
void export_directory_abandon(struct export_directory *directory);

/* One file in it. */
int export_file(const struct export_directory *directory, const char *name,
		const void *data, size_t length, struct diag *diag) MUST_CHECK;
/* A JSON document, which is released. NULL is memory that has run out. */
int export_json(const struct export_directory *directory, const char *name,
		json_t *json, struct diag *diag) MUST_CHECK;

/* What an engine is told about the image. */
struct export_subject {
	const struct subject *subject;
	struct config config;
	struct bill bill;
};

int export_bundle(const struct export_subject *export,
		  struct export_directory *directory, struct buf *text,
		  struct diag *diag) MUST_CHECK;
int export_oci(const struct export_subject *export,
	       struct export_directory *directory, struct buf *text,
	       struct diag *diag) MUST_CHECK;
int export_systemd(const struct export_subject *export,
		   struct export_directory *directory, struct buf *text,
		   struct diag *diag) MUST_CHECK;
int export_kube(const struct export_subject *export, struct buf *yaml,
		struct diag *diag) MUST_CHECK;

/* export_layer.c: every file as a tar archive, without devices, into `fd`. */
int export_layer(const struct export_subject *export, int fd,
		 struct diag *diag) MUST_CHECK;

/* export_architecture.c: "amd64", as Go calls it; of the first program that
 * is found. -ENOENT if there is none that is known. */
int export_architecture(const struct export_subject *export,
			const char **ret_name, struct diag *diag) MUST_CHECK;

/*
 * export_unit.c: the unit of systemd that shuts the service in as far as the
 * contract asks for it. `lines` go into [Service] as they are.
 */
int export_unit(const struct export_subject *export, const char *lines,
		struct buf *unit, struct diag *diag) MUST_CHECK;

/*
 * export_portable.c: a file system with the image's files, that unit,
 * os-release and what else a portable service has to have, at the start of the
 * empty file `fd`, padded to whole blocks. `scratch` is a path that nothing
 * has; it is used and given back.
 */
int export_portable(const struct export_subject *export, const char *scratch,
		    const struct buf *unit, int fd, uint64_t *ret_length,
		    struct diag *diag) MUST_CHECK;

/* Does a port of `listen` need the capability that ports below 1024 ask for? */
bool export_has_low_port(const struct config *config);

#endif
