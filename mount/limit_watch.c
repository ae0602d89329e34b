#include "mount/limit_watch.h"

#include <string.h>
#include <sys/vfs.h>

void limit_watch_done(struct limit_watch *watch)
{
	free(watch->full);
	*watch = LIMIT_WATCH_INIT;
}

static void look_at_groups(struct limit_watch *watch,
			   const struct cgroup *cgroup,
			   void (*met)(void *context, const char *text),
			   void *context)
{
	struct cgroup_hits now;

	cgroup_read_hits(cgroup, &now);
	if (now.processes > watch->hits.processes)
		met(context, "no more processes: limit processes");
	if (now.killed > watch->hits.killed)
		met(context, "a process was killed for want of memory: limit "
			     "memory");
	watch->hits = now;
}

static void look_at_layer(bool *full, const struct config_layer *layer, int fd,
			  void (*met)(void *context, const char *text),
			  void *context)
{
	struct statfs st;
	bool bytes, inodes, was = *full;
	char text[256];

	if (fstatfs(fd, &st) < 0)
		return;
	bytes = st.f_bfree == 0;
	inodes = st.f_files && st.f_ffree == 0;
	*full = bytes || inodes;
	if (!*full || was)
		return;
	(void)snprintf(text, sizeof(text), "%.200s is full: %s", layer->path,
		       bytes ? "its bytes" : "its inodes");
	met(context, text);
}

void limit_watch_look(struct limit_watch *watch, const struct cgroup *cgroup,
		      const struct config_layer *layers, const int *layer_fds,
		      size_t layer_count,
		      void (*met)(void *context, const char *text),
		      void *context)
{
	if (!watch->full) {
		watch->full = calloc(layer_count + 1, sizeof(bool));
		watch->layer_count = watch->full ? layer_count : 0;
	}
	look_at_groups(watch, cgroup, met, context);
	for (size_t i = 0; i < watch->layer_count; i++)
		look_at_layer(&watch->full[i], &layers[i], layer_fds[i], met,
			      context);
}
