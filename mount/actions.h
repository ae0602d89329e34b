/*
 * What the command line asks for, one function an action. Each gives the exit
 * status of the program in *ret_status, or a negative error with the reason.
 */
#ifndef JAILMOUNT_ACTIONS_H
#define JAILMOUNT_ACTIONS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/options.h"

/* run.c */
int action_run(const struct options *options, int *ret_status,
	       struct diag *diag) MUST_CHECK;
int action_assemble(const struct options *options, int *ret_status,
		    struct diag *diag) MUST_CHECK;
int action_umount(const struct options *options, int *ret_status,
		  struct diag *diag) MUST_CHECK;

/* boot.c */
int action_boot(const struct options *options, int *ret_status,
		struct diag *diag) MUST_CHECK;
int action_shutdown(const struct options *options, int *ret_status,
		    struct diag *diag) MUST_CHECK;

/* ask.c */
int action_status(const struct options *options, int *ret_status,
		  struct diag *diag) MUST_CHECK;
int action_stop(const struct options *options, int *ret_status,
		struct diag *diag) MUST_CHECK;
int action_exec(const struct options *options, int *ret_status,
		struct diag *diag) MUST_CHECK;
int action_service(const struct options *options, int *ret_status,
		   struct diag *diag) MUST_CHECK;
int action_list(const struct options *options, int *ret_status,
		struct diag *diag) MUST_CHECK;

/* image_actions.c */
int action_images(const struct options *options, int *ret_status,
		  struct diag *diag) MUST_CHECK;
int action_gc(const struct options *options, int *ret_status,
	      struct diag *diag) MUST_CHECK;

/*
 * The path of the image that `object` names: itself, or what is fetched if it
 * is a reference and no file. The caller frees it.
 */
int find_image(const char *object, const struct options *options,
	       char **ret_path, struct diag *diag) MUST_CHECK;

/* show_diff.c */
int action_diff(const struct options *options, int *ret_status,
		struct diag *diag) MUST_CHECK;
int action_drill(const struct options *options, int *ret_status,
		 struct diag *diag) MUST_CHECK;

/* show_evidence.c */
int action_evidence(const struct options *options, int *ret_status,
		    struct diag *diag) MUST_CHECK;

/* ask_change.c */
int action_restore(const struct options *options, int *ret_status,
		   struct diag *diag) MUST_CHECK;
int action_update(const struct options *options, int *ret_status,
		  struct diag *diag) MUST_CHECK;

/* show_logs.c */
int action_logs(const struct options *options, int *ret_status,
		struct diag *diag) MUST_CHECK;

#endif
