#include "pack/trace_draft.h"

#include "lib/path.h"
#include "pack/trace_environment.h"
#include "pack/trace_wanted.h"

#include <string.h>
#include <sys/stat.h>

/* --- Layers --- */

bool trace_old_layer(const struct trace_subject *subject, const char *path)
{
	const struct recipe *old = subject->old;

	for (size_t i = 0; old && i < old->layer_count; i++) {
		if (path_within(path, old->layers[i].path))
			return true;
	}
	return false;
}

/* "16M" */
static void size_word(uint64_t bytes, char word[32])
{
	static const char units[] = "kMGT";
	size_t unit = 0;

	bytes = bytes >> 10 ? bytes >> 10 : 1;
	while (bytes % 1024 == 0 && unit + 1 < strlen(units)) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(word, 32, "%ju%c", (uintmax_t)bytes, units[unit]);
}

/* What may begin empty, and with which mode; NULL: an overlay. */
static const char *empty_mode(const struct trace_layer *layer)
{
	static const struct {
		const char *path, *mode;
	} places[] = {
		{ "/tmp", " 1777" },
		{ "/var/tmp", " 1777" },
		{ "/run", "" },
	};

	for (size_t i = 0; !layer->furnished && i < ARRAY_SIZE(places); i++) {
		if (strcmp(layer->path, places[i].path) == 0)
			return places[i].mode;
	}
	return NULL;
}

static void draft_layer(struct draft *draft,
			const struct trace_subject *subject,
			const struct trace_layer *layer)
{
	CLEANUP_BUF struct buf path = BUF_INIT;
	/* It begins in a directory that has to be there. */
	bool begins = subject->facts->start_call &&
		      path_within(subject->directory, layer->path);
	const char *mode = begins ? NULL : empty_mode(layer);
	char size[32];

	size_word(layer->bytes, size);
	draft_quote(&path, layer->path);
	draft_reason(draft, "%s(2) of %s", layer->why->writer,
		     layer->why->path);
	draft_line(draft, "%s %s %s%s", mode ? "writable" : "overlay",
		   path.data ? path.data : "", size, mode ? mode : "");
}

static void draft_layers(struct draft *draft,
			 const struct trace_subject *subject)
{
	const struct trace_layers *layers = subject->layers;

	draft_heading(draft, "What is writable");
	if (!subject->old && layers->count)
		draft_comment(draft,
			      "Whatever is written there is gone with the next "
			      "start or restore of the jail.");
	for (size_t i = 0; i < layers->count; i++) {
		const struct trace_layer *layer = &layers->layers[i];

		if (trace_old_layer(subject, layer->path))
			continue;
		if (!layer->impossible && draft_can_say(layer->path))
			draft_layer(draft, subject, layer);
		else if (draft_can_say(layer->why->path))
			draft_comment(draft,
				      "%s(2) of %s: not in a jail. Where "
				      "programs are nothing can be written.",
				      layer->why->writer, layer->why->path);
	}
}

/* --- Devices --- */

static bool old_has_device(const struct recipe *old, const char *path)
{
	for (size_t i = 0; old && i < old->item_count; i++) {
		const struct recipe_item *item = &old->items[i];

		if (item->kind == ITEM_DEVICE && item->path &&
		    strcmp(item->path, path) == 0)
			return true;
	}
	if (!old)
		return false;
	return (old->config.log_stdout && strcmp(path, "/dev/stdout") == 0) ||
	       (old->config.log_stderr && strcmp(path, "/dev/stderr") == 0) ||
	       (old->config.log_syslog && strcmp(path, "/dev/log") == 0);
}

