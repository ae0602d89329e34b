#include "pack/trace_layers.h"

#include "lib/path.h"
#include "pack/trace_wanted.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)

void trace_layers_done(struct trace_layers *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		free(layers->layers[i].path);
	free(layers->layers);
	*layers = TRACE_LAYERS_INIT;
}

bool trace_is_bytecode(const char *path)
{
	return strstr(path, "/__pycache__") != NULL;
}

static bool is_elsewhere(const char *path)
{
	return path_within(path, "/dev") || path_within(path, "/proc") ||
	       path_within(path, "/sys");
}

/* Did this need something to be writable? */
static bool is_written(const struct trace_fact *fact)
{
	unsigned int acts = fact->acts & ACTS_WRITING;

	if (!acts || is_elsewhere(fact->place) ||
	    trace_is_bytecode(fact->place))
		return false;
	/* mkdir of what was there, unlink of what was not. */
	if (fact->existed && S_ISDIR(fact->mode))
		acts &= ~(unsigned int)ACT_MAKE;
	if (!fact->existed && !(fact->acts & ACT_MAKE))
		acts &= ~(unsigned int)ACT_REMOVE;
	return acts != 0;
}

/* The places where anything may come and go are one layer each. */
static const char *common_place(const char *path)
{
	static const char *const places[] = { "/tmp", "/var/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (path_within(path, places[i]))
			return places[i];
	}
	return NULL;
}

/* The nearest directory that was there before the service. */
static char *layer_path(const struct trace_facts *facts,
			const struct trace_fact *fact)
{
	const char *common = common_place(fact->place);
	bool itself = fact->existed && S_ISDIR(fact->mode) &&
		      (fact->acts & ACT_CHANGE);
	char *path;

	if (common)
		return strdup(common);
	path = itself ? strdup(fact->place) : path_parent(fact->place);
	while (path && path[1]) {
		const struct trace_fact *directory =
			trace_facts_find(facts, path);
		char *parent;

		if (!directory || directory->existed ||
		    !(directory->acts & ACT_MAKE))
			break;
		parent = path_parent(path);
		free(path);
		path = parent;
	}
	return path;
}

static int compare_layers(const void *left, const void *right)
{
	return strcmp(((const struct trace_layer *)left)->path,
		      ((const struct trace_layer *)right)->path);
}

static int add_layer(struct trace_layers *layers, char *path,
		     const struct trace_fact *why)
{
	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < layers->count; i++) {
		if (strcmp(layers->layers[i].path, path) == 0) {
			free(path);
			return 0;
		}
	}
	if (layers->count >= TRACE_OTHERS_MAX) {
		free(path);
		return 0;
	}
	if (array_grow(&layers->layers, layers->count,
		       sizeof(*layers->layers)) < 0) {
		free(path);
		return -ENOMEM;
	}
	layers->layers[layers->count++] = (struct trace_layer){
		.path = path,
		.why = why,
	};
	return 0;
}

/* Programs would not run in a layer. */
static void judge(const struct trace_facts *facts, struct trace_layer *layer)
{
	static const char *const programs[] = { "/usr",	 "/bin",   "/sbin",
						"/lib",	 "/lib32", "/lib64",
						"/boot", "/libx32" };

	layer->impossible = !layer->path[1];
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		layer->impossible |= path_within(layer->path, programs[i]);
	/* What is kept below /usr/local is not code as a rule. */
	if (path_within(layer->path, "/usr/local/var"))
		layer->impossible = false;
	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];

		if (!fact->existed || !path_within(fact->place, layer->path))
			continue;
		layer->impossible |= (fact->acts & ACT_EXECUTE) != 0;
		layer->furnished |= strcmp(fact->place, layer->path) != 0 &&
				    trace_wanted(fact) != WANTED_NOT;
	}
}

/* A layer inside a possible one is a part of it. */
static void drop_inner(struct trace_layers *layers)
{
	size_t kept = 0;

	for (size_t i = 0; i < layers->count; i++) {
		const struct trace_layer *outer = NULL;

		for (size_t k = 0; k < kept && !outer; k++) {
			if (!layers->layers[k].impossible &&
			    path_within(layers->layers[i].path,
					layers->layers[k].path))
				outer = &layers->layers[k];
		}
		if (outer)
			free(layers->layers[i].path);
		else
			layers->layers[kept++] = layers->layers[i];
	}
	layers->count = kept;
}

static uint64_t usual_bytes(const char *path)
{
	static const struct {
		const char *place;
		uint64_t bytes;
	} usual[] = {
		{ "/run", 1 * MIB },	    { "/tmp", 16 * MIB },
		{ "/var/tmp", 16 * MIB },   { "/var/log", 16 * MIB },
		{ "/var/cache", 64 * MIB }, { "/var/lib", 32 * MIB },
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (path_within(path, usual[i].place))
			return usual[i].bytes;
	}
	return 16 * MIB;
}

/* Four times what was seen there, as a power of two. */
static void measure(const struct trace_facts *facts, struct trace_layer *layer)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];

		if ((fact->acts & ACTS_WRITING) &&
		    path_within(fact->place, layer->path) &&
		    fact->size < UINT64_MAX / 16 - seen)
			seen += fact->size;
	}
	layer->bytes = usual_bytes(layer->path);
	while (layer->bytes < seen * 4)
		layer->bytes *= 2;
}

int trace_layers_choose(const struct trace_facts *facts,
			struct trace_layers *ret_layers)
{
	struct trace_layers layers = TRACE_LAYERS_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];

		if (is_written(fact))
			r = add_layer(&layers, layer_path(facts, fact), fact);
	}
	if (r < 0) {
		trace_layers_done(&layers);
		return r;
	}
	if (layers.count)
		qsort(layers.layers, layers.count, sizeof(*layers.layers),
		      compare_layers);
	for (size_t i = 0; i < layers.count; i++)
		judge(facts, &layers.layers[i]);
	drop_inner(&layers);
	for (size_t i = 0; i < layers.count; i++)
		measure(facts, &layers.layers[i]);
	*ret_layers = layers;
	return 0;
}

const struct trace_layer *trace_layers_find(const struct trace_layers *layers,
					    const char *path)
{
	for (size_t i = 0; i < layers->count; i++) {
		if (!layers->layers[i].impossible &&
		    path_within(path, layers->layers[i].path))
			return &layers->layers[i];
	}
	return NULL;
}
