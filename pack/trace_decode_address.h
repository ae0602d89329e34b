/*
 * The addresses of bind(2), connect(2) and listen(2). For trace_decode.c.
 */
#ifndef JAILPACK_TRACE_DECODE_ADDRESS_H
#define JAILPACK_TRACE_DECODE_ADDRESS_H

#include "lib/base.h"
#include "pack/trace_event.h"

#include <sys/types.h>

/* -ENODATA for an address that asks nothing of a jail: abstract, unnamed, of
 * another family. */
int trace_decode_address(pid_t thread, struct trace_event *event) MUST_CHECK;

#endif
