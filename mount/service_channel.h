/*
 * What the supervisor and the init of a jail with several services tell each
 * other on their channel after the report of channel.h. Both are the same
 * program, one a fork of the other: structs are sent as they are. Neither
 * side waits for the other, and the end of the channel still means the end.
 */
#ifndef JAILMOUNT_SERVICE_CHANNEL_H
#define JAILMOUNT_SERVICE_CHANNEL_H

#include "lib/base.h"

#include <stdint.h>

enum { SERVICE_TEXT_MAX = 512 };

enum service_phase {
	SERVICE_WAITING, /* did not start or ended, and will start again */
	SERVICE_RUNNING,
	SERVICE_STOPPING,
	SERVICE_STOPPED, /* by order, or at the jail's end */
};

enum service_order_kind {
	SERVICE_ORDER_END,    /* stop all of them, the last one first; then
				 the init ends */
	SERVICE_ORDER_SIGNAL, /* for each that runs */
	SERVICE_ORDER_START,
	SERVICE_ORDER_STOP,
	SERVICE_ORDER_RESTART,
};

struct service_order {
	enum service_order_kind kind;
	uint32_t service; /* of the last three: its index in the contract */
	int signal;	  /* of SERVICE_ORDER_SIGNAL */
	uint32_t ticket;  /* of the last three: comes back when it is done */
};

/* How one service is now. */
struct service_news {
	uint32_t service;
	enum service_phase phase;
	int status;	   /* of its last end: an exit status, or 128 + the
			      signal; -1: it has not ended yet */
	uint32_t restarts; /* by itself */
	int64_t delay;	   /* of SERVICE_WAITING: microseconds */
	uint32_t ticket;   /* of the last order that is done; 0: none */
	char text[SERVICE_TEXT_MAX]; /* why it did not start, or "" */
};

/* 0, -EAGAIN when the other side has not read what was sent before, -errno. */
int service_order_send(int channel,
		       const struct service_order *order) MUST_CHECK;
/* `pidfd` of its process if it runs, or -1; a copy is sent. */
int service_news_send(int channel, const struct service_news *news,
		      int pidfd) MUST_CHECK;

/* 0; -EAGAIN when there is none; -ECONNRESET at the end; -errno. */
int service_order_receive(int channel,
			  struct service_order *ret_order) MUST_CHECK;
/* *ret_pidfd is -1 or the caller's to close. */
int service_news_receive(int channel, struct service_news *ret_news,
			 int *ret_pidfd) MUST_CHECK;

#endif
