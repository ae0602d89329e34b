#include "mount/json_values.h"

#include "mount/clock.h"

json_t *json_time(int64_t microseconds)
{
	char text[TIME_TEXT_SIZE];

	time_format(microseconds, text);
	return json_string(text);
}

json_t *json_milliseconds(int64_t microseconds)
{
	return json_real((double)microseconds / 1000);
}
