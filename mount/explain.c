#include "mount/explain_look.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/fdio.h"
#include "mount/explain_powers.h"

/* --- Beginning and end ---------------------------------------------------- */

static int read_bill(const struct verified_image *image, struct bill *ret_bill,
		     struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int r = image_read_bill(image->fd, &image->layout, &json, diag);

	return r < 0 ? r : bill_read(json.data, json.length, ret_bill, diag);
}

int explain_new(const struct verified_image *image,
		const struct explain_options *options,
		struct explain **ret_explain, struct diag *diag)
{
	struct explain *explain = calloc(1, sizeof(*explain));
	int r;

	if (!explain)
		return diag_oom(diag);
	explain->config = &image->config;
	explain->options = *options;
	r = seccomp_judge(&image->config, explain->verdicts, diag);
	if (r == 0)
		r = read_bill(image, &explain->bill, diag);
	if (r == 0)
		r = explain_sources_open(options->sources, &explain->sources,
					 diag);
	if (r < 0) {
		explain_free(explain);
		return r;
	}
	*ret_explain = explain;
	return 0;
}

void explain_free(struct explain *explain)
{
	if (!explain)
		return;
	explain_list_done(&explain->list);
	explain_sources_done(&explain->sources);
	bill_done(&explain->bill);
	free(explain);
}

static int write_list(const char *path, const struct buf *text,
		      struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	int r = output_begin(&output, path, diag);

	if (r < 0)
		return r;
	r = write_all(output.fd, text->data, text->length);
	if (r < 0)
		return diag_errno(diag, r, "cannot write %s", path);
	return output_commit(&output, 0600, diag);
}

int explain_finish(struct explain *explain, struct diag *diag)
{
	const struct explain_options *options = &explain->options;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = options->json ? explain_list_print_json(&explain->list,
							options->usual, &text)
			      : explain_list_print(&explain->list,
						   options->usual, &text);

	if (r < 0)
		return diag_oom(diag);
	if (options->output)
		return write_list(options->output, &text, diag);
	r = write_all(STDERR_FILENO, text.data, text.length);
	return r < 0 ? diag_errno(diag, r, "cannot write what was missing") : 0;
}

/* --- Noting down ---------------------------------------------------------- */

/* A copy, or NULL for nothing; false when memory runs out. */
static bool copy_text(const char *text, char **ret_copy)
{
	if (!text || !*text)
		return true;
	*ret_copy = strdup(text);
	return *ret_copy;
}

int explain_note(struct explain *explain, const char *call, const char *command,
		 const struct finding_text *text, struct buf *told)
{
	struct explain_finding finding = { .kind = text->kind,
					   .usual = text->usual,
					   .packed = text->packed };
	int r;

	if (!copy_text(text->subject, &finding.subject) ||
	    !copy_text(call, &finding.call) ||
	    !copy_text(*command ? command : "?", &finding.command) ||
	    !copy_text(text->line, &finding.line) ||
	    !copy_text(text->note, &finding.note) ||
	    !copy_text(text->origin, &finding.origin) ||
	    !copy_text(text->package, &finding.package) ||
	    !copy_text(text->directory, &finding.directory)) {
		explain_finding_done(&finding);
		return -ENOMEM;
	}
	r = explain_list_add(&explain->list, &finding);
	if (r == 1 && (!text->usual || explain->options.usual)) {
		const struct explain_list *list = &explain->list;

		explain_finding_print(&list->findings[list->count - 1], told);
		buf_putc(told, '\n');
	}
	return r < 0 ? r : 0;
}

int explain_note_look(const struct look *look, const struct finding_text *text)
{
	char command[17];

	caller_command(look->caller, command, sizeof(command));
	return explain_note(look->explain, look->call->name, command, text,
			    look->told);
}

/* --- Powers --------------------------------------------------------------- */

static void number_in_jail(const uint32_t from[3], uint32_t base,
			   uint32_t ret_ids[3])
{
	for (int i = 0; i < 3; i++)
		ret_ids[i] = from[i] - base;
}

