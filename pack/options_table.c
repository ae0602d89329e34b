/* Every option there is. */
#include "pack/options_table.h"

#include "pack/block_cache.h"

enum {
	THREADS_MAX = 1024,
	LEVEL_MAX = 100,
	BLOCK_SIZE_MAX = 1 << 20,
	SCORE_MAX = 1 << 20
};

#define WITH(action) (1U << (action))
#define PACKING WITH(ACTION_PACK)
#define CHECKING WITH(ACTION_CHECK)
#define DRAFTING (WITH(ACTION_TRACE) | WITH(ACTION_FROM_UNIT))
#define GATHERING (PACKING | CHECKING)
#define FETCHING (GATHERING | WITH(ACTION_OUTDATED))
#define SIGNING (PACKING | WITH(ACTION_SIGN))
#define SEALING (WITH(ACTION_SIGN) | WITH(ACTION_ATTACH))
#define REGISTRY (WITH(ACTION_PUSH) | WITH(ACTION_PULL) | WITH(ACTION_TAGS))
#define REACHING (REGISTRY | WITH(ACTION_INSPECT))
#define ASKING                                                                 \
	(WITH(ACTION_LIST) | WITH(ACTION_INSPECT) | WITH(ACTION_WHY) |         \
	 WITH(ACTION_VERIFY) | WITH(ACTION_SBOM) | WITH(ACTION_DIFF) |         \
	 WITH(ACTION_EXTRACT) | WITH(ACTION_OUTDATED) | REGISTRY)

#define ACTION_RULE(name, letter, action)                                      \
	{                                                                      \
		name, letter, SETS_ACTION, action, 0, 0, 0, ~0U                \
	}
#define RULE(name, letter, kind, field, with)                                  \
	{                                                                      \
		name, letter, kind, ACTION_PACK,                               \
			offsetof(struct options, field), 0, 0, with            \
	}
#define NUMBER_RULE(name, letter, field, min, max, with)                       \
	{                                                                      \
		name, letter, SETS_NUMBER, ACTION_PACK,                        \
			offsetof(struct options, field), min, max, with        \
	}

