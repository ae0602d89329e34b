/*
 * The system calls that a jail may make, as a seccomp filter.
 *
 * An allow-list, in the spirit of the container engines' default:
 *   - what the list allows, and what the recipe adds by name, is allowed,
 *     some of it only with harmless arguments;
 *   - what the list knows and refuses fails with EPERM, so that a program
 *     sees a missing permission; what nobody tries by chance is put to the
 *     supervisor, who raises an alarm and answers with that error;
 *   - execve is put to the supervisor, who looks on; the kernel decides;
 *   - every other number, those of future kernels and of the x32 ABI among
 *     them, fails with ENOSYS, so that a program falls back to what is older;
 *     clone3 does too, since its flags cannot be seen by a filter;
 *   - a socket family that is not allowed fails with EAFNOSUPPORT, a protocol
 *     of the internet's with EPROTONOSUPPORT;
 *   - the limit of core dumps stays as it is, whatever it is set to;
 *   - a system call by another architecture's entry kills the process;
 *   - bind and listen are put to the supervisor, which has the sockets, and
 *     what could turn those against the host or against later generations is
 *     refused: TCP Fast Open, binding to a device, keys, reuseport programs.
 *
 * The filter is made here and not by libseccomp, which needs three
 * milliseconds to build and load one of this size: more than all the rest of
 * a jail's start. It is a binary search over ranges of numbers.
 */
#ifndef JAILMOUNT_SECCOMP_H
#define JAILMOUNT_SECCOMP_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/seccomp_list.h"

#include <linux/filter.h>
#include <stdbool.h>

struct seccomp_filter {
	struct sock_filter *instructions;
	size_t count;
};

#define SECCOMP_FILTER_INIT ((struct seccomp_filter){ 0 })
#define CLEANUP_SECCOMP_FILTER CLEANUP(seccomp_filter_done)

void seccomp_filter_done(struct seccomp_filter *filter);

enum { SECCOMP_NUMBERS = 1024 /* above every number in the list */ };

/* What is put to the supervisor. */
enum seccomp_supervision {
	/* execve alone, of a program of --exec: bind acts in the jail's empty
	 * network namespace and reaches nobody; listen is refused there. */
	SECCOMP_GUEST,
	/* bind and listen, execve, and what nobody tries by chance, which the
	 * supervisor has to refuse: with seccomp_refusal(). */
	SECCOMP_SUPERVISED,
	/* Those, what explain_calls.h names, and everything that is known and
	 * refused. */
	SECCOMP_EXPLAINED,
};

/*
 * The filter for a contract. -EINVAL for a name in config->allowed_syscalls
 * that is no system call here. An execve(2) whose sixth argument, of which the
 * kernel knows nothing, is `pass` is not put to the supervisor: those by which
 * the jail itself starts a program, while nobody listens yet. 0: all are.
 */
int seccomp_compile(const struct config *config,
		    enum seccomp_supervision supervision, uint64_t pass,
		    struct seccomp_filter *ret_filter,
		    struct diag *diag) MUST_CHECK;

/* What becomes of each number, without regard to the supervision; each is one
 * of enum seccomp_verdict. -EINVAL as above. */
int seccomp_judge(const struct config *config,
		  uint8_t ret_verdicts[SECCOMP_NUMBERS],
		  struct diag *diag) MUST_CHECK;

/* Among the calls that --explain looks at: one of those that were put to the
 * supervisor to be refused. */
bool seccomp_is_refused(uint32_t number);

/* With what error the supervisor refuses it; negative. */
int seccomp_refusal(uint32_t number);

/*
 * Install it for the calling process; no_new_privs must be set. With
 * ret_listener, the descriptor on which notifications arrive.
 */
int seccomp_install(const struct seccomp_filter *filter, int *ret_listener,
		    struct diag *diag) MUST_CHECK;

#endif
