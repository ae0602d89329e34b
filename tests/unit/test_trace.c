/*
 * What is concluded from the system calls of a traced service:
 * pack/trace_calls.h, trace_filter.h, trace_powers.h, trace_facts.h,
 * trace_layers.h, trace_wanted.h.
 */
/* links: pack/trace_calls.o pack/trace_facts.o pack/trace_facts_others.o
 * pack/trace_filter.o pack/trace_layers.o pack/trace_powers.o
 * pack/trace_wanted.o */
#include "pack/trace_facts.h"
#include "pack/trace_filter.h"
#include "pack/trace_layers.h"
#include "pack/trace_powers.h"
#include "pack/trace_wanted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

#define BIT(capability) (UINT64_C(1) << (capability))
#define ALL (~UINT64_C(0) >> 23)

enum { ROOT = 0, WEB = 33, ADM = 4 };

/* --- The table and the filter --- */

static void test_table(void **state UNUSED)
{
	size_t count;
	const struct trace_call *calls = trace_calls(&count);

	assert_in_range(count, 80, TRACE_CALLS_MAX);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(calls[i].number, calls[k].number);
			assert_string_not_equal(calls[i].name, calls[k].name);
		}
		assert_ptr_equal(trace_call_find(calls[i].number), &calls[i]);
	}
	assert_null(trace_call_find(SYS_read));
	assert_null(trace_call_find(-1));
}

/* What the kernel would answer: the few instructions that the filter has. */
static uint32_t judge(const struct trace_filter *filter,
		      const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	for (size_t i = 0; i < filter->count; i++) {
		const struct sock_filter *step = &filter->instructions[i];
		bool holds;

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&accumulator, (const char *)data + step->k,
			       sizeof(accumulator));
			continue;
		case BPF_RET | BPF_K:
			return step->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			holds = accumulator == step->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			holds = accumulator >= step->k;
			break;
		default:
			fail_msg("instruction %#x", step->code);
			return 0;
		}
		i += holds ? step->jt : step->jf;
	}
	fail_msg("the filter has no end");
	return 0;
}

static void test_filter(void **state UNUSED)
{
#if defined(__x86_64__)
	const uint32_t own = AUDIT_ARCH_X86_64, other = AUDIT_ARCH_I386;
#else
	const uint32_t own = AUDIT_ARCH_AARCH64, other = AUDIT_ARCH_ARM;
#endif
	struct trace_filter filter;

	trace_filter_make(&filter);
	assert_in_range(filter.count, 1, ARRAY_SIZE(filter.instructions));
	for (int number = 0; number < 2000; number++) {
		const struct trace_call *call = trace_call_find(number);
		struct seccomp_data data = { .arch = own, .nr = number };
		uint32_t wanted = SECCOMP_RET_ALLOW;

		if (call)
			wanted = call->kind == TRACE_ABSENT
					 ? SECCOMP_RET_ERRNO | ENOSYS
					 : SECCOMP_RET_USER_NOTIF;
		assert_int_equal(judge(&filter, &data), wanted);
		assert_true(trace_filter_is_native(own, number));
		data.arch = other;
		assert_int_equal(judge(&filter, &data), SECCOMP_RET_USER_NOTIF);
		assert_false(trace_filter_is_native(other, number));
		data = (struct seccomp_data){ .arch = own,
					      .nr = number | 0x40000000 };
		assert_int_equal(judge(&filter, &data), SECCOMP_RET_USER_NOTIF);
		assert_false(trace_filter_is_native(own, data.nr));
	}
}

/* --- Events --- */

/* Named as in the table, by root with every capability. */
static struct trace_event make_event(const char *name)
{
	struct trace_event event;
	size_t count;
	const struct trace_call *calls = trace_calls(&count);

	memset(&event, 0, sizeof(event));
	event.actor.effective = event.actor.permitted = ALL;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(calls[i].name, name) == 0)
			event.call = &calls[i];
	}
	assert_non_null(event.call);
	return event;
}

