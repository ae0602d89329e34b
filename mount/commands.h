/*
 * What the supervisor answers to the commands that arrive on its control
 * socket:
 *
 *   {"command":"status"}   see status.h
 *   {"command":"restore"}  {"generation":N,"milliseconds":{...}}, when the new
 *                          generation is ready
 *   {"command":"stop"}     {"status":N}, when nothing is left
 *   {"command":"diff"}     {"generation":N,"range_base":N,"ready":B,
 *                          "executed":[...],"unlisted":N: see witness.h,
 *                          "baseline":[...]} with descriptors: the image, and
 *                          for each layer what was written, followed, if it
 *                          is an overlay, by what lies under it; then, if all
 *                          can be opened, the directories that are kept. The
 * client compares: a jail may have written much.
 *   {"command":"service","service":"NAME","order":"start"}
 *                          see services.h
 *   {"command":"exec"}     {"name":"...","generation":N,"range_base":N,
 *                          "delegated":"..." or nothing,"contract":"..."} with
 *                          descriptors: the image, a pidfd of the jail's init.
 *                          The contract is that of the image with the host's
 *                          word on it, `delegated` see cgroup.h.
 */
#ifndef JAILMOUNT_COMMANDS_H
#define JAILMOUNT_COMMANDS_H

#include "lib/base.h"

#include <jansson.h>
#include <stdint.h>

/* `requested` of struct control; `context` is the supervisor. */
void commands_handle(void *context, uint64_t client, const json_t *request);

#endif
