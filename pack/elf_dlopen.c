#include "pack/elf_dlopen.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

void elf_dlopen_done(struct elf_dlopen *entry)
{
	strv_free(entry->sonames);
	free(entry->feature);
	free(entry->description);
}

static int copy_member(const json_t *object, const char *name, char **ret_text)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (!text)
		return 0;
	*ret_text = strdup(text);
	return *ret_text ? 0 : -ENOMEM;
}

/* What is not said is recommended, as the specification has it. */
static enum elf_priority priority_value(const json_t *object)
{
	const char *text =
		json_string_value(json_object_get(object, "priority"));

	if (text && strcmp(text, "required") == 0)
		return ELF_REQUIRED;
	if (text && strcmp(text, "suggested") == 0)
		return ELF_SUGGESTED;
	return ELF_RECOMMENDED;
}

static int take_dlopen(struct elf *elf, const json_t *object, struct diag *diag)
{
	struct elf_dlopen entry = { .priority = priority_value(object) };
	const json_t *names = json_object_get(object, "soname");
	const json_t *name;
	size_t i;
	int r = 0;

	json_array_foreach(names, i, name)
	{
		if (!json_is_string(name) || json_string_length(name) == 0)
			continue;
		r = strv_append(&entry.sonames, json_string_value(name));
		if (r < 0)
			break;
	}
	if (r == 0)
		r = copy_member(object, "feature", &entry.feature);
	if (r == 0)
		r = copy_member(object, "description", &entry.description);
	if (r == 0 && entry.sonames)
		r = array_grow(&elf->dlopens, elf->dlopen_count, sizeof(entry));
	if (r < 0 || !entry.sonames) {
		elf_dlopen_done(&entry);
		return r < 0 ? diag_oom(diag) : 0;
	}
	elf->dlopens[elf->dlopen_count++] = entry;
	return 0;
}

int elf_take_dlopen_note(struct elf *elf, const char *text, size_t size,
			 struct diag *diag)
{
	json_error_t error;
	json_t *root, *entry;
	size_t i;
	int r = 0;

	if (size > ELF_NOTE_BYTES_MAX)
		return diag_set(
			diag, -EBADMSG,
			"damaged ELF file: a dlopen note of more than %d bytes",
			ELF_NOTE_BYTES_MAX);
	root = json_loadb(text, strnlen(text, size), 0, &error);
	if (!root)
		return diag_set(diag, -EBADMSG,
				"damaged ELF file: dlopen note: %s",
				error.text);
	json_array_foreach(root, i, entry)
	{
		if (elf->dlopen_count == ELF_NOTES_MAX)
			r = diag_set(
				diag, -EBADMSG,
				"damaged ELF file: more than %d dlopen notes",
				ELF_NOTES_MAX);
		else
			r = take_dlopen(elf, entry, diag);
		if (r < 0)
			break;
	}
	json_decref(root);
	return r;
}