/* Those that are safe in every jail. */
static bool is_safe(const char *name)
{
	static const char *const names[] = { "null",   "zero",	  "full",
					     "random", "urandom", "stdout",
					     "stderr", "log" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static void draft_device(struct draft *draft, const struct trace_fact *fact)
{
	const char *name = path_name(fact->path);
	CLEANUP_FREE char *parent = path_parent(fact->path);

	if (!parent || strcmp(parent, "/dev") != 0 ||
	    !draft_can_say(fact->path)) {
		return;
	}
	if (is_safe(name)) {
		draft_reason(draft, "%s(2)", fact->call);
		draft_line(draft, "device %s", name);
	} else if (S_ISCHR(fact->mode) || S_ISBLK(fact->mode)) {
		draft_comment(draft,
			      "%s(2) of %s: give it only to a service that you "
			      "would trust with the host's:",
			      fact->call, fact->path);
		draft_comment(draft, "device %s %c %u %u 0%03o", fact->path,
			      S_ISCHR(fact->mode) ? 'c' : 'b', fact->major,
			      fact->minor, fact->mode & 0777);
	}
}

/* A jail has it even where the host does not. */
static bool is_log(const struct trace_fact *fact)
{
	return strcmp(fact->path, "/dev/log") == 0 && fact->acts & ACT_CONNECT;
}

static void draft_devices(struct draft *draft,
			  const struct trace_subject *subject)
{
	const struct trace_facts *facts = subject->facts;

	draft_heading(draft, "Devices");
	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];
		bool used = fact->acts & ~(unsigned int)(ACT_LOOK | ACT_PASS);

		if ((fact->existed || is_log(fact)) && used &&
		    path_within(fact->path, "/dev") &&
		    !old_has_device(subject->old, fact->path))
			draft_device(draft, fact);
	}
}

/* --- /proc --- */

/* /proc/self, /proc/thread-self, /proc/4711 and what is in them. */
static bool is_process(const char *path)
{
	const char *name;

	if (!path_within(path, "/proc") || !path[strlen("/proc")])
		return false;
	name = path + strlen("/proc/");
	return strncmp(name, "self", 4) == 0 ||
	       strncmp(name, "thread-self", 11) == 0 ||
	       (name[0] >= '0' && name[0] <= '9');
}

/* Without the number of a process, which is another one each time. */
static const char *shown_process(const char *path)
{
	const char *name = path + strlen("/proc/");
	size_t digits = strspn(name, "0123456789");

	return digits ? name + digits : path;
}

static void draft_proc(struct draft *draft, const struct trace_subject *subject)
{
	const struct trace_facts *facts = subject->facts;

	if (subject->old && subject->old->config.proc)
		return;
	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];

		if (!is_process(fact->path) || !draft_can_say(fact->path))
			continue;
		draft_reason(draft, "%s(2) of %s%s", fact->call,
			     shown_process(fact->path) == fact->path
				     ? ""
				     : "/proc/PID",
			     shown_process(fact->path));
		draft_line(draft, "proc");
		return;
	}
}

/* --- What it finds around it --- */

static void draft_hostname(struct draft *draft,
			   const struct trace_subject *subject)
{
	static const char *const files[] = { "/etc/hosts", "/etc/hostname" };

	if (subject->old)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const struct trace_fact *fact =
			trace_facts_find(subject->facts, files[i]);

		if (!fact || !(fact->acts & ACT_READ))
			continue;
		draft_reason(draft, "It reads %s, which is made with this.",
			     files[i]);
		draft_line(draft, "hostname localhost");
		return;
	}
}

static void draft_workdir(struct draft *draft,
			  const struct trace_subject *subject)
{
	CLEANUP_BUF struct buf word = BUF_INIT;

	if (!subject->facts->start_call || subject->old ||
	    !draft_can_say(subject->directory) || !subject->directory[1])
		return;
	draft_reason(draft, "%s(2) by a path that begins in this directory.",
		     subject->facts->start_call);
	draft_quote(&word, subject->directory);
	draft_line(draft, "workdir %s", word.data ? word.data : "/");
}

void trace_draft_places(struct draft *draft,
			const struct trace_subject *subject)
{
	draft_layers(draft, subject);
	draft_devices(draft, subject);
	draft_heading(draft, "What it finds around it");
	draft_proc(draft, subject);
	draft_hostname(draft, subject);
	draft_workdir(draft, subject);
	trace_draft_environment(draft, subject);
}
