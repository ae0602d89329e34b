/* Who depends on whom, which the bill's reasons tell. */
#include "pack/sbom.h"

#include <stdbool.h>
#include <sys/stat.h>

/* One thing asks for another. By number: packages come first, then the files
 * of the bill, then the image. */
struct edge {
	size_t from, to;
};

struct graph {
	const struct bill *bill;
	struct edge *edges;
	size_t count;
};

static size_t file_number(const struct bill *bill, const struct bill_file *file)
{
	return bill->package_count + (size_t)(file - bill->files);
}

static size_t image_number(const struct bill *bill)
{
	return bill->package_count + bill->file_count;
}

/* The next regular file on the way to the recipe: what asked for `file`,
 * through links and directories. NULL: the recipe itself did. */
static const struct bill_file *asker(const struct bill *bill,
				     const struct bill_file *file)
{
	do {
		/* bill_read() has checked that it is there and that this
		 * ends. */
		file = file->because ? bill_find(bill, file->because) : NULL;
	} while (file && !S_ISREG(file->mode));
	return file;
}

/* Room for three edges a file was made. */
static void add_edge(struct graph *graph, size_t from, size_t to)
{
	if (from != to)
		graph->edges[graph->count++] =
			(struct edge){ .from = from, .to = to };
}

static void add_edges(struct graph *graph, const struct bill_file *file)
{
	const struct bill *bill = graph->bill;
	const struct bill_file *from = asker(bill, file);
	size_t number = file_number(bill, file);

	if (!from) {
		add_edge(graph, image_number(bill), number);
		if (file->package != BILL_NO_PACKAGE)
			add_edge(graph, image_number(bill), file->package);
		return;
	}
	add_edge(graph, file_number(bill, from), number);
	if (file->package == BILL_NO_PACKAGE)
		return;
	/* A file that is of no package can ask for one as well. */
	add_edge(graph,
		 from->package == BILL_NO_PACKAGE ? file_number(bill, from)
						  : from->package,
		 file->package);
}

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static json_t *reference(const struct bill *bill, size_t number)
{
	if (number < bill->package_count)
		return sbom_package_reference(&bill->packages[number]);
	if (number < image_number(bill))
		return sbom_file_reference(
			&bill->files[number - bill->package_count]);
	return json_string(SBOM_IMAGE);
}

/* What `number` depends on: the edges from *next on. */
static json_t *dependency_json(const struct graph *graph, size_t number,
			       size_t *next)
{
	json_t *list = json_array();
	size_t last = SIZE_MAX;
	int r = list ? 0 : -1;

	for (; *next < graph->count && graph->edges[*next].from == number;
	     (*next)++) {
		size_t to = graph->edges[*next].to;

		if (r == 0 && to != last)
			r = json_array_append_new(list,
						  reference(graph->bill, to));
		last = to;
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:o,s:o}", "ref", reference(graph->bill, number),
			 "dependsOn", list);
}

static bool is_component(const struct bill *bill, size_t number)
{
	return number < bill->package_count || number == image_number(bill) ||
	       S_ISREG(bill->files[number - bill->package_count].mode);
}

json_t *sbom_dependencies(const struct bill *bill)
{
	struct graph graph = { .bill = bill };
	json_t *list = json_array();
	size_t next = 0;
	int r = list ? 0 : -1;

	graph.edges = calloc(3 * bill->file_count + 1, sizeof(*graph.edges));
	if (!graph.edges)
		r = -1;
	for (size_t i = 0; r == 0 && i < bill->file_count; i++) {
		if (S_ISREG(bill->files[i].mode))
			add_edges(&graph, &bill->files[i]);
	}
	if (graph.edges)
		qsort(graph.edges, graph.count, sizeof(*graph.edges),
		      compare_edges);
	for (size_t i = 0; r == 0 && i <= image_number(bill); i++) {
		if (is_component(bill, i))
			r = json_array_append_new(
				list, dependency_json(&graph, i, &next));
	}
	free(graph.edges);
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}