static void set_path(struct trace_seen *seen, const char *path, mode_t mode,
		     uint32_t uid, uint32_t gid)
{
	(void)snprintf(seen->path, sizeof(seen->path), "%s", path);
	(void)snprintf(seen->place, sizeof(seen->place), "%s", path);
	seen->exists = mode != 0;
	seen->mode = mode;
	seen->uid = uid;
	seen->gid = gid;
	seen->parent_exists = true;
	seen->parent_mode = S_IFDIR | 0755;
}

static struct trace_event path_event(const char *name, const char *path,
				     mode_t mode)
{
	struct trace_event event = make_event(name);

	set_path(&event.seen[0], path, mode, ROOT, ROOT);
	return event;
}

static struct trace_event open_event(const char *path, mode_t mode, int flags)
{
	struct trace_event event = path_event("openat", path, mode);

	event.flags = flags;
	return event;
}

/* --- Capabilities --- */

static void test_identity(void **state UNUSED)
{
	struct trace_event event = make_event("setuid");

	event.ids[0] = WEB;
	event.id_count = 1;
	assert_int_equal(trace_powers(&event), BIT(CAP_SETUID));
	event.actor.effective = 0; /* it was refused */
	assert_int_equal(trace_powers(&event), 0);
	event.actor.effective = ALL;
	event.ids[0] = ROOT; /* what it is */
	assert_int_equal(trace_powers(&event), 0);

	event = make_event("setresgid");
	event.ids[0] = event.ids[1] = UINT32_MAX;
	event.ids[2] = WEB;
	event.id_count = 3;
	assert_int_equal(trace_powers(&event), BIT(CAP_SETGID));
	event.actor.gid[TRACE_EFFECTIVE] = WEB;
	assert_int_equal(trace_powers(&event), 0);

	event = make_event("setgroups");
	assert_int_equal(trace_powers(&event), BIT(CAP_SETGID));
	event = make_event("chroot");
	set_path(&event.seen[0], "/empty", S_IFDIR | 0755, ROOT, ROOT);
	assert_int_equal(trace_powers(&event), BIT(CAP_SYS_CHROOT));
	event = make_event("prctl");
	event.arguments[0] = PR_SET_NAME;
	assert_int_equal(trace_powers(&event), 0);
	event.arguments[0] = PR_CAPBSET_DROP;
	assert_int_equal(trace_powers(&event), BIT(CAP_SETPCAP));
}

static void test_capset(void **state UNUSED)
{
	struct trace_event event = make_event("capset");

	event.keeps = BIT(CAP_NET_BIND_SERVICE);
	assert_int_equal(trace_powers(&event), BIT(CAP_NET_BIND_SERVICE));
	event.keeps = ALL; /* nothing in particular */
	assert_int_equal(trace_powers(&event), 0);
}

static void test_signals_and_limits(void **state UNUSED)
{
	struct trace_event event = make_event("kill");

	event.target_known = true;
	event.target_uid[0] = event.target_uid[1] = WEB;
	assert_int_equal(trace_powers(&event), BIT(CAP_KILL));
	event.target_uid[1] = ROOT;
	assert_int_equal(trace_powers(&event), 0);

	event = make_event("setrlimit");
	event.hard_limit = 100;
	event.was_limit = 50;
	assert_int_equal(trace_powers(&event), 0);
	event.limit_known = true;
	assert_int_equal(trace_powers(&event), BIT(CAP_SYS_RESOURCE));
	event.was_limit = 100;
	assert_int_equal(trace_powers(&event), 0);

	event = make_event("setpriority");
	event.nice = 5;
	assert_int_equal(trace_powers(&event), 0);
	event.nice = -5;
	assert_int_equal(trace_powers(&event), BIT(CAP_SYS_NICE));

	event = make_event("socket");
	event.arguments[0] = AF_INET;
	event.arguments[1] = SOCK_RAW | SOCK_CLOEXEC;
	assert_int_equal(trace_powers(&event), BIT(CAP_NET_RAW));
	event.arguments[1] = SOCK_DGRAM;
	assert_int_equal(trace_powers(&event), 0);
}

