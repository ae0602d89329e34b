/*
 * What seccomp(2)'s filters call this machine, and what older headers lack.
 */
#ifndef JAIL_SECCOMP_NATIVE_H
#define JAIL_SECCOMP_NATIVE_H

#include <linux/audit.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define SECCOMP_NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "say here what this architecture is called in linux/audit.h"
#endif

/* Linux 5.19; the kernel says EINVAL where it is not known. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#endif
