#include "mount/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>

int keyring_renew(struct diag *diag)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS)
		return diag_errno(diag, -errno, "cannot make a keyring");
	return 0;
}
