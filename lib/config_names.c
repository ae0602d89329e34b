#include "lib/config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

/* linux/capability.h; the index is the number. */
static const char *const capability_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

int capability_number(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < ARRAY_SIZE(capability_names); i++) {
		if (strcasecmp(name, capability_names[i] + 4) == 0)
			return (int)i;
	}
	return -EINVAL;
}

const char *capability_name(int number)
{
	if (number < 0 || (size_t)number >= ARRAY_SIZE(capability_names))
		return NULL;
	return capability_names[number];
}

/* "28", "+3": one or two digits and nothing else; -EINVAL otherwise. */
static int small_number(const char *digits)
{
	size_t length = strlen(digits);

	if (length < 1 || length > 2 || strspn(digits, "0123456789") != length)
		return -EINVAL;
	return atoi(digits);
}

static int real_time_signal(const char *name)
{
	int offset;

	if (strcasecmp(name, "RTMIN") == 0)
		return SIGRTMIN;
	if (strcasecmp(name, "RTMAX") == 0)
		return SIGRTMAX;
	if (strncasecmp(name, "RTMIN+", 6) == 0) {
		offset = small_number(name + 6);
		if (offset >= 0 && offset <= SIGRTMAX - SIGRTMIN)
			return SIGRTMIN + offset;
	}
	if (strncasecmp(name, "RTMAX-", 6) == 0) {
		offset = small_number(name + 6);
		if (offset >= 0 && offset <= SIGRTMAX - SIGRTMIN)
			return SIGRTMAX - offset;
	}
	return -EINVAL;
}

int signal_number(const char *name)
{
	int number = small_number(name);

	if (number >= 0)
		return number >= 1 && number < NSIG ? number : -EINVAL;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known && strcasecmp(name, known) == 0)
			return i;
	}
	return real_time_signal(name);
}

const char *signal_name(int number)
{
	return sigabbrev_np(number);
}