static const struct option_rule rules[] = {
	ACTION_RULE("list", 0, ACTION_LIST),
	ACTION_RULE("inspect", 0, ACTION_INSPECT),
	ACTION_RULE("why", 0, ACTION_WHY),
	ACTION_RULE("verify", 0, ACTION_VERIFY),
	ACTION_RULE("cat", 0, ACTION_CAT),
	ACTION_RULE("check", 0, ACTION_CHECK),
	ACTION_RULE("sbom", 0, ACTION_SBOM),
	ACTION_RULE("diff", 0, ACTION_DIFF),
	ACTION_RULE("extract", 0, ACTION_EXTRACT),
	ACTION_RULE("report", 0, ACTION_REPORT),
	ACTION_RULE("outdated", 0, ACTION_OUTDATED),
	ACTION_RULE("trace", 0, ACTION_TRACE),
	ACTION_RULE("from-unit", 0, ACTION_FROM_UNIT),
	ACTION_RULE("sign", 0, ACTION_SIGN),
	ACTION_RULE("attach-signature", 0, ACTION_ATTACH),
	ACTION_RULE("roothash", 0, ACTION_ROOT_HASH),
	ACTION_RULE("push", 0, ACTION_PUSH),
	ACTION_RULE("pull", 0, ACTION_PULL),
	ACTION_RULE("tags", 0, ACTION_TAGS),
	ACTION_RULE("export", 0, ACTION_EXPORT),
	ACTION_RULE("help", 'h', ACTION_HELP),
	ACTION_RULE("version", 'V', ACTION_VERSION),
	RULE("output", 'o', SETS_STRING, output,
	     PACKING | DRAFTING | SEALING | WITH(ACTION_REPORT) |
		     WITH(ACTION_PULL)),
	RULE("define", 'D', ADDS_STRING, definitions,
	     GATHERING | WITH(ACTION_TRACE)),
	RULE("source", 'C', SETS_STRING, source, GATHERING),
	RULE("cache", 0, SETS_STRING, cache, FETCHING | WITH(ACTION_TRACE)),
	RULE("no-cache", 0, SETS_FLAG, no_cache, PACKING),
	NUMBER_RULE("cache-size", 0, cache_size, BLOCK_CACHE_BOUND_MIN,
		    BLOCK_CACHE_BOUND_MAX, PACKING),
	RULE("refresh", 0, SETS_FLAG, refresh, FETCHING),
	RULE("lock", 0, SETS_FLAG, lock, PACKING),
	RULE("compressor", 0, SETS_STRING, compressor, PACKING),
	NUMBER_RULE("level", 0, level, 0, LEVEL_MAX, PACKING),
	NUMBER_RULE("block-size", 0, block_size, 1, BLOCK_SIZE_MAX, PACKING),
	NUMBER_RULE("jobs", 'j', threads, 1, THREADS_MAX, PACKING),
	NUMBER_RULE("fail-above", 0, fail_above, 0, SCORE_MAX, CHECKING),
	RULE("dry-run", 'n', SETS_FLAG, dry_run, PACKING),
	RULE("force", 0, SETS_FLAG, force, PACKING | DRAFTING | SEALING),
	RULE("key", 0, SETS_STRING, key, SIGNING),
	RULE("cert", 0, SETS_STRING, certificate,
	     SIGNING | WITH(ACTION_ATTACH)),
	RULE("passphrase-file", 0, SETS_STRING, passphrase_file, SIGNING),
	RULE("trust", 0, SETS_STRING, trust,
	     WITH(ACTION_VERIFY) | WITH(ACTION_ATTACH)),
	RULE("privileges", 0, SETS_FLAG, privileges, WITH(ACTION_EXTRACT)),
	RULE("continue", 0, SETS_STRING, continued, WITH(ACTION_TRACE)),
	RULE("authfile", 0, SETS_STRING, auth_file, REACHING),
	RULE("ca", 0, SETS_STRING, ca_file, REACHING),
	RULE("plain-http", 0, SETS_FLAG, plain_http, REACHING),
	RULE("base", 0, SETS_STRING, base, WITH(ACTION_PULL)),
	RULE("json", 0, SETS_FLAG, json, GATHERING | ASKING),
};

_Static_assert(ARRAY_SIZE(rules) <= OPTION_RULES_MAX,
	       "options.c notes in an array which were given");

const struct option_rule *option_rules(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(rules);
	return rules;
}

static const struct option_words words_of[] = {
	[ACTION_PACK] = { 1, SIZE_MAX, "a recipe" },
	[ACTION_LIST] = { 1, 1, "an image" },
	[ACTION_INSPECT] = { 1, 1, "an image" },
	[ACTION_WHY] = { 2, 2, "an image and a path in it" },
	[ACTION_VERIFY] = { 1, 1, "an image" },
	[ACTION_CAT] = { 2, 2, "an image and a path in it" },
	[ACTION_CHECK] = { 1, 1, "a recipe or an image" },
	[ACTION_SBOM] = { 1, 1, "an image" },
	[ACTION_DIFF] = { 2, 2, "two images" },
	[ACTION_OUTDATED] = { 1, SIZE_MAX, "an image" },
	[ACTION_EXTRACT] = { 2, SIZE_MAX, "an image and a directory" },
	[ACTION_FROM_UNIT] = { 1, 1, "a systemd unit" },
	[ACTION_TRACE] = { 0, 0, "a command behind --" },
	[ACTION_REPORT] = { 1, 1, "an image" },
	[ACTION_SIGN] = { 1, 1, "an image" },
	[ACTION_ATTACH] = { 2, 2, "a signature and an image" },
	[ACTION_ROOT_HASH] = { 1, 1, "an image" },
	[ACTION_PUSH] = { 2, 2, "an image and a reference" },
	[ACTION_PULL] = { 1, 1, "a reference" },
	[ACTION_TAGS] = { 1, 1, "a repository" },
	[ACTION_EXPORT] = { 3, 3, "a kind, an image and a destination" },
	[ACTION_HELP] = { 0, SIZE_MAX, "" },
	[ACTION_VERSION] = { 0, SIZE_MAX, "" },
};

const struct option_words *option_words(enum action action)
{
	return &words_of[action];
}
