/* links: mount/seccomp.o mount/seccomp_arguments.o mount/seccomp_judge.o
   mount/seccomp_list.o mount/explain_calls.o */
/*
 * The filter is run here, by a small interpreter of the instructions that it
 * may consist of, and its verdicts are compared with the list's.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "mount/explain_calls.h"
#include "mount/seccomp.h"
#include "mount/seccomp_list.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define FOREIGN AUDIT_ARCH_I386
#else
#define NATIVE AUDIT_ARCH_AARCH64
#define FOREIGN AUDIT_ARCH_ARM
#endif

#define FAILS(error) (SECCOMP_RET_ERRNO | (error))
/* The supervisor raises an alarm, and refuses it. */
#define ALARMS SECCOMP_RET_USER_NOTIF

static const uint64_t PASS = 0x0123456789abcdef;

enum {
	NUMBER_BEYOND = 1000,
	X32_BIT = 0x40000000,
	MFD_NOEXEC = 8,
};

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset + sizeof(word) <= sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static uint32_t run(const struct seccomp_filter *filter,
		    const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	for (size_t i = 0; i < filter->count; i++) {
		const struct sock_filter *now = &filter->instructions[i];

		switch (now->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			accumulator = load(data, now->k);
			break;
		case BPF_JMP | BPF_JA:
			i += now->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += accumulator == now->k ? now->jt : now->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += accumulator >= now->k ? now->jt : now->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			i += accumulator & now->k ? now->jt : now->jf;
			break;
		case BPF_RET | BPF_K:
			return now->k;
		default:
			fail_msg("instruction %#x", now->code);
		}
	}
	fail_msg("the filter ended without a verdict");
	return 0;
}

static struct seccomp_filter compile(const struct config *config,
				     enum seccomp_supervision supervision)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct seccomp_filter filter = SECCOMP_FILTER_INIT;

	if (seccomp_compile(config, supervision, PASS, &filter, &diag) < 0)
		fail_msg("%s", diag.text);
	return filter;
}

static uint32_t judge(const struct seccomp_filter *filter, long number,
		      uint64_t a0, uint64_t a1, uint64_t a2)
{
	const struct seccomp_data data = {
		.nr = (int)number,
		.arch = NATIVE,
		.args = { a0, a1, a2 },
	};

	return run(filter, &data);
}

static void every_entry_has_its_verdict(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	for (size_t i = 0; i < seccomp_list_length; i++) {
		const struct seccomp_entry *entry = &seccomp_list[i];
		uint32_t verdict = judge(&filter, entry->number, 0, 0, 0);

		switch (entry->verdict) {
		case SECCOMP_ALLOW:
			assert_int_equal(verdict, SECCOMP_RET_ALLOW);
			break;
		case SECCOMP_REFUSE:
		case SECCOMP_CHROOT:
			assert_int_equal(verdict, ALARMS);
			assert_int_equal(seccomp_refusal(entry->number),
					 -EPERM);
			break;
		case SECCOMP_QUIET:
			assert_int_equal(verdict, FAILS(EPERM));
			break;
		case SECCOMP_WATCH:
		case SECCOMP_CUSTODY:
			assert_int_equal(verdict, SECCOMP_RET_USER_NOTIF);
			break;
		case SECCOMP_UNKNOWN:
			assert_int_equal(verdict, FAILS(ENOSYS));
			break;
		case SECCOMP_CHECK_SOCKET:
			assert_int_equal(verdict, FAILS(EAFNOSUPPORT));
			break;
		default:
			assert_int_equal(verdict, SECCOMP_RET_ALLOW);
		}
	}
}

static void the_list_names_each_number_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < seccomp_list_length; i++) {
		assert_true(seccomp_list[i].number < NUMBER_BEYOND);
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(seccomp_list[i].number,
					     seccomp_list[j].number);
			assert_string_not_equal(seccomp_list[i].name,
						seccomp_list[j].name);
		}
	}
}

