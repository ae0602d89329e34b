/*
 * In which order jails are started: each after those that its settings name,
 * otherwise by name. Pure.
 */
#ifndef JAILMOUNT_BOOT_ORDER_H
#define JAILMOUNT_BOOT_ORDER_H

#include "lib/base.h"

#include <stdbool.h>

struct boot_jail {
	const char *name;
	char *const *after; /* NULL-terminated, or NULL; names that are not
			       among the jails mean nothing */
	bool in_a_circle;   /* it waits for itself; see boot_order() */
};

/*
 * Put them in order, which depends on the names alone and not on the order
 * that they come in. Those that wait for one another in a circle, or for one
 * that does, come last, by name, and are marked.
 */
void boot_order(struct boot_jail *jails, size_t count);

#endif
