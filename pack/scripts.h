/*
 * The "#!" line of a script, as Linux reads it (fs/binfmt_script.c): an
 * interpreter and at most one argument. Pure.
 */
#ifndef JAILPACK_SCRIPTS_H
#define JAILPACK_SCRIPTS_H

#include "lib/base.h"
#include "lib/diag.h"

enum { SCRIPT_LINE_MAX = 255 }; /* BINPRM_BUF_SIZE less its NUL */

struct script {
	char *interpreter; /* a path, normally absolute */
	char *program;	   /* that env(1) is asked to find, or NULL */
};

#define SCRIPT_INIT ((struct script){ 0 })
#define CLEANUP_SCRIPT CLEANUP(script_done)

void script_done(struct script *script);

/* Read the first bytes of a file. 1: it is a script, 0: it is none. */
int script_parse(const char *bytes, size_t length, struct script *ret_script,
		 struct diag *diag) MUST_CHECK;

#endif
