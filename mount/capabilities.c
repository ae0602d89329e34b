#include "mount/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum {
	MASK_BITS = 64,
	/* Every kernel that has all else that a jail needs has this one. */
	LAST_SURE = CAP_CHECKPOINT_RESTORE,
};

int capabilities_bound(uint64_t mask, struct diag *diag)
{
	for (int i = 0; i < MASK_BITS; i++) {
		bool keep = mask >> i & 1;

		if (prctl(keep ? PR_CAPBSET_READ : PR_CAPBSET_DROP, i, 0, 0,
			  0) >= 0)
			continue;
		/* What the kernel says past its last one. */
		if (errno != EINVAL || i <= LAST_SURE)
			return diag_errno(diag, -errno,
					  "cannot drop capability %d", i);
		if (mask >> i)
			return diag_set(diag, -ENOTSUP,
					"the kernel lacks a capability that "
					"the image asks for: number %d or "
					"above",
					i);
		break;
	}
	return 0;
}

int capabilities_set(uint64_t mask)
{
	return capabilities_keep(mask, mask);
}

int capabilities_keep(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].effective = (uint32_t)(effective >> 32 * i);
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}
