#include "pack/trace_facts.h"

#include "lib/path.h"
#include "pack/trace_powers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <search.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void free_fact(struct trace_fact *fact)
{
	free(fact->path);
	free(fact->place);
	free(fact);
}

static int compare_facts(const void *left, const void *right)
{
	return strcmp(((const struct trace_fact *)left)->path,
		      ((const struct trace_fact *)right)->path);
}

void trace_facts_done(struct trace_facts *facts)
{
	for (size_t i = 0; i < facts->path_count; i++) {
		(void)tdelete(facts->paths[i], &facts->index, compare_facts);
		free_fact(facts->paths[i]);
	}
	free(facts->paths);
	free(facts->ports);
	for (size_t i = 0; i < facts->peer_count; i++)
		free(facts->peers[i].address);
	free(facts->peers);
	free(facts->ids);
	for (size_t i = 0; i < TRACE_CAPABILITIES; i++)
		for (size_t k = 0; k < facts->powers[i].count; k++)
			free(facts->powers[i].evidence[k].path);
	*facts = TRACE_FACTS_INIT;
}

/* --- Paths --- */

static struct trace_fact *find(const struct trace_facts *facts,
			       const char *path)
{
	const struct trace_fact key = {
		.path = (char *)(uintptr_t)path,
	};
	struct trace_fact *const *found =
		tfind(&key, &facts->index, compare_facts);

	return found ? *found : NULL;
}

const struct trace_fact *trace_facts_find(const struct trace_facts *facts,
					  const char *path)
{
	return find(facts, path);
}

static struct trace_fact *fact_new(const struct trace_seen *seen,
				   const char *call)
{
	struct trace_fact *fact = calloc(1, sizeof(*fact));

	if (!fact)
		return NULL;
	*fact = (struct trace_fact){
		.path = strdup(seen->path),
		.place = strdup(seen->place[0] ? seen->place : seen->path),
		.existed = seen->exists,
		.mode = seen->mode,
		.uid = seen->uid,
		.gid = seen->gid,
		.size = seen->size,
		.major = seen->major,
		.minor = seen->minor,
		.call = call,
	};
	if (fact->path && fact->place)
		return fact;
	free_fact(fact);
	return NULL;
}

static int add_fact(struct trace_facts *facts, const struct trace_seen *seen,
		    const char *call, struct trace_fact **ret_fact)
{
	struct trace_fact *fact;

	if (array_grow(&facts->paths, facts->path_count,
		       sizeof(struct trace_fact *)) < 0)
		return -ENOMEM;
	fact = fact_new(seen, call);
	if (!fact)
		return -ENOMEM;
	if (!tsearch(fact, &facts->index, compare_facts)) {
		free_fact(fact);
		return -ENOMEM;
	}
	facts->paths[facts->path_count++] = fact;
	*ret_fact = fact;
	return 0;
}

static int note_seen(struct trace_facts *facts, const struct trace_seen *seen,
		     const char *call, unsigned int acts)
{
	struct trace_fact *fact;
	int r = 0;

	if (!seen->path[0])
		return 0;
	fact = find(facts, seen->path);
	if (!fact) {
		if (facts->path_count >= TRACE_PATHS_MAX) {
			facts->overflow = true;
			return 0;
		}
		r = add_fact(facts, seen, call, &fact);
	}
	/* What comes to be between two looks, other programs have made. */
	if (r == 0 && !fact->existed && seen->exists &&
	    !(fact->acts & (ACTS_WRITING & ~ACT_CHANGE))) {
		fact->existed = true;
		fact->mode = seen->mode;
		fact->uid = seen->uid;
		fact->gid = seen->gid;
		fact->size = seen->size;
		fact->major = seen->major;
		fact->minor = seen->minor;
	}
	if (r < 0)
		return r;
	fact->acts |= acts;
	if (acts & ACTS_WRITING && !fact->writer)
		fact->writer = call;
	return 0;
}

static int note_links(struct trace_facts *facts, const struct trace_seen *seen,
		      const char *call, unsigned int acts)
{
	int r = 0;

	/* On the way to nothing they do not matter. */
	if (!seen->exists && !(acts & ACTS_WRITING))
		return 0;
	for (size_t i = 0; r == 0 && i < seen->link_count; i++) {
		struct trace_seen link = { .exists = true, .mode = S_IFLNK };

		(void)snprintf(link.path, sizeof(link.path), "%s",
			       seen->links[i]);
		r = note_seen(facts, &link, call, ACT_PASS);
	}
	return r;
}

