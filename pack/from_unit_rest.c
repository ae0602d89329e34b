/* What a unit says and a recipe does not. */
#include "pack/from_unit_draft.h"

#include "lib/path.h"

#include <string.h>

/* Settings that have become directives. */
static const char *const carried[] = {
	"ExecStart",
	"Type",
	"User",
	"Group",
	"DynamicUser",
	"Environment",
	"EnvironmentFile",
	"WorkingDirectory",
	"RuntimeDirectory*",
	"StateDirectory*",
	"CacheDirectory*",
	"LogsDirectory*",
	"PrivateTmp",
	"ReadWritePaths",
	"CapabilityBoundingSet",
	"AmbientCapabilities",
	"LimitNOFILE",
	"LimitFSIZE",
	"MemoryMax",
	"TasksMax",
	"CPUQuota",
	"KillSignal",
	"TimeoutStopSec",
	"TimeoutStartSec",
	"Restart",
	"Sockets",
	NULL,
};

/* What every jail does, or what is about systemd alone. */
static const char *const covered[] = {
	"NoNewPrivileges",
	"Protect*",
	"Private*",
	"Restrict*",
	"LockPersonality",
	"SystemCall*",
	"ReadOnly*",
	"Inaccessible*",
	"RemoveIPC",
	"NoExecPaths",
	"ExecPaths",
	"DevicePolicy",
	"DeviceAllow",
	"ProcSubset",
	"KeyringMode",
	"MountFlags",
	"Delegate",
	"PIDFile",
	"Standard*",
	"Syslog*",
	"Log*",
	"RestartSec",
	"StartLimit*",
	"TimeoutSec",
	"TimeoutAbortSec",
	"KillMode",
	"SendSIGKILL",
	"SendSIGHUP",
	"FinalKillSignal",
	"GuessMainPID",
	"NotifyAccess",
	"RemainAfterExit",
	"Slice",
	"Accounting",
	"*Accounting",
	"RuntimeMaxSec",
	"UMask",
	"SecureBits",
	"TTY*",
	"IgnoreSIGPIPE",
	"BusName",
	"ConfigurationDirectory*",
	NULL,
};

static bool is_any(const char *key, const char *const *patterns)
{
	for (; *patterns; patterns++) {
		if (path_match(*patterns, key))
			return true;
	}
	return false;
}

static void draft_entry(struct draft *draft, const struct unit_entry *entry)
{
	if (!draft_can_say(entry->value) ||
	    (entry->key && !draft_can_say(entry->key)))
		draft_comment(draft, "A setting with control characters is not "
				     "carried.");
	else if (!entry->key)
		draft_comment(draft, "No assignment: %s", entry->value);
	else if (strcmp(entry->section, "Service") == 0 && entry->value[0] &&
		 !is_any(entry->key, carried) && !is_any(entry->key, covered))
		draft_comment(draft, "%s=%s", entry->key, entry->value);
}

static void draft_again(struct draft *draft, const struct unit_subject *subject)
{
	size_t at = 0, count = 0;
	const char *value;

	while ((value = unit_file_next(subject->service, "Service", "ExecStart",
				       &at)) != NULL) {
		if (count++ > 0 && draft_can_say(value))
			draft_comment(draft, "ExecStart=%s", value);
	}
}

void unit_draft_rest(struct draft *draft, const struct unit_subject *subject)
{
	const struct unit_file *unit = subject->service;

	draft_heading(draft, "Not carried: what the unit says besides");
	draft_again(draft, subject);
	for (size_t i = 0; i < unit->count; i++)
		draft_entry(draft, &unit->entries[i]);
}
