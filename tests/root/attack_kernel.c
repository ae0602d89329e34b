/* The network, and what belongs to the host as a whole. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

long host_name(void)
{
	return sethostname("owned", 5);
}

long domain_name(void)
{
	return setdomainname("owned", 5);
}

long raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

long packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

long audit_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 9);
}

long vm_socket(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

long call_out(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(0x08080808),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return 0;
	/* Landlock says so first, where the kernel has it. */
	if (errno == EACCES)
		errno = ENETUNREACH;
	return -1;
}

long interface_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return ioctl(fd, SIOCSIFFLAGS, &request);
}

long set_clock(void)
{
	const struct timespec time = { 0 };

	return clock_settime(CLOCK_REALTIME, &time);
}

long adjust_clock(void)
{
	struct timex change = { .modes = ADJ_FREQUENCY };

	return adjtimex(&change);
}

long kernel_log(void)
{
	char text[16];

	return syscall(SYS_syslog, 3, text, sizeof(text));
}

long load_module(void)
{
	return syscall(SYS_init_module, "", 0, "");
}

long reboot_host(void)
{
	return syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, NULL);
}

long program_kernel(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

long fault_handler(void)
{
	return syscall(SYS_userfaultfd, 0);
}

long ring(void)
{
	char parameters[256] = { 0 };

	return syscall(SYS_io_uring_setup, 1, parameters);
}

long type_for_others(void)
{
	return ioctl(0, TIOCSTI, "x");
}

long console_for_others(void)
{
	char selection = 2; /* TIOCL_SETSEL: ioctl_console(2) */

	return ioctl(0, TIOCLINUX, &selection);
}

long set_time_of_day(void)
{
	const struct timeval time = { 0 };

	return syscall(SYS_settimeofday, &time, NULL);
}

long wake_host(void)
{
	timer_t timer;

	return syscall(SYS_timer_create, CLOCK_REALTIME_ALARM, NULL, &timer);
}

long load_module_file(void)
{
	return syscall(SYS_finit_module, 0, "", 0);
}

long unload_module(void)
{
	return syscall(SYS_delete_module, "loop", O_NONBLOCK);
}

long load_kernel(void)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, 0);
}

long load_kernel_file(void)
{
	return syscall(SYS_kexec_file_load, 0, -1, 0, NULL, 0);
}

/* All processes of one processor. */
long performance_events(void)
{
	struct perf_event_attr event = { .size = sizeof(event) };

	return syscall(SYS_perf_event_open, &event, -1, 0, -1, 0);
}

long swap_on(void)
{
	return swapon("/tmp", 0);
}

long swap_off(void)
{
	return swapoff("/tmp");
}

long account(void)
{
	return acct("/tmp/accounts");
}

long quota(void)
{
	return syscall(SYS_quotactl, QCMD(Q_QUOTAON, USRQUOTA), "/tmp", 2,
		       "/tmp/quota");
}

long watch_files(void)
{
	return syscall(SYS_fanotify_init, 0x4 /* FAN_CLASS_CONTENT */, 0);
}

long hang_up(void)
{
	return vhangup();
}

long io_priority(void)
{
	return syscall(SYS_ioprio_set, 1, 0, 1 << 13 /* real-time, 0 */);
}

long io_ports(void)
{
#ifdef __x86_64__
	return iopl(3);
#else
	errno = EPERM;
	return -1;
#endif
}
