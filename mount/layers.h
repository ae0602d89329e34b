/*
 * Writable layers: memory, bounded in size and in number of files, laid over
 * the image. Made by the host as detached mounts, attached in the jail.
 *
 * A writable layer is a tmpfs whose root is the directory. An overlay keeps
 * its upper directory "upper" and its work directory "work" in a tmpfs of its
 * own, so that its limits are its own too.
 *
 * Format: Documentation/filesystems/overlayfs.rst and tmpfs.rst of Linux.
 */
#ifndef JAILMOUNT_LAYERS_H
#define JAILMOUNT_LAYERS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * The tmpfs of a layer: nosuid, nodev, noexec. `image` is the mounted image,
 * owners already mapped: an overlay's upper directory takes over the mode and
 * owner of the image's own directory. `base` is the host's number for the
 * jail's id 0. *ret_files is a descriptor of the directory that will hold what
 * the jail writes.
 */
int layer_create(const struct config_layer *layer, int image, uint32_t base,
		 int *ret_mount, int *ret_files, struct diag *diag) MUST_CHECK;

/* Attach it beneath `root`: the tmpfs itself, or the overlay of it. */
int layer_attach(const struct config_layer *layer, int mount, int files,
		 int root, struct diag *diag) MUST_CHECK;

#endif
