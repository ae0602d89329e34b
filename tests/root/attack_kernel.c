/* The network, and what belongs to the host as a whole. */
#include "attack.h"

#include <errno.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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
