#include "mount/witness.h"

#include "mount/clock.h"
#include "mount/json_values.h"
#include "mount/seccomp_list.h"

#include <string.h>

void witness_done(struct witness *witness)
{
	for (size_t i = 0; i < witness->program_count; i++)
		free(witness->programs[i].path);
	free(witness->programs);
	free(witness->calls);
	*witness = WITNESS_INIT;
}

bool witness_program_again(struct witness *witness, const char *path,
			   bool of_image)
{
	for (size_t i = 0; i < witness->program_count; i++) {
		struct witness_program *known = &witness->programs[i];

		if (known->of_image != of_image ||
		    strcmp(known->path, path) != 0)
			continue;
		known->count++;
		return true;
	}
	return false;
}

static bool has_room(const struct witness *witness, bool of_image)
{
	size_t most = of_image ? WITNESS_PROGRAMS_MAX : WITNESS_OTHERS_MAX;
	size_t alike = 0;

	for (size_t i = 0; i < witness->program_count; i++)
		alike += witness->programs[i].of_image == of_image;
	return alike < most;
}

bool witness_program(struct witness *witness, const char *path, bool of_image,
		     const struct witness_first *first)
{
	struct witness_program program = { .of_image = of_image,
					   .count = 1,
					   .first = *first };

	if (has_room(witness, of_image) &&
	    array_grow(&witness->programs, witness->program_count,
		       sizeof(program)) == 0)
		program.path = strdup(path);
	if (!program.path) {
		witness->unlisted++;
		return false;
	}
	witness->programs[witness->program_count++] = program;
	return true;
}

bool witness_call_again(struct witness *witness, uint32_t number)
{
	for (size_t i = 0; i < witness->call_count; i++) {
		if (witness->calls[i].number != number)
			continue;
		witness->calls[i].count++;
		witness->refused++;
		return true;
	}
	return false;
}

bool witness_call(struct witness *witness, uint32_t number,
		  const struct witness_first *first)
{
	witness->refused++;
	if (witness->call_count == WITNESS_CALLS_MAX ||
	    array_grow(&witness->calls, witness->call_count,
		       sizeof(*witness->calls)) < 0)
		return false;
	witness->calls[witness->call_count++] =
		(struct witness_call){ number, 1, *first };
	return true;
}

/* Takes the object over, and appends what is known of the first. */
static void append(json_t *array, json_t *object, uint64_t count,
		   const struct witness_first *first)
{
	json_object_set_new(object, "count", json_integer((json_int_t)count));
	json_object_set_new(object, "first", json_time(first->time));
	if (first->pid) {
		json_object_set_new(object, "pid", json_integer(first->pid));
		json_object_set_new(object, "command",
				    json_printable(first->command));
	}
	json_array_append_new(array, object);
}

json_t *witness_programs_json(const struct witness *witness)
{
	json_t *array = json_array();

	for (size_t i = 0; i < witness->program_count; i++) {
		const struct witness_program *program = &witness->programs[i];

		append(array,
		       json_pack("{s:s,s:b}", "path", program->path, "of_image",
				 program->of_image),
		       program->count, &program->first);
	}
	return array;
}

json_t *witness_calls_json(const struct witness *witness)
{
	json_t *array = json_array();

	for (size_t i = 0; i < witness->call_count; i++) {
		const struct witness_call *call = &witness->calls[i];
		const char *name = seccomp_name(call->number);

		append(array, json_pack("{s:s}", "call", name ? name : "?"),
		       call->count, &call->first);
	}
	return array;
}
