#include "mount/status.h"

#include "mount/clock.h"
#include "mount/json_values.h"
#include "mount/supervisor.h"
#include "mount/supervisor_network.h"

#include <string.h>

static const char *state_of(const struct supervisor *supervisor)
{
	if (supervisor->stopping)
		return "stopping";
	if (update_state(supervisor))
		return update_state(supervisor);
	if (supervisor->restore.active)
		return "restoring";
	if (!supervisor->current &&
	    !connections_only(&supervisor->image->config))
		return "restarting";
	return supervisor->was_ready ? "ready" : "starting";
}

static json_t *address_json(const struct socket_address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	socket_address_format(address, text);
	return json_string(text);
}

/* The sockets that generations have of this mapping. */
static json_t *sockets_json(const struct custody *custody,
			    const struct listen_mapping *mapping)
{
	json_t *array = json_array();

	for (size_t i = 0; i < custody->socket_count; i++) {
		const struct custody_socket *socket = &custody->sockets[i];

		if (!listen_mapping_same(&socket->mapping, mapping) ||
		    (socket->generation == 0 && !socket->listening))
			continue;
		json_array_append_new(
			array,
			json_pack("{s:o,s:b,s:i}", "address",
				  address_json(&socket->address), "listening",
				  socket->listening || mapping->udp,
				  "generation", (int)socket->generation));
	}
	return array;
}

static json_t *listen_json(const struct supervisor *supervisor)
{
	json_t *array = json_array();

	for (size_t i = 0; i < supervisor->edition->listens.count; i++) {
		const struct listen_mapping *mapping =
			&supervisor->edition->listens.mappings[i];

		json_array_append_new(
			array,
			json_pack("{s:s,s:i,s:o,s:o}", "protocol",
				  mapping->udp ? "udp" : "tcp", "jail_port",
				  mapping->jail_port, "address",
				  address_json(&mapping->host), "sockets",
				  sockets_json(supervisor->custody, mapping)));
	}
	return array;
}

static json_t *refusals_json(const struct custody *custody)
{
	json_t *last = json_array();
	const struct custody_refusal *refusal;

	for (size_t i = 0; (refusal = custody_refusal(custody, i)); i++)
		json_array_append_new(
			last,
			json_pack("{s:o,s:i,s:s,s:o,s:i,s:o,s:i}", "time",
				  json_time(refusal->time), "generation",
				  (int)refusal->generation, "protocol",
				  refusal->type == SOCK_STREAM	? "tcp"
				  : refusal->type == SOCK_DGRAM ? "udp"
								: "other",
				  "address", address_json(&refusal->address),
				  "port", refusal->address.port, "command",
				  json_printable(refusal->command), "pid",
				  refusal->pid));
	return json_pack("{s:I,s:o}", "count",
			 (json_int_t)custody->refusal_count, "last", last);
}

static json_t *finishing_json(const struct supervisor *supervisor)
{
	json_t *array = json_array();

	for (const struct life *life = supervisor->old; life; life = life->next)
		json_array_append_new(array, json_integer(life->number));
	return array;
}

static void add_generation(json_t *status, const struct life *life)
{
	json_object_set_new(status, "generation", json_integer(life->number));
	json_object_set_new(status, "init",
			    json_integer(life->generation->init_pid));
	if (generation_cgroup(life->generation)->version2)
		json_object_set_new(
			status, "cgroup",
			json_printable(
				generation_cgroup(life->generation)->version2));
	json_object_set_new(status, "generation_started",
			    json_time(life->begun_time));
	json_object_set_new(status, "refused_calls",
			    witness_calls_json(&life->witness));
	if (life->services.events)
		json_object_set_new(status, "services",
				    services_json(&life->services));
	if (life->said)
		json_object_set_new(status, "says", json_string(life->said));
	if (life->ready_at)
		json_object_set_new(
			status, "ready_after_ms",
			json_milliseconds(life->ready_at - life->begun_at));
}

static const char *protection_word(enum protection protection)
{
	switch (protection) {
	case PROTECTION_SEALED:
		return "sealed";
	case PROTECTION_VERITY:
		return "verity";
	case PROTECTION_IN_PLACE:
		break;
	}
	return "in-place";
}

static void add_superblock(json_t *status, const struct superblock *superblock,
			   unsigned int lent)
{
	if (superblock->loop < 0)
		return;
	json_object_set_new(
		status, "superblock",
		json_pack("{s:s,s:b,s:i,s:b}", "device", superblock->path,
			  "borrowed", superblock->borrowed, "lent", (int)lent,
			  "tainted", superblock_is_tainted(superblock)));
	if (superblock->verity.fd >= 0)
		json_object_set_new(
			status, "verity",
			json_pack("{s:s,s:s,s:b}", "device",
				  superblock->verity.path, "name",
				  superblock->verity.name, "corrupted",
				  superblock_is_corrupted(superblock)));
}

static void add_restores(json_t *status, const struct restore *restore)
{
	json_object_set_new(status, "restores", json_integer(restore->count));
	if (!restore->count)
		return;
	json_object_set_new(status, "last_restore_ms",
			    restore_times_json(&restore->last));
}

static void add_watch(json_t *status, const struct supervisor *supervisor)
{
	const struct config *config = &supervisor->image->config;
	const struct health *health = &supervisor->health;

	json_object_set_new(status, "alarms", alarms_json(&supervisor->alarms));
	if (config->health.path && health->asked_time)
		json_object_set_new(status, "health",
				    json_pack("{s:b,s:i,s:o}", "well",
					      health->well, "failures",
					      (int)health->failures, "asked",
					      json_time(health->asked_time)));
	if (supervisor->renewal.clock.armed)
		json_object_set_new(status, "next_restore",
				    json_time(time_now() +
					      supervisor->renewal.due -
					      events_now()));
}

json_t *status_json(const struct supervisor *supervisor)
{
	const struct verified_image *image = supervisor->image;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	json_t *status;

	root_hash_format(image->layout.root_hash, hash);
	status = json_pack(
		"{s:s,s:s,s:s*,s:s,s:o,s:b,s:s,s:i,s:o,s:I,s:o,s:o,s:o}",
		"name", supervisor->options->name, "state",
		state_of(supervisor), "version", image->config.version,
		"root_hash", hash, "image",
		json_printable(supervisor->edition->image_path), "sealed",
		image->protection == PROTECTION_SEALED, "protection",
		protection_word(image->protection), "supervisor", (int)getpid(),
		"started", json_time(supervisor->begun_time), "range_base",
		(json_int_t)supervisor->state.range.base, "finishing",
		finishing_json(supervisor), "listen", listen_json(supervisor),
		"refused_binds", refusals_json(supervisor->custody));
	if (!status)
		return NULL;
	if (supervisor->current)
		add_generation(status, supervisor->current);
	if (supervisor->connections.ports)
		json_object_set_new(status, "connections",
				    connections_json(supervisor));
	add_superblock(status, supervisor->superblock, supervisor->lent);
	json_object_set_new(status, "signature", verdict_json(&image->verdict));
	add_restores(status, &supervisor->restore);
	update_add_status(supervisor, status);
	if (supervisor->quarantined)
		json_object_set_new(status, "quarantine",
				    quarantine_json(supervisor));
	add_watch(status, supervisor);
	if (supervisor->network.space.fd >= 0)
		json_object_set_new(status, "network",
				    supervisor_network_json(supervisor));
	if (supervisor->sink.path)
		json_object_set_new(status, "log",
				    json_printable(supervisor->sink.path));
	return status;
}
