/*
 * A registry of container images, spoken to as the OCI distribution
 * specification 1.1 has it, with the distribution project's token
 * authentication.
 *
 * What fails for a reason that may pass (a connection that breaks, a server
 * that is overloaded) is tried again, after a while that doubles; a transfer
 * goes on where it broke off. Nothing that comes back is believed but for its
 * digest.
 */
#ifndef JAIL_REGISTRY_H
#define JAIL_REGISTRY_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/reference.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	REGISTRY_MANIFEST_MAX = 4 << 20, /* bytes; distribution-spec 1.1 */
	REGISTRY_TAGS_MAX = 100000,
	REGISTRY_ATTEMPTS = 5,
};

struct registry_options {
	const char *ca_file;   /* PEM; NULL: the system's */
	const char *auth_file; /* NULL: where container tools keep it */
	/* Unencrypted. Without it that is tried on this machine alone, where
	 * no TLS is spoken. */
	bool plain_http;
	/* Told what is tried again, and why; may be NULL. */
	void (*note)(void *context, const char *text);
	void *context;
};

struct registry;

/*
 * One repository of a registry. The first request finds out how it wants to
 * be spoken to. The options and the reference must outlive it.
 */
int registry_open(const struct reference *reference,
		  const struct registry_options *options,
		  struct registry **ret_registry, struct diag *diag) MUST_CHECK;
void registry_close(struct registry *registry);

#define CLEANUP_REGISTRY CLEANUP(registry_cleanup_)
static inline void registry_cleanup_(struct registry **registry)
{
	registry_close(*registry);
}

/*
 * The manifest that `name` stands for, a tag or a digest, byte for byte, and
 * its digest. -ENOENT if there is none; -EBADMSG if it is not what its digest
 * says.
 */
int registry_get_manifest(struct registry *registry, const char *name,
			  struct buf *ret_manifest,
			  char ret_digest[DIGEST_TEXT_SIZE],
			  struct diag *diag) MUST_CHECK;
int registry_put_manifest(struct registry *registry, const char *name,
			  const char *media_type, const struct buf *manifest,
			  struct diag *diag) MUST_CHECK;

/* The names of all tags, in the registry's order; NULL-terminated, or NULL for
 * none. */
int registry_tags(struct registry *registry, char ***ret_tags,
		  struct diag *diag) MUST_CHECK;

/* 1 if the registry has it, 0 if not, or -errno. */
int registry_has_blob(struct registry *registry, const char *digest,
		      struct diag *diag) MUST_CHECK;

struct registry_blob {
	const char *digest;
	uint64_t size; /* of the whole */
	/* What is wanted of it. */
	uint64_t from, length;
	/* Takes what comes, in order. A return that is not 0 ends it and is
	 * returned. Nothing is checked yet. */
	int (*take)(void *context, const void *data, size_t length);
	void *context;
};

/*
 * Fetch a part of a blob. -EOPNOTSUPP if a part was wanted and the registry
 * gives out wholes alone; -ENOENT if it has no such blob.
 */
int registry_get_blob(struct registry *registry,
		      const struct registry_blob *blob,
		      struct diag *diag) MUST_CHECK;

struct registry_upload {
	const char *digest;
	const void *data; /* or, if that is NULL, */
	int fd;		  /* the first `size` bytes of a file */
	uint64_t size;
	/* Told how much has arrived or is on its way; may be NULL. */
	void (*sent)(void *context, uint64_t bytes);
	void *context;
};

/* Upload a blob that the registry does not have. */
int registry_put_blob(struct registry *registry,
		      const struct registry_upload *upload,
		      struct diag *diag) MUST_CHECK;

#endif
