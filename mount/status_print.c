/* A jail's status as text. Reads the object of status.h, whole or not. */
#include "mount/status.h"

#include <string.h>

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static json_int_t integer_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_row(struct buf *text, const char *label, const char *value)
{
	if (*value)
		buf_printf(text, "%-12s%s\n", label, value);
}

/* "127.0.0.1:8080 -> 80 (listening)" */
static void print_listen(const json_t *listen, struct buf *text)
{
	const json_t *sockets = json_object_get(listen, "sockets");
	const char *state = "not bound by the service";
	size_t index;
	json_t *socket;

	json_array_foreach(sockets, index, socket)
	{
		state = "bound";
		if (json_is_true(json_object_get(socket, "listening"))) {
			state = "listening";
			break;
		}
	}
	buf_printf(text, "%-12s%s %s -> jail's port %d, %s\n", "listen",
		   string_of(listen, "protocol"), string_of(listen, "address"),
		   (int)integer_of(listen, "jail_port"), state);
}

static void print_generation(const json_t *status, struct buf *text)
{
	const json_t *finishing = json_object_get(status, "finishing");
	const json_t *ready = json_object_get(status, "ready_after_ms");
	size_t index;
	json_t *number;

	if (!json_object_get(status, "generation"))
		return;
	buf_printf(text, "%-12s%d since %s", "generation",
		   (int)integer_of(status, "generation"),
		   string_of(status, "generation_started"));
	if (ready)
		buf_printf(text, ", ready after %.1f ms",
			   json_number_value(ready));
	json_array_foreach(finishing, index, number)
		buf_printf(text, "%s%d", index ? ", " : "; finishing: ",
			   (int)json_integer_value(number));
	buf_putc(text, '\n');
}

static void print_refusals(const json_t *binds, struct buf *text)
{
	const json_t *last = json_object_get(binds, "last");
	size_t index;
	json_t *refusal;

	buf_printf(text, "%-12s%" JSON_INTEGER_FORMAT " binds\n", "refused",
		   integer_of(binds, "count"));
	json_array_foreach(last, index, refusal) buf_printf(
		text, "  %s  %s %s  by %s (%d), generation %d\n",
		string_of(refusal, "time"), string_of(refusal, "protocol"),
		string_of(refusal, "address"), string_of(refusal, "command"),
		(int)integer_of(refusal, "pid"),
		(int)integer_of(refusal, "generation"));
}

/* "  ptrace  3 times, first by sh (77) at 2026-11-24T06:40:00.123456Z" */
static void print_refused_calls(const json_t *calls, struct buf *text)
{
	size_t index;
	json_t *call;

	if (json_array_size(calls))
		buf_printf(text, "%-12s%zu system calls, in this generation\n",
			   "refused", json_array_size(calls));
	json_array_foreach(calls, index, call) buf_printf(
		text,
		"  %s  %" JSON_INTEGER_FORMAT " times, first by %s (%d) at "
		"%s\n",
		string_of(call, "call"), integer_of(call, "count"),
		string_of(call, "command"), (int)integer_of(call, "pid"),
		string_of(call, "first"));
}

static void print_update(const json_t *status, struct buf *text)
{
	const json_t *trial = json_object_get(status, "trial");
	const json_t *last = json_object_get(status, "last_update");

	if (trial)
		buf_printf(text, "%-12suntil %s, instead of %s%s%.8s\n",
			   "trial", string_of(trial, "until"),
			   string_of(trial, "previous_version"),
			   *string_of(trial, "previous_version") ? " " : "",
			   string_of(trial, "previous_root_hash"));
	if (last)
		buf_printf(text, "%-12s%s  %s\n", "last update",
			   string_of(last, "time"), string_of(last, "text"));
}

/* "generation 1 until 2026-...: nginx (4711), sh (4712); 2 alarms" */
static void print_quarantine(const json_t *one, struct buf *text)
{
	size_t index;
	json_t *process;

	buf_printf(text,
		   "%-12sgeneration %d until %s, %d alarms:", "quarantine",
		   (int)integer_of(one, "generation"), string_of(one, "until"),
		   (int)integer_of(one, "alarms"));
	json_array_foreach(json_object_get(one, "processes"), index, process)
		buf_printf(text, "%s %s (%d)", index ? "," : "",
			   string_of(process, "command"),
			   (int)integer_of(process, "pid"));
	buf_putc(text, '\n');
}