static void test_access(void **state UNUSED)
{
	struct trace_actor actor = { .effective = ALL };
	const mode_t file = S_IFREG, directory = S_IFDIR;

	/* Its own, by the owner's bits. */
	assert_int_equal(trace_access(&actor, file | 0600, ROOT, ROOT, 6), 0);
	assert_int_equal(trace_access(&actor, file | 0440, ROOT, ROOT, 2),
			 BIT(CAP_DAC_OVERRIDE));
	/* Another's. */
	assert_int_equal(trace_access(&actor, file | 0640, WEB, ADM, 4),
			 BIT(CAP_DAC_READ_SEARCH));
	assert_int_equal(trace_access(&actor, file | 0640, WEB, ADM, 6),
			 BIT(CAP_DAC_OVERRIDE));
	assert_int_equal(trace_access(&actor, directory | 0700, WEB, ADM, 1),
			 BIT(CAP_DAC_READ_SEARCH));
	actor.groups[0] = ADM;
	actor.group_count = 1;
	assert_int_equal(trace_access(&actor, file | 0640, WEB, ADM, 4), 0);
	/* Without the one, the other; without both, neither. */
	actor = (struct trace_actor){ .effective = BIT(CAP_DAC_OVERRIDE) };
	assert_int_equal(trace_access(&actor, file | 0600, WEB, ADM, 4),
			 BIT(CAP_DAC_OVERRIDE));
	actor.effective = 0;
	assert_int_equal(trace_access(&actor, file | 0600, WEB, ADM, 4), 0);
	/* Nobody executes what has no x at all; what is it, if it has no
	 * type? */
	actor.effective = ALL;
	assert_int_equal(trace_access(&actor, file | 0644, WEB, ADM, 1), 0);
	assert_int_equal(trace_access(&actor, 0, WEB, ADM, 4), 0);
}

static void test_files(void **state UNUSED)
{
	struct trace_event event =
		open_event("/etc/key", S_IFREG | 0600, O_RDONLY);

	assert_int_equal(trace_powers(&event), 0);
	event.seen[0].uid = WEB;
	assert_int_equal(trace_powers(&event), BIT(CAP_DAC_READ_SEARCH));
	event.seen[0].passing = BIT(CAP_DAC_OVERRIDE);
	event.flags = O_PATH;
	assert_int_equal(trace_powers(&event), BIT(CAP_DAC_OVERRIDE));

	/* A log that is made anew needs its directory, whoever owns the old
	 * one. */
	event = open_event("/var/log/x/log", S_IFREG | 0640,
			   O_WRONLY | O_CREAT | O_APPEND);
	event.seen[0].uid = WEB;
	assert_int_equal(trace_powers(&event), 0);
	event.seen[0].parent_uid = WEB;
	assert_int_equal(trace_powers(&event), BIT(CAP_DAC_OVERRIDE));

	/* Away from others in /tmp. */
	event = path_event("unlinkat", "/tmp/x", S_IFREG | 0600);
	event.seen[0].uid = event.seen[0].parent_uid = WEB;
	event.seen[0].parent_mode = S_IFDIR | 01777;
	assert_int_equal(trace_powers(&event), BIT(CAP_FOWNER));
	event.seen[0].exists = false; /* ENOENT, whoever asks */
	assert_int_equal(trace_powers(&event), 0);

	event = path_event("fchmodat", "/var/x", S_IFREG | 0600);
	assert_int_equal(trace_powers(&event), 0);
	event.seen[0].uid = WEB;
	assert_int_equal(trace_powers(&event), BIT(CAP_FOWNER));
}

static void test_chown(void **state UNUSED)
{
	struct trace_event event =
		path_event("fchownat", "/var/x", S_IFDIR | 0755);

	event.ids[0] = ROOT;
	event.ids[1] = UINT32_MAX;
	event.id_count = 2;
	assert_int_equal(trace_powers(&event), 0);
	event.ids[0] = WEB;
	assert_int_equal(trace_powers(&event), BIT(CAP_CHOWN));
	event.ids[0] = UINT32_MAX;
	event.ids[1] = ADM;
	assert_int_equal(trace_powers(&event), BIT(CAP_CHOWN));
	event.actor.groups[0] = ADM;
	event.actor.group_count = 1;
	assert_int_equal(trace_powers(&event), 0);
	event.seen[0].exists = false;
	event.ids[0] = WEB;
	assert_int_equal(trace_powers(&event), 0);
}

