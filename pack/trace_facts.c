#include "pack/trace_facts.h"

#include "lib/path.h"
#include "pack/trace_facts_internal.h"
#include "pack/trace_powers.h"

#include <errno.h>
#include <fcntl.h>
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

void trace_facts_unread_listen(struct trace_facts *facts)
{
	facts->unread_listens++;
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
	r = facts_note_powers(facts, event);
	if (r < 0)
		return r;
	note_start(facts, event);
	switch (event->call->kind) {
	case TRACE_BIND:
	case TRACE_CONNECT:
	case TRACE_LISTEN:
		return event->address.family == TRACE_UNIX
			       ? note_paths(facts, event)
			       : facts_note_address(facts, event);
	case TRACE_USER:
	case TRACE_GROUP:
	case TRACE_GROUPS:
		return facts_note_ids(facts, event);
	case TRACE_OWNER:
		r = facts_note_ids(facts, event);
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
