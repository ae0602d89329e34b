/* What a generation was seen to do, and the alarms for it. */
#include "lib/printable.h"
#include "mount/clock.h"
#include "mount/execution.h"
#include "mount/guests.h"
#include "mount/life_watch.h"
#include "mount/seccomp.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

enum {
	/* More than a service is refused, and few enough for the supervisor to
	 * have time for everything else. */
	FLOOD_MOST = 64,
	FLOOD_SLICE_US = 100000,
};

static struct witness_first read_first(const struct caller *caller)
{
	struct witness_first first = { .time = time_now(),
				       .pid = caller->thread };

	caller_command(caller, first.command, sizeof(first.command));
	return first;
}

/* `news` is what it says, but for who did it. */
static void raise_alarm(struct life *life, enum alarm_kind kind,
			const struct witness_first *first, const char *news)
{
	const struct life_setting *setting = life->setting;
	CLEANUP_BUF struct buf command = BUF_INIT;
	char text[ALARM_TEXT_SIZE];

	printable_puts(&command, first->command);
	(void)snprintf(text, sizeof(text), "%.160s by %s (%d)", news,
		       command.data ? command.data : "?", (int)first->pid);
	setting->alarm(setting->context, life, kind, text);
}

static void repeat(struct life *life, enum alarm_kind kind)
{
	life->setting->alarm(life->setting->context, life, kind, NULL);
}

/* --- Executions ----------------------------------------------------------- */

static void record(struct life *life, const struct execution *execution,
		   const struct caller *caller)
{
	CLEANUP_BUF struct buf path = BUF_INIT, news = BUF_INIT;
	bool of_image = execution->of_image, is_first = false;
	struct witness_first first;

	printable_puts(&path, execution->path);
	if (buf_check(&path) < 0)
		return;
	if (!witness_program_again(&life->witness, path.data, of_image)) {
		first = read_first(caller);
		is_first = witness_program(&life->witness, path.data, of_image,
					   &first);
	}
	if (of_image)
		return;
	buf_printf(&news,
		   "refused: execution of %.128s, which is not the "
		   "image's,",
		   path.data);
	if (is_first && news.data)
		raise_alarm(life, ALARM_EXECUTION, &first, news.data);
	else
		repeat(life, ALARM_EXECUTION);
	life_flooded(life);
}

static int witness_execution(struct life *life, int notify_fd,
			     const struct caller *caller, bool of_guest)
{
	CLEANUP_EXECUTION struct execution execution = EXECUTION_INIT;

	if (execution_look(&life->image, notify_fd, caller, &execution) != 1 ||
	    (of_guest && execution.of_image))
		return 0;
	record(life, &execution, caller);
	/* As the kernel would say: noexec. */
	return execution.of_image ? 0 : -EACCES;
}

int life_witness_start(struct life *life, struct diag *diag)
{
	const struct config *config = life->setting->plan->config;
	const struct witness_first first = { .time = life->begun_time };
	char *const *arguments = life->setting->arguments;

	if (!arguments)
		arguments = config->arguments;
	if (execution_image_open(life->generation->image_root_fd,
				 &life->image) < 0)
		return diag_errno(diag, -errno, "cannot look at the image");
	/* Without memory it is not in the list. */
	if (config->service_count < 2 || life->setting->arguments) {
		(void)witness_program(&life->witness, arguments[0], true,
				      &first);
		return 0;
	}
	for (size_t i = 0; i < config->service_count; i++)
		if (!config->services[i].per_connection)
			(void)witness_program(&life->witness,
					      config->services[i].arguments[0],
					      true, &first);
	return 0;
}

/* --- Refused calls -------------------------------------------------------- */

static int witness_refusal(struct life *life, const struct caller *caller)
{
	uint32_t number = (uint32_t)caller->number;
	const char *name = seccomp_name(number);
	struct witness_first first;
	bool is_first = false;
	char news[64];

	(void)snprintf(news, sizeof(news), "refused: system call %s",
		       name ? name : "?");
	if (!witness_call_again(&life->witness, number)) {
		first = read_first(caller);
		is_first = witness_call(&life->witness, number, &first);
	}
	if (is_first)
		raise_alarm(life, ALARM_CALL, &first, news);
	else
		repeat(life, ALARM_CALL);
	life_flooded(life);
	return seccomp_refusal(number);
}

int life_witness(struct life *life, const struct caller *caller)
{
	if (caller->number == SYS_execve || caller->number == SYS_execveat)
		return witness_execution(life, life->notify.fd, caller, false);
	if (life->setting->explain &&
	    !seccomp_is_refused((uint32_t)caller->number))
		return 0;
	return witness_refusal(life, caller);
}

int life_witness_guest(struct life *life, int notify_fd,
		       const struct caller *caller)
{
	if (caller->number != SYS_execve && caller->number != SYS_execveat)
		return -ENOSYS;
	return witness_execution(life, notify_fd, caller, true);
}

/* --- Too many of them ----------------------------------------------------- */

static void flood_over(void *context)
{
	struct life *life = context;

	life->notify.events = POLLIN;
	guests_listen(life, true);
}

/*
 * The rest of the slice nothing is received from this generation. Whoever
 * waits in its queue has not been received either, and so can still be
 * interrupted, frozen and killed.
 */
void life_flooded(struct life *life)
{
	struct flood *flood = &life->flood;
	struct events *events = life->setting->events;
	int64_t now = events_now();

	if (now - flood->began_at >= FLOOD_SLICE_US) {
		flood->began_at = now;
		flood->count = 0;
	}
	if (++flood->count < FLOOD_MOST || flood->over.armed)
		return;
	flood->over =
		(struct event_timer){ .expired = flood_over, .context = life };
	if (events_arm(events, &flood->over,
		       flood->began_at + FLOOD_SLICE_US) == 0) {
		life->notify.events = 0;
		guests_listen(life, false);
	}
}
