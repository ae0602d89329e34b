/* Facts that are no paths: ports, peers, ids, and why capabilities are needed.
 */
#include "pack/trace_facts_internal.h"
#include "pack/trace_powers.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

/* --- The network --- */

static int note_port(struct trace_facts *facts, const struct trace_event *event)
{
	const struct trace_address *address = &event->address;
	bool listens = event->call->kind == TRACE_LISTEN;

	/* Without a port the kernel will choose one. */
	if (address->port == 0 && !listens)
		return 0;
	for (size_t i = 0; i < facts->port_count; i++) {
		struct trace_port *port = &facts->ports[i];

		if (port->port == address->port &&
		    port->udp == address->datagram) {
			port->listened |= listens;
			port->bound |= !listens;
			return 0;
		}
	}
	if (facts->port_count >= TRACE_OTHERS_MAX) {
		facts->overflow = true;
		return 0;
	}
	if (array_grow(&facts->ports, facts->port_count,
		       sizeof(*facts->ports)) < 0)
		return -ENOMEM;
	facts->ports[facts->port_count++] = (struct trace_port){
		.port = address->port,
		.udp = address->datagram,
		.bound = !listens,
		.listened = listens,
	};
	return 0;
}

static int note_peer(struct trace_facts *facts, const struct trace_event *event)
{
	const struct trace_address *address = &event->address;
	char *copy;

	/* Without a port only the route is asked for. */
	if (address->port == 0)
		return 0;
	for (size_t i = 0; i < facts->peer_count; i++) {
		const struct trace_peer *peer = &facts->peers[i];

		if (peer->port == address->port &&
		    peer->udp == address->datagram &&
		    strcmp(peer->address, address->text) == 0)
			return 0;
	}
	if (facts->peer_count >= TRACE_OTHERS_MAX) {
		facts->overflow = true;
		return 0;
	}
	copy = strdup(address->text);
	if (!copy || array_grow(&facts->peers, facts->peer_count,
				sizeof(*facts->peers)) < 0) {
		free(copy);
		return -ENOMEM;
	}
	facts->peers[facts->peer_count++] = (struct trace_peer){
		.address = copy,
		.port = address->port,
		.udp = address->datagram,
		.loopback = address->loopback,
		.ipv6 = address->family == TRACE_IPV6,
	};
	return 0;
}

int facts_note_address(struct trace_facts *facts,
		       const struct trace_event *event)
{
	return event->call->kind == TRACE_CONNECT ? note_peer(facts, event)
						  : note_port(facts, event);
}

/* --- Identities --- */

static int note_id(struct trace_facts *facts, const struct trace_id *id)
{
	if (id->id == UINT32_MAX)
		return 0;
	for (size_t i = 0; i < facts->id_count; i++) {
		struct trace_id *known = &facts->ids[i];

		if (known->id == id->id && known->group == id->group &&
		    known->supplementary == id->supplementary &&
		    known->user == id->user) {
			if (known->owner && !id->owner) {
				known->owner = false;
				known->call = id->call;
			}
			return 0;
		}
	}
	if (facts->id_count >= TRACE_OTHERS_MAX) {
		facts->overflow = true;
		return 0;
	}
	if (array_grow(&facts->ids, facts->id_count, sizeof(*facts->ids)) < 0)
		return -ENOMEM;
	facts->ids[facts->id_count++] = *id;
	return 0;
}

int facts_note_ids(struct trace_facts *facts, const struct trace_event *event)
{
	bool owner = event->call->kind == TRACE_OWNER;
	int r = 0;

	for (size_t i = 0; r == 0 && i < event->id_count; i++) {
		const struct trace_id id = {
			.id = event->ids[i],
			.group = event->call->kind == TRACE_GROUP ||
				 (owner && i == 1),
			.owner = owner,
			.call = event->call->name,
		};

		r = note_id(facts, &id);
	}
	for (size_t i = 0; r == 0 && i < event->group_count; i++) {
		const struct trace_id id = {
			.id = event->groups[i],
			.group = true,
			.supplementary = true,
			.call = event->call->name,
		};

		r = note_id(facts, &id);
	}
	return r;
}

/* Whose it is that a capability overrides the rights of; UINT32_MAX: it is not
 * about that. */
static uint32_t overridden(int number, const struct trace_event *event)
{
	const struct trace_seen *seen = &event->seen[0];

	switch (number) {
	case CAP_DAC_OVERRIDE:
	case CAP_DAC_READ_SEARCH:
	case CAP_FOWNER:
		break;
	default:
		return UINT32_MAX;
	}
	if (seen->passing >> number & 1)
		return seen->passing_uid;
	switch (event->call->kind) {
	case TRACE_MAKE:
	case TRACE_REMOVE:
	case TRACE_RENAME:
	case TRACE_BIND:
		return seen->parent_uid;
	case TRACE_OPEN:
		return trace_makes_anew(event) ? seen->parent_uid : seen->uid;
	case TRACE_LINK:
		return UINT32_MAX;
	default:
		return seen->uid;
	}
}

static int note_power(struct trace_facts *facts, int number,
		      const struct trace_event *event)
{
	struct trace_power *power = &facts->powers[number];
	struct trace_evidence evidence = {
		.call = event->call->name,
		.owner = overridden(number, event),
	};
	const char *path = event->seen[0].path;

	for (size_t i = 0; i < power->count; i++) {
		if (power->evidence[i].call == evidence.call &&
		    power->evidence[i].owner == evidence.owner)
			return 0;
	}
	if (power->count >= TRACE_EVIDENCE_MAX)
		return 0;
	evidence.path = path[0] ? strdup(path) : NULL;
	if (path[0] && !evidence.path)
		return -ENOMEM;
	power->evidence[power->count++] = evidence;
	return 0;
}

int facts_note_powers(struct trace_facts *facts,
		      const struct trace_event *event)
{
	uint64_t powers = trace_powers(event);
	int r = 0;

	for (int i = 0; r == 0 && powers; i++, powers >>= 1) {
		if (powers & 1)
			r = note_power(facts, i, event);
	}
	return r;
}
