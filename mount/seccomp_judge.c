/* What a contract makes of the list of system calls. */
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

/* What the contract adds. What goes by way of the supervisor does already,
 * and goes on doing so. */
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
		if (entry->verdict != SECCOMP_CUSTODY)
			verdicts[entry->number] = SECCOMP_ALLOW;
	}
	return 0;
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
	return add_allowed(config, verdicts, diag);
}