static void test_refused(void **state UNUSED)
{
	struct trace_event event = open_event("/etc/x", 0, O_WRONLY | O_CREAT);

	assert_false(trace_refused(&event));
	event.actor.effective = 0;
	event.actor.uid[TRACE_FS] = event.actor.gid[TRACE_FS] = WEB;
	assert_true(trace_refused(&event));
	event.seen[0].parent_mode = S_IFDIR | 01777;
	assert_false(trace_refused(&event));
	/* A list could allow what the group's bits do. */
	event.seen[0].parent_mode = S_IFDIR | 0775;
	assert_false(trace_refused(&event));

	set_path(&event.seen[0], "/etc/x", S_IFREG | 0600, ROOT, ROOT);
	event.flags = O_RDONLY;
	assert_true(trace_refused(&event));
	event.seen[0].mode = S_IFREG | 0644;
	assert_false(trace_refused(&event));
	event.flags = O_RDWR;
	assert_true(trace_refused(&event));
	/* What is not there is not refused. */
	event.seen[0].exists = false;
	assert_false(trace_refused(&event));
}

/* --- Facts --- */

static void note(struct trace_facts *facts, const struct trace_event *event)
{
	assert_int_equal(trace_facts_note(facts, event), 0);
}

static void note_open(struct trace_facts *facts, const char *path, mode_t mode,
		      int flags)
{
	struct trace_event event = open_event(path, mode, flags);

	note(facts, &event);
}

static unsigned int acts(const struct trace_facts *facts, const char *path)
{
	const struct trace_fact *fact = trace_facts_find(facts, path);

	assert_non_null(fact);
	return fact->acts;
}

static void test_opens(void **state UNUSED)
{
	static const struct {
		const char *path;
		mode_t mode;
		int flags;
		unsigned int acts;
	} opens[] = {
		{ "/a", S_IFREG | 0644, O_RDONLY, ACT_READ },
		{ "/b", 0, O_RDONLY, ACT_READ },
		{ "/c", S_IFREG | 0644, O_PATH, ACT_LOOK },
		{ "/d", 0, O_RDWR | O_CREAT, ACT_MAKE | ACT_WRITE },
		{ "/e", S_IFREG | 0644, O_RDWR | O_CREAT, ACT_UPDATE },
		{ "/f", S_IFREG | 0644, O_RDWR | O_CREAT | O_TRUNC, ACT_WRITE },
		{ "/g", S_IFREG | 0644, O_WRONLY | O_CREAT | O_APPEND,
		  ACT_WRITE },
		{ "/h", S_IFREG | 0644, O_WRONLY, ACT_UPDATE },
		{ "/i", S_IFDIR | 0755, O_RDWR | O_TMPFILE,
		  ACT_READ | ACT_CHANGE },
	};
	struct trace_facts facts = TRACE_FACTS_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
		note_open(&facts, opens[i].path, opens[i].mode, opens[i].flags);
		assert_int_equal(acts(&facts, opens[i].path), opens[i].acts);
	}
	assert_int_equal(facts.path_count, ARRAY_SIZE(opens));
	trace_facts_done(&facts);
}

static void test_what_existed(void **state UNUSED)
{
	struct trace_facts facts = TRACE_FACTS_INIT;

	/* Made by the service: it is no part of what was there. */
	note_open(&facts, "/var/db", 0, O_RDWR | O_CREAT);
	note_open(&facts, "/var/db", S_IFREG | 0600, O_RDWR);
	assert_false(trace_facts_find(&facts, "/var/db")->existed);
	/* Made by somebody else between two looks. */
	note_open(&facts, "/var/other", 0, O_RDONLY);
	note_open(&facts, "/var/other", S_IFREG | 0600, O_RDONLY);
	assert_true(trace_facts_find(&facts, "/var/other")->existed);
	trace_facts_done(&facts);
}

