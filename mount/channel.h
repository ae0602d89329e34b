/*
 * What a jail's first process tells its supervisor, once: that the service
 * runs, with the descriptors that the supervisor is to hold, or that it does
 * not, and why; and the same of a program that --exec starts. A pair of
 * SOCK_SEQPACKET sockets; afterwards its end is what tells the one that the
 * other has died.
 */
#ifndef JAILMOUNT_CHANNEL_H
#define JAILMOUNT_CHANNEL_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/devices.h"

enum {
	CHANNEL_TEXT_MAX = 4096,
	CHANNEL_HINT_MAX = 1024,
};

struct channel_report {
	int error; /* 0: the service runs */
	/* Of an error: its chain and hint. Otherwise: notes, and nothing. */
	char text[CHANNEL_TEXT_MAX];
	char hint[CHANNEL_HINT_MAX];
};

/* Of a report without an error; what is not -1 belongs to the receiver. */
struct channel_descriptors {
	int listener;
	int service_pidfd;
	struct device_ends device_ends;
};

#define CHANNEL_DESCRIPTORS_NONE                                               \
	((struct channel_descriptors){ -1, -1, DEVICE_ENDS_INIT })

/* 0 or -errno. */
int channel_send(int channel, const struct channel_report *report,
		 const struct channel_descriptors *descriptors) MUST_CHECK;

/* A report of nothing but that descriptor, closed here and -1 when it is sent:
 * for who has to receive before the program is executed. */
int channel_hand_over_listener(int channel, int *listener,
			       struct diag *diag) MUST_CHECK;

/* 0; -ECONNRESET if the other side ended without a word; -errno. */
int channel_receive(int channel, struct channel_report *ret_report,
		    struct channel_descriptors *ret_descriptors) MUST_CHECK;

#endif
