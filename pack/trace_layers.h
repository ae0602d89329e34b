/*
 * Where a service wrote, as the layers that a jail needs for it. Pure.
 */
#ifndef JAILPACK_TRACE_LAYERS_H
#define JAILPACK_TRACE_LAYERS_H

#include "lib/base.h"
#include "pack/trace_facts.h"

#include <stdbool.h>
#include <stdint.h>

struct trace_layer {
	char *path;
	uint64_t bytes;		      /* that it should hold */
	const struct trace_fact *why; /* the first that was written there */
	/* No layer can be there: programs are, or it is the root. */
	bool impossible;
	/* Directories that came with the service, and are needed, are in it:
	 * it cannot begin empty. */
	bool furnished;
};

struct trace_layers {
	struct trace_layer *layers; /* sorted by path; none lies in another */
	size_t count;
};

#define TRACE_LAYERS_INIT ((struct trace_layers){ 0 })

/* 0 or -ENOMEM. Past TRACE_OTHERS_MAX layers the rest is left out. */
int trace_layers_choose(const struct trace_facts *facts,
			struct trace_layers *ret_layers) MUST_CHECK;
void trace_layers_done(struct trace_layers *layers);

/* The one that a normal path lies in, or NULL. */
const struct trace_layer *trace_layers_find(const struct trace_layers *layers,
					    const char *path);

/* Bytecode that Python would keep beside its modules; it does without. */
bool trace_is_bytecode(const char *path);

#endif