static void print_watch(const json_t *status, struct buf *text)
{
	const json_t *health = json_object_get(status, "health");
	const json_t *alarms = json_object_get(status, "alarms");
	const json_t *last = json_object_get(alarms, "last");
	const json_t *count;
	const char *kind;

	if (health)
		buf_printf(text, "%-12s%s, asked %s\n", "health",
			   json_is_true(json_object_get(health, "well"))
				   ? "well"
				   : "NOT WELL",
			   string_of(health, "asked"));
	print_row(text, "next", string_of(status, "next_restore"));
	if (!last)
		return;
	buf_printf(text, "%-12s", "alarms");
	json_object_foreach((json_t *)(uintptr_t)alarms, kind,
			    count) if (json_integer_value(count))
		buf_printf(text, "%s %" JSON_INTEGER_FORMAT "  ", kind,
			   json_integer_value(count));
	buf_printf(text, "\n  %s  %s, generation %d\n", string_of(last, "time"),
		   string_of(last, "text"),
		   (int)integer_of(last, "generation"));
}

/* "ftpd: waiting, ended with 1, 3 restarts" */
static void print_service(const json_t *service, struct buf *text)
{
	buf_printf(text, "%-12s%s: %s", "service", string_of(service, "name"),
		   string_of(service, "state"));
	if (json_object_get(service, "pid"))
		buf_printf(text, " (%d)", (int)integer_of(service, "pid"));
	if (json_object_get(service, "status"))
		buf_printf(text, ", ended with %d before",
			   (int)integer_of(service, "status"));
	buf_printf(text, ", %d restarts\n",
		   (int)integer_of(service, "restarts"));
}

/* "login: 2 connections of 20 at most, 17 since the start, 3 turned away" */
static void print_connections(const json_t *port, struct buf *text)
{
	const json_t *lives = json_object_get(port, "generations");

	buf_printf(
		text,
		"%-12s%s: %zu connections of %d at most, %" JSON_INTEGER_FORMAT
		" since the start, %" JSON_INTEGER_FORMAT " turned away\n",
		"service", string_of(port, "service"), json_array_size(lives),
		(int)integer_of(port, "at_most"), integer_of(port, "served"),
		integer_of(port, "turned_away"));
}

/* "10.0.0.5/24, by j12-web; refused: 3 packets in, 0 out" */
static void print_network(const json_t *network, struct buf *text)
{
	const json_t *addresses = json_object_get(network, "addresses");
	const char *interface = string_of(network, "interface");
	const char *end = string_of(network, "end");
	const json_t *refused = json_object_get(network, "refused_packets");
	size_t index;
	json_t *address;

	if (!network)
		return;
	buf_printf(text, "%-12s", "network");
	json_array_foreach(addresses, index, address) buf_printf(
		text, "%s%s", index ? " " : "", json_string_value(address));
	if (*interface)
		buf_printf(text, ", at %s", interface);
	if (*end)
		buf_printf(text, ", by %s", end);
	if (json_is_object(refused))
		buf_printf(text,
			   "; refused: %" JSON_INTEGER_FORMAT
			   " packets in, %" JSON_INTEGER_FORMAT " out",
			   integer_of(refused, "in"),
			   integer_of(refused, "out"));
	buf_putc(text, '\n');
}

static void print_signature(const json_t *signature, struct buf *text)
{
	if (!json_is_true(json_object_get(signature, "signed"))) {
		print_row(text, "signature",
			  json_is_true(json_object_get(signature, "overruled"))
				  ? "NONE, which --unsigned allows"
				  : "none");
		return;
	}
	buf_printf(text, "%-12sby %s (%s)%s\n", "signature",
		   string_of(signature, "signer"),
		   string_of(signature, "certificate"),
		   json_is_true(json_object_get(signature, "installed"))
			   ? ""
			   : ", which is NO LONGER INSTALLED");
}

