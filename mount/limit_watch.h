/*
 * What happens at a limit: it is told. The kernel counts what it refused; a
 * layer is looked at. All of it now and then, since not every hierarchy of
 * control groups can tell by itself.
 */
#ifndef JAILMOUNT_LIMIT_WATCH_H
#define JAILMOUNT_LIMIT_WATCH_H

#include "lib/base.h"
#include "lib/config.h"
#include "mount/cgroup.h"

#include <stdbool.h>

enum { LIMIT_WATCH_PAUSE_US = 1000000 };

/* What one generation has met so far. */
struct limit_watch {
	struct cgroup_hits hits;
	bool *full; /* for each layer */
	size_t layer_count;
};

#define LIMIT_WATCH_INIT ((struct limit_watch){ 0 })

void limit_watch_done(struct limit_watch *watch);

/*
 * Look again. `met` is called for each limit that was met since the last look,
 * with a text that names it; a layer counts again once there was room in it.
 */
void limit_watch_look(struct limit_watch *watch, const struct cgroup *cgroup,
		      const struct config_layer *layers, const int *layer_fds,
		      size_t layer_count,
		      void (*met)(void *context, const char *text),
		      void *context);

#endif
