#include "lib/bill_format.h"
#include "lib/sha256.h"
#include "lib/utf8.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

static int put(const struct bill_writer *writer, const char *text)
{
	return writer->write(writer->context, text, strlen(text));
}

/* jansson's callback: its -1 would hide what went wrong. */
struct sink {
	const struct bill_writer *writer;
	int error;
};

static int write_piece(const char *data, size_t length, void *context)
{
	struct sink *sink = context;

	sink->error = sink->writer->write(sink->writer->context, data, length);
	return sink->error;
}

/* Takes the object; NULL stands for want of memory. 0 or -errno. */
static int write_object(const struct bill_writer *writer, json_t *object)
{
	struct sink sink = { .writer = writer };
	int r;

	if (!object)
		return -ENOMEM;
	r = json_dump_callback(object, write_piece, &sink, JSON_COMPACT);
	json_decref(object);
	if (sink.error < 0)
		return sink.error;
	return r < 0 ? -ENOMEM : 0;
}

static json_t *hex_string(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = strlen(text);
	CLEANUP_FREE char *hex = malloc(2 * length + 1);

	if (!hex)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		hex[2 * i] = digits[(unsigned char)text[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)text[i] & 15];
	}
	return json_stringn(hex, 2 * length);
}

/* A file's name can be any bytes, and must come back as it is. */
static int set_path(json_t *object, const char *key, const char *text)
{
	char hex_key[32];

	if (!text)
		return 0;
	if (utf8_valid(text))
		return json_object_set_new(object, key, json_string(text));
	(void)snprintf(hex_key, sizeof(hex_key), "%s" HEX_SUFFIX, key);
	return json_object_set_new(object, hex_key, hex_string(text));
}

/* A reason is for people: what is not text in it becomes question marks. */
static int set_reason(json_t *object, const char *reason)
{
	CLEANUP_FREE char *copy = NULL;

	if (!reason || utf8_valid(reason))
		return json_object_set_new(object, "reason",
					   json_string(reason ? reason : ""));
	copy = strdup(reason);
	if (!copy)
		return -1;
	for (char *c = copy; *c; c++) {
		if (*c & 0x80)
			*c = '?';
	}
	return json_object_set_new(object, "reason", json_string(copy));
}

static int set_number(json_t *object, const char *key, uint64_t value)
{
	return json_object_set_new(object, key,
				   json_integer((json_int_t)value));
}

static int set_content(json_t *object, const struct bill_file *file)
{
	char digest[2 * SHA256_SIZE + 1];
	int r = 0;

	if (S_ISREG(file->mode))
		r |= set_number(object, "size", file->size);
	if (S_ISREG(file->mode) && file->has_digest) {
		sha256_format(file->digest, digest);
		r |= json_object_set_new(object, "sha256", json_string(digest));
	}
	if (S_ISLNK(file->mode))
		r |= set_path(object, "target", file->target);
	if (S_ISCHR(file->mode) || S_ISBLK(file->mode)) {
		r |= set_number(object, "major", file->major);
		r |= set_number(object, "minor", file->minor);
	}
	return r;
}

static json_t *file_object(const struct bill_file *file)
{
	json_t *object = json_object();
	char mode[8];
	int r = 0;

	(void)snprintf(mode, sizeof(mode), "%04o",
		       (unsigned int)file->mode & 07777);
	r |= set_path(object, "path", file->path);
	r |= json_object_set_new(object, "type",
				 json_string(bill_type_name(file->mode)));
	r |= json_object_set_new(object, "mode", json_string(mode));
	if (file->uid)
		r |= set_number(object, "uid", file->uid);
	if (file->gid)
		r |= set_number(object, "gid", file->gid);
	r |= set_content(object, file);
	if (file->package != BILL_NO_PACKAGE)
		r |= set_number(object, "package", file->package);
	r |= set_reason(object, file->reason);
	r |= set_path(object, "because", file->because);
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int failed(int error, struct diag *diag)
{
	return error < 0 ? diag_errno(diag, error,
				      "cannot write the bill of materials")
			 : 0;
}

int bill_write_begin(struct bill_writer *writer,
		     const struct bill_package *packages, size_t count,
		     struct diag *diag)
{
	char start[32];
	int r;

	writer->any = false;
	(void)snprintf(start, sizeof(start), "{\"version\":%d,\n",
		       BILL_VERSION);
	r = put(writer, start);
	if (r == 0)
		r = put(writer, "\"packages\":[");
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = put(writer, i ? ",\n" : "\n");
		if (r == 0)
			r = write_object(writer,
					 json_pack("{s:s,s:s,s:s,s:s*}", "name",
						   packages[i].name, "version",
						   packages[i].version,
						   "architecture",
						   packages[i].architecture,
						   "suite", packages[i].suite));
	}
	if (r == 0)
		r = put(writer, "],\n\"files\":[");
	return failed(r, diag);
}

int bill_write_file(struct bill_writer *writer, const struct bill_file *file,
		    struct diag *diag)
{
	int r = put(writer, writer->any ? ",\n" : "\n");

	writer->any = true;
	if (r == 0)
		r = write_object(writer, file_object(file));
	return failed(r, diag);
}

int bill_write_end(struct bill_writer *writer, struct diag *diag)
{
	return failed(put(writer, "]}\n"), diag);
}
