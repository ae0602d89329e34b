#include "pack/debian_update.h"

#include <errno.h>

void debian_warn(const struct debian_request *request, const char *text)
{
	if (request->options->warn)
		request->options->warn(request->options->context, text);
}

int debian_read_lists(struct debian_request *request)
{
	debian_lists_done(&request->lists);
	return debian_lists_read(request->directory, &request->lists);
}

int debian_update_lists(struct debian_request *request, struct diag *diag)
{
	int r = apt_update(&request->apt, diag);

	if (r < 0 && request->options->suite)
		diag_hint(diag, "the sources asked are those in %s/sources.d",
			  request->directory);
	if (r == 0)
		r = debian_lists_write(request->directory, &request->host,
				       diag);
	if (r < 0)
		return r;
	r = debian_read_lists(request);
	return r < 0 ? diag_set(diag, r, "cannot read what was fetched") : 0;
}

int debian_need_lists(struct debian_request *request, struct diag *diag)
{
	CLEANUP_DIAG struct diag failure = DIAG_INIT;
	CLEANUP_FREE char *text = NULL;
	int r = debian_read_lists(request);
	bool have = r == 0;

	if (have && !request->options->refresh &&
	    debian_lists_are_fresh(&request->lists))
		return 0;
	r = debian_update_lists(
		request, have && !request->options->refresh ? &failure : diag);
	if (r == 0 || !have || request->options->refresh)
		return r;
	if (asprintf(&text, "%s: those fetched before are used",
		     failure.text ? failure.text : "no new package lists") >= 0)
		debian_warn(request, text);
	return 0;
}
