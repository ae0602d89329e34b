#include "mount/source_rate.h"

#include <string.h>

enum { IPV6_COUNTED = 8 /* bytes of the address */ };

/* IPv4 addresses as IPv6 maps them, so that the families cannot meet. */
static void make_key(const struct socket_address *address, uint8_t key[16])
{
	memset(key, 0, 16);
	if (address->family == AF_INET) {
		key[10] = key[11] = 0xff;
		memcpy(key + 12, address->bytes, 4);
	} else {
		memcpy(key, address->bytes, IPV6_COUNTED);
	}
}

bool source_rate_admit(struct source_rate *rate,
		       const struct socket_address *address, int64_t now)
{
	size_t found = 0;
	uint8_t key[16];
	int64_t cost, full_at;

	if (rate->most == 0)
		return true;
	make_key(address, key);
	for (size_t i = 0; i < SOURCE_RATE_KEPT; i++) {
		if (rate->sources[i].full_at &&
		    memcmp(rate->sources[i].key, key, sizeof(key)) == 0) {
			found = i;
			break;
		}
		if (rate->sources[i].full_at < rate->sources[found].full_at)
			found = i;
	}
	if (!rate->sources[found].full_at ||
	    memcmp(rate->sources[found].key, key, sizeof(key)) != 0) {
		memcpy(rate->sources[found].key, key, sizeof(key));
		rate->sources[found].full_at = now;
	}
	cost = (int64_t)rate->milliseconds * 1000 / rate->most;
	full_at = rate->sources[found].full_at;
	if (full_at < now)
		full_at = now;
	if (full_at - now > cost * (int64_t)(rate->most - 1))
		return false;
	rate->sources[found].full_at = full_at + cost;
	return true;
}
