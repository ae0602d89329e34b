/*
 * What the files that read the host's settings share; nobody else includes it.
 */
#ifndef JAILMOUNT_HOST_SETTINGS_READER_H
#define JAILMOUNT_HOST_SETTINGS_READER_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/lex.h"
#include "mount/host_settings.h"

#include <stdbool.h>

/* One file that is being read. */
struct reading {
	struct host_settings *settings;
	bool defaults; /* it is jailmount.conf */
};

/* One directive; the number of its words is right. */
typedef int settings_handler(struct reading *reading,
			     const struct lex_statement *statement,
			     struct diag *diag);

/* host_settings_words.c: what is to run, and how much of it */
settings_handler handle_image, handle_boot, handle_after, handle_listen,
	handle_volume, handle_limit, handle_most;
/* host_settings_network.c: whom it may call, and from where */
settings_handler handle_network, handle_interface, handle_gateway,
	handle_connect;
/* host_settings_powers.c: what no image is given */
settings_handler handle_forbid, handle_permit;

/* One more in a list, if there is room. */
int settings_append(char ***list, const char *text, const struct lex_word *word,
		    struct diag *diag) MUST_CHECK;

#endif
