/* Actions on an image: they make a jail of it. */
#include "lib/fdio.h"
#include "lib/size.h"
#include "mount/actions.h"
#include "mount/assemble.h"
#include "mount/borrow.h"
#include "mount/explain.h"
#include "mount/generation.h"
#include "mount/plan.h"
#include "mount/sd_notify.h"
#include "mount/state.h"
#include "mount/supervisor.h"
#include "mount/target.h"
#include "mount/verify.h"
#include "mount/words.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

static int read_verity(const char *word, enum verity_use *ret_use,
		       struct diag *diag)
{
	static const char *const words[] = {
		[VERITY_IF_THERE] = "auto",
		[VERITY_ALWAYS] = "always",
		[VERITY_NEVER] = "never",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*ret_use = (enum verity_use)i;
			return 0;
		}
	return diag_set(diag, -EINVAL,
			"--verity %s: it is one of auto, always, never", word);
}

static int verify_options(const struct options *options,
			  struct verify_options *ret_verify, struct diag *diag)
{
	struct verify_options verify = VERIFY_OPTIONS_INIT;

	verify.allow_unsigned = options->allow_unsigned;
	if (options->seal_limit &&
	    size_parse(options->seal_limit, &verify.seal_limit) < 0) {
		(void)diag_set(diag, -EINVAL, "--seal-limit %s: not a size",
			       options->seal_limit);
		diag_hint(diag, "sizes are 64k, 16M, 1G, 2T, or bytes");
		return -EINVAL;
	}
	if (options->verity &&
	    read_verity(options->verity, &verify.verity, diag) < 0)
		return -EINVAL;
	*ret_verify = verify;
	return 0;
}

int action_assemble(const struct options *options, int *ret_status,
		    struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	struct verify_options verify;
	CLEANUP_FREE char *path = NULL;
	int r = find_image(options->object, options, &path, diag);

	if (r == 0)
		r = verify_options(options, &verify, diag);
	if (r == 0)
		r = verify_image(path, &verify, &image, diag);
	if (r == 0 && !options->dry_run)
		r = assemble(&image, options->directory, diag);
	if (r == 0)
		*ret_status = 0;
	return r;
}

int action_umount(const struct options *options, int *ret_status,
		  struct diag *diag)
{
	int r = disassemble(options->directory, diag);

	if (r == 0)
		*ret_status = 0;
	return r;
}

/* --- Running -------------------------------------------------------------- */

/* What a run would fail on is told here too. */
static int check_network(const struct config *config,
			 const struct target *target, struct diag *diag)
{
	CLEANUP_NETWORK_LAYOUT struct network_layout layout =
		NETWORK_LAYOUT_INIT;
	const struct network_wishes wishes = {
		.jail = target->name,
		.addresses = config->addresses,
		.interface = target->interface,
		.gateways = target->gateways,
	};

	return config->network == CONFIG_NETWORK_OWN
		       ? network_layout_make(&wishes, &layout, diag)
		       : 0;
}

static int print_plan(const struct verified_image *image,
		      const struct target *target, struct diag *diag)
{
	const struct config *config = &image->config;
	CLEANUP_LISTEN_TABLE struct listen_table listens = LISTEN_TABLE_INIT;
	CLEANUP_PLAN struct plan plan = PLAN_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct plan_options plan_options = {
		.jail = target->name,
		.verity = image->protection == PROTECTION_VERITY,
		/* The lowest that there is; a run takes the lowest free. */
		.range_base = STATE_RANGE_BASE,
		.range_length = STATE_RANGE_LENGTH,
	};
	int r;

	r = listen_table_make(config, target->listens, &listens, diag);
	if (r == 0)
		r = check_network(config, target, diag);
	if (r == 0)
		r = plan_make(config, &plan_options, &plan, diag);
	if (r == 0)
		r = plan_print(&plan, target->options->json, &text, diag);
	if (r < 0)
		return r;
	r = write_all(STDOUT_FILENO, text.data, text.length);
	return r < 0 ? diag_errno(diag, r, "cannot write the plan") : 0;
}

/* Who waits for the jail to be ready, and hears of it. */
struct background {
	int report; /* a pipe's write end, or -1 in the foreground */
	struct sd_notify *manager; /* of a unit, in the foreground; or NULL */
};

/* From here on nobody waits: nothing of the caller's is kept. */
static void leave_foreground(void *context)
{
	struct background *background = context;
	int null;

	if (background->report < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		close_fd(&null);
	}
	(void)!write(background->report, "", 1);
	close_fd(&background->report);
}

/* --explain: what was missing is told in any case, above all when the service
 * did not even start. */
static int run_explained(struct verified_image *image,
			 const struct options *options,
			 struct supervisor_options *supervisor_options,
			 int *ret_status, struct diag *diag)
{
	const struct explain_options explain_options = {
		.sources = options->sources,
		.usual = options->all,
		.json = options->json,
		.output = options->output,
	};
	CLEANUP_DIAG struct diag later = DIAG_INIT;
	int r, finished;

	r = explain_new(image, &explain_options, &supervisor_options->explain,
			diag);
	if (r < 0)
		return r;
	r = supervisor_run(image, supervisor_options, ret_status, diag);
	finished = explain_finish(supervisor_options->explain, &later);
	explain_free(supervisor_options->explain);
	if (r == 0 && finished < 0)
		return diag_set(diag, finished, "%s",
				later.text ? later.text : "out of memory");
	return r;
}

