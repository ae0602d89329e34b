#include "mount/services.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* --- What they are -------------------------------------------------------- */

static const char *phase_name(enum service_phase phase)
{
	static const char *const names[] = {
		[SERVICE_WAITING] = "waiting",
		[SERVICE_RUNNING] = "running",
		[SERVICE_STOPPING] = "stopping",
		[SERVICE_STOPPED] = "stopped",
	};

	return names[phase];
}

static json_t *service_json(const struct services *services, size_t index)
{
	const struct service *service = &services->list[index];
	json_t *json = json_pack("{s:s,s:s,s:i}", "name",
				 services->config->services[index].name,
				 "state", phase_name(service->news.phase),
				 "restarts", (int)service->news.restarts);

	if (json && service->pid)
		json_object_set_new(json, "pid", json_integer(service->pid));
	if (json && service->news.status >= 0)
		json_object_set_new(json, "status",
				    json_integer(service->news.status));
	return json;
}

json_t *services_json(const struct services *services)
{
	json_t *array;

	if (!services->events)
		return NULL;
	array = json_array();
	for (size_t i = 0; i < services->config->service_count; i++)
		if (!services->config->services[i].per_connection)
			json_array_append_new(array, service_json(services, i));
	return array;
}

bool services_are_settled(const struct services *services)
{
	size_t count = services->events ? services->config->service_count : 0;

	for (size_t i = 0; i < count; i++)
		if (services->list[i].news.phase == SERVICE_WAITING &&
		    !services->config->services[i].per_connection)
			return false;
	return true;
}

/* --- What the init tells -------------------------------------------------- */

/* proc(5), /proc/PID/fdinfo: the number that the process behind a pidfd has
 * for whoever reads it. */
static pid_t pid_of(int pidfd)
{
	CLEANUP_CLOSE int fd = -1;
	char path[64], text[512];
	const char *line;
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	line = strstr(text, "\nPid:");
	length = line ? strtol(line + strlen("\nPid:"), NULL, 10) : 0;
	return length > 0 ? (pid_t)length : 0;
}

static void answer(struct services *services, size_t index)
{
	struct service *service = &services->list[index];
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (service->news.phase == SERVICE_WAITING && service->news.text[0]) {
		diag_set(&diag, -ECHILD, "%s", service->news.text);
		diag_hint(&diag, "it is tried again; to leave it at that, "
				 "stop the service");
		control_answer_failure(services->control, service->client,
				       &diag);
	} else {
		control_answer(services->control, service->client,
			       service_json(services, index), NULL, 0);
	}
	service->ticket = 0;
}

static void tell(const struct services *services, size_t index,
		 const struct service_news *before)
{
	const struct service_news *news = &services->list[index].news;
	const char *name = services->config->services[index].name;
	unsigned int generation = services->generation->number;
	double seconds = (double)news->delay / 1000000;

	switch (news->phase) {
	case SERVICE_WAITING:
		if (news->text[0])
			log_event(services->sink, generation,
				  "%s; tried again in %g s", news->text,
				  seconds);
		else if (news->delay)
			log_event(services->sink, generation,
				  "service %s ended with status %d; starts "
				  "again in %g s",
				  name, news->status, seconds);
		break;
	case SERVICE_RUNNING:
		if (before->restarts || before->status >= 0 ||
		    news->status >= 0)
			log_event(services->sink, generation,
				  "service %s has started", name);
		break;
	case SERVICE_STOPPING:
		break;
	case SERVICE_STOPPED:
		if (news->status >= 0 && before->phase != SERVICE_STOPPED)
			log_event(services->sink, generation,
				  "service %s was stopped: status %d", name,
				  news->status);
		break;
	}
}

static void take_news(struct services *services,
		      const struct service_news *news, int pidfd)
{
	struct service *service;
	struct service_news before;

	if (news->service >= services->config->service_count ||
	    news->phase > SERVICE_STOPPED)
		return;
	service = &services->list[news->service];
	before = service->news;
	service->news = *news;
	if (news->phase == SERVICE_WAITING || news->phase == SERVICE_STOPPED)
		service->pid = 0;
	else if (pidfd >= 0)
		service->pid = pid_of(pidfd);
	tell(services, news->service, &before);
	if (service->ticket && service->ticket == news->ticket)
		answer(services, news->service);
}

