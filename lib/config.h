/*
 * The run-time contract: what an image asks of the host that runs it.
 *
 * In the image it is a JSON document in the form of an OCI runtime
 * specification's config.json (runtime-spec 1.0.2), with annotations of ours,
 * "io.jailpack.*", for what the specification has no word for. It is written
 * by jailpack, read by jailmount, and described in jail-image(5).
 *
 * Every string and array belongs to the struct; config_done() releases them.
 */
#ifndef JAIL_CONFIG_H
#define JAIL_CONFIG_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CONFIG_NAME_MAX = 64,	    /* bytes in a jail's name */
	CONFIG_BYTES_MAX = 1 << 20, /* of the JSON document */
	CONFIG_LIST_MAX = 1024,	    /* entries in any of its lists */
};

enum config_layer_kind {
	CONFIG_LAYER_WRITABLE, /* a fresh, empty tmpfs */
	CONFIG_LAYER_OVERLAY,  /* an overlay over the image's own directory */
};

struct config_layer {
	enum config_layer_kind kind;
	char *path;	   /* normal, absolute, not "/" */
	uint64_t bytes;	   /* upper bound of what it holds */
	uint64_t inodes;   /* upper bound of its files; never 0 */
	mode_t mode;	   /* of a writable layer's root; an overlay keeps the
			      image's */
	uint32_t uid, gid; /* likewise, as the jail numbers them */
};

struct config_device {
	char *path;  /* directly in /dev */
	mode_t mode; /* S_IFCHR or S_IFBLK, with permissions */
	unsigned int major, minor;
	uint32_t uid, gid;
};

struct config_listen {
	uint16_t port;
	bool udp;
};

enum config_ready {
	CONFIG_READY_EXEC,   /* as soon as the program runs */
	CONFIG_READY_LISTEN, /* every TCP port of `listen` that it means to
				serve: the first listen(2) */
	CONFIG_READY_HTTP,   /* a GET of ready_path answers 2xx or 3xx */
};

/* 0 means: not limited (but see DESIGN in docs/security.md for defaults). */
struct config_limits {
	uint64_t processes;
	uint64_t memory_bytes;
	uint32_t cpu_permille; /* of one processor: 500 is half of one */
	uint64_t cpu_seconds;  /* a process's total, RLIMIT_CPU */
	uint64_t files;	       /* RLIMIT_NOFILE */
	uint64_t file_bytes;   /* RLIMIT_FSIZE */
};

struct config {
	char *name; /* [a-z0-9][a-z0-9._-]*, at most CONFIG_NAME_MAX */
	char *summary;
	char *version;
	char *hostname;
	char **arguments;   /* of the service; NULL-terminated, not empty */
	char **environment; /* NAME=VALUE; NULL-terminated, may be NULL */
	char *workdir;
	uint64_t capabilities;	 /* bit n is capability n of capability.h */
	char **allowed_syscalls; /* beyond jailmount's own list, by name */
	struct config_layer *layers;
	size_t layer_count;
	struct config_device *devices;
	size_t device_count;
	bool log_stdout; /* /dev/stdout, /dev/stderr: pipes into the log */
	bool log_stderr;
	bool log_syslog; /* /dev/log: a datagram socket into the log */
	bool proc;	 /* /proc: pids only, others' hidden */
	struct config_listen *listens;
	size_t listen_count;
	struct config_limits limits;
	int stop_signal;	     /* number; 0 is written as SIGTERM */
	uint32_t drain_milliseconds; /* between it and SIGKILL */
	enum config_ready ready;
	char *ready_path;	     /* of CONFIG_READY_HTTP, "/..." */
	uint32_t ready_milliseconds; /* how long it may take */
};

#define CONFIG_INIT ((struct config){ 0 })
#define CLEANUP_CONFIG CLEANUP(config_done)

void config_done(struct config *config);

/*
 * Append the JSON document: keys sorted, no needless space, so that equal
 * contracts give equal bytes. A contract that config_read() would refuse is
 * refused here, with -EINVAL.
 */
int config_write(const struct config *config, struct buf *json,
		 struct diag *diag) MUST_CHECK;

/*
 * Read it back and check everything that a run depends on: duplicate keys,
 * unknown versions, relative or non-normal paths, names, numbers out of
 * range, lists over their limit are refused with -EBADMSG and the reason, and
 * so is any document that config_write() would not have written: an unknown
 * key is a wish that would not be granted. `workdir` and `stop_signal` are
 * always set, `environment` may be NULL. *ret_config is untouched on failure.
 */
int config_read(const char *json, size_t length, struct config *ret_config,
		struct diag *diag) MUST_CHECK;

/* "setuid" or "CAP_SETUID", in any case, to its number; -EINVAL if unknown. */
int capability_number(const char *name);
/* "CAP_SETUID"; NULL past the last that this version knows. */
const char *capability_name(int number);

/* "WINCH", "SIGWINCH" or "28" to the number; -EINVAL if unknown. */
int signal_number(const char *name);
/* "WINCH"; NULL if it has no name. */
const char *signal_name(int number);

#endif