static enum log_choice log_choice(const struct options *options)
{
	if (!options->log_to)
		return LOG_TO_USUAL;
	return strcmp(options->log_to, "file") == 0 ? LOG_TO_FILE
						    : LOG_TO_JOURNAL;
}

static int
run_verified(struct verified_image *image, const struct target *target,
	     const struct verify_options *verify, struct superblock_loan *loan,
	     struct background *background, int *ret_status, struct diag *diag)
{
	const struct options *options = target->options;
	struct supervisor_options supervisor_options = {
		.image_path = target->path,
		.name = target->name,
		.target = target,
		.listens = target->listens,
		.interface = target->interface,
		.gateways = target->gateways,
		.detach = options->detach || background->manager,
		.manager = background->manager,
		.downgrade = options->downgrade,
		.seal_limit = verify->seal_limit,
		.verity = verify->verity,
		.log_to = log_choice(options),
		.standard_input = options->interactive ? STDIN_FILENO : -1,
		.loan = loan,
		.unshared = options->unshared,
		.ready = leave_foreground,
		.context = background,
	};
	int r;

	r = words_apply(&image->config, options->arguments,
			options->interactive, diag);
	if (r < 0)
		return r;
	if (options->dry_run) {
		*ret_status = 0;
		return print_plan(image, target, diag);
	}
	if (options->explain)
		return run_explained(image, options, &supervisor_options,
				     ret_status, diag);
	return supervisor_run(image, &supervisor_options, ret_status, diag);
}

static int run(struct target *target, struct background *background,
	       int *ret_status, struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	CLEANUP_SUPERBLOCK_LOAN struct superblock_loan loan =
		SUPERBLOCK_LOAN_INIT;
	const struct options *options = target->options;
	bool alone = options->dry_run || options->unshared;
	struct verify_options verify;
	int r = verify_options(options, &verify, diag);

	if (r < 0)
		return r;
	if (alone || !borrow_image(target->path, &verify, &image, &loan))
		r = verify_image(target->path, &verify, &image, diag);
	if (r == 0)
		r = target_settle(target, &image.config, diag);
	return r < 0 ? r
		     : run_verified(&image, target, &verify, &loan, background,
				    ret_status, diag);
}

/* --- In the background ---------------------------------------------------- */

/* The child: a session of its own, no terminal, no directory kept busy. */
static int run_in_background(struct target *target, int report,
			     struct diag *diag)
{
	struct background background = { .report = report };
	CLEANUP_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int status;
	int r;

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return diag_errno(diag, -errno, "cannot open /dev/null");
	if (setsid() < 0 || chdir("/") < 0)
		return diag_errno(diag, -errno, "cannot go to the background");
	r = run(target, &background, &status, diag);
	close_fd(&background.report);
	return r;
}

/* Wait until the jail is ready or the child, which then told why, has ended. */
static int wait_for_background(int report, pid_t child, int *ret_status,
			       struct diag *diag)
{
	ssize_t got;
	char byte;
	int status;

	do
		got = read(report, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1) {
		*ret_status = 0;
		return 0;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return diag_errno(diag, -errno, "cannot wait");
	if (WIFEXITED(status) && WEXITSTATUS(status)) {
		*ret_status = WEXITSTATUS(status);
		return 0;
	}
	return diag_set(diag, -ECHILD, "the supervisor was killed");
}

static int run_detached(struct target *target, int *ret_status,
			struct diag *diag)
{
	CLEANUP_CLOSE int read_end = -1;
	int ends[2];
	pid_t child;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return diag_errno(diag, -errno, "cannot make a pipe");
	read_end = ends[0];
	child = fork();
	if (child < 0) {
		close_fd(&ends[1]);
		return diag_errno(diag, -errno, "cannot fork");
	}
	if (child == 0) {
		close_fd(&read_end);
		r = run_in_background(target, ends[1], diag);
		if (r < 0)
			diag_print(diag, "jailmount");
		_exit(r < 0 ? generation_exit_status(r) : 0);
	}
	close_fd(&ends[1]);
	return wait_for_background(read_end, child, ret_status, diag);
}

/* What comes from a registry is fetched while somebody looks. */
int action_run(const struct options *options, int *ret_status,
	       struct diag *diag)
{
	CLEANUP_SD_NOTIFY struct sd_notify manager = SD_NOTIFY_INIT;
	CLEANUP_TARGET struct target target = TARGET_INIT;
	struct background background = { .report = -1 };
	/* What it hands over has numbers that are not ours to give. */
	int r = sd_notify_open(&manager, diag);

	if (r == 0)
		r = target_find(options, &target, diag);
	if (r < 0)
		return r;
	if (options->detach && !options->dry_run)
		return run_detached(&target, ret_status, diag);
	if (manager.fd >= 0)
		background.manager = &manager;
	return run(&target, &background, ret_status, diag);
}
