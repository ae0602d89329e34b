#include "mount/syslog_line.h"

#include <ctype.h>
#include <stdbool.h>

enum {
	VALUE_MAX = 191, /* 23 facilities and 7 priorities */
	TIME_LENGTH = sizeof("Nov 24 06:40:00 ") - 1,
};

/* "<13>": how long it is, or 0. */
static size_t read_priority(const char *text, size_t length, int *ret_value)
{
	size_t at = 1;
	int value = 0;

	if (length < 3 || text[0] != '<')
		return 0;
	while (at < length && at < 4 && isdigit((unsigned char)text[at]))
		value = value * 10 + (text[at++] - '0');
	if (at == 1 || at == length || text[at] != '>' || value > VALUE_MAX)
		return 0;
	*ret_value = value;
	return at + 1;
}

/* 'a' stands for a letter, '0' for a digit or, in the day, a space. */
static bool is_time(const char *text, size_t length)
{
	static const char form[] = "aaa 00 00:00:00 ";

	if (length < TIME_LENGTH)
		return false;
	for (size_t i = 0; i < TIME_LENGTH; i++) {
		unsigned char c = (unsigned char)text[i];

		if (form[i] == 'a' ? !isalpha(c)
		    : form[i] == '0' && !(i == 4 && c == ' ')
			    ? !isdigit(c)
			    : form[i] != '0' && form[i] != (char)c)
			return false;
	}
	return true;
}

struct syslog_line syslog_line_parse(const char *message, size_t length)
{
	struct syslog_line line = { -1, -1, message, length };
	int value = 0;
	size_t skip = read_priority(message, length, &value);

	if (skip == 0)
		return line;
	line.priority = value & 7;
	line.facility = value >> 3;
	if (is_time(message + skip, length - skip))
		skip += TIME_LENGTH;
	line.text += skip;
	line.length -= skip;
	return line;
}
