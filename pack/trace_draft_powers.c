#include "pack/trace_draft.h"

#include "lib/endpoint.h"
#include "pack/trace_powers.h"

#include <ctype.h>
#include <linux/capability.h>
#include <string.h>

/* --- Capabilities --- */

/* Files of those whom the recipe does not declare are root's in the jail:
 * nothing has to be overridden there. */
static bool counts(const struct trace_subject *subject,
		   const struct trace_evidence *evidence)
{
	return evidence->owner == UINT32_MAX || evidence->owner == 0 ||
	       trace_declares_user(subject, evidence->owner);
}

/* "setuid" for CAP_SETUID. */
static void recipe_name(int number, char name[32])
{
	const char *full = capability_name(number);
	size_t length = 0;

	for (full += strlen("CAP_"); *full && length < 31; full++)
		name[length++] = (char)tolower((unsigned char)*full);
	name[length] = '\0';
}

enum { REASONS_MAX = 4 }; /* that are told of one capability */

/* Each system call once, with the first thing it was about. */
static bool give_reasons(struct draft *draft,
			 const struct trace_subject *subject,
			 const struct trace_power *power)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	const char *told[REASONS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < power->count && count < REASONS_MAX; i++) {
		const struct trace_evidence *evidence = &power->evidence[i];
		bool known = !counts(subject, evidence);

		for (size_t k = 0; k < count; k++)
			known |= told[k] == evidence->call;
		if (known)
			continue;
		told[count++] = evidence->call;
		buf_printf(&text, "%s%s(2)", text.length ? ", " : "",
			   evidence->call);
		if (evidence->path)
			buf_printf(&text, " of %s", evidence->path);
	}
	if (text.length)
		draft_reason(draft, "%s", text.data);
	return count > 0;
}

static void draft_capability(struct draft *draft,
			     const struct trace_subject *subject, int number)
{
	const struct trace_power *power = &subject->facts->powers[number];
	uint64_t bit = UINT64_C(1) << number;
	char name[32];

	if (!capability_name(number) ||
	    (subject->old && subject->old->config.capabilities & bit))
		return;
	recipe_name(number, name);
	if (bit & trace_powers_of_jails()) {
		if (give_reasons(draft, subject, power))
			draft_line(draft, "allow capability %s", name);
		return;
	}
	draft_comment(draft,
		      "%s(2) used the capability %s, which is the host's: it "
		      "will fail in a jail.",
		      power->evidence[0].call, name);
}

static void draft_capabilities(struct draft *draft,
			       const struct trace_subject *subject)
{
	for (int i = 0; i < TRACE_CAPABILITIES; i++) {
		if (subject->facts->powers[i].count)
			draft_capability(draft, subject, i);
	}
}

enum { FILES_MAX = 1 << 20 }; /* what a recipe takes */

static void draft_limits(struct draft *draft,
			 const struct trace_subject *subject)
{
	uint64_t files = subject->facts->files_limit;

	if (!files || files > FILES_MAX ||
	    (subject->old && subject->old->config.limits.files))
		return;
	draft_reason(draft, "It raises its limit of open files.");
	draft_line(draft, "limit files %ju", (uintmax_t)files);
}

/* --- Ports --- */

static bool old_listens(const struct recipe *old, const struct trace_port *port)
{
	for (size_t i = 0; old && i < old->config.listen_count; i++) {
		const struct config_listen *listen = &old->config.listens[i];

		if (listen->port == port->port && listen->udp == port->udp)
			return true;
	}
	return false;
}

enum { EPHEMERAL = 32768 };

/* A port that it serves, and not one that it calls from. */
static bool is_served(const struct trace_facts *facts,
		      const struct trace_port *port)
{
	if (port->udp)
		return port->port < EPHEMERAL;
	return port->bound && (port->listened || facts->unread_listens);
}

static void draft_port(struct draft *draft, const struct trace_subject *subject,
		       const struct trace_port *port)
{
	if (old_listens(subject->old, port))
		return;
	if (!is_served(subject->facts, port)) {
		if (port->udp)
			draft_comment(draft,
				      "bind(2) of UDP port %u: to be served, "
				      "or to call from?",
				      port->port);
		else if (!port->bound)
			draft_comment(draft,
				      "listen(2) on a port that the kernel "
				      "chose: a jail has only those that are "
				      "named.");
		return;
	}
	draft_reason(draft, port->listened ? "listen(2)" : "bind(2)");
	draft_line(draft, "listen %u%s", port->port, port->udp ? "/udp" : "");
}

static bool listens_on_tcp(const struct trace_facts *facts)
{
	for (size_t i = 0; i < facts->port_count; i++) {
		if (!facts->ports[i].udp && is_served(facts, &facts->ports[i]))
			return true;
	}
	return false;
}

static void draft_ports(struct draft *draft,
			const struct trace_subject *subject)
{
	const struct trace_facts *facts = subject->facts;

	for (size_t i = 0; i < facts->port_count; i++)
		draft_port(draft, subject, &facts->ports[i]);
	if (listens_on_tcp(facts) && !subject->old) {
		draft_reason(draft, "It has started when it listens.");
		draft_line(draft, "ready listen");
	}
}

/* --- Peers --- */

/* getaddrinfo(3) connects datagram sockets to find out how to sort. */
static bool is_own_port(const struct trace_facts *facts,
			const struct trace_peer *peer)
{
	for (size_t i = 0; peer->loopback && i < facts->port_count; i++) {
		if (facts->ports[i].port == peer->port &&
		    (peer->udp || !facts->ports[i].udp))
			return true;
	}
	return false;
}

static bool old_connects(const struct recipe *old,
			 const struct endpoint *endpoint)
{
	for (size_t i = 0; old && i < old->config.connect_count; i++) {
		const struct endpoint *known = &old->config.connects[i];

		if (known->port == endpoint->port &&
		    known->udp == endpoint->udp &&
		    strcmp(known->host, endpoint->host) == 0)
			return true;
	}
	return false;
}

static void draft_peer(struct draft *draft, const struct trace_subject *subject,
		       const struct trace_peer *peer)
{
	CLEANUP_BUF struct buf word = BUF_INIT;
	struct endpoint endpoint;
	const char *why;

	if (is_own_port(subject->facts, peer))
		return;
	buf_printf(&word, "%s%s%s:%u%s", peer->ipv6 ? "[" : "", peer->address,
		   peer->ipv6 ? "]" : "", peer->port, peer->udp ? "/udp" : "");
	if (!word.data)
		return;
	if (endpoint_parse(word.data, &endpoint, &why) < 0)
		draft_comment(draft, "connect(2) to %s, which %s.", word.data,
			      why);
	else if (!old_connects(subject->old, &endpoint)) {
		draft_reason(draft, "connect(2)");
		draft_line(draft, "connect %s", word.data);
	}
}

void trace_draft_powers(struct draft *draft,
			const struct trace_subject *subject)
{
	draft_heading(draft, "What it may do");
	draft_capabilities(draft, subject);
	draft_limits(draft, subject);
	draft_ports(draft, subject);
	for (size_t i = 0; i < subject->facts->peer_count; i++)
		draft_peer(draft, subject, &subject->facts->peers[i]);
}