static void unknown_numbers_do_not_exist(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	assert_int_equal(judge(&filter, NUMBER_BEYOND, 0, 0, 0), FAILS(ENOSYS));
	assert_int_equal(judge(&filter, X32_BIT | SYS_read, 0, 0, 0),
			 FAILS(ENOSYS));
	assert_int_equal(judge(&filter, -1, 0, 0, 0), FAILS(ENOSYS));
}

static void another_architecture_kills(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);
	const struct seccomp_data data = { .nr = SYS_read, .arch = FOREIGN };

	(void)state;
	assert_int_equal(run(&filter, &data), SECCOMP_RET_KILL_PROCESS);
}

static void what_no_jail_may_do(void **state)
{
	static const long refused[] = {
		SYS_mount,
		SYS_umount2,
		SYS_pivot_root,
		SYS_move_mount,
		SYS_open_tree,
		SYS_fsopen,
		SYS_mount_setattr,
		SYS_setns,
		SYS_sethostname,
		SYS_ptrace,
		SYS_bpf,
		SYS_perf_event_open,
		SYS_userfaultfd,
		SYS_kexec_load,
		SYS_init_module,
		SYS_delete_module,
		SYS_memfd_create,
		SYS_chroot,
		SYS_process_vm_writev,
		SYS_open_by_handle_at,
		SYS_pidfd_getfd,
		SYS_reboot,
	};
	/* What servers are made of tries these. */
	static const long quiet[] = {
		SYS_io_uring_setup, SYS_io_uring_enter, SYS_keyctl,
		SYS_add_key,	    SYS_request_key,	SYS_mbind,
	};
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_int_equal(judge(&filter, refused[i], 0, 0, 0), ALARMS);
	for (size_t i = 0; i < ARRAY_SIZE(quiet); i++)
		assert_int_equal(judge(&filter, quiet[i], 0, 0, 0),
				 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_memfd_create, 0, MFD_NOEXEC, 0),
			 ALARMS);
	assert_int_equal(judge(&filter, SYS_clone3, 0, 0, 0), FAILS(ENOSYS));
}

static uint32_t judge_send(const struct seccomp_filter *filter, long number,
			   size_t index, uint64_t flags)
{
	struct seccomp_data data = { .nr = (int)number, .arch = NATIVE };

	data.args[index] = flags;
	return run(filter, &data);
}

/* A socket of the host's must not be turned round by Fast Open. */
static void no_connection_on_the_way(void **state)
{
	static const struct {
		long number;
		size_t index;
	} calls[] = { { SYS_sendto, 3 },
		      { SYS_sendmsg, 2 },
		      { SYS_sendmmsg, 3 } };
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		long number = calls[i].number;
		size_t index = calls[i].index;

		assert_int_equal(judge_send(&filter, number, index,
					    MSG_NOSIGNAL | MSG_DONTWAIT),
				 SECCOMP_RET_ALLOW);
		assert_int_equal(judge_send(&filter, number, index,
					    MSG_FASTOPEN | MSG_NOSIGNAL),
				 FAILS(EOPNOTSUPP));
	}
}

static void socket_options(void **state)
{
	static const struct {
		int level, name;
		bool allowed;
	} options[] = {
		{ SOL_SOCKET, SO_REUSEADDR, true },
		{ SOL_SOCKET, SO_KEEPALIVE, true },
		{ SOL_SOCKET, SO_BINDTODEVICE, false },
		{ SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, false },
		{ SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, false },
		{ SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, false },
		{ IPPROTO_TCP, TCP_NODELAY, true },
		{ IPPROTO_TCP, TCP_DEFER_ACCEPT, true },
		{ IPPROTO_TCP, TCP_FASTOPEN, true },
		{ IPPROTO_TCP, TCP_FASTOPEN_CONNECT, false },
		{ IPPROTO_TCP, TCP_MD5SIG, false },
		{ IPPROTO_TCP, TCP_MD5SIG_EXT, false },
		/* The same numbers mean something else at other levels. */
		{ IPPROTO_TCP, SO_BINDTODEVICE, true },
		{ SOL_SOCKET, TCP_MD5SIG_EXT, true },
		{ IPPROTO_IPV6, IPV6_V6ONLY, true },
		{ IPPROTO_IP, SO_BINDTODEVICE, true },
	};
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		assert_int_equal(judge(&filter, SYS_setsockopt, 0,
				       (uint64_t)options[i].level,
				       (uint64_t)options[i].name),
				 options[i].allowed ? SECCOMP_RET_ALLOW
						    : FAILS(EPERM));
}

