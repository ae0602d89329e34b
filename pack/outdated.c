#include "pack/outdated.h"

#include "lib/debian_version.h"
#include "pack/apt.h"
#include "pack/debian_offers.h"
#include "pack/question.h"
#include "pack/string_list.h"

#include <errno.h>
#include <string.h>

/* What is offered in one suite. */
struct suite {
	const char *name;	  /* NULL: the host's sources; a bill owns it */
	struct string_list names; /* of packages to ask for */
	char *architecture;	  /* that goes without saying in the answer */
	struct apt_offers offers;
};

struct question {
	const struct outdated_options *options;
	struct outdated_image *images;
	size_t image_count;
	struct suite *suites;
	size_t suite_count;
};

static void question_done(struct question *question)
{
	for (size_t i = 0; i < question->image_count; i++) {
		bill_done(&question->images[i].bill);
		free(question->images[i].packages);
	}
	for (size_t i = 0; i < question->suite_count; i++) {
		string_list_done(&question->suites[i].names);
		free(question->suites[i].architecture);
		apt_offers_done(&question->suites[i].offers);
	}
	free(question->images);
	free(question->suites);
}

/* --- What is asked --- */

static bool same_suite(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct suite *find_suite(struct question *question, const char *name)
{
	for (size_t i = 0; i < question->suite_count; i++) {
		if (same_suite(question->suites[i].name, name))
			return &question->suites[i];
	}
	if (array_grow(&question->suites, question->suite_count,
		       sizeof(*question->suites)) < 0)
		return NULL;
	question->suites[question->suite_count] =
		(struct suite){ .name = name };
	return &question->suites[question->suite_count++];
}

/* NAME, or NAME:ARCHITECTURE where there is one. */
static char *full_name(const struct bill_package *package)
{
	char *name;

	if (!*package->architecture ||
	    strcmp(package->architecture, "all") == 0)
		return strdup(package->name);
	return asprintf(&name, "%s:%s", package->name, package->architecture) <
			       0
		       ? NULL
		       : name;
}

/* Names of no package of Debian's are not asked for: they are not offered. */
static int ask_for(struct question *question,
		   const struct bill_package *package)
{
	const char *suite_name = package->suite;
	CLEANUP_FREE char *name = full_name(package);
	struct suite *suite;

	if (!name)
		return -ENOMEM;
	if (strchr(package->name, ':') || strchr(name, '=') ||
	    apt_check_name(name, NULL) < 0 ||
	    (suite_name && apt_check_suite(suite_name, NULL) < 0))
		return 0;
	suite = find_suite(question, suite_name);
	return suite ? string_list_take(&suite->names, steal_ptr(&name))
		     : -ENOMEM;
}

static int compare_packages(const void *a, const void *b)
{
	const struct outdated_package *x = a, *y = b;
	int order = strcmp(x->package->name, y->package->name);

	return order ? order
		     : strcmp(x->package->architecture,
			      y->package->architecture);
}

static int read_image(struct question *question, const char *path,
		      struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	struct outdated_image *image = &question->images[question->image_count];
	int r = subject_open(path, false, &subject, diag);

	if (r == 0)
		r = subject_bill(&subject, &image->bill, diag);
	if (r < 0)
		return r;
	question->image_count++;
	image->name = path;
	image->packages =
		calloc(image->bill.package_count + 1, sizeof(*image->packages));
	if (!image->packages)
		return diag_oom(diag);
	for (size_t i = 0; i < image->bill.package_count; i++) {
		const struct bill_package *package = &image->bill.packages[i];

		if (!*package->version)
			continue;
		image->packages[image->package_count++].package = package;
		if (ask_for(question, package) < 0)
			return diag_oom(diag);
	}
	if (image->package_count)
		qsort(image->packages, image->package_count,
		      sizeof(*image->packages), compare_packages);
	return 0;
}

static int get_offers(const struct question *question, struct suite *suite,
		      struct diag *diag)
{
	const struct outdated_options *options = question->options;
	const struct debian_options debian = {
		.suite = suite->name,
		.cache = options->cache,
		.names = suite->names.strings,
		.refresh = options->refresh,
		.progress = options->progress,
		.warn = options->warn,
		.context = options->context,
	};

	return suite->names.count ? debian_offers(&debian, &suite->offers,
						  &suite->architecture, diag)
				  : 0;
}

/* --- What comes of it --- */

enum outdated_status outdated_status(const struct bill_package *package,
				     const struct apt_offer *offer)
{
	const char *version = package->version;

	if (!offer || !offer->candidate)
		return PACKAGE_GONE;
	if (debian_version_compare(version, offer->candidate) >= 0)
		return PACKAGE_CURRENT;
	/* A later version that has the fix too may come from elsewhere. */
	for (size_t i = 0; i < offer->version_count; i++) {
		const struct apt_version *known = &offer->versions[i];

		if (known->security &&
		    debian_version_compare(version, known->version) < 0 &&
		    debian_version_compare(known->version, offer->candidate) <=
			    0)
			return PACKAGE_SECURITY;
	}
	return PACKAGE_NEWER;
}

bool outdated_is_foreign(const struct outdated_image *image)
{
	bool any = false;

	/* Packages for all architectures are offered to others as well. */
	for (size_t i = 0; i < image->package_count; i++) {
		const struct outdated_package *package = &image->packages[i];

		if (strcmp(package->package->architecture, "all") == 0)
			continue;
		if (package->status != PACKAGE_GONE)
			return false;
		any = true;
	}
	return any || (image->package_count &&
		       image->counts[PACKAGE_GONE] == image->package_count);
}

/* apt leaves the host's own architecture out of a name. */
static int find_offer(struct question *question,
		      const struct bill_package *package,
		      const struct apt_offer **ret_offer)
{
	struct suite *suite = find_suite(question, package->suite);
	CLEANUP_FREE char *name = full_name(package);

	if (!suite || !name)
		return -ENOMEM;
	*ret_offer = NULL;
	if (!suite->architecture)
		return 0;
	if (strcmp(package->architecture, suite->architecture) == 0)
		*ret_offer = apt_offers_find(&suite->offers, package->name);
	else
		*ret_offer = apt_offers_find(&suite->offers, name);
	return 0;
}

static int judge(struct question *question, struct outdated_image *image)
{
	for (size_t i = 0; i < image->package_count; i++) {
		struct outdated_package *package = &image->packages[i];
		int r = find_offer(question, package->package, &package->offer);

		if (r < 0)
			return r;
		package->status =
			outdated_status(package->package, package->offer);
		image->counts[package->status]++;
	}
	return 0;
}

static enum outdated_verdict verdict(const struct question *question)
{
	enum outdated_verdict verdict = OUTDATED_NOTHING;

	for (size_t i = 0; i < question->image_count; i++) {
		const struct outdated_image *image = &question->images[i];

		if (outdated_is_foreign(image))
			return OUTDATED_UNKNOWN;
		if (image->counts[PACKAGE_CURRENT] < image->package_count)
			verdict = OUTDATED_SOMETHING;
	}
	return verdict;
}

int outdated_answer(char *const *images, const struct outdated_options *options,
		    struct buf *text, enum outdated_verdict *ret_verdict,
		    struct diag *diag)
{
	CLEANUP(question_done)
	struct question question = { .options = options };
	int r = 0;

	question.images =
		calloc(strv_length(images) + 1, sizeof(*question.images));
	if (!question.images)
		return diag_oom(diag);
	for (; r == 0 && *images; images++)
		r = read_image(&question, *images, diag);
	for (size_t i = 0; r == 0 && i < question.suite_count; i++)
		r = get_offers(&question, &question.suites[i], diag);
	if (r < 0)
		return r;
	for (size_t i = 0; i < question.image_count; i++)
		if (judge(&question, &question.images[i]) < 0)
			return diag_oom(diag);
	*ret_verdict = verdict(&question);
	if (options->json)
		return outdated_show_json(question.images, question.image_count,
					  text, diag);
	for (size_t i = 0; i < question.image_count; i++)
		outdated_show(&question.images[i], text);
	return 0;
}
