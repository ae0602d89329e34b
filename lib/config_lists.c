/*
 * Annotations are strings, and some of what a contract says is more than
 * words: those hold JSON of their own.
 */
#include "lib/config_format.h"

#include "lib/json_text.h"
#include "lib/member.h"

#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

/* --- Writing. NULL and -1 are for want of memory. ------------------------- */

static json_t *service_object(const struct config_service *service)
{
	json_t *object = json_pack("{s:s,s:o}", "name", service->name, "args",
				   json_strings(service->arguments));
	int r = object ? 0 : -1;

	if (r == 0 && service->per_connection)
		r = json_object_set_new(
			object, "per-connection",
			json_pack("{s:I,s:I}", "port",
				  (json_int_t)service->port, "at-most",
				  (json_int_t)service->at_most));
	if (r == 0 && service->source_most)
		r = json_object_set_new(
			json_object_get(object, "per-connection"), "per-source",
			json_pack("{s:I,s:I}", "most",
				  (json_int_t)service->source_most,
				  "milliseconds",
				  (json_int_t)service->source_milliseconds));
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *persist_object(const struct config_persist *persist)
{
	json_t *object = json_pack("{s:s,s:I,s:I,s:I}", "path", persist->path,
				   "mode", (json_int_t)persist->mode, "uid",
				   (json_int_t)persist->uid, "gid",
				   (json_int_t)persist->gid);

	int r = object ? 0 : -1;

	if (r == 0 && persist->bytes)
		r = json_object_set_new(
			object, "size",
			json_integer((json_int_t)persist->bytes));
	if (r == 0 && persist->read_only)
		r = json_object_set_new(object, "read-only", json_true());
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *share_object(const struct config_share *share)
{
	return json_pack("{s:s,s:s,s:b}", "source", share->source, "path",
			 share->path, "writable", (int)share->writable);
}

/* One of the lists: the element at `index`, or NULL. */
typedef json_t *(*element)(const struct config *config, size_t index);

static json_t *service_at(const struct config *config, size_t index)
{
	return service_object(&config->services[index]);
}

static json_t *persist_at(const struct config *config, size_t index)
{
	return persist_object(&config->persists[index]);
}

static json_t *share_at(const struct config *config, size_t index)
{
	return share_object(&config->shares[index]);
}

static json_t *tripwire_at(const struct config *config, size_t index)
{
	return json_string(config->tripwires[index]);
}

static int write_list(const struct config *config, json_t *annotations,
		      const char *key, size_t count, element at)
{
	json_t *list = count ? json_array() : NULL;
	char *text;
	int r;

	if (count == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(list, at(config, i)) < 0) {
			json_decref(list);
			return -1;
		}
	}
	text = json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(list);
	r = json_object_set_new(annotations, key,
				text ? json_string(text) : NULL);
	free(text);
	return r;
}

int config_write_lists(const struct config *config, json_t *annotations)
{
	int r = write_list(config, annotations, KEY_SERVICES,
			   config->service_count, service_at);

	if (r == 0)
		r = write_list(config, annotations, KEY_PERSIST,
			       config->persist_count, persist_at);
	if (r == 0)
		r = write_list(config, annotations, KEY_SHARE,
			       config->share_count, share_at);
	if (r == 0)
		r = write_list(config, annotations, KEY_TRIPWIRE,
			       strv_length(config->tripwires), tripwire_at);
	return r;
}

/* --- Reading -------------------------------------------------------------- */

static int read_per_connection(const json_t *entry,
			       struct config_service *service,
			       struct diag *diag)
{
	const json_t *bounds = json_object_get(entry, "per-connection");
	const json_t *source = json_object_get(bounds, "per-source");
	uint64_t port;
	int r;

	if (!bounds)
		return 0;
	service->per_connection = true;
	r = member_number(bounds, "port", UINT16_MAX, &port, diag);
	if (r < 0)
		return r;
	service->port = (uint16_t)port;
	r = member_u32(bounds, "at-most", &service->at_most, diag);
	if (r == 0 && source)
		r = member_u32(source, "most", &service->source_most, diag);
	if (r == 0 && source)
		r = member_u32(source, "milliseconds",
			       &service->source_milliseconds, diag);
	return r;
}

static int read_service(const json_t *entry, struct config *config,
			struct diag *diag)
{
	struct config_service *service;
	int r;

	if (array_grow(&config->services, config->service_count,
		       sizeof(*service)) < 0)
		return diag_oom(diag);
	service = &config->services[config->service_count++];
	*service = (struct config_service){ 0 };
	r = member_string(entry, "name", &service->name, diag);
	if (r == 0)
		r = member_strings(entry, "args", &service->arguments, diag);
	return r < 0 ? r : read_per_connection(entry, service, diag);
}

static int read_persist(const json_t *entry, struct config *config,
			struct diag *diag)
{
	struct config_persist *persist;
	uint32_t mode;
	int r;

	if (array_grow(&config->persists, config->persist_count,
		       sizeof(*persist)) < 0)
		return diag_oom(diag);
	persist = &config->persists[config->persist_count++];
	*persist = (struct config_persist){ 0 };
	r = member_string(entry, "path", &persist->path, diag);
	if (r == 0)
		r = member_u32(entry, "mode", &mode, diag);
	if (r == 0) {
		persist->mode = mode;
		r = member_u32(entry, "uid", &persist->uid, diag);
	}
	if (r == 0)
		r = member_u32(entry, "gid", &persist->gid, diag);
	if (r == 0 && json_object_get(entry, "size"))
		r = member_number(entry, "size", INT64_MAX, &persist->bytes,
				  diag);
	persist->read_only = json_is_true(json_object_get(entry, "read-only"));
	return r;
}

static int read_share(const json_t *entry, struct config *config,
		      struct diag *diag)
{
	struct config_share *share;
	int r;

	if (array_grow(&config->shares, config->share_count, sizeof(*share)) <
	    0)
		return diag_oom(diag);
	share = &config->shares[config->share_count++];
	*share = (struct config_share){ 0 };
	r = member_string(entry, "source", &share->source, diag);
	if (r == 0)
		r = member_string(entry, "path", &share->path, diag);
	share->writable = json_is_true(json_object_get(entry, "writable"));
	return r;
}

static int read_tripwire(const json_t *entry, struct config *config,
			 struct diag *diag)
{
	const char *path = json_string_value(entry);

	if (!path)
		return refuse(diag, "a tripwire is not a string");
	return strv_append(&config->tripwires, path) < 0 ? diag_oom(diag) : 0;
}

static int read_list(const json_t *annotations, const char *key,
		     int (*read)(const json_t *entry, struct config *config,
				 struct diag *diag),
		     struct config *config, struct diag *diag)
{
	const json_t *value = json_object_get(annotations, key);
	const char *text = json_string_value(value);
	json_t *list;
	int r = 0;

	if (!value)
		return 0;
	list = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (!json_is_array(list) || json_array_size(list) > CONFIG_LIST_MAX)
		r = refuse(diag,
			   "the annotation %s is not a list of at most %d "
			   "entries",
			   key, CONFIG_LIST_MAX);
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		r = read(json_array_get(list, i), config, diag);
		if (r < 0)
			r = diag_wrap(diag, r, "the annotation %s", key);
	}
	json_decref(list);
	return r;
}

int config_read_lists(const json_t *annotations, struct config *config,
		      struct diag *diag)
{
	int r = read_list(annotations, KEY_SERVICES, read_service, config,
			  diag);

	if (r == 0)
		r = read_list(annotations, KEY_PERSIST, read_persist, config,
			      diag);
	if (r == 0)
		r = read_list(annotations, KEY_SHARE, read_share, config, diag);
	if (r == 0)
		r = read_list(annotations, KEY_TRIPWIRE, read_tripwire, config,
			      diag);
	return r;
}
