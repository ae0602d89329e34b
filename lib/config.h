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
#include "lib/endpoint.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CONFIG_NAME_MAX = 64,	    /* bytes in a jail's name */
	CONFIG_BYTES_MAX = 1 << 20, /* of the JSON document */
	CONFIG_LIST_MAX = 1024,	    /* entries in any of its lists */
	CONFIG_SERVICES_MAX = 64,
	CONFIG_AT_MOST_MAX = 65535,	  /* jails of one service at once */
	CONFIG_LISTEN_ADDRESS_MAX = 45,	  /* bytes of IPv6's longest */
	CONFIG_SOURCE_MOST_MAX = 1000000, /* connections of one address */
	CONFIG_HEALTH_EVERY_LEAST = 100,  /* milliseconds */
	CONFIG_HEALTH_FAILURES_MAX = 1000,
	CONFIG_RESTORE_EVERY_LEAST = 1000, /* milliseconds */
};

#define CONFIG_DAY_MILLISECONDS (UINT64_C(24) * 60 * 60 * 1000)
#define CONFIG_RESTORE_EVERY_MAX (31 * CONFIG_DAY_MILLISECONDS)

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

/* One for each port and protocol. */
struct config_listen {
	uint16_t port;
	bool udp;
	/* Where it is reached, as endpoint.h has addresses; empty: where the
	 * service asks for. */
	char address[CONFIG_LISTEN_ADDRESS_MAX + 1];
};

/* A directory of the host's that belongs to the jail and outlives it. */
struct config_persist {
	char *path;	   /* normal, absolute, not "/" */
	mode_t mode;	   /* when it is made; it begins empty */
	uint32_t uid, gid; /* likewise, as the jail numbers them */
	uint64_t bytes;	   /* upper bound; 0: none */
	bool read_only;	   /* the host's word; no image says so */
};

/* A directory of the host's that others write or read too. */
struct config_share {
	/* On the host, normal and absolute. May hold * ? and [ ], and then it
	 * stands for every directory that matches at the start. */
	char *source;
	/* In the jail, a directory of its tree. With a pattern, the place of
	 * what stands in front of the first component that has one: with
	 * /home/<any>/public_html at /srv, /srv/alice/public_html. */
	char *path;
	bool writable;
};

enum config_network {
	CONFIG_NETWORK_SEALED, /* none but custody of `listens`, `connects` */
	CONFIG_NETWORK_HOST,   /* the host's own */
	CONFIG_NETWORK_OWN,    /* one with addresses of its own */
};

/* What a restore follows on, as bits. */
enum config_restore_cause {
	CONFIG_RESTORE_EXIT = 1,      /* the service has ended */
	CONFIG_RESTORE_TAMPER = 2,    /* an alarm */
	CONFIG_RESTORE_UNHEALTHY = 4, /* the health check has failed */
	CONFIG_RESTORE_LIMIT = 8,     /* a limit was reached */
};

struct config_restore {
	uint64_t every_milliseconds;  /* 0: not by the clock */
	uint64_t jitter_milliseconds; /* added, evenly from 0 to this */
	unsigned int causes;
};

/* A GET of `path`, as a CONFIG_READY_HTTP does it, again and again. */
struct config_health {
	char *path; /* NULL: no check */
	uint32_t every_milliseconds;
	uint32_t timeout_milliseconds;
	uint32_t failures; /* in a row, until it counts as unhealthy */
};

/* One of several services, in the order in which they start. */
struct config_service {
	char *name;	  /* as a jail's */
	char **arguments; /* NULL-terminated, not empty */
	/* Otherwise it is started once, and stays. */
	bool per_connection;
	/* Of one that is started for each connection: */
	uint16_t port;	      /* one of `listens`, TCP */
	uint32_t at_most;     /* at once */
	uint32_t source_most; /* connections that one client's address may
				 begin in source_milliseconds; 0: any */
	uint32_t source_milliseconds;
};

enum config_ready {
	CONFIG_READY_EXEC,   /* as soon as the program runs */
	CONFIG_READY_LISTEN, /* every TCP port of `listen` that it means to
				serve: the first listen(2) */
	CONFIG_READY_HTTP,   /* a GET of ready_path answers 2xx or 3xx */
	CONFIG_READY_NOTIFY, /* it says READY=1, as sd_notify(3) does */
};

/* Of the storage behind the jail, each second; 0: not limited. */
struct config_io_limits {
	uint64_t read_bytes, write_bytes;
	uint64_t read_operations, write_operations;
};

/* 0 means: not limited (but see DESIGN in docs/security.md for defaults). */
struct config_limits {
	uint64_t processes;
	uint64_t memory_bytes;
	uint32_t cpu_permille; /* of one processor: 500 is half of one */
	uint64_t cpu_seconds;  /* a process's total, RLIMIT_CPU */
	uint64_t files;	       /* RLIMIT_NOFILE */
	uint64_t file_bytes;   /* RLIMIT_FSIZE */
	struct config_io_limits io;
};

struct config {
	char *name; /* [a-z0-9][a-z0-9._-]*, at most CONFIG_NAME_MAX */
	char *summary;
	char *version;
	char *hostname;
	char **arguments; /* of the service, or the first of `services`;
			     NULL-terminated, not empty */
	struct config_service *services; /* if they have names; or empty */
	size_t service_count;
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
	struct endpoint *connects; /* the only peers it may call */
	size_t connect_count;
	enum config_network network;
	char **addresses; /* of CONFIG_NETWORK_OWN: "ADDRESS/LEN" */
	struct config_persist *persists;
	size_t persist_count;
	struct config_share *shares;
	size_t share_count;
	char **tripwires; /* files whose reading is an alarm; may be NULL */
	struct config_restore restore;
	struct config_health health;
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

/* True if one of `connects` is a name, that somebody has to look up. */
bool config_names_peers(const struct config *config);

struct buf;

/* "80/tcp", "10.0.0.5:53/udp", "[2001:db8::5]:80/tcp" */
void config_listen_put(const struct config_listen *listen, struct buf *text);

/*
 * "[ADDRESS:]PORT/tcp" or "/udp". -EINVAL for anything else, a name among it;
 * *ret_why is then the reason, as endpoint_parse() gives it.
 */
int config_listen_parse(const char *text, struct config_listen *ret_listen,
			const char **ret_why) MUST_CHECK;
/* What is wrong with that as the source of a share, to complete "it ...", a
 * constant; NULL if nothing is. */
const char *config_share_problem(const char *source);
/* Of one element, which is empty afterwards. */
void config_share_done(struct config_share *share);
void config_service_done(struct config_service *service);

/* The word for one cause: "exit"; NULL past the last, from `index` 0 on. */
const char *config_restore_word(size_t index,
				enum config_restore_cause *ret_cause);

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
