#include "pack/debian_offers.h"

#include "pack/debian_request.h"
#include "pack/debian_update.h"

#include <errno.h>

enum { NAMES_AT_ONCE = 500 };

/* As many names at a time as a command line is sure to take. */
static int ask(const struct debian_request *request, struct apt_offers *offers,
	       struct diag *diag)
{
	size_t count = strv_length(request->names);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i += NAMES_AT_ONCE) {
		char *names[NAMES_AT_ONCE + 1] = { NULL };
		CLEANUP_BUF struct buf output = BUF_INIT;

		for (size_t j = 0; j < NAMES_AT_ONCE && i + j < count; j++)
			names[j] = request->names[i + j];
		r = apt_policy(&request->apt, names, &output, diag);
		if (r == 0 && output.length &&
		    apt_policy_parse(output.data, offers) < 0)
			r = diag_oom(diag);
	}
	return r;
}

static int look(struct debian_request *request, struct apt_offers *offers,
		char **ret_architecture, struct diag *diag)
{
	int r = debian_cache_lock(&request->cache, request->options->progress,
				  request->options->context, diag);

	if (r < 0)
		return r;
	request->apt.lock = request->cache.lock;
	r = apt_host_ask(&request->host, diag);
	if (r == 0)
		r = apt_prepare(&request->apt, &request->host, diag);
	if (r == 0)
		r = debian_need_lists(request, diag);
	if (r == 0)
		r = ask(request, offers, diag);
	return r < 0 ? r
		     : apt_architecture(&request->apt, ret_architecture, diag);
}

int debian_offers(const struct debian_options *options,
		  struct apt_offers *ret_offers, char **ret_architecture,
		  struct diag *diag)
{
	CLEANUP_DEBIAN_REQUEST struct debian_request request = {
		.cache = DEBIAN_CACHE_INIT,
	};
	CLEANUP_APT_OFFERS struct apt_offers offers = { 0 };
	int r = debian_request_init(&request, options, diag);

	if (r == 0)
		r = look(&request, &offers, ret_architecture, diag);
	if (r < 0)
		return diag_wrap(diag, r, "Debian%s%s",
				 options->suite ? " " : "",
				 options->suite ? options->suite : "");
	apt_offers_sort(&offers);
	*ret_offers = offers;
	offers = (struct apt_offers){ 0 };
	return 0;
}
