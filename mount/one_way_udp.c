#include "mount/one_way_udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "mount/cgroup_v2.h"
#include "mount/one_way_udp_program.h"
#include "mount/peers.h"

/* --- bpf(2) --------------------------------------------------------------- */

static int bpf(int command, union bpf_attr *attributes)
{
	long r = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return r < 0 ? -errno : (int)r;
}

static int make_map(uint32_t type, uint32_t entries)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = type;
	attributes.key_size = sizeof(struct one_way_udp_key);
	attributes.value_size = sizeof(uint32_t);
	attributes.max_entries = entries;
	return bpf(BPF_MAP_CREATE, &attributes);
}

static int load_program(enum one_way_udp_program kind, int map)
{
	struct bpf_insn insns[ONE_WAY_UDP_INSNS_MAX];
	bool egress = kind == ONE_WAY_UDP_EGRESS;
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type =
		egress ? BPF_PROG_TYPE_CGROUP_SKB : BPF_PROG_TYPE_SOCKET_FILTER;
	attributes.expected_attach_type = egress ? BPF_CGROUP_INET_EGRESS : 0;
	attributes.insn_cnt = (uint32_t)one_way_udp_make(kind, map, insns);
	attributes.insns = (uint64_t)(uintptr_t)insns;
	attributes.license = (uint64_t)(uintptr_t) "";
	return bpf(BPF_PROG_LOAD, &attributes);
}

static int attach(int group, int program)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)group;
	attributes.attach_bpf_fd = (uint32_t)program;
	attributes.attach_type = BPF_CGROUP_INET_EGRESS;
	attributes.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf(BPF_PROG_ATTACH, &attributes);
}

static int admit(int map, const struct socket_address *address)
{
	struct socket_address plain = peers_plain(address);
	struct one_way_udp_key key = {
		.version = plain.family == AF_INET ? 4 : 6,
		.port = htons(plain.port),
	};
	const uint32_t value = 1;
	union bpf_attr attributes;

	memcpy(key.address, plain.bytes, plain.family == AF_INET ? 4 : 16);
	memset(&attributes, 0, sizeof(attributes));
	attributes.map_fd = (uint32_t)map;
	attributes.key = (uint64_t)(uintptr_t)&key;
	attributes.value = (uint64_t)(uintptr_t)&value;
	attributes.flags = BPF_ANY;
	return bpf(BPF_MAP_UPDATE_ELEM, &attributes);
}

int one_way_udp_admit(const struct one_way_udp *udp,
		      const struct socket_address *address)
{
	return admit(udp->senders, address);
}

/* --- A socket of the group's ---------------------------------------------- */

/* The child, which is in the group; descriptors are ours, its memory is not. */
static void make_socket(const struct network_namespace *network, int domain,
			int *ret_result) __attribute__((noreturn));

static void make_socket(const struct network_namespace *network, int domain,
			int *ret_result)
{
	*ret_result = network_namespace_socket(network, domain,
					       SOCK_DGRAM | SOCK_CLOEXEC, 0);
	_exit(0);
}

static int socket_in_group(int group, const struct network_namespace *network,
			   int domain)
{
	struct clone_args arguments = {
		.flags = CLONE_FILES | CLONE_INTO_CGROUP,
		.cgroup = (uint64_t)(unsigned int)group,
	};
	int *shared = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result;
	long pid;

	if (shared == MAP_FAILED)
		return -errno;
	*shared = -ECHILD;
	pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0)
		make_socket(network, domain, shared);
	result = pid < 0 ? -errno : 0;
	while (pid > 0 && waitpid((pid_t)pid, NULL, __WALL) < 0 &&
	       errno == EINTR)
		;
	if (result == 0)
		result = *shared;
	(void)munmap(shared, sizeof(int));
	return result;
}

static int lock_filter(int fd, int program)
{
	const int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program,
		       sizeof(program)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)) < 0)
		return -errno;
	return 0;
}

