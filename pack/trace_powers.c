#include "pack/trace_powers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BIT(capability) (UINT64_C(1) << (capability))

uint64_t trace_powers_of_jails(void)
{
	return BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) |
	       BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
	       BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) |
	       BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |
	       BIT(CAP_SYS_CHROOT) | BIT(CAP_SETFCAP);
}

static bool in_group(const struct trace_actor *actor, uint32_t gid)
{
	if (actor->gid[TRACE_FS] == gid)
		return true;
	for (size_t i = 0; i < actor->group_count; i++) {
		if (actor->groups[i] == gid)
			return true;
	}
	return false;
}

/* The bits of the mode that count for this actor. */
static unsigned int bits_for(const struct trace_actor *actor, mode_t mode,
			     uint32_t uid, uint32_t gid)
{
	if (actor->uid[TRACE_FS] == uid)
		return mode >> 6 & 7;
	return in_group(actor, gid) ? mode >> 3 & 7 : mode & 7;
}

uint64_t trace_access(const struct trace_actor *actor, mode_t mode,
		      uint32_t uid, uint32_t gid, unsigned int wanted)
{
	unsigned int lacking = wanted & ~bits_for(actor, mode, uid, gid);
	uint64_t read_search = BIT(CAP_DAC_READ_SEARCH);
	uint64_t override = BIT(CAP_DAC_OVERRIDE);

	/* What it is could not be told. */
	if (!lacking || !(mode & S_IFMT))
		return 0;
	/* Nothing lets anybody execute what nobody may. */
	if (!S_ISDIR(mode) && lacking & TRACE_MAY_EXECUTE && !(mode & 0111))
		return 0;
	if (!(lacking & TRACE_MAY_WRITE) &&
	    (S_ISDIR(mode) || lacking == TRACE_MAY_READ) &&
	    actor->effective & read_search)
		return read_search;
	return actor->effective & override;
}

/* --- Paths --- */

static uint64_t target_access(const struct trace_event *event,
			      const struct trace_seen *seen,
			      unsigned int wanted)
{
	return seen->passing | trace_access(&event->actor, seen->mode,
					    seen->uid, seen->gid, wanted);
}

/* To make, remove or rename an entry of a directory. */
static uint64_t entry_access(const struct trace_event *event,
			     const struct trace_seen *seen, bool removes)
{
	const struct trace_actor *actor = &event->actor;
	uint64_t needs = seen->passing;

	if (!seen->parent_exists || seen->exists != removes)
		return needs;
	needs |= trace_access(actor, seen->parent_mode, seen->parent_uid,
			      seen->parent_gid,
			      TRACE_MAY_WRITE | TRACE_MAY_EXECUTE);
	if (removes && seen->parent_mode & S_ISVTX &&
	    seen->uid != actor->uid[TRACE_FS] &&
	    seen->parent_uid != actor->uid[TRACE_FS])
		needs |= actor->effective & BIT(CAP_FOWNER);
	return needs;
}

bool trace_makes_anew(const struct trace_event *event)
{
	int access = event->flags & O_ACCMODE;

	return event->flags & O_CREAT &&
	       (!event->seen[0].exists || access == O_WRONLY ||
		(access == O_RDWR && event->flags & O_TRUNC));
}

static unsigned int wanted_by_open(const struct trace_event *event)
{
	int access = event->flags & O_ACCMODE;
	unsigned int wanted = 0;

	if (access != O_WRONLY)
		wanted |= TRACE_MAY_READ;
	if (access != O_RDONLY || event->flags & O_TRUNC)
		wanted |= TRACE_MAY_WRITE;
	return wanted;
}

static uint64_t open_powers(const struct trace_event *event)
{
	const struct trace_seen *seen = &event->seen[0];

	if (trace_makes_anew(event))
		return entry_access(event, seen, seen->exists);
	if (event->flags & O_PATH || !seen->exists)
		return seen->passing;
	return target_access(event, seen, wanted_by_open(event));
}

static bool changes(uint32_t to, uint32_t from)
{
	return to != UINT32_MAX && to != from;
}

static uint64_t owner_powers(const struct trace_event *event)
{
	const struct trace_seen *seen = &event->seen[0];
	const struct trace_actor *actor = &event->actor;
	uint32_t self = actor->uid[TRACE_FS];
	bool needed = false;

	if (!seen->exists || event->id_count < 2)
		return seen->passing;
	if (event->ids[0] != UINT32_MAX)
		needed = self != seen->uid || changes(event->ids[0], seen->uid);
	if (event->ids[1] != UINT32_MAX)
		needed |= self != seen->uid ||
			  (changes(event->ids[1], seen->gid) &&
			   !in_group(actor, event->ids[1]));
	return seen->passing | (needed ? actor->effective & BIT(CAP_CHOWN) : 0);
}

/* Mode, times and attributes are the owner's to change. */
static uint64_t change_powers(const struct trace_event *event)
{
	const struct trace_seen *seen = &event->seen[0];

	if (!seen->exists || seen->uid == event->actor.uid[TRACE_FS])
		return seen->passing;
	return seen->passing | (event->actor.effective & BIT(CAP_FOWNER));
}

/* The bits of the group are also the most that a list may give. */
static bool lacks(const struct trace_actor *actor, mode_t mode, uint32_t uid,
		  uint32_t gid, unsigned int wanted)
{
	unsigned int lacking = wanted & ~bits_for(actor, mode, uid, gid);
	uint64_t powers = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH);

	return (mode & S_IFMT) && lacking & ~(mode >> 3 & 7U) &&
	       !(actor->effective & powers);
}