static void test_pairs_and_links(void **state UNUSED)
{
	struct trace_event event =
		path_event("renameat2", "/var/new", S_IFREG | 0600);
	struct trace_facts facts = TRACE_FACTS_INIT;

	set_path(&event.seen[1], "/var/now", 0, ROOT, ROOT);
	event.seen[1].links[0] = strdup("/var/link");
	event.seen[1].link_count = 1;
	note(&facts, &event);
	free(event.seen[1].links[0]);
	assert_int_equal(acts(&facts, "/var/new"), ACT_REMOVE);
	assert_int_equal(acts(&facts, "/var/now"), ACT_MAKE);
	assert_int_equal(acts(&facts, "/var/link"), ACT_PASS);
	assert_int_equal(trace_wanted(trace_facts_find(&facts, "/var/link")),
			 WANTED_LINK);
	trace_facts_done(&facts);
}

static struct trace_event address_event(const char *name,
					enum trace_family family, uint16_t port)
{
	struct trace_event event = make_event(name);

	event.address.family = family;
	event.address.port = port;
	(void)snprintf(event.address.text, sizeof(event.address.text),
		       "192.0.2.1");
	return event;
}

static void test_addresses(void **state UNUSED)
{
	struct trace_event event = address_event("bind", TRACE_IPV4, 80);
	struct trace_facts facts = TRACE_FACTS_INIT;

	note(&facts, &event);
	event.address.port = 0;
	note(&facts, &event);
	assert_int_equal(facts.port_count, 1);
	assert_true(facts.ports[0].bound);
	assert_false(facts.ports[0].listened);
	event = address_event("listen", TRACE_IPV6, 80);
	note(&facts, &event);
	assert_int_equal(facts.port_count, 1);
	assert_true(facts.ports[0].listened);
	event = address_event("bind", TRACE_IPV4, 80);
	event.address.datagram = true;
	note(&facts, &event);
	assert_int_equal(facts.port_count, 2);
	event = address_event("connect", TRACE_IPV4, 53);
	note(&facts, &event);
	note(&facts, &event);
	assert_int_equal(facts.peer_count, 1);
	assert_string_equal(facts.peers[0].address, "192.0.2.1");

	event = address_event("connect", TRACE_UNIX, 0);
	set_path(&event.seen[0], "/dev/log", S_IFSOCK | 0666, ROOT, ROOT);
	note(&facts, &event);
	assert_int_equal(acts(&facts, "/dev/log"), ACT_CONNECT);
	trace_facts_done(&facts);
}

static void test_ids_and_evidence(void **state UNUSED)
{
	struct trace_event event =
		path_event("fchownat", "/var/x", S_IFREG | 0644);
	struct trace_facts facts = TRACE_FACTS_INIT;

	event.ids[0] = WEB;
	event.ids[1] = UINT32_MAX;
	event.id_count = 2;
	note(&facts, &event);
	assert_int_equal(facts.id_count, 1);
	assert_true(facts.ids[0].owner);
	event = make_event("setuid");
	event.ids[0] = WEB;
	event.id_count = 1;
	note(&facts, &event);
	note(&facts, &event);
	assert_int_equal(facts.id_count, 1);
	assert_false(facts.ids[0].owner);
	assert_string_equal(facts.ids[0].call, "setuid");
	assert_int_equal(facts.powers[CAP_SETUID].count, 1);
	assert_string_equal(facts.powers[CAP_CHOWN].evidence[0].path, "/var/x");

	note_open(&facts, "/root/key", S_IFREG | 0600, O_RDONLY);
	assert_int_equal(facts.powers[CAP_DAC_READ_SEARCH].count, 0);
	event = open_event("/home/key", S_IFREG | 0600, O_RDONLY);
	event.seen[0].uid = WEB;
	note(&facts, &event);
	assert_int_equal(facts.powers[CAP_DAC_READ_SEARCH].evidence[0].owner,
			 WEB);
	trace_facts_done(&facts);
}

static void test_start(void **state UNUSED)
{
	struct trace_facts facts = { .start = "/srv/www" };
	struct trace_event event = open_event("/srv/www/x", S_IFREG | 0644, 0);

	note(&facts, &event);
	assert_null(facts.start_call);
	event.relative = true;
	note(&facts, &event);
	assert_string_equal(facts.start_call, "openat");
	trace_facts_done(&facts);
	facts = (struct trace_facts){ .start = "/srv/www" };
	event = path_event("getcwd", "/elsewhere", 0);
	note(&facts, &event);
	assert_null(facts.start_call);
	assert_int_equal(facts.path_count, 0);
	trace_facts_done(&facts);
}

