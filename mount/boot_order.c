#include "mount/boot_order.h"

#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct boot_jail *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static bool waits_for(const struct boot_jail *jail, const char *name)
{
	for (char *const *after = jail->after; after && *after; after++)
		if (strcmp(*after, name) == 0)
			return true;
	return false;
}

/* None of those from `begin` on is one that it waits for. */
static bool can_be_next(const struct boot_jail *jails, size_t begin,
			size_t count, size_t index)
{
	for (size_t i = begin; i < count; i++)
		if (waits_for(&jails[index], jails[i].name))
			return false;
	return true;
}

/* Move it to the front; the others keep their order. */
static void move(struct boot_jail *jails, size_t from, size_t to)
{
	struct boot_jail jail = jails[from];

	memmove(&jails[to + 1], &jails[to], (from - to) * sizeof(*jails));
	jails[to] = jail;
}

void boot_order(struct boot_jail *jails, size_t count)
{
	size_t placed = 0;

	qsort(jails, count, sizeof(*jails), compare);
	while (placed < count) {
		size_t next = placed;

		while (next < count && !can_be_next(jails, placed, count, next))
			next++;
		if (next == count)
			break;
		move(jails, next, placed++);
	}
	for (size_t i = 0; i < count; i++)
		jails[i].in_a_circle = i >= placed;
}