static void no_new_namespaces(void **state)
{
	static const uint64_t namespaces[] = {
		CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWPID, CLONE_NEWUSER,   CLONE_NEWNET,
	};
	const uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES |
				CLONE_SIGHAND | CLONE_THREAD;
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	assert_int_equal(judge(&filter, SYS_clone, thread, 0, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_unshare, CLONE_FILES, 0, 0),
			 SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		assert_int_equal(judge(&filter, SYS_clone,
				       namespaces[i] | SIGCHLD, 0, 0),
				 namespaces[i] == CLONE_NEWUSER ? ALARMS
								: FAILS(EPERM));
		assert_int_equal(
			judge(&filter, SYS_unshare, namespaces[i], 0, 0),
			ALARMS);
	}
	assert_int_equal(judge(&filter, SYS_clone,
			       CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, 0, 0),
			 ALARMS);
	assert_int_equal(judge(&filter, SYS_unshare, 0x80, 0, 0), ALARMS);
}

static void socket_families(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);
	const uint64_t upper_half = (uint64_t)1 << 32;

	(void)state;
	assert_int_equal(judge(&filter, SYS_socket, AF_UNIX, SOCK_STREAM, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_socket, AF_INET, SOCK_STREAM, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_socket, AF_INET6, SOCK_DGRAM, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_socket, AF_NETLINK, SOCK_RAW, 0),
			 SECCOMP_RET_ALLOW);
	/* NETLINK_AUDIT */
	assert_int_equal(judge(&filter, SYS_socket, AF_NETLINK, SOCK_RAW, 9),
			 FAILS(EAFNOSUPPORT));
	/* What lists the networks that there are. */
	assert_int_equal(judge(&filter, SYS_socket, AF_IPX, SOCK_DGRAM, 0),
			 FAILS(EAFNOSUPPORT));
	assert_int_equal(judge(&filter, SYS_socket, AF_PACKET, SOCK_RAW, 0),
			 ALARMS);
	assert_int_equal(judge(&filter, SYS_socket, AF_VSOCK, SOCK_STREAM, 0),
			 ALARMS);
	assert_int_equal(seccomp_refusal(SYS_socket), -EAFNOSUPPORT);
	assert_int_equal(seccomp_refusal(SYS_socketpair), -EAFNOSUPPORT);
	assert_int_equal(
		judge(&filter, SYS_socket, AF_INET6, SOCK_STREAM, IPPROTO_TCP),
		SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_socket, AF_INET, SOCK_SEQPACKET,
			       IPPROTO_SCTP),
			 FAILS(EPROTONOSUPPORT));
	assert_int_equal(judge(&filter, SYS_socket, AF_INET6, SOCK_DGRAM,
			       IPPROTO_UDPLITE),
			 FAILS(EPROTONOSUPPORT));
	assert_int_equal(
		judge(&filter, SYS_socket, AF_UNIX, SOCK_STREAM, IPPROTO_SCTP),
		SECCOMP_RET_ALLOW);
	/* The kernel does not see the upper half of the register. */
	assert_int_equal(
		judge(&filter, SYS_socket, upper_half | AF_PACKET, SOCK_RAW, 0),
		ALARMS);
	assert_int_equal(judge(&filter, SYS_socket, upper_half | AF_INET,
			       SOCK_STREAM, 0),
			 SECCOMP_RET_ALLOW);
}

