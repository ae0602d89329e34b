/* What a unit's service may do: capabilities, ports, limits. */
#include "pack/from_unit_draft.h"

#include "lib/config.h"
#include "lib/number.h"
#include "pack/trace_powers.h"

#include <ctype.h>
#include <linux/capability.h>
#include <string.h>

/* --- Capabilities --- */

static uint64_t named_capabilities(const char *value)
{
	char **words = NULL;
	uint64_t set = 0;

	if (unit_words(value, &words, NULL) < 0)
		return 0;
	for (char **word = words; *word; word++) {
		int number = capability_number(*word);

		if (number >= 0)
			set |= UINT64_C(1) << number;
	}
	strv_free(words);
	return set;
}

/* Several settings are united; "~" takes away, from everything if it comes
 * first. */
static uint64_t capabilities(const struct unit_subject *subject,
			     const char *key, bool *ret_said)
{
	uint64_t set = 0;
	const char *value;
	size_t at = 0;

	*ret_said = unit_file_get(subject->service, "Service", key) != NULL;
	for (bool first = true;
	     (value = unit_file_next(subject->service, "Service", key, &at)) !=
	     NULL;
	     first = false) {
		if (value[0] != '~')
			set |= named_capabilities(value);
		else
			set = (first ? ~UINT64_C(0) : set) &
			      ~named_capabilities(value + 1);
	}
	return set;
}

/* Ports are bound by the supervisor: that takes no capability in a jail. */
static uint64_t of_jails(uint64_t set)
{
	return set & trace_powers_of_jails() &
	       ~(UINT64_C(1) << CAP_NET_BIND_SERVICE);
}

/* "setuid" for CAP_SETUID. */
static void put_name(struct buf *text, int number)
{
	for (const char *c = capability_name(number) + strlen("CAP_"); *c; c++)
		buf_putc(text, (char)tolower((unsigned char)*c));
}

void unit_put_ambient(struct buf *text, const struct unit_subject *subject)
{
	CLEANUP_BUF struct buf list = BUF_INIT;
	bool said;
	uint64_t set =
		of_jails(capabilities(subject, "AmbientCapabilities", &said));

	for (int i = 0; set; i++, set >>= 1) {
		if (!(set & 1))
			continue;
		buf_puts(&list, list.length ? ",+" : "+");
		put_name(&list, i);
	}
	if (list.length)
		buf_printf(text, " --inh-caps %s --ambient-caps %s", list.data,
			   list.data);
}

static void draft_set(struct draft *draft, const char *key, uint64_t set)
{
	CLEANUP_BUF struct buf names = BUF_INIT;

	for (int i = 0; set; i++, set >>= 1) {
		if (!(set & 1) || !capability_name(i))
			continue;
		buf_putc(&names, ' ');
		put_name(&names, i);
	}
	if (!names.length)
		return;
	draft_reason(draft, "%s", key);
	draft_line(draft, "allow capability%s", names.data);
}

static void draft_capabilities(struct draft *draft,
			       const struct unit_subject *subject)
{
	CLEANUP_FREE char *owner = unit_owner(subject);
	bool root = owner && strncmp(owner, "root:", 5) == 0;
	bool bounded, said;
	uint64_t bounds =
		capabilities(subject, "CapabilityBoundingSet", &bounded);
	uint64_t ambient = capabilities(subject, "AmbientCapabilities", &said);

	if (!root) {
		draft_set(draft, "User=: setpriv(1) needs them.",
			  UINT64_C(1) << CAP_SETUID | UINT64_C(1)
							      << CAP_SETGID);
		draft_set(draft, "AmbientCapabilities=", of_jails(ambient));
	} else if (bounded) {
		draft_set(draft, "CapabilityBoundingSet=", of_jails(bounds));
	} else {
		draft_comment(draft, "It runs as root with every capability; "
				     "here it has none until `allow "
				     "capability` names it.");
	}
}

/* --- Ports --- */

/* "80", "127.0.0.1:80", "[::1]:80"; 0 for anything else. */
static unsigned int port_of(const char *value)
{
	const char *colon = strrchr(value, ':');
	uint64_t port;

	if (value[0] == '/' || value[0] == '@' ||
	    strncmp(value, "vsock:", 6) == 0 ||
	    number_parse(colon ? colon + 1 : value, 10, UINT16_MAX, &port) < 0)
		return 0;
	return (unsigned int)port;
}

