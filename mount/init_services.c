#include "mount/init_services.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { STATUS_SIGNALLED = 128 };

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int64_t service_pause(int64_t before, int64_t lived)
{
	if (before == 0 || lived >= SERVICE_CALM_US)
		return SERVICE_PAUSE_US;
	return before < SERVICE_PAUSE_MAX_US / 2 ? 2 * before
						 : SERVICE_PAUSE_MAX_US;
}

/* --- News ----------------------------------------------------------------- */

static void enter(struct init_service *service, enum service_phase phase)
{
	service->news.phase = phase;
	service->told = false;
}

/* The order that was being followed is done, or came to nothing. */
static void finish_order(struct init_service *service)
{
	if (service->ticket)
		service->news.ticket = service->ticket;
	service->ticket = 0;
	service->told = false;
}

bool init_services_tell(struct init_services *services, int channel)
{
	for (size_t i = 0; i < services->count; i++) {
		struct init_service *service = &services->list[i];

		if (service->told)
			continue;
		if (service_news_send(channel, &service->news,
				      service->pidfd) == -EAGAIN)
			return false;
		service->told = true;
		close_fd(&service->pidfd);
	}
	return true;
}

/* --- Start ---------------------------------------------------------------- */

static void wait_to_start(struct init_service *service)
{
	int64_t lived = service->started_at ? now() - service->started_at : 0;

	service->news.delay = service_pause(service->news.delay, lived);
	service->due = now() + service->news.delay;
	enter(service, SERVICE_WAITING);
}

static int start(struct init_services *services, struct init_service *service,
		 struct diag *diag)
{
	struct program program = services->program;
	int r;

	program.arguments = service->config->arguments;
	r = program_start(&program, &service->pid, &service->pidfd, diag);
	if (r < 0)
		return diag_wrap(diag, r, "service %s", service->config->name);
	service->started_at = now();
	service->due = 0;
	service->news.text[0] = '\0';
	enter(service, SERVICE_RUNNING);
	return 0;
}

static void try_to_start(struct init_services *services,
			 struct init_service *service)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	service->again = false;
	if (start(services, service, &diag) < 0) {
		(void)snprintf(service->news.text, sizeof(service->news.text),
			       "%s", diag.text ? diag.text : "no memory");
		service->started_at = 0;
		wait_to_start(service);
	}
	finish_order(service);
}

int init_services_begin(struct init_services *services,
			const struct config *config,
			const struct program *program, bool first_only,
			struct diag *diag)
{
	int r = 0;

	services->config = config;
	services->program = *program;
	for (size_t i = 0; r == 0 && i < config->service_count; i++) {
		struct init_service *service = &services->list[services->count];

		if (config->services[i].per_connection)
			continue;
		*service = (struct init_service){
			.config = &config->services[i],
			.news = { .service = (uint32_t)i, .status = -1 },
			.pidfd = -1,
			.due = 1,
		};
		if (services->count++ == 0 || !first_only)
			r = start(services, service, diag);
	}
	services->awaited = services->count;
	return r;
}

/* --- Stop ----------------------------------------------------------------- */

static void stop(const struct init_services *services,
		 struct init_service *service, int64_t patience)
{
	(void)kill(service->pid, services->config->stop_signal);
	service->due = now() + patience;
	enter(service, SERVICE_STOPPING);
}

/* Nobody was there to be told. */
static void stay_stopped(struct init_service *service)
{
	service->due = 0;
	service->news.delay = 0;
	enter(service, SERVICE_STOPPED);
	finish_order(service);
}

/* The one before, and if it does not run, the one before that. Each has its
 * share of the time that the supervisor gives all of them. */
static void stop_next(struct init_services *services)
{
	int64_t drain = (int64_t)services->config->drain_milliseconds * 1000;
	int64_t count = (int64_t)services->count;

	while (services->awaited > 0 && count > 0) {
		struct init_service *service =
			&services->list[--services->awaited];

		if (service->pid) {
			stop(services, service, drain / count);
			return;
		}
		stay_stopped(service);
	}
}

static void begin_end(struct init_services *services)
{
	if (services->ending)
		return;
	services->ending = true;
	for (size_t i = 0; i < services->count; i++)
		services->list[i].again = false;
	stop_next(services);
}

static void service_ended(struct init_services *services,
			  struct init_service *service, int status)
{
	bool awaited = services->awaited < services->count &&
		       service == &services->list[services->awaited];

