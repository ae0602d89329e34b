/* Which editions anything still comes from. */
#include "mount/supervisor.h"

static bool is_in_use(const struct supervisor *supervisor,
		      const struct edition *edition)
{
	const struct life_setting *setting = &edition->setting;
	const struct life *incoming = supervisor->restore.incoming;
	const struct life *current = supervisor->current;

	if (edition == supervisor->edition ||
	    edition == supervisor->update.other ||
	    (current && current->setting == setting) ||
	    (incoming && incoming->setting == setting))
		return true;
	for (const struct life *life = supervisor->old; life; life = life->next)
		if (life->setting == setting)
			return true;
	for (const struct life *life = supervisor->quarantined; life;
	     life = life->next)
		if (life->setting == setting)
			return true;
	return connections_use(supervisor, edition);
}

void supervisor_forget_editions(struct supervisor *supervisor)
{
	struct edition **link = &supervisor->editions;

	while (*link) {
		struct edition *edition = *link;

		if (is_in_use(supervisor, edition)) {
			link = &edition->next;
			continue;
		}
		*link = edition->next;
		connections_forget(supervisor, edition);
		edition_free(edition);
	}
}
