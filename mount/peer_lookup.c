#include "mount/peer_lookup.h"

#include "lib/fdio.h"
#include "mount/network_filter.h"
#include "mount/supervisor.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

void peer_lookup_cancel(struct peer_lookup *lookup)
{
	errand_cancel(&lookup->errand);
	close_fd(&lookup->results);
}

/* --- In the child --------------------------------------------------------- */

static int look_up(const struct peer_lookup *lookup, struct buf *failures,
		   struct diag *diag)
{
	const struct supervisor *supervisor = lookup->supervisor;
	const struct edition *edition = lookup->edition;
	CLEANUP_PEERS struct peers fresh = PEERS_INIT;
	CLEANUP_PEERS struct peers peers = PEERS_INIT;
	int r = peers_resolve_again(&edition->image->config, &edition->peers,
				    &fresh, failures, diag);

	if (r < 0)
		return r;
	if (peers_renew(&fresh, &edition->peers, &peers) < 0)
		return diag_oom(diag);
	if (supervisor->network.space.fd >= 0)
		r = network_admit(&supervisor->network, &edition->listens,
				  &peers, diag);
	if (r < 0)
		return r;
	r = pwrite_all(lookup->results, peers.items,
		       peers.count * sizeof(*peers.items), 0);
	return r < 0 ? diag_errno(diag, r, "cannot hand them over") : 0;
}

static int work(void *context, struct buf *text)
{
	struct diag diag = DIAG_INIT;
	int r = look_up(context, text, &diag);

	if (r < 0)
		buf_puts(text, diag.text ? diag.text : strerror(-r));
	return r;
}

/* --- In the supervisor ---------------------------------------------------- */

/* The child is ourselves: its structs are ours. */
static int take_results(struct peer_lookup *lookup)
{
	CLEANUP_PEERS struct peers peers = PEERS_INIT;
	struct stat st;
	int r;

	if (fstat(lookup->results, &st) < 0)
		return -errno;
	peers.count = (size_t)st.st_size / sizeof(*peers.items);
	peers.items = calloc(peers.count + 1, sizeof(*peers.items));
	if (!peers.items)
		return -ENOMEM;
	r = pread_all(lookup->results, peers.items,
		      peers.count * sizeof(*peers.items), 0);
	if (r < 0)
		return r;
	peers_done(&lookup->edition->peers);
	lookup->edition->peers = peers;
	peers = PEERS_INIT;
	return 0;
}

static void tell(struct peer_lookup *lookup, char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		log_event(&lookup->supervisor->sink, 0,
			  "%s; the addresses of before still hold", line);
}

static void errand_over(void *context, bool success)
{
	struct peer_lookup *lookup = context;
	int r = success ? take_results(lookup) : 0;

	if (r < 0)
		log_event(&lookup->supervisor->sink, 0,
			  "the peers' addresses are lost: %s", strerror(-r));
	tell(lookup, lookup->errand.text);
	close_fd(&lookup->results);
	lookup->over(lookup->supervisor);
}

bool peer_lookup_begin(struct peer_lookup *lookup,
		       struct supervisor *supervisor, struct edition *edition,
		       void (*over)(struct supervisor *supervisor))
{
	int r;

	if (!config_names_peers(&edition->image->config))
		return false;
	*lookup = PEER_LOOKUP_INIT;
	lookup->supervisor = supervisor;
	lookup->edition = edition;
	lookup->over = over;
	lookup->errand.events = &supervisor->events;
	lookup->errand.work = work;
	lookup->errand.over = errand_over;
	lookup->errand.context = lookup;
	lookup->errand.patience = PEER_LOOKUP_PATIENCE_US;
	lookup->results = memfd_create("jailmount-peers", MFD_CLOEXEC);
	r = lookup->results < 0 ? -errno : errand_start(&lookup->errand);
	if (r == 0)
		return true;
	log_event(&supervisor->sink, 0,
		  "the peers' names cannot be looked up again: %s",
		  strerror(-r));
	peer_lookup_cancel(lookup);
	return false;
}
