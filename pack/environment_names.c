#include "pack/environment_names.h"

#include "lib/buf.h"
#include "lib/path.h"
#include "pack/format.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define ZONES "/usr/share/zoneinfo"

static bool is_plain(const char *value)
{
	return *value && strcmp(value, "C") != 0 &&
	       strcmp(value, "POSIX") != 0 && !strchr(value, '/') &&
	       value[0] != '.';
}

/* Letters and digits alone, in lower case; "iso" before mere digits. */
static void put_normalized(struct buf *buf, const char *charset, size_t length)
{
	bool digits = true;

	for (size_t i = 0; i < length; i++)
		digits = digits && !isalpha((unsigned char)charset[i]);
	if (digits)
		buf_puts(buf, "iso");
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)charset[i];

		if (isalnum(c))
			buf_putc(buf, (char)tolower(c));
	}
}

int environment_locale(const char *value, char **ret_name)
{
	CLEANUP_BUF struct buf buf = BUF_INIT;
	size_t length = strcspn(value, ".");
	const char *charset = value + length;

	if (!is_plain(value))
		return 0;
	buf_append(&buf, value, length);
	if (*charset) {
		length = strcspn(++charset, "@");
		buf_putc(&buf, '.');
		put_normalized(&buf, charset, length);
		buf_puts(&buf, charset + length);
	}
	*ret_name = buf_steal(&buf);
	return *ret_name ? 1 : -ENOMEM;
}

int environment_charset(const char *value, char **ret_charset)
{
	const char *charset = strchr(value, '.');

	if (!is_plain(value) || !charset || strcspn(charset + 1, "@") == 0)
		return 0;
	*ret_charset = strndup(charset + 1, strcspn(charset + 1, "@"));
	return *ret_charset ? 1 : -ENOMEM;
}

int environment_time_zone(const char *value, char **ret_path)
{
	size_t name;

	value += *value == ':';
	name = strcspn(value, "0123456789,<>");
	/* "CET-1CEST", "UTC0", "<+03>-3", but Etc/GMT+1. */
	if (*value == '\0' || (value[name] && !strchr(value, '/')))
		return 0;
	*ret_path = path_join(ZONES, value);
	return *ret_path ? 1 : -ENOMEM;
}

bool environment_is_terminal(const char *value)
{
	return *value && value[0] != '.' && !strchr(value, '/');
}
