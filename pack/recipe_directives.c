/* Every directive there is, in the order of jail-recipe(5). */
#include "lib/suggest.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

static const struct directive directives[] = {
	{ "name", 1, 1, handle_name, SAID_NAME, false, "NAME" },
	{ "summary", 1, 1, handle_summary, SAID_SUMMARY, false, "\"TEXT\"" },
	{ "version", 1, 2, handle_version, SAID_VERSION, false,
	  "VERSION | package NAME" },
	{ "include", 1, 1, handle_include, SAID_OFTEN, false, "FILE" },
	{ "with", 1, ANY_NUMBER, handle_with, SAID_OFTEN, false,
	  "NAME[=VALUE]..." },
	{ "set", 2, 2, handle_set, SAID_OFTEN, false, "NAME VALUE" },
	{ "source", 1, 2, handle_source, SAID_OFTEN, false,
	  "host | debian [SUITE] | tree DIRECTORY | archive FILE" },
	{ "package", 1, ANY_NUMBER, handle_package, SAID_OFTEN, false,
	  "NAME[=VERSION]... [; exclude PATTERN...]" },
	{ "fetch", 1, ANY_NUMBER, handle_fetch, SAID_OFTEN, false,
	  "NAME[=VERSION]..." },
	{ "copy", 1, ANY_NUMBER, handle_copy, SAID_OFTEN, false,
	  "PATTERN... [=> PATH] [; exclude PATTERN...]" },
	{ "archive", 1, 3, handle_archive, SAID_OFTEN, false,
	  "FILE [at PATH] [; exclude PATTERN...]" },
	{ "build", 1, ANY_NUMBER, handle_build, SAID_OFTEN, false,
	  "COMMAND [ARGUMENT...] [; exclude PATTERN...]" },
	{ "exclude", 1, ANY_NUMBER, handle_exclude, SAID_OFTEN, false,
	  "PATTERN..., behind a copy, package, archive or build and a ';'" },
	{ "dir", 1, ANY_NUMBER, handle_dir, SAID_OFTEN, false,
	  "PATH... [MODE] [USER:GROUP]" },
	{ "file", 1, 3, handle_file, SAID_OFTEN, true,
	  "PATH [MODE] [USER:GROUP] <<EOF" },
	{ "link", 2, 2, handle_link, SAID_OFTEN, false, "PATH TARGET" },
	{ "device", 1, ANY_NUMBER, handle_device, SAID_OFTEN, false,
	  "NAME... | PATH c|b MAJOR MINOR [MODE] [USER:GROUP]" },
	{ "user", 1, ANY_NUMBER, handle_user, SAID_OFTEN, false,
	  "NAME... | NAME [uid=N] [gid=N] [home=PATH] [shell=PATH]" },
	{ "group", 1, ANY_NUMBER, handle_group, SAID_OFTEN, false,
	  "NAME... | NAME [gid=N] [members=USER,...]" },
	{ "closure", 2, ANY_NUMBER, handle_closure, SAID_OFTEN, false,
	  "with|without RULE..." },
	{ "writable", 2, 6, handle_writable, SAID_OFTEN, false,
	  "PATH SIZE [inodes N] [MODE] [USER:GROUP]" },
	{ "overlay", 2, 4, handle_overlay, SAID_OFTEN, false,
	  "PATH SIZE [inodes N]" },
	{ "persist", 1, 4, handle_persist, SAID_OFTEN, false,
	  "PATH [MODE] [USER:GROUP] [SIZE]" },
	{ "share", 1, 4, handle_share, SAID_OFTEN, false,
	  "HOSTPATH [at PATH] [ro|rw]" },
	{ "proc", 0, 0, handle_proc, SAID_OFTEN, false, "" },
	{ "env", 1, ANY_NUMBER, handle_env, SAID_OFTEN, false,
	  "NAME=VALUE..." },
	{ "workdir", 1, 1, handle_workdir, SAID_WORKDIR, false, "PATH" },
	{ "hostname", 1, 1, handle_hostname, SAID_HOSTNAME, false, "NAME" },
	{ "listen", 1, ANY_NUMBER, handle_listen, SAID_OFTEN, false,
	  "PORT[/tcp|/udp]..." },
	{ "connect", 1, ANY_NUMBER, handle_connect, SAID_OFTEN, false,
	  "HOST:PORT[/tcp|/udp]..." },
	{ "network", 1, ANY_NUMBER, handle_network, SAID_NETWORK, false,
	  "sealed | host | own ADDRESS/LEN..." },
	{ "limit", 1, ANY_NUMBER, handle_limit, SAID_OFTEN, false,
	  "processes|memory|cpu|cpu-time|files|file-size VALUE | io "
	  "read|write|read-ops|write-ops VALUE" },
	{ "allow", 2, ANY_NUMBER, handle_allow, SAID_OFTEN, false,
	  "capability|syscall NAME..." },
	{ "run", 1, ANY_NUMBER, handle_run, SAID_RUN, false,
	  "PATH [ARGUMENT...]" },
	{ "service", 2, ANY_NUMBER, handle_service, SAID_OFTEN, false,
	  "NAME [per-connection [PORT] [at-most N] [per-source N/TIME]] PATH "
	  "[ARGUMENT...]" },
	{ "ready", 1, 3, handle_ready, SAID_READY, false,
	  "exec | listen [TIMEOUT] | http PATH [TIMEOUT] | notify [TIMEOUT]" },
	{ "check", 1, 8, handle_check, SAID_CHECK, false,
	  "http PATH every TIME [timeout TIME] [failures N]" },
	{ "restore", 2, ANY_NUMBER, handle_restore, SAID_OFTEN, false,
	  "every TIME [jitter TIME] | on exit|tamper|unhealthy|limit..." },
	{ "tripwire", 1, ANY_NUMBER, handle_tripwire, SAID_OFTEN, false,
	  "PATH..." },
	{ "stop-signal", 1, 1, handle_stop_signal, SAID_STOP_SIGNAL, false,
	  "NAME" },
	{ "drain", 1, 1, handle_drain, SAID_DRAIN, false, "TIME" },
};

const struct directive *directive_find(const struct lex_word *word,
				       struct diag *diag)
{
	struct suggestion suggestion;

	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (strcmp(word->text, directives[i].name) == 0)
			return &directives[i];
	location_error(diag, -EINVAL, &word->at, "unknown directive '%s'",
		       word->text);
	suggestion = suggest_begin(word->text);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		suggest_offer(&suggestion, directives[i].name);
	suggest_hint(&suggestion, diag);
	return NULL;
}
