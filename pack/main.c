#include "lib/fdio.h"
#include "lib/progress.h"
#include "lib/reference.h"
#include "pack/check.h"
#include "pack/export.h"
#include "pack/extract.h"
#include "pack/from_unit.h"
#include "pack/options.h"
#include "pack/outdated.h"
#include "pack/packer.h"
#include "pack/question.h"
#include "pack/registry_answers.h"
#include "pack/sign.h"
#include "pack/source_date.h"
#include "pack/trace.h"

#include <errno.h>
#include <string.h>

#define PROGRAM "jailpack"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* Of questions that have an answer of yes or no. */
enum { STATUS_DIFFERENT = 1, STATUS_TROUBLE = 2 };

static void warn(void *context UNUSED, const char *text)
{
	(void)fprintf(stderr, PROGRAM ": warning: %s\n", text);
}

static int print(const struct buf *text, struct diag *diag)
{
	int r = buf_check(text) < 0
			? -ENOMEM
			: write_all(STDOUT_FILENO, text->data, text->length);

	return r < 0 ? diag_errno(diag, r, "cannot write the answer") : 0;
}

static int pack(const struct packer *packer, struct diag *diag)
{
	const struct options *options = packer->options;

	for (size_t i = 0; i < options->word_count; i++) {
		CLEANUP_BUF struct buf text = BUF_INIT;
		int r = packer_run(packer, options->words[i], &text, diag);

		if (r == 0)
			r = print(&text, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int sbom(const struct subject *subject, struct buf *text,
		struct diag *diag)
{
	uint32_t time;
	bool dated;
	int r = source_date(&time, &dated, diag);

	return r < 0 ? r
		     : sbom_answer(subject, dated ? &time : NULL, text, diag);
}

static int extract(const struct options *options, const struct subject *subject,
		   struct buf *text, struct diag *diag)
{
	const struct extract_options how = {
		.directory = options->words[1],
		.paths = options->words + 2,
		.privileges = options->privileges,
		.json = options->json,
	};

	return extract_image(subject, &how, text, diag);
}

static int answer(const struct options *options, struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	CLEANUP_PROGRESS struct progress progress;
	CLEANUP_BUF struct buf text = BUF_INIT;
	/* What is to become of it stands first, of --export. */
	const char *image = options->words[options->action == ACTION_EXPORT];
	int r;

	progress_begin(&progress, image);
	progress_tell(&progress, "hashing");
	r = subject_open(image, options->action == ACTION_VERIFY, &subject,
			 diag);
	if (r < 0)
		return r;
	progress_tell(&progress, "reading");
	switch (options->action) {
	case ACTION_LIST:
		r = list_answer(&subject, options->json, &text, diag);
		break;
	case ACTION_INSPECT:
		r = inspect_answer(&subject, options->json, &text, diag);
		break;
	case ACTION_WHY:
		r = why_answer(&subject, options->words[1], options->json,
			       &text, diag);
		break;
	case ACTION_CAT:
		progress_end(&progress);
		r = cat_answer(&subject, options->words[1], STDOUT_FILENO,
			       diag);
		break;
	case ACTION_SBOM:
		r = sbom(&subject, &text, diag);
		break;
	case ACTION_EXTRACT:
		progress_end(&progress);
		r = extract(options, &subject, &text, diag);
		break;
	case ACTION_EXPORT:
		progress_end(&progress);
		r = export_image(&subject, options->words[0], options->words[2],
				 &text, diag);
		break;
	case ACTION_REPORT:
		r = report_write(&subject, options->output, &text, diag);
		break;
	default:
		r = verify_answer(&subject, options->trust, options->json,
				  &text, diag);
		break;
	}
	progress_end(&progress);
	return r < 0 ? r : print(&text, diag);
}

/* 0, or that it failed, or that the score is above what was allowed. */
static int check(const struct options *options, struct packer *packer,
		 struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	const char *path = options->words[0];
	uint64_t score = 0;
	int r;

	if (subject_is_image(path)) {
		CLEANUP_PROGRESS struct progress progress;

		progress_begin(&progress, path);
		progress_tell(&progress, "checking");
		r = subject_open(path, false, &subject, diag);
		if (r == 0)
			r = check_image(&subject, options->json, &text, &score,
					diag);
	} else {
		r = packer_check(packer, path, &text, &score, diag);
	}
	if (r == 0)
		r = print(&text, diag);
	return r < 0 || score > options->fail_above ? STATUS_FAILED : 0;
}

/* As diff(1): 0 if they are the same, 1 if not, 2 if it failed. */
static int diff(const struct options *options, struct diag *diag)
{
	CLEANUP_SUBJECT struct subject old = SUBJECT_INIT;
	CLEANUP_SUBJECT struct subject new = SUBJECT_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_PROGRESS struct progress progress;
	bool different = false;
	int r;

	progress_begin(&progress, options->words[1]);
	progress_tell(&progress, "comparing");
	r = subject_open(options->words[0], false, &old, diag);
	if (r == 0)
		r = subject_open(options->words[1], false, &new, diag);
	if (r == 0)
		r = diff_answer(&old, &new, options->json, &text, &different,
				diag);
	progress_end(&progress);
	if (r == 0)
		r = print(&text, diag);
	return r < 0 ? STATUS_TROUBLE : different ? STATUS_DIFFERENT : 0;
}

static void outdated_progress(void *context, const char *text)
{
	progress_tell(context, "%s", text);
}

static void outdated_warn(void *context, const char *text)
{
	progress_hold(context);
	warn(NULL, text);
	progress_release(context);
}

/* 0 if nothing is outdated, 1 if something is, 2 if that cannot be said. */
static int outdated(const struct options *options, struct diag *diag)
{
	struct progress progress;
	const struct outdated_options how = {
		.cache = options->cache,
		.refresh = options->refresh,
		.json = options->json,
		.progress = outdated_progress,
		.warn = outdated_warn,
		.context = &progress,
	};
	CLEANUP_BUF struct buf text = BUF_INIT;
	enum outdated_verdict verdict = OUTDATED_UNKNOWN;
	int r;

	progress_begin(&progress, options->words[0]);
	r = outdated_answer(options->words, &how, &text, &verdict, diag);
	progress_end(&progress);
	if (r == 0)
		r = print(&text, diag);
	if (r < 0 || verdict == OUTDATED_UNKNOWN)
		return STATUS_TROUBLE;
	return verdict == OUTDATED_SOMETHING ? STATUS_DIFFERENT : 0;
}

/* A key that cannot be used is the operator's to change, as a usage is. */
static int sign(const struct options *options, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct signer *signer = NULL;
	int r = sign_open(options, &signer, diag);

	if (r < 0)
		return STATUS_USAGE;
	switch (options->action) {
	case ACTION_SIGN:
		r = sign_image(options, signer, &text, diag);
		break;
	case ACTION_ATTACH:
		r = sign_attach(options, &text, diag);
		break;
	default:
		r = sign_root_hash(options, &text, diag);
		break;
	}
	signer_close(signer);
	if (r == 0)
		r = print(&text, diag);
	return r < 0 ? STATUS_FAILED : 0;
}

static void registry_note(void *context, const char *text)
{
	progress_hold(context);
	warn(NULL, text);
	progress_release(context);
}

static int registry(const struct options *options, struct diag *diag)
{
	CLEANUP_PROGRESS struct progress progress;
	CLEANUP_BUF struct buf text = BUF_INIT;
	const struct registry_how how = {
		.registry = { .ca_file = options->ca_file,
			      .auth_file = options->auth_file,
			      .plain_http = options->plain_http,
			      .note = registry_note,
			      .context = &progress },
		.progress = &progress,
		.output = options->output,
		.base = options->base,
		.json = options->json,
	};
	char **words = options->words;
	int r;

	progress_begin(&progress, words[options->word_count - 1]);
	if (options->action == ACTION_INSPECT)
		r = inspect_reference_answer(words[0], &how, &text, diag);
	else if (options->action == ACTION_PUSH)
		r = push_answer(words[0], words[1], &how, &text, diag);
	else if (options->action == ACTION_PULL)
		r = pull_answer(words[0], &how, &text, diag);
	else
		r = tags_answer(words[0], &how, &text, diag);
	progress_end(&progress);
	if (r == 0)
		r = print(&text, diag);
	return r < 0 ? STATUS_FAILED : 0;
}

/* The status for a usage error is another than for a failure. */
static int run(const struct options *options, struct diag *diag)
{
	CLEANUP(packer_done) struct packer packer = { 0 };

	switch (options->action) {
	case ACTION_HELP:
		(void)fputs(options_help(), stdout);
		return 0;
	case ACTION_VERSION:
		(void)puts(PROGRAM " " JAIL_VERSION);
		return 0;
	case ACTION_PACK:
	case ACTION_CHECK:
	case ACTION_TRACE:
	case ACTION_FROM_UNIT:
		break;
	case ACTION_SIGN:
	case ACTION_ATTACH:
	case ACTION_ROOT_HASH:
		return sign(options, diag);
	case ACTION_DIFF:
		return diff(options, diag);
	case ACTION_OUTDATED:
		return outdated(options, diag);
	case ACTION_PUSH:
	case ACTION_PULL:
	case ACTION_TAGS:
		return registry(options, diag);
	case ACTION_INSPECT:
		return reference_is_meant(options->words[0]) &&
				       access(options->words[0], F_OK) < 0
			       ? registry(options, diag)
		       : answer(options, diag) < 0 ? STATUS_FAILED
						   : 0;
	default:
		return answer(options, diag) < 0 ? STATUS_FAILED : 0;
	}
	if (packer_init(&packer, options, diag) < 0)
		return STATUS_USAGE;
	packer.warn = warn;
	if (options->action == ACTION_CHECK)
		return check(options, &packer, diag);
	if (options->action == ACTION_TRACE)
		return trace(&packer, diag) < 0 ? STATUS_FAILED : 0;
	if (options->action == ACTION_FROM_UNIT)
		return from_unit(&packer, diag) < 0 ? STATUS_FAILED : 0;
	return pack(&packer, diag) < 0 ? STATUS_FAILED : 0;
}

int main(int argc, char **argv)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int status = options_parse(argc, argv, &options, &diag) < 0
			     ? STATUS_USAGE
			     : run(&options, &diag);

	if (status == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		status = STATUS_FAILED;
	if (diag.error)
		diag_print(&diag, PROGRAM);
	return status;
}
