/*
 * The process behind a seccomp notification: what it asks, with what socket.
 *
 * A notification names a thread. Everything here is read from it once, before
 * anything is decided, and the notification is then asked whether it is still
 * the same thread's: a thread number that was used again would be another's.
 */
#ifndef JAILMOUNT_CALLER_H
#define JAILMOUNT_CALLER_H

#include "lib/base.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct caller {
	uint64_t id; /* of the notification */
	pid_t thread;
	int number; /* the system call's */
	uint64_t arguments[6];
	int socket; /* a duplicate of the descriptor in arguments[0] */
	int domain, type, protocol;
	uint64_t cookie;
	unsigned char address[sizeof(struct sockaddr_storage)];
	size_t address_length; /* 0 for listen() */
};

#define CALLER_INIT ((struct caller){ .socket = -1 })
#define CLEANUP_CALLER CLEANUP(caller_done)

void caller_done(struct caller *caller);

/* Receive the next notification. -ENOENT if its thread is gone already. */
int caller_receive(int notify_fd, struct caller *ret_caller) MUST_CHECK;

/*
 * Of bind(), listen() and connect(): duplicate the socket and copy the address.
 * -ENOENT if the caller is gone; other errors are those that the system call
 * itself would give: -EBADF, -ENOTSOCK, -EINVAL, -EFAULT.
 */
int caller_inspect(int notify_fd, struct caller *caller) MUST_CHECK;

/* End the system call with 0 or a negative errno. A caller that is gone is
 * no error. */
int caller_finish(int notify_fd, const struct caller *caller, int result);

/* Let the kernel go on with the system call as the caller made it. */
int caller_continue(int notify_fd, const struct caller *caller);

/*
 * listen(2) on the duplicate, as whom the caller is: of a local socket, whoever
 * connects to it is told who listens. (Only the process's number is then 0.)
 * -ENOENT if the caller is gone; other errors are those of the system call.
 */
int caller_listen(int notify_fd, const struct caller *caller) MUST_CHECK;

/* Whether the notification is still its thread's: what was read of it before
 * this said so was read of that thread. */
bool caller_waits(int notify_fd, const struct caller *caller);

/* Copy from the caller's memory. 0; -EFAULT; -ENOENT if it is gone. */
int caller_read(const struct caller *caller, uint64_t address, void *ret_data,
		size_t length) MUST_CHECK;

/* A NUL-terminated text of at most `size` bytes with the NUL. -ENAMETOOLONG
 * if it is longer, and as above. */
int caller_read_text(const struct caller *caller, uint64_t address,
		     char *ret_text, size_t size) MUST_CHECK;

/* What a link of the caller's in /proc leads to, such as "cwd" or "fd/3": in
 * its own mount namespace, as text. 0 or -errno. */
int caller_read_link(const struct caller *caller, const char *link,
		     char *ret_text, size_t size) MUST_CHECK;

/* Its effective ids as the host numbers them, and its capabilities. */
struct caller_powers {
	uint32_t uids[3], gids[3]; /* real, effective, saved */
	uint64_t capabilities;	   /* effective */
};

int caller_read_powers(const struct caller *caller,
		       struct caller_powers *ret_powers) MUST_CHECK;

/* Put `fd` in the place of the caller's descriptor; FD_CLOEXEC stays as the
 * caller has it. 0 or -errno. */
int caller_replace(int notify_fd, const struct caller *caller,
		   int fd) MUST_CHECK;

/* The thread's name, at most `size` bytes with the NUL; "?" if it is gone. */
void caller_command(const struct caller *caller, char *ret_command,
		    size_t size);

#endif