static bool lacks_entry(const struct trace_event *event,
			const struct trace_seen *seen)
{
	return seen->parent_exists &&
	       lacks(&event->actor, seen->parent_mode, seen->parent_uid,
		     seen->parent_gid, TRACE_MAY_WRITE | TRACE_MAY_EXECUTE);
}

bool trace_refused(const struct trace_event *event)
{
	const struct trace_seen *seen = &event->seen[0];
	unsigned int wanted = 0;

	switch (event->call->kind) {
	case TRACE_OPEN:
		if (event->flags & O_PATH)
			return false;
		if (!seen->exists)
			return event->flags & O_CREAT &&
			       lacks_entry(event, seen);
		wanted = wanted_by_open(event);
		break;
	case TRACE_WRITE:
		wanted = TRACE_MAY_WRITE;
		break;
	case TRACE_EXECUTE:
		wanted = TRACE_MAY_EXECUTE;
		break;
	case TRACE_MAKE:
	case TRACE_BIND:
		return !seen->exists && lacks_entry(event, seen);
	case TRACE_REMOVE:
	case TRACE_RENAME:
		return seen->exists && lacks_entry(event, seen);
	default:
		return false;
	}
	return seen->exists &&
	       lacks(&event->actor, seen->mode, seen->uid, seen->gid, wanted);
}

/* --- Identities --- */

/* The ids that a caller without the capability may take. */
static bool may_become(const struct trace_event *event, const uint32_t own[4])
{
	for (size_t i = 0; i < event->id_count; i++) {
		uint32_t id = event->ids[i];

		if (id != UINT32_MAX && id != own[TRACE_REAL] &&
		    id != own[TRACE_SAVED] &&
		    (event->id_count == 1 || id != own[TRACE_EFFECTIVE]))
			return false;
	}
	return true;
}

static uint64_t prctl_powers(const struct trace_event *event)
{
	switch (event->arguments[0]) {
	case PR_CAPBSET_DROP:
	case PR_SET_SECUREBITS:
		return BIT(CAP_SETPCAP);
	default:
		return 0;
	}
}

/* What capset leaves permitted must have been; who keeps all that it has asks
 * for nothing in particular. */
static uint64_t capset_powers(const struct trace_event *event)
{
	return event->keeps == event->actor.permitted ? 0 : event->keeps;
}

static uint64_t signal_powers(const struct trace_event *event)
{
	const uint32_t *own = event->actor.uid;

	if (!event->target_known)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(event->target_uid); i++) {
		if (event->target_uid[i] == own[TRACE_REAL] ||
		    event->target_uid[i] == own[TRACE_EFFECTIVE])
			return 0;
	}
	return BIT(CAP_KILL);
}

static uint64_t socket_powers(const struct trace_event *event)
{
	bool raw = ((int)event->arguments[1] & 0xf) == SOCK_RAW;

	if ((int)event->arguments[0] == AF_PACKET ||
	    (raw && ((int)event->arguments[0] == AF_INET ||
		     (int)event->arguments[0] == AF_INET6)))
		return BIT(CAP_NET_RAW);
	return 0;
}

static uint64_t identity_powers(const struct trace_event *event)
{
	switch (event->call->kind) {
	case TRACE_USER:
		return may_become(event, event->actor.uid) ? 0
							   : BIT(CAP_SETUID);
	case TRACE_GROUP:
		return may_become(event, event->actor.gid) ? 0
							   : BIT(CAP_SETGID);
	case TRACE_GROUPS:
		return BIT(CAP_SETGID);
	case TRACE_ROOT:
		return BIT(CAP_SYS_CHROOT);
	case TRACE_CAPSET:
		return capset_powers(event);
	case TRACE_PRCTL:
		return prctl_powers(event);
	case TRACE_LIMIT:
		return event->limit_known &&
				       event->hard_limit > event->was_limit
			       ? BIT(CAP_SYS_RESOURCE)
			       : 0;
	case TRACE_PRIORITY:
		return event->nice < event->was_nice ? BIT(CAP_SYS_NICE) : 0;
	case TRACE_SIGNAL:
		return signal_powers(event);
	case TRACE_SOCKET:
		return socket_powers(event);
	default:
		return 0;
	}
}

static uint64_t path_powers(const struct trace_event *event)
{
	const struct trace_seen *seen = event->seen;

	switch (event->call->kind) {
	case TRACE_OPEN:
		return open_powers(event);
	case TRACE_EXECUTE:
	case TRACE_LOOK:
	case TRACE_CONNECT:
		return seen->passing;
	case TRACE_ENTER:
		return seen->exists
			       ? target_access(event, seen, TRACE_MAY_EXECUTE)
			       : 0;
	case TRACE_WRITE:
		return seen->exists
			       ? target_access(event, seen, TRACE_MAY_WRITE)
			       : 0;
	case TRACE_MAKE:
	case TRACE_BIND:
		return entry_access(event, seen, false);
	case TRACE_REMOVE:
		return entry_access(event, seen, true);
	case TRACE_RENAME:
		return entry_access(event, seen, true) |
		       entry_access(event, &seen[1], seen[1].exists);
	case TRACE_LINK:
		return seen->passing | entry_access(event, &seen[1], false);
	case TRACE_OWNER:
		return owner_powers(event);
	case TRACE_MODE:
	case TRACE_CHANGE:
		return change_powers(event);
	default:
		return 0;
	}
}

uint64_t trace_powers(const struct trace_event *event)
{
	return path_powers(event) |
	       (identity_powers(event) & event->actor.effective);
}
