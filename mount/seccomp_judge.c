/* What a contract makes of the list of system calls. */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "mount/seccomp.h"
#include "mount/seccomp_list.h"

static const struct seccomp_entry *find(const char *name)
{
	for (size_t i = 0; i < seccomp_list_length; i++) {
		if (strcmp(seccomp_list[i].name, name) == 0)
			return &seccomp_list[i];
	}
	return NULL;
}

/* What goes by way of the supervisor goes on doing so; and no recipe wants the
 * checks of limits away. */
static bool stays(enum seccomp_verdict verdict)
{
	return verdict == SECCOMP_CUSTODY || verdict == SECCOMP_WATCH ||
	       verdict == SECCOMP_CHECK_SETRLIMIT ||
	       verdict == SECCOMP_CHECK_PRLIMIT;
}

/* What the contract adds. */
static int add_allowed(const struct config *config,
		       uint8_t verdicts[SECCOMP_NUMBERS], struct diag *diag)
{
	char **names = config->allowed_syscalls;

	for (size_t i = 0; names && names[i]; i++) {
		const struct seccomp_entry *entry = find(names[i]);

		if (!entry)
			return diag_set(diag, -EINVAL,
					"allow syscall %s: there is no such "
					"system call",
					names[i]);
		if (!stays(entry->verdict))
			verdicts[entry->number] = SECCOMP_ALLOW;
	}
	return 0;
}

/* True if what the jail writes can be found on the host. */
static bool writes_on_host(const struct config *config)
{
	bool writes = false;

	for (size_t i = 0; i < config->persist_count; i++)
		writes = writes || !config->persists[i].read_only;
	for (size_t i = 0; i < config->share_count; i++)
		writes = writes || config->shares[i].writable;
	return writes;
}

static void judge_anew(uint8_t verdicts[SECCOMP_NUMBERS], const char *name,
		       enum seccomp_verdict verdict)
{
	const struct seccomp_entry *entry = find(name);

	if (entry)
		verdicts[entry->number] = (uint8_t)verdict;
}

/*
 * A set-id bit means nothing in a jail; on the host's disk it would, and the
 * owner may be the host's root. openat2 has its mode where a filter cannot
 * see it: programs fall back to openat. io_uring makes files past any filter.
 */
static void forbid_set_id(uint8_t verdicts[SECCOMP_NUMBERS])
{
	static const struct {
		const char *name;
		enum seccomp_verdict verdict;
	} entries[] = {
		{ "chmod", SECCOMP_CHECK_MODE },
		{ "creat", SECCOMP_CHECK_MODE },
		{ "fchmod", SECCOMP_CHECK_MODE },
		{ "fchmodat", SECCOMP_CHECK_MODE_AT },
		{ "fchmodat2", SECCOMP_CHECK_MODE_AT },
		{ "io_uring_setup", SECCOMP_REFUSE },
		{ "mknod", SECCOMP_CHECK_MODE },
		{ "mknodat", SECCOMP_CHECK_MODE_AT },
		{ "open", SECCOMP_CHECK_OPEN },
		{ "openat", SECCOMP_CHECK_OPEN_AT },
		{ "openat2", SECCOMP_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		judge_anew(verdicts, entries[i].name, entries[i].verdict);
}

/* Neither a file's capabilities: through mounts whose owners are mapped the
 * jail's root would give it those of the host's. */
static void forbid_file_capabilities(uint8_t verdicts[SECCOMP_NUMBERS])
{
	static const char *const names[] = { "setxattr", "lsetxattr",
					     "fsetxattr", "setxattrat" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		judge_anew(verdicts, names[i], SECCOMP_QUIET);
}

int seccomp_judge(const struct config *config,
		  uint8_t verdicts[SECCOMP_NUMBERS], struct diag *diag)
{
	bool chroot_allowed = config->capabilities >> CAP_SYS_CHROOT & 1;

	memset(verdicts, SECCOMP_UNKNOWN, SECCOMP_NUMBERS);
	for (size_t i = 0; i < seccomp_list_length; i++) {
		const struct seccomp_entry *entry = &seccomp_list[i];
		enum seccomp_verdict verdict = entry->verdict;

		if (verdict == SECCOMP_CHROOT && chroot_allowed)
			verdict = SECCOMP_ALLOW;
		verdicts[entry->number] = (uint8_t)verdict;
	}
	if (add_allowed(config, verdicts, diag) < 0)
		return -EINVAL;
	if (config->connect_count && config->network == CONFIG_NETWORK_SEALED)
		verdicts[__NR_connect] = SECCOMP_CUSTODY;
	/* Last: no recipe can do without these. */
	if (!writes_on_host(config))
		return 0;
	forbid_set_id(verdicts);
	if (config->capabilities >> CAP_SETFCAP & 1)
		forbid_file_capabilities(verdicts);
	return 0;
}

static enum seccomp_verdict verdict_of(uint32_t number)
{
	for (size_t i = 0; i < seccomp_list_length; i++)
		if (seccomp_list[i].number == number)
			return seccomp_list[i].verdict;
	return SECCOMP_UNKNOWN;
}

bool seccomp_is_refused(uint32_t number)
{
	switch (verdict_of(number)) {
	case SECCOMP_REFUSE:
	case SECCOMP_CHROOT:
	case SECCOMP_CHECK_CLONE:
	case SECCOMP_CHECK_UNSHARE:
	case SECCOMP_CHECK_SOCKET:
	case SECCOMP_CHECK_IOCTL:
	case SECCOMP_CHECK_SHMAT:
		return true;
	default:
		return false;
	}
}

int seccomp_refusal(uint32_t number)
{
	return verdict_of(number) == SECCOMP_CHECK_SOCKET ? -EAFNOSUPPORT
							  : -EPERM;
}
