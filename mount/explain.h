/*
 * `--explain`: what the service fails at for want of something that a recipe
 * could give it, told as it happens and once each, and all of it at the end.
 *
 * The filter of system calls puts those of explain_calls.h to the supervisor,
 * which looks at the path in the caller's own view, with O_PATH and beneath
 * the jail's root only, notes down what will fail, and lets the kernel go on:
 * the calls are allowed anyway, so that nothing depends on what was seen. What
 * the filter refuses without --explain is refused here, with the same error.
 */
#ifndef JAILMOUNT_EXPLAIN_H
#define JAILMOUNT_EXPLAIN_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/caller.h"
#include "mount/custody.h"
#include "mount/verify.h"

#include <stdbool.h>

struct explain;

struct explain_options {
	char *const *sources; /* directories; NULL-terminated or NULL */
	bool usual;	      /* list what programs do without, too */
	bool json;
	const char *output; /* where the list goes; NULL: standard error */
};

/* `image` outlives it. */
int explain_new(const struct verified_image *image,
		const struct explain_options *options,
		struct explain **ret_explain, struct diag *diag) MUST_CHECK;
void explain_free(struct explain *explain);

/* A generation, as its callers see it. */
struct explain_view {
	int jail_root; /* O_PATH */
	uint32_t range_base;
};

/*
 * Look at a call that was received; bind(2) and listen(2) are not answered,
 * all others are. What is new is appended to `told`, a line each. 0 or -errno.
 */
int explain_call(struct explain *explain, const struct explain_view *view,
		 int notify_fd, struct caller *caller,
		 struct buf *told) MUST_CHECK;

/* A bind() that custody has refused. */
void explain_refused_bind(struct explain *explain,
			  const struct custody_refusal *refusal,
			  struct buf *told);

/* A connect() to somebody who is none of the peers that the image names. */
void explain_refused_call(struct explain *explain, struct caller *caller,
			  const struct socket_address *address,
			  struct buf *told);

/* Print the list, or write it where it goes. */
int explain_finish(struct explain *explain, struct diag *diag) MUST_CHECK;

#endif
