/*
 * attack [powerful] [places] [proc]
 *
 * What an intruder who is root in a jail would try. Each attempt has the
 * answer that it must get; "pass TEXT" or "fail TEXT: ANSWER" is printed for
 * each. With "powerful", the jail has every capability and every system call
 * that a recipe can allow: what is left then is that it owns nothing.
 *
 * The jail has a writable layer at /tmp and an overlay at /var; with "places"
 * a directory that is kept at /kept, and one that is shared at /shared; with
 * "proc" a /proc, and otherwise none. The environment's ABSTRACT is the name
 * of an abstract socket of the host's.
 */
#include "attack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* An errno of whatever number: what it is depends on how the kernel was built,
 * or on what the machine has. */
enum { ANY = 1 << 16 };

struct attempt {
	const char *text;
	long (*try)(void);
	int wanted;   /* errno; 0: it has to return 0 */
	int powerful; /* likewise; -1: not tried */
	/* Only in a jail with, or without, such a thing. */
	enum { ALWAYS, WITH_PLACES, WITH_PROC, WITHOUT_PROC } where;
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
	{ "bind a mount", bind_mount, EPERM, EPERM },
	{ "let mounts propagate", share_mounts, EPERM, EPERM },
	{ "remount a layer with exec", remount_layer, EPERM, EPERM },
	{ "make a layer larger", grow_layer, EPERM, EPERM },
	{ "mount_setattr of a layer", change_mount, EPERM, EPERM },
	{ "mount_setattr of the image", change_image, EPERM, EPERM },
	{ "move_mount", move_layer, EPERM, EPERM },
	{ "fspick", pick_mount, EPERM, EPERM },
	{ "clone a mount with changes", clone_changed, EPERM, ANY },
	{ "unmount the root", unmount_root, EPERM, EPERM },
	{ "leave a chroot by fchdir", leave_chroot, -1, 0 },
	{ "leave chroots within chroots", leave_nested, -1, 0 },
	{ "make a block device", block_device, EPERM, EPERM },
	{ "make /dev/mem", memory_device, EPERM, EPERM },
	{ "sethostname", host_name, EPERM, EPERM },
	{ "setdomainname", domain_name, EPERM, EPERM },
	{ "chroot", change_root, EPERM, -1 },
	{ "write to the image", write_image, EROFS, EROFS },
	{ "create a file in the image", create_in_image, EROFS, EROFS },
	{ "delete a file of the image", delete_from_image, EROFS, EROFS },
	{ "execute from a layer", run_from_layer, EACCES, EACCES },
	{ "execute from an overlay", run_from_overlay, EACCES, EACCES },
	{ "execute from what is kept", run_from_kept, EACCES, EACCES,
	  WITH_PLACES },
	{ "execute from what is shared", run_from_shared, EACCES, EACCES,
	  WITH_PLACES },
	{ "execute a descriptor", run_descriptor, EACCES, EACCES },
	{ "execute a file without a name", run_unlinked, EACCES, EACCES },
	{ "execute a script", run_script, EACCES, EACCES },
	{ "map code from a layer", map_from_layer, EPERM, EPERM },
	{ "make a mapping executable", make_executable, EACCES, EACCES },
	{ "map code from shared memory", map_shared_memory, EPERM, EPERM },
	{ "memfd_create", memory_file, EPERM, -1 },
	{ "execute a memory file", run_memory_file, EPERM, EACCES },
	{ "trace the init", trace_init, EPERM, EPERM },
	{ "read the init's memory", read_init, EPERM, EPERM },
	{ "take the init's descriptor", steal_descriptor, EPERM, EPERM },
	{ "write the init's memory", write_init, EPERM, EPERM },
	{ "page the init out", advise_init, EPERM, ANY },
	{ "compare with the init", compare_init, EPERM, EPERM },
	{ "limit the init", limit_init, EPERM, EPERM },
	{ "enter the init's namespaces", enter_init, EPERM, EPERM },
	{ "no process of the host's", processes_of_others, 0, 0 },
	{ "signal the group", signal_group, 0, 0 },
	{ "a listener for system calls", own_listener, EBUSY, EBUSY },
	{ "a user namespace", user_namespace, EPERM, ENOSPC },
	{ "a mount namespace", mount_namespace, EPERM, ENOSPC },
	{ "a child in a user namespace", born_in_namespace, EPERM, ENOSPC },
	{ "any namespace", every_namespace, EPERM, ENOSPC },
	{ "the same by clone3", hidden_flags, ENOSYS, ENOSPC },
	{ "keyctl", keyring, EPERM, -1 },
	{ "add_key", add_key, EPERM, -1 },
	{ "a raw socket", raw_socket, EPERM, EPERM },
	{ "a packet socket", packet_socket, EAFNOSUPPORT, EAFNOSUPPORT },
	{ "an audit socket", audit_socket, EAFNOSUPPORT, EAFNOSUPPORT },
	{ "a socket to the hypervisor", vm_socket, EAFNOSUPPORT, EAFNOSUPPORT },
	{ "no other family", other_families, 0, 0 },
	{ "no other protocol", other_protocols, 0, 0 },
	{ "no other netlink", other_netlinks, 0, 0 },
	{ "an echo request", echo_request, EACCES, EACCES },
	{ "call out", call_out, ENETUNREACH, ENETUNREACH },
	{ "call out by IPv6", call_out_ipv6, ENETUNREACH, ENETUNREACH },
	{ "send a datagram out", datagram_out, ENETUNREACH, ENETUNREACH },
	{ "by IPv6", datagram_out_ipv6, ENETUNREACH, ENETUNREACH },
	{ "to the loopback", datagram_to_loopback, ENETUNREACH, ENETUNREACH },
	{ "to all", datagram_to_all, ENETUNREACH, ENETUNREACH },
	{ "an abstract socket of the host's", abstract_socket, ECONNREFUSED,
	  ECONNREFUSED },
	{ "raise an interface by netlink", raise_by_netlink, EPERM, EPERM },
	{ "add an address", address_by_netlink, EPERM, EPERM },
	{ "add a route", route_by_netlink, EPERM, EPERM },
	{ "mark packets", mark_packets, EPERM, EPERM },
	{ "bind to a device", bind_to_device, EPERM, EPERM },
	{ "bind to any address", any_address, EPERM, EPERM },
	{ "raise an interface", interface_up, EPERM, EPERM },
	{ "create a file in /dev", new_device_file, EROFS, EROFS },
	{ "change a device's mode", change_device, EROFS, EROFS },
	{ "remove /dev/log", replace_log, EROFS, EROFS },
	{ "read what was logged", read_log, EACCES, EACCES },
	{ "setuid", become_other, EPERM, -1 },
	{ "chown", give_away, EPERM, -1 },
	{ "raise a resource limit", raise_limit, EPERM, EPERM },
	{ "change the limit of core dumps", core_limit, 0, 0 },
	{ "dump core", core_dump, 0, 0 },
	{ "real-time scheduling", realtime, EPERM, EPERM },
	{ "a better priority", priority, EACCES, EACCES },
	{ "a better priority for input and output", io_priority, EPERM, EPERM },
	{ "set the clock", set_clock, EPERM, EPERM },
	{ "set the time of day", set_time_of_day, EPERM, EPERM },
	{ "wake the host", wake_host, ANY, ANY },
	{ "adjust the clock", adjust_clock, EPERM, EPERM },
	{ "read the kernel's log", kernel_log, EPERM, EPERM },
	{ "load a module", load_module, EPERM, ANY },
	{ "load a module from a file", load_module_file, EPERM, ANY },
	{ "unload a module", unload_module, EPERM, ANY },
	{ "load another kernel", load_kernel, EPERM, ANY },
	{ "load another kernel from a file", load_kernel_file, EPERM, ANY },
	{ "watch performance events", performance_events, EPERM, ANY },
	{ "swap", swap_on, EPERM, EPERM },
	{ "swap no more", swap_off, EPERM, EPERM },
	{ "account for processes", account, EPERM, EPERM },
	{ "quotas", quota, EPERM, ANY },
	{ "watch all files", watch_files, EPERM, EPERM },
	{ "hang up the terminal", hang_up, EPERM, EPERM },
	{ "input and output ports", io_ports, EPERM, ANY },
	{ "prctl: the heap's place", move_heap, EPERM, EPERM },
	{ "prctl: new privileges", new_privileges, EINVAL, EINVAL },
	{ "prctl: securebits", secure_bits, EPERM, -1 },
	{ "prctl: an ambient capability", ambient, EPERM, -1 },
	{ "prctl: flush memory", flush_io, EPERM, EPERM },
	{ "reboot", reboot_host, EPERM, EPERM },
	{ "bpf", program_kernel, EPERM, -1 },
	{ "userfaultfd", fault_handler, EPERM, -1 },
	{ "io_uring", ring, EPERM, -1 },
	{ "open a file by its handle", open_handle, EPERM, EPERM },
	{ "fixed addresses", fixed_addresses, EPERM, -1 },
	{ "type into the terminal", type_for_others, EPERM, EPERM },
	{ "select on the console", console_for_others, EPERM, EPERM },
	{ "the x32 system calls", other_abi, ENOSYS, ENOSYS },
	{ "the init survives SIGKILL", survives_kill, 0, 0 },
	{ "and every other signal", signals_to_init, 0, 0 },
	{ "there are no capabilities", no_capabilities, 0, -1 },
	{ "no_new_privs and seccomp are on", is_confined, 0, 0 },
	{ "there is nothing above the root", nothing_above, 0, 0 },
	{ "there is nothing in /proc", no_proc, 0, 0, WITHOUT_PROC },
	{ "the init's /proc", proc_of_init, 0, 0, WITH_PROC },
	{ "the kernel's /proc", proc_of_kernel, 0, 0, WITH_PROC },
	{ "write to /proc", proc_to_write, 0, 0, WITH_PROC },
	{ "execute by /proc", run_by_proc, EACCES, EACCES, WITH_PROC },
	{ "enter namespaces by /proc", enter_by_proc, 0, 0, WITH_PROC },
	{ "write to the image by /proc", reopen_to_write, EROFS, EROFS,
	  WITH_PROC },
	{ "the 32-bit entry kills", old_entry_kills, 0, 0 },
};

static bool has_word(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

static void make(const struct attempt *attempt, int wanted)
{
	long result;

	errno = 0;
	result = attempt->try();
	if (wanted ? result < 0 && (wanted == ANY || errno == wanted)
		   : result == HOLDS)
		printf("pass %s\n", attempt->text);
	else
		printf("fail %s: %ld, %s\n", attempt->text, result,
		       errno ? strerrorname_np(errno) : "no error");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool powerful = has_word(argc, argv, "powerful");
	const bool here[] = {
		[ALWAYS] = true,
		[WITH_PLACES] = has_word(argc, argv, "places"),
		[WITH_PROC] = has_word(argc, argv, "proc"),
		[WITHOUT_PROC] = !has_word(argc, argv, "proc"),
	};

	/* Some are executed, and should one be, it must not begin anew. */
	if (argc == 0 || !argv[0][0])
		return 0;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int wanted =
			powerful ? attempts[i].powerful : attempts[i].wanted;

		if (wanted >= 0 && here[attempts[i].where])
			make(&attempts[i], wanted);
	}
	puts("end");
	return 0;
}
