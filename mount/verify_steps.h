/* For verify.c and verify_lent.c alone: what both take. */
#ifndef JAILMOUNT_VERIFY_STEPS_H
#define JAILMOUNT_VERIFY_STEPS_H

#include "mount/verify.h"

#include <fcntl.h>

enum {
	VERIFY_SEALS = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
};

/* A regular file, opened without waiting for anybody. */
int verify_open_file(const char *path, uint64_t *ret_length, int *ret_fd,
		     struct diag *diag) MUST_CHECK;

/* Read the contract of the image from there, with the layout that it has. */
int verify_read_contract(int fd, struct verified_image *image,
			 struct diag *diag) MUST_CHECK;

/* Whether it may run. */
int verify_judge(struct verified_image *image,
		 const struct verify_options *options,
		 struct diag *diag) MUST_CHECK;

#endif
