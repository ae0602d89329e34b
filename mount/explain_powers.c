#include "mount/explain_powers.h"

#include <asm/unistd.h>
#include <linux/capability.h>
#include <stdbool.h>

enum { REAL, EFFECTIVE, SAVED };

#define UNCHANGED ((uint32_t)-1)

static bool is_one_of(uint32_t id, const uint32_t ids[3])
{
	return id == UNCHANGED || id == ids[REAL] || id == ids[EFFECTIVE] ||
	       id == ids[SAVED];
}

static bool are_own(const uint64_t *arguments, size_t count,
		    const uint32_t ids[3])
{
	for (size_t i = 0; i < count; i++)
		if (!is_one_of((uint32_t)arguments[i], ids))
			return false;
	return true;
}

/* What is not one's own takes the capability, -1 otherwise. */
static int takes(bool own, int capability)
{
	return own ? -1 : capability;
}

/* Nobody but the owner keeps a file as it is without any power. */
static int takes_chown(uint64_t uid, const struct explain_ids *ids)
{
	return takes((uint32_t)uid == UNCHANGED ||
			     (uint32_t)uid == ids->uids[EFFECTIVE],
		     CAP_CHOWN);
}

static int capability_of(uint32_t number, const uint64_t arguments[6],
			 const struct explain_ids *ids)
{
	switch (number) {
	case __NR_setuid:
		return takes(are_own(arguments, 1, ids->uids), CAP_SETUID);
	case __NR_setreuid:
		return takes(are_own(arguments, 2, ids->uids), CAP_SETUID);
	case __NR_setresuid:
		return takes(are_own(arguments, 3, ids->uids), CAP_SETUID);
	case __NR_setgid:
		return takes(are_own(arguments, 1, ids->gids), CAP_SETGID);
	case __NR_setregid:
		return takes(are_own(arguments, 2, ids->gids), CAP_SETGID);
	case __NR_setresgid:
		return takes(are_own(arguments, 3, ids->gids), CAP_SETGID);
	case __NR_setgroups:
		return CAP_SETGID;
#ifdef __NR_chown
	case __NR_chown:
	case __NR_lchown:
#endif
	case __NR_fchown:
		return takes_chown(arguments[1], ids);
	case __NR_fchownat:
		return takes_chown(arguments[2], ids);
	default:
		return -1;
	}
}

int explain_power_missing(uint32_t number, const uint64_t arguments[6],
			  const struct explain_ids *ids)
{
	int capability = capability_of(number, arguments, ids);

	return capability >= 0 && !(ids->capabilities >> capability & 1)
		       ? capability
		       : -1;
}
