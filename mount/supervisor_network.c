#include "mount/supervisor_network.h"

#include "mount/packet_counts.h"
#include "mount/supervisor.h"

#include <inttypes.h>
#include <string.h>

/* By an id of the jail's, if the sender is known. */
static void packet_refused(void *context, const struct refused_packet *packet,
			   int64_t uid)
{
	struct supervisor *supervisor = context;
	/* Whoever is in there has an id of one of the jail's ranges. */
	int64_t inside = uid - STATE_RANGE_BASE;
	char text[REFUSED_PACKET_TEXT], by[32] = "";

	refused_packet_format(packet, text);
	if (inside >= 0)
		(void)snprintf(by, sizeof(by), " by user %" PRId64,
			       inside % STATE_RANGE_LENGTH);
	/* Whose it is cannot be seen: all generations are in there. */
	if (supervisor->current)
		alarm_raise(supervisor, supervisor->current, ALARM_CONNECT,
			    "refused: %s%s", text, by);
	else
		log_event(&supervisor->sink, 0, "alarm: refused: %s%s", text,
			  by);
}

int supervisor_open_network(struct supervisor *supervisor, struct diag *diag)
{
	const struct supervisor_options *options = supervisor->options;
	const struct config *config = &supervisor->image->config;
	const struct network_wishes wishes = {
		.jail = options->name,
		.slot = (supervisor->state.range.base - STATE_RANGE_BASE) /
			STATE_RANGE_LENGTH,
		.addresses = config->addresses,
		.interface = options->interface,
		.gateways = options->gateways,
		.directory = supervisor->state.directory_fd,
	};
	int r;

	if (config->network != CONFIG_NETWORK_OWN)
		return 0;
	r = network_open(&wishes, &supervisor->edition->listens,
			 &supervisor->edition->peers, &supervisor->network,
			 diag);
	if (r < 0)
		return r;
	supervisor->packets.refused = packet_refused;
	supervisor->packets.context = supervisor;
	return packet_watch_begin(&supervisor->packets,
				  &supervisor->network.space,
				  &supervisor->events, diag);
}

void supervisor_tell_network(struct supervisor *supervisor)
{
	char *notes = supervisor->network.notes.data, *rest = NULL;

	for (char *line = notes ? strtok_r(notes, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		log_event(&supervisor->sink, 0, "%s", line);
}

void supervisor_close_network(struct supervisor *supervisor)
{
	packet_watch_end(&supervisor->packets);
	network_close(&supervisor->network);
}

/* What cannot be read is not told. */
static json_t *counts_json(const struct network *network)
{
	struct links filter = network->filter;
	struct packet_counts counts;

	if (packet_counts_read(&filter, &counts) < 0)
		return json_null();
	return json_pack("{s:I,s:I}", "in", (json_int_t)counts.in, "out",
			 (json_int_t)counts.out);
}

json_t *supervisor_network_json(const struct supervisor *supervisor)
{
	const struct network *network = &supervisor->network;
	char **addresses = supervisor->image->config.addresses;
	json_t *list;

	if (network->space.fd < 0)
		return NULL;
	list = json_array();
	for (; addresses && *addresses; addresses++)
		json_array_append_new(list, json_string(*addresses));
	return json_pack("{s:o,s:s?,s:s?,s:o}", "addresses", list, "interface",
			 network->layout.interface, "end",
			 network->end ? network->layout.name : NULL,
			 "refused_packets", counts_json(network));
}
