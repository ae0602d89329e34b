/* What --status tells of an update. */
#include "mount/clock.h"
#include "mount/json_values.h"
#include "mount/supervisor.h"

const char *update_state(const struct supervisor *supervisor)
{
	switch (supervisor->update.phase) {
	case UPDATE_VERIFYING:
	case UPDATE_STARTING:
		return "updating";
	case UPDATE_ROLLING_BACK:
		return "rolling back";
	case UPDATE_NONE:
	case UPDATE_TRIAL:
		break;
	}
	return NULL;
}

void update_add_status(const struct supervisor *supervisor, json_t *status)
{
	const struct update *update = &supervisor->update;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	if (update->phase == UPDATE_TRIAL) {
		root_hash_format(update->other->image->layout.root_hash, hash);
		json_object_set_new(
			status, "trial",
			json_pack("{s:o,s:s,s:s}", "until",
				  json_time(time_now() + update->until -
					    events_now()),
				  "previous_root_hash", hash,
				  "previous_version",
				  edition_version(update->other)));
	}
	if (update->told_time)
		json_object_set_new(status, "last_update",
				    json_pack("{s:o,s:o}", "time",
					      json_time(update->told_time),
					      "text",
					      json_printable(update->told)));
}
