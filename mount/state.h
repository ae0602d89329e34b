/*
 * What of a running jail lies in the file system: /run/jailmount/NAME/, for
 * root alone.
 *
 *   state.json  who runs here; locked (flock) as long as the jail lives, and
 *               that lock, not the file, is what makes a name taken
 *   control     the socket that commands arrive on
 *
 * /run/jailmount/.ranges is a file without content. Each of its bytes, when
 * locked, is a range of user ids in use: byte n stands for the ids from
 * STATE_RANGE_BASE + n * STATE_RANGE_LENGTH on: one for a jail, and one more
 * for each visitor of a service that is started for each connection. All locks
 * are the kernel's and end with the supervisor that holds them, however it
 * ends. The last jail to end removes the file and /run/jailmount.
 */
#ifndef JAILMOUNT_STATE_H
#define JAILMOUNT_STATE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>

#define STATE_DIRECTORY "/run/jailmount"

enum {
	STATE_RANGE_BASE = 0x70000000,
	STATE_RANGE_LENGTH = 65536,
	STATE_RANGES_MAX = 4096, /* ends well below 2^31 */
	STATE_JSON_MAX = 64 << 10,
};

/* One in use, as long as the descriptor is open. */
struct state_range {
	int fd;
	uint32_t base; /* its first id */
};

#define STATE_RANGE_INIT ((struct state_range){ .fd = -1 })

struct state {
	char *root;	  /* STATE_DIRECTORY, but in tests */
	char *name;	  /* the jail's */
	int directory_fd; /* root/name */
	int lock_fd;	  /* state.json */
	struct state_range range;
	bool stale; /* an earlier supervisor was killed and left something */
};

#define STATE_INIT                                                             \
	((struct state){ .directory_fd = -1,                                   \
			 .lock_fd = -1,                                        \
			 .range = STATE_RANGE_INIT })
#define CLEANUP_STATE CLEANUP(state_done)

/* The jail's name, which becomes a directory's: [a-z0-9][a-z0-9._-]*. */
int state_check_name(const char *name, struct diag *diag) MUST_CHECK;

/*
 * Take the name and a range of ids. -EBUSY if a jail of that name runs, whose
 * supervisor the diagnostic names. A name whose supervisor is dead but whose
 * processes have not all ended is waited for, a second at most.
 */
int state_open(const char *root, const char *name, struct state *ret_state,
	       struct diag *diag) MUST_CHECK;

/* Give both back and remove the files. Safe on STATE_INIT. */
void state_done(struct state *state);

/* One more range, as long as the jail has its own; and give it back, which is
 * safe on STATE_RANGE_INIT. -EBUSY if all are in use. */
int state_range_take(const struct state *state, struct state_range *ret_range,
		     struct diag *diag) MUST_CHECK;
void state_range_leave(struct state_range *range);

/* For state_done(): the jail's own, and what is under `root` for all jails, if
 * no other is left. */
void state_range_leave_last(struct state *state);

/* What state.json says: until state_write(), what the one before has written.
 * 0 or -errno. */
int state_read(const struct state *state, struct buf *json) MUST_CHECK;

/* Replace the content of state.json. 0 or -errno. */
int state_write(const struct state *state, const struct buf *json) MUST_CHECK;

/*
 * The names under `root`, sorted, NULL-terminated; of jails that run and of
 * those whose supervisor was killed. No directory is an empty list.
 */
int state_list(const char *root, char ***ret_names,
	       struct diag *diag) MUST_CHECK;

/* True if what state.json says, of a jail that may be running, has `text` in
 * it. */
bool state_mentions(const char *root, const char *name, const char *text);

/* True if somebody holds the name's lock. */
bool state_is_running(const char *root, const char *name);

#endif