	service->pid = 0;
	close_fd(&service->pidfd);
	service->news.status = status;
	if (services->ending || service->news.phase == SERVICE_STOPPING) {
		bool again = service->again;
		uint32_t ticket = service->ticket;

		stay_stopped(service);
		if (again) {
			/* It is done when it runs. */
			service->ticket = ticket;
			service->news.ticket = 0;
			try_to_start(services, service);
		}
	} else {
		wait_to_start(service);
	}
	if (services->ending && awaited)
		stop_next(services);
}

bool init_services_over(const struct init_services *services, int *ret_status)
{
	if (!services->ending)
		return false;
	for (size_t i = 0; i < services->count; i++)
		if (services->list[i].pid)
			return false;
	*ret_status = services->list[0].news.status < 0
			      ? 0
			      : services->list[0].news.status;
	return true;
}

/* --- What happens --------------------------------------------------------- */

static struct init_service *find_pid(struct init_services *services, pid_t pid)
{
	for (size_t i = 0; i < services->count; i++)
		if (services->list[i].pid == pid)
			return &services->list[i];
	return NULL;
}

void init_services_reap(struct init_services *services)
{
	for (;;) {
		siginfo_t info = { 0 };
		struct init_service *service;

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0)
			return;
		service = find_pid(services, info.si_pid);
		/* As long as it is not reaped the number is still its own. */
		if (service)
			(void)kill(-info.si_pid, SIGKILL);
		(void)waitpid(info.si_pid, NULL, WNOHANG);
		if (service)
			service_ended(services, service,
				      info.si_code == CLD_EXITED
					      ? info.si_status
					      : STATUS_SIGNALLED +
							info.si_status);
	}
}

static void signal_all(const struct init_services *services, int signal)
{
	for (size_t i = 0; i < services->count; i++)
		if (services->list[i].pid)
			(void)kill(services->list[i].pid, signal);
}

static void order_stop(struct init_services *services,
		       struct init_service *service)
{
	int64_t drain = (int64_t)services->config->drain_milliseconds * 1000;

	if (!service->pid)
		stay_stopped(service);
	else if (service->news.phase != SERVICE_STOPPING)
		stop(services, service, drain);
}

static void order_one(struct init_services *services,
		      struct init_service *service,
		      const struct service_order *order)
{
	service->ticket = order->ticket;
	service->again = order->kind == SERVICE_ORDER_RESTART;
	/* Whoever asks for it does not want to wait as long as before. */
	service->news.delay = 0;
	if (order->kind != SERVICE_ORDER_STOP && !service->pid)
		try_to_start(services, service);
	else if (order->kind != SERVICE_ORDER_START)
		order_stop(services, service);
	else
		finish_order(service);
}

void init_services_order(struct init_services *services,
			 const struct service_order *order)
{
	switch (order->kind) {
	case SERVICE_ORDER_END:
		begin_end(services);
		return;
	case SERVICE_ORDER_SIGNAL:
		signal_all(services, order->signal);
		return;
	case SERVICE_ORDER_START:
	case SERVICE_ORDER_STOP:
	case SERVICE_ORDER_RESTART:
		break;
	}
	for (size_t i = 0; !services->ending && i < services->count; i++)
		if (services->list[i].news.service == order->service)
			order_one(services, &services->list[i], order);
}

static void do_due(struct init_services *services, size_t index)
{
	struct init_service *service = &services->list[index];

	service->due = 0;
	if (services->ending) {
		/* The supervisor will kill it; the others are to hear of the
		   end before that. */
		if (index == services->awaited)
			stop_next(services);
	} else if (service->news.phase == SERVICE_STOPPING) {
		(void)kill(service->pid, SIGKILL);
	} else if (service->news.phase == SERVICE_WAITING) {
		if (service->news.delay)
			service->news.restarts++;
		try_to_start(services, service);
	}
}

int init_services_advance(struct init_services *services)
{
	int64_t next = INT64_MAX, time = now();

	for (size_t i = 0; i < services->count; i++)
		if (services->list[i].due && services->list[i].due <= time)
			do_due(services, i);
	for (size_t i = 0; i < services->count; i++)
		if (services->list[i].due && services->list[i].due < next)
			next = services->list[i].due;
	if (next == INT64_MAX)
		return -1;
	next = (next - now()) / 1000 + 1;
	return next < 0 ? 0 : next > 60000 ? 60000 : (int)next;
}
