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
long raise_core_limit(void);
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

#endif
