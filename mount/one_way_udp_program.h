/*
 * The programs of one_way_udp.c, for the kernel's virtual machine. Pure.
 *
 * Format: Documentation/bpf/standardization/instruction-set.rst of Linux.
 */
#ifndef JAILMOUNT_ONE_WAY_UDP_PROGRAM_H
#define JAILMOUNT_ONE_WAY_UDP_PROGRAM_H

#include "lib/base.h"

#include <linux/bpf.h>

enum { ONE_WAY_UDP_INSNS_MAX = 96 };

/* The key of the map: who it is, as the packet has it. */
struct one_way_udp_key {
	uint32_t version; /* of IP: 4 or 6 */
	uint8_t address[16];
	uint16_t port; /* in network order */
	uint16_t zero;
};

enum one_way_udp_program {
	ONE_WAY_UDP_FILTER, /* notes the sender down, and lets all pass */
	ONE_WAY_UDP_EGRESS, /* lets pass what goes to one who is in the map */
};

/* How many instructions there are. */
size_t one_way_udp_make(enum one_way_udp_program kind, int map,
			struct bpf_insn insns[ONE_WAY_UDP_INSNS_MAX]);

#endif
