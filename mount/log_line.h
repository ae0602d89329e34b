/*
 * A line of a log file taken apart again; logs.h has its form.
 */
#ifndef JAILMOUNT_LOG_LINE_H
#define JAILMOUNT_LOG_LINE_H

#include "lib/base.h"
#include "lib/buf.h"

/*
 * {"time","jail","version","root_hash","generation","stream","text"}, without
 * what the line does not have; a line of another form is all "text".
 */
void log_line_json(const char *line, size_t length, struct buf *text);

#endif
