#include "mount/words.h"

#include <errno.h>

/* Words and a standard input are meant for the one program there is. */
static int check_services(const struct config *config, bool interactive,
			  struct diag *diag)
{
	if (config->service_count == 0 ||
	    (config->service_count == 1 && !config->services[0].per_connection))
		return 0;
	diag_set(diag, -EINVAL,
		 "%s does not go with an image that has several services, or "
		 "one "
		 "for each connection: which is meant?",
		 interactive ? "-i" : "\"--\"");
	diag_hint(diag, "--exec runs another program in the jail");
	return -EINVAL;
}

static int replace_arguments(struct config *config, char *const *words,
			     struct diag *diag)
{
	char **replaced = NULL;
	int r = strv_append(&replaced, config->arguments[0]);

	for (; r == 0 && *words; words++)
		r = strv_append(&replaced, *words);
	if (r < 0) {
		strv_free(replaced);
		return diag_oom(diag);
	}
	strv_free(config->arguments);
	config->arguments = replaced;
	return 0;
}

int words_apply(struct config *config, char *const *words, bool interactive,
		struct diag *diag)
{
	int r = 0;

	if (words || interactive)
		r = check_services(config, interactive, diag);
	if (r == 0 && words)
		r = replace_arguments(config, words, diag);
	return r;
}
