/*
 * attack [powerful]
 *
 * What an intruder who is root in a jail would try. Each attempt has the
 * answer that it must get; "pass TEXT" or "fail TEXT: ANSWER" is printed for
 * each. With "powerful", the jail has every capability and the system calls
 * that are otherwise refused: what is left then is that it owns nothing.
 *
 * The jail has a writable layer at /tmp and no /proc.
 */
#include "attack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct attempt {
	const char *text;
	long (*try)(void);
	int wanted;   /* errno; 0: it has to return 0 */
	int powerful; /* likewise; -1: not tried */
};

static const struct attempt attempts[] = {
	/* First, before some attempts leave others open. */
	{ "no descriptor but the standard ones", descriptors, 0, 0 },
	{ "mount", mount_tmpfs, EPERM, EPERM },
	{ "remount the image", remount, EPERM, EPERM },
	{ "unmount a layer", unmount_layer, EPERM, EPERM },
	{ "fsopen", new_mount, EPERM, EPERM },
	{ "clone a mount", clone_tree, EPERM, EPERM },
	{ "pivot_root", pivot, EPERM, EPERM },
	{ "make a block device", block_device, EPERM, EPERM },
	{ "make /dev/mem", memory_device, EPERM, EPERM },
	{ "sethostname", host_name, EPERM, EPERM },
	{ "setdomainname", domain_name, EPERM, EPERM },
	{ "chroot", change_root, EPERM, -1 },
	{ "write to the image", write_image, EROFS, EROFS },
	{ "create a file in the image", create_in_image, EROFS, EROFS },
	{ "delete a file of the image", delete_from_image, EROFS, EROFS },
	{ "execute from a layer", run_from_layer, EACCES, EACCES },
	{ "map code from a layer", map_from_layer, EPERM, EPERM },
	{ "memfd_create", memory_file, EPERM, -1 },
	{ "trace the init", trace_init, EPERM, EPERM },
	{ "read the init's memory", read_init, EPERM, EPERM },
	{ "take the init's descriptor", steal_descriptor, EPERM, EPERM },
	{ "a user namespace", user_namespace, EPERM, ENOSPC },
	{ "a mount namespace", mount_namespace, EPERM, ENOSPC },
	{ "a child in a user namespace", born_in_namespace, EPERM, ENOSPC },
	{ "the same by clone3", hidden_flags, ENOSYS, ENOSPC },
	{ "keyctl", keyring, EPERM, -1 },
	{ "add_key", add_key, EPERM, -1 },
	{ "a raw socket", raw_socket, EPERM, EPERM },
	{ "a packet socket", packet_socket, EAFNOSUPPORT, EAFNOSUPPORT },
	{ "an audit socket", audit_socket, EAFNOSUPPORT, EAFNOSUPPORT },
	{ "a socket to the hypervisor", vm_socket, EAFNOSUPPORT, EAFNOSUPPORT },
	{ "call out", call_out, ENETUNREACH, ENETUNREACH },
	{ "raise an interface", interface_up, EPERM, EPERM },
	{ "create a file in /dev", new_device_file, EROFS, EROFS },
	{ "change a device's mode", change_device, EROFS, EROFS },
	{ "remove /dev/log", replace_log, EROFS, EROFS },
	{ "read what was logged", read_log, EACCES, EACCES },
	{ "setuid", become_other, EPERM, -1 },
	{ "chown", give_away, EPERM, -1 },
	{ "raise a resource limit", raise_core_limit, EPERM, EPERM },
	{ "real-time scheduling", realtime, EPERM, EPERM },
	{ "a better priority", priority, EACCES, EACCES },
	{ "set the clock", set_clock, EPERM, EPERM },
	{ "adjust the clock", adjust_clock, EPERM, EPERM },
	{ "read the kernel's log", kernel_log, EPERM, EPERM },
	{ "load a module", load_module, EPERM, -1 },
	{ "reboot", reboot_host, EPERM, EPERM },
	{ "bpf", program_kernel, EPERM, -1 },
	{ "userfaultfd", fault_handler, EPERM, -1 },
	{ "io_uring", ring, EPERM, -1 },
	{ "open a file by its handle", open_handle, EPERM, EPERM },
	{ "fixed addresses", fixed_addresses, EPERM, -1 },
	{ "type into the terminal", type_for_others, EPERM, -1 },
	{ "the x32 system calls", other_abi, ENOSYS, ENOSYS },
	{ "the init survives SIGKILL", survives_kill, 0, 0 },
	{ "there are no capabilities", no_capabilities, 0, -1 },
	{ "no_new_privs and seccomp are on", is_confined, 0, 0 },
	{ "there is nothing above the root", nothing_above, 0, 0 },
	{ "there is nothing in /proc", no_proc, 0, 0 },
	{ "the 32-bit entry kills", old_entry_kills, 0, 0 },
};

int main(int argc, char **argv)
{
	bool powerful = argc > 1 && strcmp(argv[1], "powerful") == 0;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *attempt = &attempts[i];
		int wanted = powerful ? attempt->powerful : attempt->wanted;
		long result;

		if (wanted < 0)
			continue;
		errno = 0;
		result = attempt->try();
		if (wanted ? result < 0 && errno == wanted : result == HOLDS)
			printf("pass %s\n", attempt->text);
		else
			printf("fail %s: %ld, %s\n", attempt->text, result,
			       errno ? strerrorname_np(errno) : "no error");
		fflush(stdout);
	}
	puts("end");
	return 0;
}
