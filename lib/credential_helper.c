#include "lib/credential_helper.h"

#include "lib/buf.h"
#include "lib/crypto_library.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { ANSWER_MAX = 64 << 10, PATIENCE_MS = 60 * 1000 };

/* What every helper says, with a status of 1, of a registry unknown to it. */
static const char not_found[] = "credentials not found in native keychain";

/* Stands for a user where the secret is an identity token. */
static const char token_user[] = "<token>";

/* --- An answer ------------------------------------------------------------ */

/* Nothing of it may end the header that it becomes a part of. */
static bool is_one_line(const char *text, const char *without)
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f ||
		    strchr(without, *c))
			return false;
	}
	return *text != '\0';
}

static int encode(const char *user, const char *secret, char **ret_basic,
		  struct diag *diag)
{
	struct crypto_library library;
	CLEANUP_BUF struct buf text = BUF_INIT;
	char *basic = NULL;
	int r = crypto_library_load(false, &library, diag);

	if (r < 0)
		return r;
	buf_printf(&text, "%s:%s", user, secret);
	if (buf_check(&text) == 0)
		basic = malloc(4 * (text.length / 3) + 5);
	if (basic)
		(void)library.EVP_EncodeBlock((unsigned char *)basic,
					      (unsigned char *)text.data,
					      (int)text.length);
	if (text.data)
		explicit_bzero(text.data, text.capacity);
	*ret_basic = basic;
	return basic ? 0 : diag_oom(diag);
}

static int take_answer(json_t *root, struct credentials *ret_credentials,
		       struct diag *diag)
{
	const char *user = json_string_value(json_object_get(root, "Username"));
	const char *secret = json_string_value(json_object_get(root, "Secret"));

	if (!user || !secret)
		return diag_set(diag, -EBADMSG,
				"its answer has no Username and Secret");
	if (!is_one_line(user, ":") || !is_one_line(secret, ""))
		return diag_set(diag, -EBADMSG,
				"its answer is no user and password: one is "
				"empty, or holds what neither may");
	if (strcmp(user, token_user) != 0)
		return encode(user, secret, &ret_credentials->basic, diag);
	if (!credentials_is_token(secret))
		return diag_set(diag, -EBADMSG, "its token is none");
	ret_credentials->token = strdup(secret);
	return ret_credentials->token ? 0 : diag_oom(diag);
}

int credential_helper_parse(const char *json, size_t length,
			    struct credentials *ret_credentials,
			    struct diag *diag)
{
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	int r;

	*ret_credentials = CREDENTIALS_INIT;
	/* The parser's own words quote what it cannot read: a secret. */
	r = root ? take_answer(root, ret_credentials, diag)
		 : diag_set(diag, -EBADMSG, "its answer is not JSON");
	json_decref(root);
	return r;
}

/* --- The program ---------------------------------------------------------- */

struct helper {
	pid_t pid;
	int pidfd;
	int answer; /* the end of a pipe */
	int64_t deadline;
};

static void helper_done(struct helper *helper)
{
	close_fd(&helper->pidfd);
	close_fd(&helper->answer);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A file, so that a helper that does not read leaves nobody waiting. */
static int open_question(const char *registry)
{
	CLEANUP_CLOSE int fd = memfd_create("registry", MFD_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%s\n", registry) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int spawn(const char *program, int question, int answer, pid_t *ret_pid)
{
	const char *const arguments[] = { program, "get", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int r;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &defaults);
	(void)posix_spawnattr_setflags(
		&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = posix_spawn_file_actions_adddup2(&actions, question, STDIN_FILENO);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, answer,
						     STDOUT_FILENO);
	/* The declaration of posix_spawn() is older than const. */
	if (!r)
		r = posix_spawnp(ret_pid, program, &actions, &attributes,
				 (char *const *)(uintptr_t)arguments, environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int helper_start(struct helper *helper, const char *program,
			const char *registry)
{
	CLEANUP_CLOSE int question = open_question(registry);
	CLEANUP_CLOSE int write_end = -1;
	int ends[2], r;

	if (question < 0)
		return question;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	helper->answer = ends[0];
	write_end = ends[1];
	helper->deadline = now_ms() + PATIENCE_MS;
	r = spawn(program, question, write_end, &helper->pid);
	if (r < 0)
		return r;
	helper->pidfd = (int)syscall(SYS_pidfd_open, helper->pid, 0);
	return 0;
}

/* Until there is something to read, or, of a pidfd, it has ended. */
static int await(const struct helper *helper, int fd)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		int64_t left = helper->deadline - now_ms();
		int r = poll(&poll_fd, 1, left > 0 ? (int)left : 0);

		if (r > 0)
			return 0;
		if (r == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int read_answer(const struct helper *helper, struct buf *answer)
{
	for (;;) {
		char chunk[4096];
		ssize_t got;
		int r = await(helper, helper->answer);

		if (r < 0)
			return r;
		got = read(helper->answer, chunk, sizeof(chunk));
		if (got < 0)
			return -errno;
		if (got == 0)
			return buf_check(answer);
		if (answer->length + (size_t)got > ANSWER_MAX)
			return -EFBIG;
		buf_append(answer, chunk, (size_t)got);
		explicit_bzero(chunk, (size_t)got);
	}
}

/* `r`: how reading went. Whoever is not through then is ended. */
static int helper_end(const struct helper *helper, int r, int *ret_status)
{
	if (r == 0 && helper->pidfd >= 0)
		r = await(helper, helper->pidfd);
	if (r < 0)
		(void)kill(helper->pid, SIGKILL);
	while (waitpid(helper->pid, ret_status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return r;
}

static int judge(const struct buf *answer, int status,
		 struct credentials *ret_credentials, struct diag *diag)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return credential_helper_parse(answer->data ? answer->data : "",
					       answer->length, ret_credentials,
					       diag);
	*ret_credentials = CREDENTIALS_INIT;
	if (answer->data && strstr(answer->data, not_found))
		return 0;
	(void)diag_set(diag, -EIO, "it failed");
	if (answer->length)
		diag_excerpt(diag, "%s", answer->data);
	return -EIO;
}

static bool is_name(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-") == strlen(name);
}

static int ask(const char *program, const char *registry,
	       struct credentials *ret_credentials, struct diag *diag)
{
	CLEANUP(helper_done)
	struct helper helper = { .pidfd = -1, .answer = -1 };
	CLEANUP_BUF struct buf answer = BUF_INIT;
	int r, status;

	r = helper_start(&helper, program, registry);
	if (r == -ENOENT)
		return diag_set(diag, r, "there is no such program in PATH");
	if (r < 0)
		return diag_errno(diag, r, "cannot run it");
	r = helper_end(&helper, read_answer(&helper, &answer), &status);
	if (r == -ETIMEDOUT)
		r = diag_set(diag, -EIO, "it did not answer within a minute");
	else if (r < 0)
		r = diag_errno(diag, -EIO, "cannot listen to it");
	else
		r = judge(&answer, status, ret_credentials, diag);
	if (answer.data)
		explicit_bzero(answer.data, answer.capacity);
	return r;
}

int credential_helper_ask(const char *name, const char *registry,
			  struct credentials *ret_credentials,
			  struct diag *diag)
{
	CLEANUP_BUF struct buf program = BUF_INIT;
	int r;

	if (!is_name(name))
		return diag_set(diag, -EINVAL, "\"%s\" names no helper", name);
	buf_printf(&program, "docker-credential-%s", name);
	if (buf_check(&program) < 0)
		return diag_oom(diag);
	r = ask(program.data, registry, ret_credentials, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", program.data) : 0;
}
