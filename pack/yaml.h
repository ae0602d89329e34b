/*
 * JSON as block-style YAML 1.2, for documents that people read and change.
 */
#ifndef JAILPACK_YAML_H
#define JAILPACK_YAML_H

#include "lib/base.h"
#include "lib/buf.h"

#include <jansson.h>

/* Keys in the order in which they were put in; strings in double quotes, which
 * JSON and YAML have in common. 0 or -ENOMEM. */
int yaml_write(const json_t *json, struct buf *text) MUST_CHECK;

#endif
