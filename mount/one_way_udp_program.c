#include "mount/one_way_udp_program.h"

#include <netinet/in.h>
#include <stdbool.h>

/* The stack, downwards from register 10. */
enum {
	KEY_AT = -24,
	ADDRESS_AT = KEY_AT + (int)offsetof(struct one_way_udp_key, address),
	PORT_AT = KEY_AT + (int)offsetof(struct one_way_udp_key, port),
	BYTE_AT = -32,
	VALUE_AT = -40,
};

/* Headers: RFC 791 and RFC 8200, section 3 of each; RFC 768. */
enum {
	IPV4_PLAIN = 0x45, /* version 4, and no options */
	IPV4_LENGTH = 20,
	IPV4_PROTOCOL_AT = 9,
	IPV4_SOURCE_AT = 12,
	IPV4_DESTINATION_AT = 16,
	IPV6_LENGTH = 40,
	IPV6_NEXT_AT = 6,
	IPV6_SOURCE_AT = 8,
	IPV6_DESTINATION_AT = 24,
	UDP_SOURCE_AT = 0,
	UDP_DESTINATION_AT = 2,
};

enum {
	EXITS_MAX = 16,
	/* Of two parts that are 0, or the same, one is enough. */
	ADD_NUMBER = BPF_ALU64 | BPF_ADD,
	LOAD_NUMBER = BPF_LD | BPF_DW,
};

struct program {
	struct bpf_insn *insns;
	size_t count;
	size_t exits[EXITS_MAX]; /* jumps to the last verdict */
	size_t exit_count;
};

static void add(struct program *program, uint8_t code, unsigned int to,
		unsigned int from, int offset, int value)
{
	program->insns[program->count++] = (struct bpf_insn){
		.code = code,
		.dst_reg = to & 0xfU,
		.src_reg = from & 0xfU,
		.off = (int16_t)offset,
		.imm = value,
	};
}

static void set(struct program *program, uint8_t to, int value)
{
	add(program, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void copy(struct program *program, uint8_t to, uint8_t from)
{
	add(program, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

static void point_at(struct program *program, uint8_t to, int at)
{
	copy(program, to, BPF_REG_10);
	add(program, ADD_NUMBER, to, 0, 0, at);
}

static void call(struct program *program, int function)
{
	add(program, BPF_JMP | BPF_CALL, 0, 0, 0, function);
}

static void exit_if(struct program *program, uint8_t comparison, uint8_t what,
		    int value)
{
	program->exits[program->exit_count++] = program->count;
	add(program, (uint8_t)(BPF_JMP | comparison | BPF_K), what, 0, 0,
	    value);
}

/* Copy from the packet, from its network header on. */
static void load(struct program *program, int from, int to, int length)
{
	copy(program, BPF_REG_1, BPF_REG_6);
	set(program, BPF_REG_2, from);
	point_at(program, BPF_REG_3, to);
	set(program, BPF_REG_4, length);
	set(program, BPF_REG_5, BPF_HDR_START_NET);
	call(program, BPF_FUNC_skb_load_bytes_relative);
	exit_if(program, BPF_JNE, BPF_REG_0, 0);
}

/* Its byte there, in register 7. */
static void load_byte(struct program *program, int from)
{
	load(program, from, BYTE_AT, 1);
	add(program, BPF_LDX | BPF_MEM | BPF_B, BPF_REG_7, BPF_REG_10, BYTE_AT,
	    0);
}

/* The part of the key that depends on the version. What is sent with headers
 * in between could go elsewhere in the end. */
static void read_version(struct program *program, bool egress, bool ipv6)
{
	if (egress && !ipv6)
		exit_if(program, BPF_JNE, BPF_REG_7, IPV4_PLAIN);
	if (egress) {
		load_byte(program, ipv6 ? IPV6_NEXT_AT : IPV4_PROTOCOL_AT);
		exit_if(program, BPF_JNE, BPF_REG_7, IPPROTO_UDP);
	}
	add(program, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, KEY_AT,
	    ipv6 ? 6 : 4);
	if (ipv6)
		load(program, egress ? IPV6_DESTINATION_AT : IPV6_SOURCE_AT,
		     ADDRESS_AT, 16);
	else
		load(program, egress ? IPV4_DESTINATION_AT : IPV4_SOURCE_AT,
		     ADDRESS_AT, 4);
	if (egress)
		load(program,
		     (ipv6 ? IPV6_LENGTH : IPV4_LENGTH) + UDP_DESTINATION_AT,
		     PORT_AT, 2);
}

/* To a socket's filter the packet begins with the UDP header. */
static void read_sender_port(struct program *program)
{
	copy(program, BPF_REG_1, BPF_REG_6);
	set(program, BPF_REG_2, UDP_SOURCE_AT);
	point_at(program, BPF_REG_3, PORT_AT);
	set(program, BPF_REG_4, 2);
	call(program, BPF_FUNC_skb_load_bytes);
	exit_if(program, BPF_JNE, BPF_REG_0, 0);
}

static void read_key(struct program *program, bool egress)
{
	size_t to_ipv4, to_end;

	for (int at = KEY_AT; at < 0; at += 8)
		add(program, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, at, 0);
	load_byte(program, 0);
	copy(program, BPF_REG_8, BPF_REG_7);
	add(program, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_8, 0, 0, 4);
	to_ipv4 = program->count;
	add(program, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_8, 0, 0, 4);
	exit_if(program, BPF_JNE, BPF_REG_8, 6);
	read_version(program, egress, true);
	to_end = program->count;
	add(program, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	program->insns[to_ipv4].off = (int16_t)(program->count - to_ipv4 - 1);
	read_version(program, egress, false);
	program->insns[to_end].off = (int16_t)(program->count - to_end - 1);
	if (!egress)
		read_sender_port(program);
}

/* The map and the key, the first two arguments of its functions. */
static void point_at_key(struct program *program, int map)
{
	add(program, LOAD_NUMBER, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	add(program, 0, 0, 0, 0, 0);
	point_at(program, BPF_REG_2, KEY_AT);
}

static void end(struct program *program, int verdict)
{
	for (size_t i = 0; i < program->exit_count; i++) {
		size_t from = program->exits[i];

		program->insns[from].off = (int16_t)(program->count - from - 1);
	}
	set(program, BPF_REG_0, verdict);
	add(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

size_t one_way_udp_make(enum one_way_udp_program kind, int map,
			struct bpf_insn insns[ONE_WAY_UDP_INSNS_MAX])
{
	struct program program = { .insns = insns };
	bool egress = kind == ONE_WAY_UDP_EGRESS;

	copy(&program, BPF_REG_6, BPF_REG_1);
	read_key(&program, egress);
	point_at_key(&program, map);
	call(&program, BPF_FUNC_map_lookup_elem);
	if (egress) {
		exit_if(&program, BPF_JEQ, BPF_REG_0, 0);
		set(&program, BPF_REG_0, 1);
		add(&program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		end(&program, 0);
		return program.count;
	}
	exit_if(&program, BPF_JNE, BPF_REG_0, 0);
	add(&program, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, VALUE_AT, 1);
	point_at_key(&program, map);
	point_at(&program, BPF_REG_3, VALUE_AT);
	set(&program, BPF_REG_4, BPF_ANY);
	call(&program, BPF_FUNC_map_update_elem);
	end(&program, -1);
	return program.count;
}