static void other_arguments(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);
	const uint64_t upper_half = (uint64_t)1 << 32;

	(void)state;
	assert_int_equal(judge(&filter, SYS_ioctl, 0, TIOCGWINSZ, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_ioctl, 0, TIOCSTI, 0), ALARMS);
	assert_int_equal(judge(&filter, SYS_ioctl, 0, TIOCSTI | upper_half, 0),
			 ALARMS);
	assert_int_equal(judge(&filter, SYS_ioctl, 0, TIOCLINUX, 0), ALARMS);
	/* In a sealed jail. */
	assert_int_equal(judge(&filter, SYS_ioctl, 0, SIOCGIFCONF, 0),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_ioctl, 0, SIOCGSKNS, 0),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_ioctl, 0, SIOCATMARK, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_ioctl, 0, FIONREAD, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_ioctl, 0, 0x8a00, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_personality, 0xffffffff, 0, 0),
			 SECCOMP_RET_ALLOW);
	/* ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC */
	assert_int_equal(judge(&filter, SYS_personality, 0x0040000, 0, 0),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_personality, 0x0400000, 0, 0),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_shmat, 0, 0, SHM_EXEC), ALARMS);
}

static void interfaces_that_there_are(void **state)
{
	const struct config config = { .network = CONFIG_NETWORK_HOST };
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	assert_int_equal(judge(&filter, SYS_ioctl, 0, SIOCGIFCONF, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_ioctl, 0, TIOCSTI, 0), ALARMS);
}

/* Asked for, it is told; changed, it stays as it is, and there is no error. */
static void the_core_limit(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);
	const uint64_t far = (uint64_t)1 << 32;

	(void)state;
	assert_int_equal(judge(&filter, SYS_prlimit64, 0, RLIMIT_CORE, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_prlimit64, 0, RLIMIT_CORE, 4096),
			 FAILS(0));
	assert_int_equal(judge(&filter, SYS_prlimit64, 0, RLIMIT_CORE, far),
			 FAILS(0));
	assert_int_equal(judge(&filter, SYS_prlimit64, 0, RLIMIT_NOFILE, 4096),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(
		judge(&filter, SYS_prlimit64, RLIMIT_CORE, RLIMIT_NOFILE, 4096),
		SECCOMP_RET_ALLOW);
	/* Of the init. */
	assert_int_equal(judge(&filter, SYS_prlimit64, 1, RLIMIT_NOFILE, 4096),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_setrlimit, RLIMIT_CORE, 4096, 0),
			 FAILS(0));
	assert_int_equal(judge(&filter, SYS_setrlimit, RLIMIT_NOFILE, 4096, 0),
			 SECCOMP_RET_ALLOW);
}

/* Whatever the contract allows: files that outlive the jail get no set-id
 * bits and no capabilities. */
static void what_is_written_on_the_host(void **state)
{
	char openat2[] = "openat2", uring[] = "io_uring_setup";
	char chmod[] = "fchmodat", setxattr[] = "fsetxattr";
	char *names[] = { openat2, uring, chmod, setxattr, NULL };
	struct config_persist kept = { 0 };
	const struct config config = {
		.allowed_syscalls = names,
		.capabilities = (uint64_t)1 << CAP_SETFCAP,
		.persists = &kept,
		.persist_count = 1,
	};
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	assert_int_equal(judge(&filter, SYS_openat2, 0, 0, 0), FAILS(ENOSYS));
	assert_int_equal(judge(&filter, SYS_io_uring_setup, 0, 0, 0), ALARMS);
	assert_int_equal(judge(&filter, SYS_fchmodat, 0, 0, 04755), ALARMS);
	assert_int_equal(judge(&filter, SYS_fchmodat, 0, 0, 0755),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_fsetxattr, 0, 0, 0), FAILS(EPERM));
}

