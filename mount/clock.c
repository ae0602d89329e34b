#include "mount/clock.h"

#include <time.h>

int64_t time_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void time_format(int64_t microseconds, char ret_text[TIME_TEXT_SIZE])
{
	time_t seconds = microseconds / 1000000;
	struct tm tm;
	size_t length;

	(void)gmtime_r(&seconds, &tm);
	length = strftime(ret_text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(ret_text + length, TIME_TEXT_SIZE - length, ".%06dZ",
		       (int)(microseconds % 1000000));
}