static unsigned int open_acts(const struct trace_event *event)
{
	const struct trace_seen *seen = &event->seen[0];
	int access = event->flags & O_ACCMODE;
	bool writes = access == O_WRONLY || access == O_RDWR ||
		      event->flags & O_TRUNC;

	if (event->flags & O_PATH)
		return ACT_LOOK;
	if ((event->flags & O_TMPFILE) == O_TMPFILE)
		return ACT_READ | ACT_CHANGE;
	if (!seen->exists)
		return event->flags & O_CREAT ? ACT_MAKE | ACT_WRITE : ACT_READ;
	if (!writes)
		return ACT_READ;
	/* Whoever would have made it does not need what is there. */
	if (event->flags & O_TRUNC ||
	    (access == O_WRONLY && event->flags & O_CREAT))
		return ACT_WRITE;
	return ACT_UPDATE;
}

static unsigned int acts_of(const struct trace_event *event)
{
	switch (event->call->kind) {
	case TRACE_OPEN:
		return open_acts(event);
	case TRACE_EXECUTE:
		return ACT_EXECUTE;
	case TRACE_ENTER:
	case TRACE_ROOT:
		return ACT_ENTER;
	case TRACE_MAKE:
	case TRACE_BIND:
		return ACT_MAKE;
	case TRACE_REMOVE:
	case TRACE_RENAME:
		return ACT_REMOVE;
	case TRACE_WRITE:
		return ACT_UPDATE;
	case TRACE_MODE:
	case TRACE_OWNER:
	case TRACE_CHANGE:
		return ACT_CHANGE;
	case TRACE_CONNECT:
		return ACT_CONNECT;
	default:
		return ACT_LOOK;
	}
}

static int note_paths(struct trace_facts *facts,
		      const struct trace_event *event)
{
	const char *call = event->call->name;
	unsigned int acts = acts_of(event);
	int r = note_seen(facts, &event->seen[0], call, acts);

	if (r == 0)
		r = note_links(facts, &event->seen[0], call, acts);
	if (r == 0)
		r = note_seen(facts, &event->seen[1], call, ACT_MAKE);
	return r < 0 ? r : note_links(facts, &event->seen[1], call, ACT_MAKE);
}

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

void trace_facts_unread_listen(struct trace_facts *facts)
{
	facts->unread_listens++;
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

static int note_address(struct trace_facts *facts,
			const struct trace_event *event)
{
	if (event->address.family == TRACE_UNIX)
		return note_paths(facts, event);
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

static int note_ids(struct trace_facts *facts, const struct trace_event *event)
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

static int note_powers(struct trace_facts *facts,
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

static void note_strange(struct trace_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->strange_count; i++) {
		if (facts->strange[i] == name)
			return;
	}
	if (facts->strange_count < ARRAY_SIZE(facts->strange))
		facts->strange[facts->strange_count++] = name;
}

static void note_start(struct trace_facts *facts,
		       const struct trace_event *event)
{
	bool where = event->call->kind == TRACE_WHERE;

	if (!facts->start || facts->start_call ||
	    (!where && !event->relative) ||
	    !path_within(event->seen[0].path, facts->start))
		return;
	facts->start_call = event->call->name;
}

int trace_facts_note(struct trace_facts *facts, const struct trace_event *event)
{
	int r = 0;

	if (trace_refused(event))
		return 0;
	r = note_powers(facts, event);
	if (r < 0)
		return r;
	note_start(facts, event);
	switch (event->call->kind) {
	case TRACE_BIND:
	case TRACE_CONNECT:
	case TRACE_LISTEN:
		return note_address(facts, event);
	case TRACE_USER:
	case TRACE_GROUP:
	case TRACE_GROUPS:
		return note_ids(facts, event);
	case TRACE_OWNER:
		r = note_ids(facts, event);
		return r < 0 ? r : note_paths(facts, event);
	case TRACE_LIMIT:
		if (event->flags == RLIMIT_NOFILE &&
		    event->hard_limit > event->was_limit)
			facts->files_limit = event->hard_limit;
		return 0;
	case TRACE_STRANGE:
	case TRACE_FOREIGN:
		note_strange(facts, event->call->name);
		return 0;
	case TRACE_WHERE:
	case TRACE_SOCKET:
	case TRACE_CAPSET:
	case TRACE_PRCTL:
	case TRACE_PRIORITY:
	case TRACE_SIGNAL:
	case TRACE_ABSENT:
		return 0;
	case TRACE_EXECUTE:
		facts->executed += event->seen[0].exists;
		return note_paths(facts, event);
	default:
		return note_paths(facts, event);
	}
}