static void what_the_contract_adds(void **state)
{
	char keyctl[] = "keyctl", bind[] = "bind", clone3[] = "clone3";
	char *names[] = { keyctl, bind, clone3, NULL };
	const struct config config = {
		.allowed_syscalls = names,
		.capabilities = (uint64_t)1 << CAP_SYS_CHROOT,
	};
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	assert_int_equal(judge(&filter, SYS_keyctl, 0, 0, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_clone3, 0, 0, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_chroot, 0, 0, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_add_key, 0, 0, 0), FAILS(EPERM));
	/* Custody is not to be had out of the way. */
	assert_int_equal(judge(&filter, SYS_bind, 0, 0, 0),
			 SECCOMP_RET_USER_NOTIF);
}

static void without_custody(void **state)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_GUEST);

	(void)state;
	assert_int_equal(judge(&filter, SYS_bind, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_listen, 0, 0, 0), FAILS(EPERM));
	/* Of the rest nobody is told. */
	assert_int_equal(judge(&filter, SYS_execve, 0, 0, 0),
			 SECCOMP_RET_USER_NOTIF);
	assert_int_equal(judge(&filter, SYS_ptrace, 0, 0, 0), FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_unshare, CLONE_NEWUSER, 0, 0),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_socket, AF_PACKET, SOCK_RAW, 0),
			 FAILS(EAFNOSUPPORT));
}

/* Where files outlive the jail. */
static void set_id_bits(void **state)
{
	struct config_persist persist = { .path = (char[]){ "/kept" } };
	const struct config config = { .persists = &persist,
				       .persist_count = 1 };
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);
	CLEANUP_SECCOMP_FILTER struct seccomp_filter explained =
		compile(&config, SECCOMP_EXPLAINED);

	(void)state;
	assert_int_equal(judge(&filter, SYS_fchmodat, 0, 0, 0755),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_fchmodat, 0, 0, 02755),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_fchmodat, 0, 0, 04755), ALARMS);
	assert_int_equal(judge(&filter, SYS_fchmodat, 0, 0, 06755), ALARMS);
	/* There it could not be told from one that is to go on. */
	assert_int_equal(judge(&explained, SYS_fchmodat, 0, 0, 04755),
			 FAILS(EPERM));
	assert_int_equal(judge(&explained, SYS_fchmodat, 0, 0, 0755),
			 SECCOMP_RET_USER_NOTIF);
}

/* Nothing is allowed that was not: what was refused is asked about, and what
 * depends on arguments goes on depending on them. */