static void test_bounds(void **state UNUSED)
{
	struct trace_facts facts = TRACE_FACTS_INIT;
	char path[32];

	for (int i = 0; i <= TRACE_PATHS_MAX; i++) {
		(void)snprintf(path, sizeof(path), "/srv/%d", i);
		note_open(&facts, path, S_IFREG | 0644, O_RDONLY);
	}
	assert_int_equal(facts.path_count, TRACE_PATHS_MAX);
	assert_true(facts.overflow);
	trace_facts_done(&facts);
}

/* --- Layers --- */

static struct trace_layers choose(const struct trace_facts *facts)
{
	struct trace_layers layers;

	assert_int_equal(trace_layers_choose(facts, &layers), 0);
	return layers;
}

static void note_mkdir(struct trace_facts *facts, const char *path, mode_t mode)
{
	struct trace_event event = path_event("mkdirat", path, mode);

	note(facts, &event);
}

static void test_layers(void **state UNUSED)
{
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_layers layers;
	struct trace_event event;

	note_open(&facts, "/run/x.pid", 0, O_RDWR | O_CREAT);
	note_open(&facts, "/var/log/x/log", S_IFREG | 0644,
		  O_WRONLY | O_CREAT | O_APPEND);
	/* In a directory of its own making the one above is the layer. */
	note_mkdir(&facts, "/var/lib/x/new", 0);
	note_open(&facts, "/var/lib/x/new/deep", 0, O_WRONLY | O_CREAT);
	/* All of /tmp. */
	note_open(&facts, "/tmp/a/b/c", 0, O_WRONLY | O_CREAT);
	/* Not written: EEXIST, ENOENT, what Python does without, devices. */
	note_mkdir(&facts, "/opt/there", S_IFDIR | 0755);
	event = path_event("unlinkat", "/opt/none", 0);
	note(&facts, &event);
	note_open(&facts, "/opt/__pycache__/a.pyc", 0, O_WRONLY | O_CREAT);
	note_open(&facts, "/dev/null", S_IFCHR | 0666, O_WRONLY);

	layers = choose(&facts);
	assert_int_equal(layers.count, 4);
	assert_string_equal(layers.layers[0].path, "/run");
	assert_int_equal(layers.layers[0].bytes, 1 << 20);
	assert_string_equal(layers.layers[1].path, "/tmp");
	assert_string_equal(layers.layers[2].path, "/var/lib/x");
	assert_string_equal(layers.layers[3].path, "/var/log/x");
	assert_ptr_equal(trace_layers_find(&layers, "/var/lib/x/y"),
			 &layers.layers[2]);
	assert_null(trace_layers_find(&layers, "/var/lib"));
	trace_layers_done(&layers);
	trace_facts_done(&facts);
}

static void test_nested_layers(void **state UNUSED)
{
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_layers layers;

	note_open(&facts, "/var/x/in/file", 0, O_WRONLY | O_CREAT);
	note_open(&facts, "/var/x/file", 0, O_WRONLY | O_CREAT);
	note_open(&facts, "/var/x/config", S_IFREG | 0644, O_RDONLY);
	note_open(&facts, "/var/xx/file", 0, O_WRONLY | O_CREAT);
	layers = choose(&facts);
	assert_int_equal(layers.count, 2);
	assert_string_equal(layers.layers[0].path, "/var/x");
	assert_true(layers.layers[0].furnished);
	assert_string_equal(layers.layers[1].path, "/var/xx");
	assert_false(layers.layers[1].furnished);
	trace_layers_done(&layers);
	trace_facts_done(&facts);
}

static void test_impossible_layers(void **state UNUSED)
{
	struct trace_event event =
		path_event("execve", "/srv/app/bin/x", S_IFREG | 0755);
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_layers layers;

	note(&facts, &event);
	note_open(&facts, "/srv/app/log", 0, O_WRONLY | O_CREAT);
	note_open(&facts, "/core", 0, O_WRONLY | O_CREAT);
	note_open(&facts, "/usr/share/x", 0, O_WRONLY | O_CREAT);
	layers = choose(&facts);
	assert_int_equal(layers.count, 3);
	for (size_t i = 0; i < layers.count; i++)
		assert_true(layers.layers[i].impossible);
	assert_null(trace_layers_find(&layers, "/srv/app/log"));
	trace_layers_done(&layers);
	trace_facts_done(&facts);
}

