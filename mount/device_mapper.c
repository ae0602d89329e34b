#include "mount/device_mapper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
	DATA_SIZE = DEVICE_MAPPER_TEXT_SIZE + sizeof(struct dm_target_spec),
	LIST_SIZE = 64 << 10,
	LIST_SIZE_MAX = 16 << 20,
	ALIGNMENT = 8, /* of what follows a target's parameters */
};

_Static_assert((int)DEVICE_MAPPER_NAME_SIZE == DM_NAME_LEN,
	       "the kernel's bound on names");

/* The header, and what goes with it both ways. */
struct request {
	struct dm_ioctl head;
	char data[DATA_SIZE];
};

_Static_assert(offsetof(struct request, data) % ALIGNMENT == 0,
	       "where the kernel looks for the data");

static void begin(struct dm_ioctl *head, size_t size, const char *name)
{
	*head = (struct dm_ioctl){
		.version = { DM_VERSION_MAJOR, 0, 0 },
		.data_size = (uint32_t)size,
		.data_start = offsetof(struct request, data),
	};
	if (name)
		(void)snprintf(head->name, sizeof(head->name), "%s", name);
}

static void begin_request(struct request *request, const char *name)
{
	memset(request, 0, sizeof(*request));
	begin(&request->head, sizeof(*request), name);
}

static int call(unsigned long order, struct dm_ioctl *head)
{
	CLEANUP_CLOSE int control =
		open(DEVICE_MAPPER_DIRECTORY "/control", O_RDWR | O_CLOEXEC);

	if (control < 0 || ioctl(control, order, head) < 0)
		return -errno;
	return 0;
}

bool device_mapper_has(const char *target, struct diag *diag)
{
	struct request request;
	int r;

	begin_request(&request, target);
	r = call(DM_GET_TARGET_VERSION, &request.head);
	if (r == 0)
		return true;
	if (r == -EINVAL)
		(void)diag_set(diag, -EOPNOTSUPP,
			       "the kernel's device mapper has no target %s",
			       target);
	else
		(void)diag_errno(diag, r,
				 "the kernel has no device mapper that can be "
				 "asked (" DEVICE_MAPPER_DIRECTORY "/control)");
	return false;
}

int device_mapper_create(const char *name, dev_t *ret_device)
{
	struct request request;
	int r;

	begin_request(&request, name);
	request.head.flags = DM_READONLY_FLAG;
	r = call(DM_DEV_CREATE, &request.head);
	if (r == 0)
		*ret_device = (dev_t)request.head.dev;
	return r;
}

int device_mapper_load(const char *name, const char *target, uint64_t sectors,
		       const char *parameters)
{
	struct dm_target_spec spec = { .length = sectors };
	size_t length = strlen(parameters) + 1;
	struct request request;

	if (length > DEVICE_MAPPER_TEXT_SIZE - ALIGNMENT ||
	    strlen(target) >= sizeof(spec.target_type))
		return -E2BIG;
	begin_request(&request, name);
	request.head.flags = DM_READONLY_FLAG;
	request.head.target_count = 1;
	memcpy(spec.target_type, target, strlen(target) + 1);
	spec.next = (uint32_t)((sizeof(spec) + length + ALIGNMENT - 1) /
			       ALIGNMENT * ALIGNMENT);
	memcpy(request.data, &spec, sizeof(spec));
	memcpy(request.data + sizeof(spec), parameters, length);
	return call(DM_TABLE_LOAD, &request.head);
}

/* Without DM_SUSPEND_FLAG it is a resumption. */
int device_mapper_resume(const char *name)
{
	struct request request;

	begin_request(&request, name);
	request.head.flags = DM_READONLY_FLAG;
	return call(DM_DEV_SUSPEND, &request.head);
}

int device_mapper_remove(const char *name, bool deferred)
{
	struct request request;

	begin_request(&request, name);
	request.head.flags = deferred ? DM_DEFERRED_REMOVE : 0;
	return call(DM_DEV_REMOVE, &request.head);
}

int device_mapper_open_count(const char *name, unsigned int *ret_count)
{
	struct request request;
	int r;

	begin_request(&request, name);
	r = call(DM_DEV_STATUS, &request.head);
	if (r < 0)
		return r;
	*ret_count = request.head.open_count < 0
			     ? 0
			     : (unsigned int)request.head.open_count;
	return 0;
}

int device_mapper_status(dev_t device, const char *target, uint64_t sectors,
			 bool table, char ret_text[DEVICE_MAPPER_TEXT_SIZE])
{
	struct dm_target_spec spec;
	struct request request;
	int r;

	begin_request(&request, NULL);
	request.head.dev = device;
	request.head.flags = table ? DM_STATUS_TABLE_FLAG : 0;
	r = call(DM_TABLE_STATUS, &request.head);
	if (r < 0)
		return r;
	if (request.head.flags & DM_BUFFER_FULL_FLAG)
		return -E2BIG;
	memcpy(&spec, request.data, sizeof(spec));
	spec.target_type[sizeof(spec.target_type) - 1] = '\0';
	if (request.head.target_count != 1 ||
	    !(request.head.flags & DM_READONLY_FLAG) ||
	    spec.sector_start != 0 || spec.length != sectors ||
	    strcmp(spec.target_type, target) != 0)
		return -ENODATA;
	memcpy(ret_text, request.data + sizeof(spec), DEVICE_MAPPER_TEXT_SIZE);
	ret_text[DEVICE_MAPPER_TEXT_SIZE - 1] = '\0';
	return 0;
}

int device_mapper_name(dev_t device, char ret_name[DEVICE_MAPPER_NAME_SIZE])
{
	struct request request;
	int r;

	begin_request(&request, NULL);
	request.head.dev = device;
	r = call(DM_DEV_STATUS, &request.head);
	if (r == 0)
		(void)snprintf(ret_name, DEVICE_MAPPER_NAME_SIZE, "%.*s",
			       DM_NAME_LEN - 1, request.head.name);
	return r;
}

/* --- All of them ---------------------------------------------------------- */

/* A chain of struct dm_name_list, each telling where the next begins. */
static int read_names(const char *data, size_t size, char ***ret_names)
{
	struct dm_name_list entry;
	const size_t fixed = offsetof(struct dm_name_list, name);
	char **names = NULL;
	size_t at = 0;
	int r = 0;

	for (;;) {
		memcpy(&entry, data + at, fixed);
		if (entry.dev == 0)
			break;
		r = strv_append(&names, data + at + fixed);
		if (r < 0 || entry.next == 0)
			break;
		at += entry.next;
		if (at + fixed >= size) {
			r = -EBADMSG;
			break;
		}
	}
	if (r < 0) {
		strv_free(names);
		return r;
	}
	*ret_names = names;
	return 0;
}

static int list(size_t size, char ***ret_names)
{
	/* One more, and all are zero: every name ends. */
	CLEANUP_FREE struct dm_ioctl *head = calloc(1, size + 1);
	int r;

	if (!head)
		return -ENOMEM;
	begin(head, size, NULL);
	r = call(DM_LIST_DEVICES, head);
	if (r == 0 && head->flags & DM_BUFFER_FULL_FLAG)
		r = -ENOBUFS;
	if (r < 0)
		return r;
	return read_names((const char *)head + head->data_start,
			  size - head->data_start, ret_names);
}

int device_mapper_list(char ***ret_names)
{
	int r = -ENOBUFS;

	for (size_t size = LIST_SIZE; r == -ENOBUFS && size <= LIST_SIZE_MAX;
	     size *= 4)
		r = list(size, ret_names);
	return r;
}
