#include "mount/supervisor_version.h"

#include "mount/versions.h"

/* A disk that is full keeps no jail from serving. */
static void warn_of_version(struct supervisor *supervisor, const char *why)
{
	log_warning(&supervisor->sink, 0,
		    "an older version could run here next time: %s", why);
}

static int note_version(const struct supervisor *supervisor, struct diag *diag)
{
	return versions_note(VERSIONS_DIRECTORY, supervisor->options->name,
			     supervisor->image->config.version, diag);
}

static int note_in_child(void *context, struct buf *text)
{
	struct diag diag = DIAG_INIT;
	int r = note_version(context, &diag);

	if (diag.text)
		buf_puts(text, diag.text);
	return r;
}

static void noted(void *context, bool success)
{
	struct supervisor *supervisor = context;

	supervisor->is_noting = false;
	if (!success)
		warn_of_version(supervisor, supervisor->noting.text);
}

void supervisor_settle_version(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (!supervisor->is_noting)
		return;
	errand_cancel(&supervisor->noting);
	supervisor->is_noting = false;
	if (note_version(supervisor, &diag) < 0)
		warn_of_version(supervisor,
				diag.text ? diag.text : "out of memory");
}

void supervisor_note_version(struct supervisor *supervisor)
{
	if (versions_is_noted(VERSIONS_DIRECTORY, supervisor->options->name,
			      supervisor->image->config.version))
		return;
	supervisor->is_noting = true;
	supervisor->noting = ERRAND_INIT;
	supervisor->noting.events = &supervisor->events;
	supervisor->noting.work = note_in_child;
	supervisor->noting.over = noted;
	supervisor->noting.context = supervisor;
	if (errand_start(&supervisor->noting) < 0)
		supervisor_settle_version(supervisor);
}
