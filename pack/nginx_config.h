/*
 * The directives of an nginx configuration file that say what else is read
 * and loaded: include, load_module. Pure.
 *
 * Syntax: https://nginx.org/en/docs/beginners_guide.html#conf_structure and
 * src/core/ngx_conf_file.c, ngx_conf_read_token().
 */
#ifndef JAILPACK_NGINX_CONFIG_H
#define JAILPACK_NGINX_CONFIG_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

struct nginx_line {
	bool load_module;    /* or else include */
	char *path;	     /* as it stands there, without quotes */
	unsigned int number; /* of the line, from 1 */
};

struct nginx_config {
	struct nginx_line *lines;
	size_t count;
};

#define NGINX_CONFIG_INIT ((struct nginx_config){ 0 })
#define CLEANUP_NGINX CLEANUP(nginx_config_done)

void nginx_config_done(struct nginx_config *config);

/* What does not look like one of those directives is passed over. */
int nginx_config_parse(const char *text, struct nginx_config *ret_config,
		       struct diag *diag) MUST_CHECK;

#endif