/* What keeps the bytes that run those that were verified. */
static void print_protection(const json_t *status, struct buf *text)
{
	const json_t *verity = json_object_get(status, "verity");
	const char *protection = string_of(status, "protection");

	if (strcmp(protection, "sealed") == 0)
		print_row(text, "protection", "sealed memory");
	else if (strcmp(protection, "verity") != 0)
		print_row(text, "protection",
			  "verified in place: too large to be copied into "
			  "memory");
	else if (json_is_true(json_object_get(verity, "corrupted")))
		buf_printf(text,
			   "%-12sdm-verity (%s): CORRUPTED, blocks of the file "
			   "are not the image's\n",
			   "protection", string_of(verity, "device"));
	else if (verity)
		buf_printf(text, "%-12sdm-verity (%s)\n", "protection",
			   string_of(verity, "device"));
	else
		print_row(text, "protection", "dm-verity");
}

void status_print(const json_t *status, struct buf *text)
{
	const json_t *connections = json_object_get(status, "connections");
	const json_t *services = json_object_get(status, "services");
	const json_t *listens = json_object_get(status, "listen");
	size_t index;
	json_t *listen, *service;

	print_row(text, "name", string_of(status, "name"));
	print_row(text, "state", string_of(status, "state"));
	print_row(text, "version", string_of(status, "version"));
	print_row(text, "image", string_of(status, "image"));
	print_row(text, "root hash", string_of(status, "root_hash"));
	print_signature(json_object_get(status, "signature"), text);
	print_protection(status, text);
	buf_printf(text, "%-12s%d since %s\n", "supervisor",
		   (int)integer_of(status, "supervisor"),
		   string_of(status, "started"));
	print_generation(status, text);
	print_row(text, "says", string_of(status, "says"));
	json_array_foreach(services, index, service)
		print_service(service, text);
	json_array_foreach(connections, index, service)
		print_connections(service, text);
	buf_printf(text, "%-12s%d\n", "restores",
		   (int)integer_of(status, "restores"));
	print_network(json_object_get(status, "network"), text);
	print_update(status, text);
	json_array_foreach(json_object_get(status, "quarantine"), index, listen)
		print_quarantine(listen, text);
	json_array_foreach(listens, index, listen) print_listen(listen, text);
	print_row(text, "cgroup", string_of(status, "cgroup"));
	print_row(text, "log", string_of(status, "log"));
	print_watch(status, text);
	print_refusals(json_object_get(status, "refused_binds"), text);
	print_refused_calls(json_object_get(status, "refused_calls"), text);
}

/* --- Lists ---------------------------------------------------------------- */

static void print_jail(const json_t *jail, struct buf *text)
{
	const json_t *listens = json_object_get(jail, "listen");
	const char *hash = string_of(jail, "root_hash");
	size_t index;
	json_t *listen;

	buf_printf(text, "%-20s %-10s %-12s %-8.8s %3d %7d ",
		   string_of(jail, "name"), string_of(jail, "state"),
		   *string_of(jail, "version") ? string_of(jail, "version")
					       : "-",
		   *hash ? hash : "-", (int)integer_of(jail, "generation"),
		   (int)integer_of(jail, "supervisor"));
	json_array_foreach(listens, index, listen) buf_printf(
		text, "%s%s->%d%s", index ? " " : "",
		string_of(listen, "address"),
		(int)integer_of(listen, "jail_port"),
		strcmp(string_of(listen, "protocol"), "udp") == 0 ? "/udp"
								  : "");
	buf_putc(text, '\n');
}

void status_print_list(const json_t *jails, struct buf *text)
{
	size_t index;
	json_t *jail;

	if (!json_array_size(jails))
		return;
	buf_printf(text, "%-20s %-10s %-12s %-8s %3s %7s %s\n", "NAME", "STATE",
		   "VERSION", "ROOT", "GEN", "PID", "LISTEN");
	json_array_foreach(jails, index, jail) print_jail(jail, text);
}
