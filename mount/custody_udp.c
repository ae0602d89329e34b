/* What the UDP sockets of a sealed jail may send to: one_way_udp.h. */
#include "mount/custody_sockets.h"

void custody_open_udp(struct custody *custody, const struct listen_table *table,
		      const struct peers *peers)
{
	bool wanted = false;

	for (size_t i = 0; i < table->count; i++)
		wanted |= table->mappings[i].udp;
	for (size_t i = 0; peers && i < peers->count; i++)
		wanted |= peers->items[i].udp;
	if (wanted && custody->kind == CONFIG_NETWORK_SEALED &&
	    !custody->udp.group && custody->udp_error == 0)
		custody->udp_error =
			one_way_udp_open(&custody->udp, &custody->groups);
}

void custody_admit_peers(const struct custody *custody,
			 const struct peers *peers)
{
	for (size_t i = 0; custody->udp.group && peers && i < peers->count; i++)
		if (peers->items[i].udp)
			(void)!one_way_udp_admit(&custody->udp,
						 &peers->items[i].address);
}