static void with_explanations(void **state)
{
	const struct config config = { .capabilities = 1U << CAP_SETUID };
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_EXPLAINED);
	CLEANUP_SECCOMP_FILTER struct seccomp_filter plain =
		compile(&config, SECCOMP_SUPERVISED);

	(void)state;
	for (uint32_t number = 0; number < NUMBER_BEYOND; number++) {
		uint32_t before = judge(&plain, number, 0, 0, 0);
		uint32_t after = judge(&filter, number, 0, 0, 0);

		if (before == SECCOMP_RET_ALLOW && explain_call_find(number))
			assert_int_equal(after, SECCOMP_RET_USER_NOTIF);
		else if (after != before)
			assert_true(before == FAILS(EPERM) &&
				    after == SECCOMP_RET_USER_NOTIF);
	}
	assert_int_equal(judge(&filter, SYS_openat, 0, 0, 0),
			 SECCOMP_RET_USER_NOTIF);
	assert_int_equal(judge(&filter, SYS_mount, 0, 0, 0),
			 SECCOMP_RET_USER_NOTIF);
	assert_int_equal(judge(&filter, SYS_read, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(judge(&filter, SYS_clone, CLONE_NEWNS, 0, 0),
			 FAILS(EPERM));
	assert_int_equal(judge(&filter, SYS_socket, AF_PACKET, 0, 0), ALARMS);
	assert_int_equal(judge(&filter, NUMBER_BEYOND, 0, 0, 0), FAILS(ENOSYS));
}

static uint32_t judge_pass(const struct seccomp_filter *filter, long number,
			   uint64_t pass)
{
	const struct seccomp_data data = {
		.nr = (int)number,
		.arch = NATIVE,
		.args = { [5] = pass },
	};

	return run(filter, &data);
}

/* Whoever does not know the whole number is looked at. */
static void the_pass_of_the_jails_own(void **state)
{
	const uint64_t half = (uint64_t)1 << 32;
	const struct config config = CONFIG_INIT;
	CLEANUP_SECCOMP_FILTER struct seccomp_filter filter =
		compile(&config, SECCOMP_SUPERVISED);
	CLEANUP_SECCOMP_FILTER struct seccomp_filter none = SECCOMP_FILTER_INIT;

	(void)state;
	assert_int_equal(judge_pass(&filter, SYS_execve, PASS),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(judge_pass(&filter, SYS_execve, PASS + 1),
			 SECCOMP_RET_USER_NOTIF);
	assert_int_equal(judge_pass(&filter, SYS_execve, PASS + half),
			 SECCOMP_RET_USER_NOTIF);
	assert_int_equal(judge_pass(&filter, SYS_execve, 0),
			 SECCOMP_RET_USER_NOTIF);
	/* No pass is none. */
	assert_int_equal(
		seccomp_compile(&config, SECCOMP_SUPERVISED, 0, &none, NULL),
		0);
	assert_int_equal(judge_pass(&none, SYS_execve, 0),
			 SECCOMP_RET_USER_NOTIF);
}

/* What is refused among the calls that are looked at. */
static void refusals_are_known(void **state)
{
	(void)state;
	assert_true(seccomp_is_refused(SYS_ptrace));
	assert_true(seccomp_is_refused(SYS_chroot));
	assert_true(seccomp_is_refused(SYS_socket));
	assert_true(seccomp_is_refused(SYS_unshare));
	assert_false(seccomp_is_refused(SYS_openat));
	assert_false(seccomp_is_refused(SYS_execve));
	assert_false(seccomp_is_refused(SYS_keyctl));
	assert_false(seccomp_is_refused(NUMBER_BEYOND));
}

/* Who answers has to know which calls these are. */
static void every_explained_call_is_allowed(void **state)
{
	const struct config config = CONFIG_INIT;
	uint8_t verdicts[SECCOMP_NUMBERS];

	(void)state;
	assert_int_equal(seccomp_judge(&config, verdicts, NULL), 0);
	for (size_t i = 0; i < explain_call_count; i++) {
		uint8_t verdict = verdicts[explain_calls[i].number];

		assert_true(verdict == SECCOMP_ALLOW ||
			    verdict == SECCOMP_WATCH ||
			    verdict == SECCOMP_CUSTODY);
	}
}

static void a_name_that_is_none(void **state)
{
	char name[] = "keyctrl";
	char *names[] = { name, NULL };
	const struct config config = { .allowed_syscalls = names };
	struct seccomp_filter filter = SECCOMP_FILTER_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	(void)state;
	assert_int_equal(
		seccomp_compile(&config, SECCOMP_SUPERVISED, 0, &filter, &diag),
		-EINVAL);
	assert_non_null(strstr(diag.text, "keyctrl"));
	assert_null(filter.instructions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_has_its_verdict),
		cmocka_unit_test(the_list_names_each_number_once),
		cmocka_unit_test(unknown_numbers_do_not_exist),
		cmocka_unit_test(another_architecture_kills),
		cmocka_unit_test(what_no_jail_may_do),
		cmocka_unit_test(no_connection_on_the_way),
		cmocka_unit_test(socket_options),
		cmocka_unit_test(no_new_namespaces),
		cmocka_unit_test(socket_families),
		cmocka_unit_test(other_arguments),
		cmocka_unit_test(interfaces_that_there_are),
		cmocka_unit_test(the_core_limit),
		cmocka_unit_test(what_is_written_on_the_host),
		cmocka_unit_test(what_the_contract_adds),
		cmocka_unit_test(without_custody),
		cmocka_unit_test(set_id_bits),
		cmocka_unit_test(with_explanations),
		cmocka_unit_test(the_pass_of_the_jails_own),
		cmocka_unit_test(refusals_are_known),
		cmocka_unit_test(every_explained_call_is_allowed),
		cmocka_unit_test(a_name_that_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
