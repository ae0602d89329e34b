/* The run-time contract: lib/config.h. */
#include "lib/config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The least that is a contract. The arrays are the caller's. */
static struct config least(char **arguments)
{
	return (struct config){
		.name = (char *)(uintptr_t) "hello",
		.arguments = arguments,
		.ready = CONFIG_READY_EXEC,
		.stop_signal = SIGTERM,
	};
}

static void assert_same_json(const struct config *config, const char *json)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf again = BUF_INIT;

	assert_int_equal(config_write(config, &again, &diag), 0);
	assert_string_equal(again.data, json);
}

static void test_least(void **state UNUSED)
{
	char program[] = "/bin/true", *arguments[] = { program, NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	CLEANUP_CONFIG struct config back = CONFIG_INIT;
	struct config config = least(arguments);

	assert_int_equal(config_write(&config, &json, &diag), 0);
	assert_int_equal(config_read(json.data, json.length, &back, &diag), 0);
	assert_string_equal(back.name, "hello");
	assert_string_equal(back.arguments[0], "/bin/true");
	assert_null(back.arguments[1]);
	assert_null(back.environment);
	assert_string_equal(back.workdir, "/");
	assert_null(back.hostname);
	assert_int_equal(back.stop_signal, SIGTERM);
	assert_int_equal(back.layer_count, 0);
	assert_false(back.proc);
	assert_same_json(&back, json.data);
}

static void test_everything(void **state UNUSED)
{
	char program[] = "/usr/sbin/apache2", option[] = "-DFOREGROUND";
	char variable[] = "LANG=C.UTF-8", call[] = "keyctl", call2[] = "clone3";
	char tmp[] = "/tmp", var[] = "/var", null[] = "/dev/null";
	char disk[] = "/dev/sda";
	char *arguments[] = { program, option, NULL };
	char *environment[] = { variable, NULL };
	char *calls[] = { call, call2, NULL };
	struct config_layer layers[] = {
		{ CONFIG_LAYER_WRITABLE, tmp, 16 << 20, 1024, 01777, 0, 0 },
		{ CONFIG_LAYER_OVERLAY, var, 32 << 20, 4096, 0, 0, 0 },
	};
	struct config_device devices[] = {
		{ null, S_IFCHR | 0666, 1, 3, 0, 0 },
		{ disk, S_IFBLK | 0600, 8, 0, 33, 6 },
	};
	struct config_listen listens[] = {
		{ .port = 80, .address = "2001:db8::5" },
		{ .port = 53, .udp = true },
	};
	struct config config = least(arguments);
	CLEANUP_CONFIG struct config back = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	config.summary = strdup("Apache \"HTTP\" Server, größer");
	config.version = strdup("2.4");
	config.hostname = strdup("www.example.org");
	config.workdir = strdup("/srv");
	config.environment = environment;
	config.capabilities = 1 << 6 | 1 << 7;
	config.allowed_syscalls = calls;
	config.layers = layers;
	config.layer_count = ARRAY_SIZE(layers);
	config.devices = devices;
	config.device_count = ARRAY_SIZE(devices);
	config.log_stderr = config.log_syslog = config.proc = true;
	config.listens = listens;
	config.listen_count = ARRAY_SIZE(listens);
	config.limits =
		(struct config_limits){ 64,   256 << 20, 500,		300,
					1024, 1 << 30,	 { 1, 2, 3, 4 } };
	config.stop_signal = SIGWINCH;
	config.drain_milliseconds = 10000;
	config.ready = CONFIG_READY_HTTP;
	config.ready_path = strdup("/status?a=b");
	config.ready_milliseconds = 30000;

	assert_int_equal(config_write(&config, &json, &diag), 0);
	if (config_read(json.data, json.length, &back, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_same_json(&back, json.data);
	assert_string_equal(back.summary, config.summary);
	assert_string_equal(back.version, "2.4");
	assert_string_equal(back.hostname, "www.example.org");
	assert_string_equal(back.workdir, "/srv");
	assert_string_equal(back.environment[0], variable);
	assert_int_equal(back.capabilities, 1 << 6 | 1 << 7);
	assert_string_equal(back.allowed_syscalls[1], "clone3");
	assert_int_equal(back.layer_count, 2);
	assert_int_equal(back.layers[0].kind, CONFIG_LAYER_WRITABLE);
	assert_int_equal(back.layers[0].bytes, 16 << 20);
	assert_int_equal(back.layers[0].mode, 01777);
	assert_int_equal(back.layers[1].kind, CONFIG_LAYER_OVERLAY);
	assert_int_equal(back.layers[1].inodes, 4096);
	assert_int_equal(back.device_count, 2);
	assert_int_equal(back.devices[1].mode, S_IFBLK | 0600);
	assert_int_equal(back.devices[1].uid, 33);
	assert_false(back.log_stdout);
	assert_true(back.log_syslog && back.proc);
	assert_int_equal(back.listen_count, 2);
	assert_string_equal(back.listens[0].address, "2001:db8::5");
	assert_string_equal(back.listens[1].address, "");
	assert_true(back.listens[1].udp);
	assert_memory_equal(&back.limits, &config.limits,
			    sizeof(config.limits));
	assert_int_equal(back.stop_signal, SIGWINCH);
	assert_int_equal(back.drain_milliseconds, 10000);
	assert_int_equal(back.ready, CONFIG_READY_HTTP);
	assert_string_equal(back.ready_path, "/status?a=b");
	assert_int_equal(back.ready_milliseconds, 30000);
	free(config.summary);
	free(config.version);
	free(config.hostname);
	free(config.workdir);
	free(config.ready_path);
}

/* The document with `from` replaced by `to`, which must be refused with a
 * reason that holds `reason`. */
static void refused(const char *json, const char *from, const char *to,
		    const char *reason)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf changed = BUF_INIT;
	const char *at = strstr(json, from);

	if (!at)
		fail_msg("the document does not hold %s", from);
	buf_append(&changed, json, (size_t)(at - json));
	buf_puts(&changed, to);
	buf_puts(&changed, at + strlen(from));
	assert_int_equal(
		config_read(changed.data, changed.length, &config, &diag),
		-EBADMSG);
	if (!strstr(diag.text, reason))
		fail_msg("not refused for \"%s\": %s", reason, diag.text);
	assert_null(config.name);
}

static void test_refusals(void **state UNUSED)
{
	char program[] = "/bin/true", tmp[] = "/tmp", null[] = "/dev/null";
	char *arguments[] = { program, NULL };
	struct config_layer layer = {
		CONFIG_LAYER_WRITABLE, tmp, 4096, 8, 0755, 0, 0
	};
	struct config_device device = { null, S_IFCHR | 0666, 1, 3, 0, 0 };
	struct config_listen listen = { .port = 80 };
	struct config config = least(arguments);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	const char *text;

	config.layers = &layer;
	config.layer_count = 1;
	config.devices = &device;
	config.device_count = 1;
	config.listens = &listen;
	config.listen_count = 1;
	config.limits.files = 64;
	config.capabilities = 1;
	assert_int_equal(config_write(&config, &json, &diag), 0);
	text = json.data;
	refused(text, "{", "", "not JSON");
	refused(text, "}", "}}", "not JSON");
	refused(text, "\"io.jailpack.contract\":\"1\"",
		"\"io.jailpack.contract\":\"2\"", "version 2");
	refused(text, "\"io.jailpack.contract\":\"1\",", "", "missing");
	refused(text, "\"io.jailpack.name\":\"hello\"",
		"\"io.jailpack.name\":\"hello\",\"io.jailpack.name\":\"world\"",
		"duplicate");
	refused(text, "hello", "../hello", "name of the jail");
	refused(text, "hello", "Hello", "name of the jail");
	refused(text, "hello", ".hello", "name of the jail");
	refused(text, "hello", "", "name of the jail");
	refused(text, "80/tcp", "80/sctp", "80/sctp");
	refused(text, "80/tcp", "65616/tcp", "65616/tcp");
	refused(text, "80/tcp", "0/tcp", "0/tcp");
	refused(text, "80/tcp", "www:80/tcp", "www:80/tcp");
	refused(text, "80/tcp", "10.0.0.05:80/tcp", "10.0.0.05:80/tcp");
	refused(text, "80/tcp", "0.0.0.0:80/tcp", "0.0.0.0:80/tcp");
	refused(text, "80/tcp", "[2001:DB8::1]:80/tcp", "not in the form");
	refused(text, "80/tcp", "80/tcp 80/tcp", "twice");
	refused(text, "80/tcp", "80/tcp ", "not in the form");
	refused(text, "SIGTERM", "SIGNONE", "not a signal");
	refused(text, "\"io.jailpack.ready\":\"exec\"",
		"\"io.jailpack.ready\":\"soon\"", "soon");
	refused(text, "\"io.jailpack.ready\":\"exec\"",
		"\"io.jailpack.ready\":\"http status\"", "status");
	refused(text, "\"io.jailpack.name\"",
		"\"io.jailpack.canary\":\"/etc/shadow\",\"io.jailpack.name\"",
		"not in the form");
	refused(text, "\"/tmp\"", "\"tmp\"", "normal form");
	refused(text, "\"/tmp\"", "\"/tmp/..\"", "normal form");
	refused(text, "\"/tmp\"", "\"/dev/shm\"", "no layer");
	refused(text, "\"/tmp\"", "\"/\"", "no layer");
	refused(text, "size=4096", "size=9223372036854775808", "wrong option");
	refused(text, "size=4096", "size=0", "no limit");
	refused(text, "size=4096", "size=-1", "wrong option");
	refused(text, "size=4096", "size=99999999999999999999", "wrong option");
	refused(text, "\"nodev\",\"noexec\",\"size", "\"nodev\",\"size",
		"not in the form");
	refused(text, "/dev/null", "/dev/sub/null", "directly in /dev");
	refused(text, "/dev/null", "/etc/null", "directly in /dev");
	refused(text, "\"major\":1", "\"major\":-1", "out of range");
	refused(text, "\"major\":1", "\"major\":\"1\"", "whole number");
	refused(text, "\"fileMode\":438", "\"fileMode\":4096", "wrong mode");
	refused(text, "[\"CAP_CHOWN\"]", "[\"CAP_EVERYTHING\"]",
		"CAP_EVERYTHING");
	refused(text, "\"noNewPrivileges\":true", "\"noNewPrivileges\":false",
		"not in the form");
	refused(text, "\"hard\":64", "\"hard\":640", "not in the form");
	refused(text, "RLIMIT_NOFILE", "RLIMIT_CORE", "RLIMIT_CORE");
	refused(text, "\"readonly\":true", "\"readonly\":false",
		"not in the form");
	refused(text, "\"args\":[\"/bin/true\"]", "\"args\":[]", "no program");
	refused(text, "\"args\":[\"/bin/true\"]", "\"args\":[1]",
		"not a string");
	refused(text, "\"env\":[]", "\"env\":[\"NAME\"]", "NAME=VALUE");
	refused(text, "\"cwd\":\"/\"", "\"cwd\":\"/a/../b\"", "normal form");
	refused(text, "/bin/true", "/bin/\\u0000true", "not JSON");
}

/* What the host is asked for beyond files and one program. Every array is
 * the test's. */
struct demanding {
	char *httpd[3], *ftpd[2], *addresses[3], *tripwires[3];
	struct config_service services[2];
	struct config_listen listens[2];
	struct endpoint connects[3];
	struct config_persist persists[2];
	struct config_share shares[2];
	struct config_layer layers[1];
	struct config config;
};

static char *literal(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void demand(struct demanding *all)
{
	*all = (struct demanding){
		.httpd = { literal("/bin/httpd"), literal("\"a\nb\""), NULL },
		.ftpd = { literal("/bin/ftpd"), NULL },
		.addresses = { literal("10.0.0.7/24"),
			       literal("2001:db8::7/64"), NULL },
		.tripwires = { literal("/etc/shadow"), literal("/var/a b"),
			       NULL },
		.listens = { { .port = 80 }, { .port = 21 } },
		.connects = { { "10.0.0.5", 5432, false },
			      { "2001:db8::1", 53, true },
			      { "db.example", 5432, false } },
		.persists = { { literal("/var/lib/redis"), 0750, 105, 106,
				1 << 20 },
			      { literal("/data"), 01777, 0, 0, 0, true } },
		.shares = { { literal("/home/*/public_html"), literal("/home"),
			      false },
			    { literal("/srv/files"), literal("/files"),
			      true } },
		.layers = { { CONFIG_LAYER_OVERLAY, literal("/var"), 4096, 8, 0,
			      0, 0 } },
	};
	all->services[0] = (struct config_service){ .name = literal("httpd"),
						    .arguments = all->httpd };
	all->services[1] = (struct config_service){
		.name = literal("ftp"),
		.arguments = all->ftpd,
		.per_connection = true,
		.port = 21,
		.at_most = 50,
		.source_most = 10,
		.source_milliseconds = 60000,
	};
	all->config = least(all->httpd);
	all->config.services = all->services;
	all->config.service_count = 2;
	all->config.listens = all->listens;
	all->config.listen_count = 2;
	all->config.connects = all->connects;
	all->config.connect_count = 3;
	all->config.network = CONFIG_NETWORK_OWN;
	all->config.addresses = all->addresses;
	all->config.persists = all->persists;
	all->config.persist_count = 2;
	all->config.shares = all->shares;
	all->config.share_count = 2;
	all->config.layers = all->layers;
	all->config.layer_count = 1;
	all->config.tripwires = all->tripwires;
	all->config.restore = (struct config_restore){
		3600000, 60000, CONFIG_RESTORE_EXIT | CONFIG_RESTORE_UNHEALTHY
	};
	all->config.health =
		(struct config_health){ literal("/health"), 5000, 1000, 3 };
	all->config.limits.io = (struct config_io_limits){ 1, 2, 3, 4 };
	all->config.ready = CONFIG_READY_NOTIFY;
	all->config.ready_milliseconds = 1000;
}

static void test_demanding(void **state UNUSED)
{
	struct demanding all;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	CLEANUP_CONFIG struct config back = CONFIG_INIT;

	demand(&all);
	if (config_write(&all.config, &json, &diag) < 0 ||
	    config_read(json.data, json.length, &back, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_same_json(&back, json.data);
	assert_int_equal(back.service_count, 2);
	assert_string_equal(back.services[0].name, "httpd");
	assert_string_equal(back.services[0].arguments[1], "\"a\nb\"");
	assert_false(back.services[0].per_connection);
	assert_true(back.services[1].per_connection);
	assert_int_equal(back.services[1].port, 21);
	assert_int_equal(back.services[1].at_most, 50);
	assert_int_equal(back.services[1].source_most, 10);
	assert_int_equal(back.services[1].source_milliseconds, 60000);
	assert_string_equal(back.arguments[0], "/bin/httpd");
	assert_int_equal(back.connect_count, 3);
	assert_string_equal(back.connects[1].host, "2001:db8::1");
	assert_int_equal(back.connects[1].port, 53);
	assert_true(back.connects[1].udp);
	assert_int_equal(back.network, CONFIG_NETWORK_OWN);
	assert_string_equal(back.addresses[1], "2001:db8::7/64");
	assert_int_equal(back.persist_count, 2);
	assert_string_equal(back.persists[0].path, "/var/lib/redis");
	assert_int_equal(back.persists[0].mode, 0750);
	assert_int_equal(back.persists[0].uid, 105);
	assert_int_equal(back.persists[0].gid, 106);
	assert_int_equal(back.persists[0].bytes, 1 << 20);
	assert_false(back.persists[0].read_only);
	assert_true(back.persists[1].read_only);
	assert_int_equal(back.persists[1].bytes, 0);
	assert_int_equal(back.share_count, 2);
	assert_string_equal(back.shares[0].source, "/home/*/public_html");
	assert_string_equal(back.shares[0].path, "/home");
	assert_false(back.shares[0].writable);
	assert_true(back.shares[1].writable);
	assert_string_equal(back.tripwires[1], "/var/a b");
	assert_int_equal(back.restore.every_milliseconds, 3600000);
	assert_int_equal(back.restore.jitter_milliseconds, 60000);
	assert_int_equal(back.restore.causes,
			 CONFIG_RESTORE_EXIT | CONFIG_RESTORE_UNHEALTHY);
	assert_string_equal(back.health.path, "/health");
	assert_int_equal(back.health.every_milliseconds, 5000);
	assert_int_equal(back.health.timeout_milliseconds, 1000);
	assert_int_equal(back.health.failures, 3);
	assert_int_equal(back.limits.io.read_bytes, 1);
	assert_int_equal(back.limits.io.write_operations, 4);
	assert_int_equal(back.ready, CONFIG_READY_NOTIFY);
}

/* The host's network is OCI's absence of a namespace. */
static void test_host_network(void **state UNUSED)
{
	char program[] = "/bin/true", *arguments[] = { program, NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	CLEANUP_CONFIG struct config back = CONFIG_INIT;
	struct config config = least(arguments);

	config.network = CONFIG_NETWORK_HOST;
	assert_int_equal(config_write(&config, &json, &diag), 0);
	assert_null(strstr(json.data, "{\"type\":\"network\"}"));
	assert_int_equal(config_read(json.data, json.length, &back, &diag), 0);
	assert_int_equal(back.network, CONFIG_NETWORK_HOST);
	refused(json.data, "{\"type\":\"uts\"}",
		"{\"type\":\"uts\"},{\"type\":\"network\"}", "not in the form");
	refused(json.data, ",\"io.jailpack.network\":\"host\"", "",
		"not in the form");
}

static void test_demanding_refusals(void **state UNUSED)
{
	struct demanding all;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	const char *text;

	demand(&all);
	assert_int_equal(config_write(&all.config, &json, &diag), 0);
	text = json.data;
	refused(text, "10.0.0.5:5432/tcp", "10.0.0.5:5432", "not in the form");
	refused(text, "10.0.0.5:5432/tcp", "010.0.0.5:5432/tcp", "holds");
	refused(text, "[2001:db8::1]", "[2001:db8:0::1]", "not in the form");
	refused(text, "db.example", "10.0.0.5", "twice");
	refused(text, "own 10.0.0.7/24", "own 10.0.0.7/024", "normal form");
	refused(text, "own 10.0.0.7/24", "own 10.0.0.0/24", "broadcast");
	refused(text, "own 10.0.0.7/24 2001:db8::7/64", "own", "no address");
	refused(text, "own 10.0.0.7/24 2001:db8::7/64", "bridge", "bridge");
	refused(text, "every 3600000 jitter", "every 999 jitter", "range");
	refused(text, "jitter 60000", "jitter 3600001", "range");
	refused(text, "jitter 60000 exit", "jitter exit", "holds");
	refused(text, "unhealthy", "sick", "holds sick");
	refused(text, "failures 3 http", "failures 0 http", "health");
	refused(text, "timeout 1000 ", "", "out of range");
	refused(text, "http /health", "http health", "HTTP");
	refused(text, "every 5000 timeout 1000 failures 3 http /health",
		"every 5000 timeout 1000 failures 3 http /health /x", "holds");
	refused(text, "read 1 write 2", "read 1 read 1", "not in the form");
	refused(text, "read 1 write", "read -1 write", "holds");
	refused(text, "/etc/shadow", "/data/x", "hidden");
	refused(text, "/etc/shadow", "/files", "hidden");
	refused(text, "/etc/shadow", "/var/a b", "two tripwires");
	refused(text, "[\\\"/etc/shadow\\\",", "[1,", "not a string");
	refused(text, "\"[\\\"/etc/shadow\\\",\\\"/var/a b\\\"]\"",
		"\"/etc/shadow\"", "not a list");
	refused(text, "\\\"uid\\\":105", "\\\"uid\\\":65536", "range");
	refused(text, "\\\"mode\\\":488", "\\\"mode\\\":4096", "range");
	refused(text, "\\\"size\\\":1048576", "\\\"size\\\":0",
		"not in the form");
	refused(text, "\\\"path\\\":\\\"/data\\\"", "\\\"path\\\":\\\"/var\\\"",
		"mounted at /var");
	refused(text, "\\\"path\\\":\\\"/files\\\"",
		"\\\"path\\\":\\\"/data/x\\\"", "lies in /data");
	refused(text, "\\\"source\\\":\\\"/srv/files\\\"",
		"\\\"source\\\":\\\"/proc\\\"", "cannot be shared");
	refused(text, "\\\"writable\\\":true", "\\\"writable\\\":1",
		"not in the form");
	refused(text, "\\\"port\\\":21", "\\\"port\\\":22", "not listened on");
	refused(text, "\\\"at-most\\\":50", "\\\"at-most\\\":0", "range");
	refused(text, "\\\"name\\\":\\\"ftp\\\"", "\\\"name\\\":\\\"httpd\\\"",
		"two services");
	refused(text, "[\\\"/bin/ftpd\\\"]", "[]", "no program");
	refused(text, "\"args\":[\"/bin/httpd\"", "\"args\":[\"/bin/sh\"",
		"not that of the first");
	refused(text, "\"noexec\",\"rw\"", "\"noexec\",\"exec\",\"rw\"",
		"not in the form");
}

static void test_unwritable(void **state UNUSED)
{
	char program[] = "/bin/true", *arguments[] = { program, NULL };
	char latin1[] = "gr\xf6\xdf"
			"er",
	     *environment[] = { latin1, NULL };
	struct config config = least(arguments);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	config.environment = environment;
	assert_int_equal(config_write(&config, &json, &diag), -EINVAL);
	config.environment = NULL;
	config.summary = latin1;
	assert_int_equal(config_write(&config, &json, &diag), -EINVAL);
	config.summary = NULL;
	config.capabilities = UINT64_C(1) << 41;
	assert_int_equal(config_write(&config, &json, &diag), -EINVAL);
	assert_int_equal(json.length, 0);
}

static void test_long(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_FREE char *spaces = malloc(CONFIG_BYTES_MAX + 1);

	memset(spaces, ' ', CONFIG_BYTES_MAX + 1);
	assert_int_equal(
		config_read(spaces, CONFIG_BYTES_MAX + 1, &config, &diag),
		-EBADMSG);
	assert_non_null(strstr(diag.text, "longer"));
	assert_int_equal(config_read("", 0, &config, &diag), -EBADMSG);
}

static void test_names(void **state UNUSED)
{
	assert_int_equal(capability_number("setuid"), 7);
	assert_int_equal(capability_number("CAP_SETUID"), 7);
	assert_int_equal(capability_number("cap_checkpoint_restore"), 40);
	assert_int_equal(capability_number("setuids"), -EINVAL);
	assert_int_equal(capability_number(""), -EINVAL);
	assert_string_equal(capability_name(0), "CAP_CHOWN");
	assert_null(capability_name(41));
	assert_null(capability_name(-1));
	for (int i = 0; capability_name(i); i++)
		assert_int_equal(capability_number(capability_name(i)), i);
	assert_int_equal(signal_number("WINCH"), SIGWINCH);
	assert_int_equal(signal_number("SIGWINCH"), SIGWINCH);
	assert_int_equal(signal_number("sigterm"), SIGTERM);
	assert_int_equal(signal_number("28"), 28);
	assert_int_equal(signal_number("RTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(signal_number("SIGRTMAX-1"), SIGRTMAX - 1);
	assert_int_equal(signal_number("0"), -EINVAL);
	assert_int_equal(signal_number("65"), -EINVAL);
	assert_int_equal(signal_number("-1"), -EINVAL);
	assert_int_equal(signal_number("SIG"), -EINVAL);
	assert_int_equal(signal_number("RTMIN+31"), -EINVAL);
	assert_string_equal(signal_name(SIGWINCH), "WINCH");
	assert_null(signal_name(0));
	assert_null(signal_name(SIGRTMIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_demanding),
		cmocka_unit_test(test_host_network),
		cmocka_unit_test(test_demanding_refusals),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