static void test_layer_size(void **state UNUSED)
{
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_layers layers;

	note_open(&facts, "/var/cache/x", 0, O_WRONLY | O_CREAT);
	facts.paths[0]->size = UINT64_C(100) << 20;
	layers = choose(&facts);
	assert_int_equal(layers.layers[0].bytes, UINT64_C(512) << 20);
	trace_layers_done(&layers);
	facts.paths[0]->size = UINT64_MAX;
	layers = choose(&facts);
	assert_int_equal(layers.layers[0].bytes, UINT64_C(64) << 20);
	trace_layers_done(&layers);
	trace_facts_done(&facts);
}

/* --- What is wanted --- */

static void test_wanted(void **state UNUSED)
{
	static const struct {
		const char *path;
		mode_t mode;
		enum trace_wanted wanted;
	} files[] = {
		{ "/etc/x.conf", S_IFREG | 0644, WANTED_FILE },
		{ "/etc/passwd", S_IFREG | 0644, WANTED_NOT },
		{ "/etc/none", 0, WANTED_NOT },
		{ "/proc/self/status", S_IFREG | 0444, WANTED_NOT },
		{ "/dev/null", S_IFCHR | 0666, WANTED_NOT },
		{ "/run/x.pid", S_IFREG | 0644, WANTED_NOT },
		{ "/var/lib/x/x.pid", S_IFREG | 0644, WANTED_NOT },
		{ "/var/log/x", S_IFREG | 0644, WANTED_NOT },
		{ "/srv/fifo", S_IFIFO | 0644, WANTED_NOT },
		{ "/run/x", S_IFDIR | 0755, WANTED_DIRECTORY },
		{ "/usr/lib/x/plug.so", S_IFREG | 0644, WANTED_PLUGIN },
		{ "/usr/lib/x86_64-linux-gnu/libx.so.3", S_IFREG | 0644,
		  WANTED_LIBRARY },
		{ "/usr/lib/x86_64-linux-gnu/libnss_x.so.2", S_IFREG | 0644,
		  WANTED_NAMES },
		{ "/usr/lib/python3/__pycache__/x.pyc", S_IFREG | 0644,
		  WANTED_NOT },
		{ "/etc/x.sources", S_IFREG | 0644, WANTED_FILE },
	};
	struct trace_facts facts = TRACE_FACTS_INIT;
	struct trace_event event;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		note_open(&facts, files[i].path, files[i].mode, O_RDONLY);
		assert_int_equal(trace_wanted(facts.paths[i]), files[i].wanted);
	}
	/* Only asked about. */
	event = path_event("newfstatat", "/usr/share/x", S_IFDIR | 0755);
	note(&facts, &event);
	assert_int_equal(trace_wanted(trace_facts_find(&facts, "/usr/share/x")),
			 WANTED_NOT);
	event = path_event("newfstatat", "/etc/x", S_IFREG | 0644);
	note(&facts, &event);
	assert_int_equal(trace_wanted(trace_facts_find(&facts, "/etc/x")),
			 WANTED_FILE);
	/* Written only. */
	note_open(&facts, "/var/x", S_IFREG | 0644, O_WRONLY | O_CREAT);
	assert_int_equal(trace_wanted(trace_facts_find(&facts, "/var/x")),
			 WANTED_NOT);

	assert_true(trace_worth_telling(trace_facts_find(&facts, "/etc/none")));
	assert_false(trace_worth_telling(trace_facts_find(&facts, "/etc/x")));
	trace_facts_done(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_capset),
		cmocka_unit_test(test_signals_and_limits),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_chown),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_what_existed),
		cmocka_unit_test(test_pairs_and_links),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ids_and_evidence),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_nested_layers),
		cmocka_unit_test(test_impossible_layers),
		cmocka_unit_test(test_layer_size),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
