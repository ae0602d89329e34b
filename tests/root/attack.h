/*
 * The attempts of attack.c. Each returns -1 and sets errno, or what it got.
 */
#ifndef JAIL_TEST_ATTACK_H
#define JAIL_TEST_ATTACK_H

enum { HOLDS = 0 };

/* attack_files.c */
long mount_tmpfs(void);
long remount(void);
long unmount_layer(void);
long new_mount(void);
long clone_tree(void);
long pivot(void);
long change_root(void);
long block_device(void);
long memory_device(void);
long write_image(void);
long create_in_image(void);
long delete_from_image(void);
long run_from_layer(void);
long map_from_layer(void);
long memory_file(void);
long new_device_file(void);
long change_device(void);
long replace_log(void);
long read_log(void);
long open_handle(void);
long descriptors(void);
long nothing_above(void);
long no_proc(void);

/* attack_processes.c */
long trace_init(void);
long read_init(void);
long steal_descriptor(void);
long user_namespace(void);
long mount_namespace(void);
long born_in_namespace(void);
long hidden_flags(void);
long keyring(void);
long add_key(void);
long become_other(void);
long give_away(void);
long raise_limit(void);
long core_limit(void);
long core_dump(void);
long processes_of_others(void);
long signal_group(void);
long write_init(void);
long advise_init(void);
long compare_init(void);
long limit_init(void);
long enter_init(void);
long every_namespace(void);
long move_heap(void);
long new_privileges(void);
long secure_bits(void);
long ambient(void);
long flush_io(void);
long own_listener(void);
long signals_to_init(void);
long realtime(void);
long priority(void);
long survives_kill(void);
long no_capabilities(void);
long is_confined(void);
long fixed_addresses(void);
long other_abi(void);
long old_entry_kills(void);

/* attack_kernel.c */
long host_name(void);
long domain_name(void);
long raw_socket(void);
long packet_socket(void);
long audit_socket(void);
long vm_socket(void);
long call_out(void);
long interface_up(void);
long set_clock(void);
long adjust_clock(void);
long kernel_log(void);
long load_module(void);
long reboot_host(void);
long program_kernel(void);
long fault_handler(void);
long ring(void);
long type_for_others(void);
long console_for_others(void);
long set_time_of_day(void);
long wake_host(void);
long load_module_file(void);
long unload_module(void);
long load_kernel(void);
long load_kernel_file(void);
long performance_events(void);
long swap_on(void);
long swap_off(void);
long account(void);
long quota(void);
long watch_files(void);
long hang_up(void);
long io_priority(void);
long io_ports(void);

/* attack_escape.c */
long leave_chroot(void);
long leave_nested(void);
long bind_mount(void);
long share_mounts(void);
long remount_layer(void);
long grow_layer(void);
long change_mount(void);
long change_image(void);
long move_layer(void);
long pick_mount(void);
long clone_changed(void);
long unmount_root(void);
long run_from_overlay(void);
long run_from_kept(void);
long run_from_shared(void);
long run_descriptor(void);
long run_unlinked(void);
long run_script(void);
long run_memory_file(void);
long map_shared_memory(void);
long make_executable(void);
long proc_of_init(void);
long proc_of_kernel(void);
long proc_to_write(void);
long run_by_proc(void);
long enter_by_proc(void);
long reopen_to_write(void);

/* attack_sockets.c */
long other_families(void);
long other_protocols(void);
long other_netlinks(void);
long call_out_ipv6(void);
long datagram_out_ipv6(void);
long datagram_out(void);
long datagram_to_loopback(void);
long datagram_to_all(void);
long echo_request(void);
long abstract_socket(void);
long raise_by_netlink(void);
long address_by_netlink(void);
long route_by_netlink(void);
long mark_packets(void);
long bind_to_device(void);
long any_address(void);

#endif
