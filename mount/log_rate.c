#include "mount/log_rate.h"

enum { COST_US = 1000000 / LOG_RATE_SECOND };

bool log_rate_admit(struct log_rate *rate, int64_t now)
{
	if (rate->full_at < now)
		rate->full_at = now;
	if (rate->full_at - now <= (int64_t)COST_US * (LOG_RATE_BURST - 1)) {
		rate->full_at += COST_US;
		return true;
	}
	if (rate->dropped++ == 0)
		rate->tell_at = now + LOG_RATE_TELL_US;
	return false;
}

uint64_t log_rate_tell(struct log_rate *rate, int64_t now, bool last)
{
	uint64_t dropped = rate->dropped;

	if (!last && now < rate->tell_at)
		return 0;
	rate->dropped = 0;
	return dropped;
}