static void news_ready(void *context, short revents UNUSED)
{
	struct services *services = context;
	struct service_news news;
	int pidfd = -1;
	int r;

	while ((r = service_news_receive(services->generation->channel_fd,
					 &news, &pidfd)) == 0) {
		take_news(services, &news, pidfd);
		close_fd(&pidfd);
	}
	/* Its end is told by its pidfd. */
	if (r != -EAGAIN)
		events_remove(services->events, &services->source);
}

int services_watch(struct services *services)
{
	services->source =
		(struct event_source){ .fd = services->generation->channel_fd,
				       .events = POLLIN,
				       .ready = news_ready,
				       .context = services };
	return events_add(services->events, &services->source);
}

void services_done(struct services *services)
{
	if (!services->events)
		return;
	/* What it said last, before it ended. */
	if (services->source.added)
		news_ready(services, 0);
	events_remove(services->events, &services->source);
	for (size_t i = 0; i < services->config->service_count; i++) {
		CLEANUP_DIAG struct diag diag = DIAG_INIT;

		if (!services->list[i].ticket)
			continue;
		diag_set(&diag, -ESRCH, "generation %u has ended",
			 services->generation->number);
		control_answer_failure(services->control,
				       services->list[i].client, &diag);
		services->list[i].ticket = 0;
	}
}

/* --- Orders --------------------------------------------------------------- */

static int read_order(const char *word, enum service_order_kind *ret_kind)
{
	static const struct {
		const char *word;
		enum service_order_kind kind;
	} words[] = {
		{ "start", SERVICE_ORDER_START },
		{ "stop", SERVICE_ORDER_STOP },
		{ "restart", SERVICE_ORDER_RESTART },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, word) == 0) {
			*ret_kind = words[i].kind;
			return 0;
		}
	return -EINVAL;
}

static int find_service(const struct services *services, const char *name,
			size_t *ret_index, struct diag *diag)
{
	const struct config *config = services->config;
	CLEANUP_BUF struct buf known = BUF_INIT;

	for (size_t i = 0; i < config->service_count; i++) {
		const struct config_service *service = &config->services[i];

		if (strcmp(service->name, name) == 0) {
			*ret_index = i;
			if (!service->per_connection)
				return 0;
			return diag_set(diag, -EINVAL,
					"the service %s is started for each "
					"connection, not by order",
					name);
		}
		if (!service->per_connection)
			buf_printf(&known, "%s%s", known.length ? ", " : "",
				   service->name);
	}
	diag_set(diag, -ENOENT, "there is no service %s", name);
	diag_hint(diag, "there are: %s", known.data ? known.data : "none");
	return -ENOENT;
}

int services_order(struct services *services, const char *name,
		   const char *word, uint64_t client, struct diag *diag)
{
	struct service_order order = { .ticket = services->last_ticket + 1 };
	struct service *service;
	size_t index;
	int r;

	if (read_order(word, &order.kind) < 0)
		return diag_set(diag, -EINVAL,
				"%s is not start, stop or restart", word);
	r = find_service(services, name, &index, diag);
	if (r < 0)
		return r;
	service = &services->list[index];
	order.service = (uint32_t)index;
	if (service->ticket || service->news.phase == SERVICE_STOPPING)
		return diag_set(diag, -EBUSY,
				"the service %s is being stopped or started",
				name);
	if (order.kind == SERVICE_ORDER_START &&
	    service->news.phase == SERVICE_RUNNING)
		return diag_set(diag, -EALREADY, "the service %s runs already",
				name);
	if (order.kind == SERVICE_ORDER_STOP &&
	    service->news.phase == SERVICE_STOPPED)
		return diag_set(diag, -EALREADY,
				"the service %s is stopped already", name);
	r = service_order_send(services->generation->channel_fd, &order);
	if (r < 0)
		return diag_errno(diag, r, "cannot reach the jail's init");
	services->last_ticket = order.ticket;
	service->ticket = order.ticket;
	service->client = client;
	return 0;
}