static int look_at_power(const struct look *look)
{
	const struct caller *caller = look->caller;
	struct caller_powers powers;
	struct explain_ids ids;
	char line[64];
	struct finding_text text = { .kind = EXPLAIN_IS_REFUSED,
				     .subject = look->call->name,
				     .line = line };
	int capability;

	if (caller_read_powers(caller, &powers) < 0 ||
	    !caller_waits(look->notify_fd, caller))
		return 0;
	number_in_jail(powers.uids, look->view->range_base, ids.uids);
	number_in_jail(powers.gids, look->view->range_base, ids.gids);
	ids.capabilities = powers.capabilities;
	capability = explain_power_missing((uint32_t)caller->number,
					   caller->arguments, &ids);
	/* One that the recipe allows was given up by the program itself. */
	if (capability < 0 ||
	    look->explain->config->capabilities >> capability & 1)
		return 0;
	/* "CAP_SETUID" */
	(void)snprintf(line, sizeof(line), "allow capability %s",
		       capability_name(capability) + strlen("CAP_"));
	for (char *c = line + strlen("allow capability "); *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return explain_note_look(look, &text);
}

/* What the filter refuses. */
static int note_refusal(const struct look *look, const char *name)
{
	bool chroots = look->caller->number == SYS_chroot;
	char line[64] = "allow capability sys_chroot", command[17];
	const struct finding_text text = {
		.kind = EXPLAIN_IS_REFUSED,
		.subject = name,
		.line = line,
		.note = chroots ? NULL
				: "refused for a reason: docs/security.md",
	};

	if (!chroots)
		(void)snprintf(line, sizeof(line), "allow syscall %s", name);
	caller_command(look->caller, command, sizeof(command));
	return explain_note(look->explain, name, command, &text, look->told);
}

/* --- A call --------------------------------------------------------------- */

static int look_at_row(struct look *look)
{
	switch (look->call->act) {
	case EXPLAIN_CONNECT:
	case EXPLAIN_BIND:
		return explain_look_at_socket(look);
	case EXPLAIN_POWER:
		return look_at_power(look);
	default:
		return explain_look_at_text(look);
	}
}

/* What cannot be noted down for want of memory is not explained. */
static void look_at_call(struct look *look)
{
	uint32_t number = (uint32_t)look->caller->number;
	const struct explain_call *call = explain_call_find(number);
	const struct explain_call *end = explain_calls + explain_call_count;

	for (; call && call < end && call->number == number; call++) {
		look->call = call;
		(void)!look_at_row(look);
	}
}

int explain_call(struct explain *explain, const struct explain_view *view,
		 int notify_fd, struct caller *caller, struct buf *told)
{
	struct look look = {
		.explain = explain,
		.view = view,
		.caller = caller,
		.notify_fd = notify_fd,
		.told = told,
	};
	enum seccomp_verdict verdict = SECCOMP_UNKNOWN;
	const char *name = seccomp_name((uint32_t)caller->number);

	if (caller->number >= 0 && caller->number < SECCOMP_NUMBERS)
		verdict = explain->verdicts[caller->number];
	switch (verdict) {
	case SECCOMP_CUSTODY:
		look_at_call(&look);
		return 0;
	case SECCOMP_ALLOW:
	case SECCOMP_WATCH:
	/* What the filter looked at in these does not change any more. */
	case SECCOMP_CHECK_MODE:
	case SECCOMP_CHECK_MODE_AT:
	case SECCOMP_CHECK_OPEN:
	case SECCOMP_CHECK_OPEN_AT:
		look_at_call(&look);
		return caller_continue(notify_fd, caller);
	/* Of these the filter puts to us what it refuses. */
	case SECCOMP_CHECK_CLONE:
	case SECCOMP_CHECK_UNSHARE:
	case SECCOMP_CHECK_SOCKET:
	case SECCOMP_CHECK_IOCTL:
	case SECCOMP_CHECK_SHMAT:
		return caller_finish(notify_fd, caller,
				     seccomp_refusal((uint32_t)caller->number));
	case SECCOMP_REFUSE:
	case SECCOMP_QUIET:
	case SECCOMP_CHROOT:
		if (name && caller_waits(notify_fd, caller))
			(void)!note_refusal(&look, name);
		return caller_finish(notify_fd, caller, -EPERM);
	default:
		return caller_finish(notify_fd, caller, -ENOSYS);
	}
}