static int socket_of_new_group(const struct one_way_udp *udp, int egress,
			       const struct network_namespace *network,
			       int domain)
{
	CLEANUP_CLOSE int group = -1;
	int r;

	/* One may be left of a supervisor that was killed, with a program. */
	if (mkdir(udp->group, 0755) < 0 &&
	    (errno != EEXIST || rmdir(udp->group) < 0 ||
	     mkdir(udp->group, 0755) < 0))
		return -errno;
	group = open(udp->group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = group < 0 ? -errno : attach(group, egress);
	if (r == 0)
		r = socket_in_group(group, network, domain);
	(void)rmdir(udp->group);
	return r;
}

int one_way_udp_socket(const struct one_way_udp *udp,
		       const struct network_namespace *network, int domain)
{
	CLEANUP_CLOSE int fd =
		socket_of_new_group(udp, udp->egress, network, domain);
	int r = fd < 0 ? fd : lock_filter(fd, udp->filter);

	return r < 0 ? r : steal_fd(&fd);
}

/* --- A socket for one peer ------------------------------------------------ */

/* A program whose map holds that peer; the map is the program's from then on.
 */
static int load_for(const struct socket_address *peer)
{
	CLEANUP_CLOSE int map = make_map(BPF_MAP_TYPE_HASH, 1);
	int r = map < 0 ? map : admit(map, peer);

	return r < 0 ? r : load_program(ONE_WAY_UDP_EGRESS, map);
}

/* In the place of the one that was loaded first. */
static int remember(struct one_way_udp *udp, const struct socket_address *peer,
		    int egress)
{
	struct one_way_udp_peer *place =
		&udp->peers[udp->next_peer++ % ONE_WAY_UDP_PEERS];

	if (place->egress > 0)
		close_fd(&place->egress);
	*place = (struct one_way_udp_peer){ *peer, egress };
	return egress;
}

static int program_for(struct one_way_udp *udp,
		       const struct socket_address *peer)
{
	int egress;

	for (size_t i = 0; i < ONE_WAY_UDP_PEERS; i++)
		if (udp->peers[i].egress > 0 &&
		    socket_address_equal(&udp->peers[i].address, peer))
			return udp->peers[i].egress;
	egress = load_for(peer);
	return egress < 0 ? egress : remember(udp, peer, egress);
}

int one_way_udp_socket_to(struct one_way_udp *udp, int domain,
			  const struct socket_address *peer)
{
	int egress = program_for(udp, peer);

	return egress < 0 ? egress
			  : socket_of_new_group(udp, egress, NULL, domain);
}

/* --- Beginning and end ---------------------------------------------------- */

static char *group_path(const struct cgroup_place *place)
{
	CLEANUP_FREE char *base = NULL;
	char *path;

	if (!cgroup_v2_base(place, &base) ||
	    asprintf(&path, "%s/jailmount-udp.%s", base, place->jail) < 0)
		return NULL;
	return path;
}

/* That it works is seen by making one. */
static int try(const struct one_way_udp *udp)
{
	CLEANUP_CLOSE int fd = one_way_udp_socket(udp, NULL, AF_INET);

	return fd < 0 ? fd : 0;
}

int one_way_udp_open(struct one_way_udp *udp, const struct cgroup_place *place)
{
	int r;

	*udp = ONE_WAY_UDP_INIT;
	udp->group = group_path(place);
	r = udp->group ? 0 : -ENOENT;
	if (r == 0)
		r = udp->senders =
			make_map(BPF_MAP_TYPE_LRU_HASH, ONE_WAY_UDP_SENDERS);
	if (r >= 0)
		r = udp->filter =
			load_program(ONE_WAY_UDP_FILTER, udp->senders);
	if (r >= 0)
		r = udp->egress =
			load_program(ONE_WAY_UDP_EGRESS, udp->senders);
	if (r >= 0)
		r = try(udp);
	if (r < 0) {
		one_way_udp_close(udp);
		return r;
	}
	return 0;
}

void one_way_udp_close(struct one_way_udp *udp)
{
	if (udp->senders >= 0)
		close_fd(&udp->senders);
	if (udp->filter >= 0)
		close_fd(&udp->filter);
	if (udp->egress >= 0)
		close_fd(&udp->egress);
	for (size_t i = 0; i < ONE_WAY_UDP_PEERS; i++)
		if (udp->peers[i].egress > 0)
			close_fd(&udp->peers[i].egress);
	free(udp->group);
	*udp = ONE_WAY_UDP_INIT;
}