unsigned int unit_connection_port(const struct unit_subject *subject)
{
	const struct unit_file *socket = subject->socket;
	const char *value;
	unsigned int port = 0, count = 0;
	size_t at = 0;

	if (!socket || !unit_is_true(unit_file_get(socket, "Socket", "Accept")))
		return 0;
	while ((value = unit_file_next(socket, "Socket", "ListenStream",
				       &at)) != NULL) {
		port = port_of(value);
		count++;
	}
	return count == 1 ? port : 0;
}

static void draft_sockets(struct draft *draft,
			  const struct unit_subject *subject, const char *key,
			  const char *protocol)
{
	const char *value;
	size_t at = 0;

	while ((value = unit_file_next(subject->socket, "Socket", key, &at)) !=
	       NULL) {
		CLEANUP_BUF struct buf text = BUF_INIT;
		char unknown = '\0';
		unsigned int port;

		if (unit_expand(&subject->specifiers, value, &text, &unknown) <
		    0)
			continue;
		port = port_of(text.data);
		if (port) {
			draft_reason(draft, "%s=%s", key, text.data);
			draft_line(draft, "listen %u%s", port, protocol);
		} else if (draft_can_say(text.data)) {
			draft_comment(draft,
				      "%s=%s is not carried: a jail listens on "
				      "ports.",
				      key, text.data);
		}
	}
}

static void draft_ports(struct draft *draft, const struct unit_subject *subject)
{
	if (!subject->socket) {
		draft_comment(draft, "The unit does not say which ports it "
				     "listens on: `listen PORT`.");
		return;
	}
	if (!unit_connection_port(subject))
		draft_comment(draft,
			      "systemd would hand it its sockets (LISTEN_FDS); "
			      "a jail does not: the service has to listen by "
			      "itself.");
	draft_sockets(draft, subject, "ListenStream", "");
	draft_sockets(draft, subject, "ListenDatagram", "/udp");
}

/* --- Limits --- */

static const struct {
	const char *key, *limit;
	uint64_t most; /* that a recipe takes */
} limits[] = {
	{ "LimitNOFILE", "files", 1 << 20 },
	{ "LimitFSIZE", "file-size", INT64_MAX },
	{ "MemoryMax", "memory", INT64_MAX },
	{ "TasksMax", "processes", 1 << 22 },
};

static void draft_limit(struct draft *draft, const struct unit_subject *subject,
			size_t which)
{
	CLEANUP_FREE char *value = unit_value(subject, limits[which].key);
	/* "SOFT:HARD": what cannot be exceeded counts. */
	const char *colon = value ? strchr(value, ':') : NULL;
	const char *hard = colon ? colon + 1 : value;
	uint64_t number;

	if (!hard || strcmp(hard, "infinity") == 0)
		return;
	if (unit_size(hard, &number) < 0 || number == 0 ||
	    number > limits[which].most) {
		draft_comment(draft, "%s=%s: no recipe can say that.",
			      limits[which].key, value);
		return;
	}
	draft_reason(draft, "%s=", limits[which].key);
	draft_line(draft, "limit %s %ju", limits[which].limit,
		   (uintmax_t)number);
}

static void draft_cpu(struct draft *draft, const struct unit_subject *subject)
{
	CLEANUP_FREE char *value = unit_value(subject, "CPUQuota");
	size_t digits = value ? strspn(value, "0123456789") : 0;

	/* At most a thousand processors, and more than none. */
	if (!digits || digits > 5 || strcmp(value + digits, "%") != 0 ||
	    strspn(value, "0") == digits)
		return;
	draft_reason(draft, "CPUQuota=");
	draft_line(draft, "limit cpu %s", value);
}

void unit_draft_powers(struct draft *draft, const struct unit_subject *subject)
{
	draft_heading(draft, "What it may do");
	draft_capabilities(draft, subject);
	draft_ports(draft, subject);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		draft_limit(draft, subject, i);
	draft_cpu(draft, subject);
}
