/* The host's word on a contract: mount/host_settings.h, mount/volume.h. */
/* links: mount/host_settings_read.o mount/host_settings_words.o
 * mount/host_settings_network.o mount/host_settings_powers.o
 * mount/host_settings_apply.o mount/volume.o mount/listen_table.o
 * mount/socket_address.o mount/state.o mount/state_range.o */
#include "mount/host_settings.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void read_good(struct host_settings *settings, const char *text,
		      bool defaults)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (host_settings_read(settings,
			       defaults ? "jailmount.conf" : "web.conf", text,
			       strlen(text), defaults, &diag) < 0)
		fail_msg("%s", diag.text);
}

/* One that owns everything it holds. */
static void make_contract(struct config *config)
{
	*config = (struct config){
		.name = strdup("web"),
		.stop_signal = SIGTERM,
		.ready = CONFIG_READY_EXEC,
		.network = CONFIG_NETWORK_SEALED,
		.limits = { .memory_bytes = 256 << 20, .processes = 64 },
		.capabilities = UINT64_C(1) << 7, /* setuid */
	};
	assert_int_equal(strv_append(&config->arguments, "/bin/web"), 0);
	config->persists = calloc(2, sizeof(*config->persists));
	config->persists[0] = (struct config_persist){ .path = strdup("/data"),
						       .mode = 0750,
						       .bytes = 1 << 20 };
	config->persists[1] = (struct config_persist){ .path = strdup("/cache"),
						       .mode = 0700 };
	config->persist_count = 2;
	config->shares = calloc(1, sizeof(*config->shares));
	config->shares[0] = (struct config_share){ .source = strdup("/srv/www"),
						   .path = strdup("/www") };
	config->share_count = 1;
}

/* What applying gives, with the diagnostic's text in `diag`. */
static int apply(const char *defaults, const char *own, const char *limit,
		 const char *volume, struct config *config, struct diag *diag)
{
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	char *limits[] = { (char *)(uintptr_t)limit, NULL };
	char *volumes[] = { (char *)(uintptr_t)volume, NULL };
	const struct host_requests requests = { limits, volumes, NULL };

	make_contract(config);
	read_good(&settings, defaults, true);
	read_good(&settings, own, false);
	return host_settings_apply(&settings, &requests, config, diag);
}

static void applies(const char *defaults, const char *own, const char *limit,
		    const char *volume, struct config *config)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (apply(defaults, own, limit, volume, config, &diag) < 0)
		fail_msg("%s", diag.text);
}

static void refuses(const char *defaults, const char *own, const char *limit,
		    const char *volume, int error, const char *wanted)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r = apply(defaults, own, limit, volume, &config, &diag);

	if (r != error || !strstr(diag.text, wanted))
		fail_msg("%d: %s", r, diag.text ? diag.text : "nothing");
}

static void test_nothing_said(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	applies("", "", NULL, NULL, &config);
	assert_int_equal(config.limits.memory_bytes, 256 << 20);
	assert_int_equal(config.limits.cpu_permille, 0);
	assert_int_equal(config.persist_count, 2);
	assert_int_equal(config.share_count, 1);
	assert_false(config.shares[0].writable);
}

static void check_memory(const char *defaults, const char *own,
			 const char *limit, uint64_t wanted)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	applies(defaults, own, limit, NULL, &config);
	assert_int_equal(config.limits.memory_bytes, wanted);
}

static void test_limits(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	/* The image's 256M. */
	check_memory("limit memory 1G", "", NULL, 256 << 20);
	check_memory("most memory 64M", "", NULL, 64 << 20);
	check_memory("most memory 1G", "", NULL, 256 << 20);
	/* Wider and narrower by NAME.conf, and by the command line. */
	check_memory("", "limit memory 1G", NULL, 1 << 30);
	check_memory("", "limit memory 1M", NULL, 1 << 20);
	check_memory("", "limit memory none", NULL, 0);
	check_memory("", "limit memory 1G", "memory=2M", 2 << 20);
	check_memory("", "", "memory=512M", 512 << 20);
	check_memory("", "", "memory=none", 0);
	/* An exception from what holds for all. */
	check_memory("most memory 64M", "most memory 1G\nlimit memory 1G", NULL,
		     1 << 30);
	check_memory("most memory 64M", "most memory none", NULL, 256 << 20);
	/* Nobody said it: the default, within the most. */
	applies("limit cpu 50%\nmost io write 1M\nmost processes 32", "", NULL,
		NULL, &config);
	assert_int_equal(config.limits.cpu_permille, 500);
	assert_int_equal(config.limits.io.write_bytes, 1 << 20);
	assert_int_equal(config.limits.processes, 32);
}

static void test_limits_beyond(void **state UNUSED)
{
	refuses("most memory 64M", "limit memory 1G", NULL, NULL, -EINVAL,
		"web.conf:1:1: the host allows a limit memory of 64M at most");
	refuses("most memory 64M", "", "memory=65M", NULL, -EINVAL,
		"--limit memory=65M: the host allows");
	refuses("most memory 64M", "", "memory=none", NULL, -EINVAL,
		"the host allows");
	refuses("most memory 64M", "limit memory none", NULL, NULL, -EINVAL,
		"the host allows");
	refuses("", "", "memory", NULL, -EINVAL, "it is not NAME=VALUE");
	refuses("", "", "speed=1", NULL, -EINVAL, "unknown limit 'speed'");
	refuses("", "", "cpu=much", NULL, -EINVAL, "'much' is not an amount");
	refuses("", "", "io write", NULL, -EINVAL, "it is not NAME=VALUE");
}

static void test_two_words(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	applies("", "", "io read-ops=100", NULL, &config);
	assert_int_equal(config.limits.io.read_operations, 100);
}

static void test_network(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_CONFIG struct config none = CONFIG_INIT;

	applies("", "network own 10.0.0.7/24\nconnect 10.0.0.1:53/udp", NULL,
		NULL, &config);
	assert_int_equal(config.network, CONFIG_NETWORK_OWN);
	assert_string_equal(config.addresses[0], "10.0.0.7/24");
	assert_int_equal(config.connect_count, 1);
	applies("", "connect none", NULL, NULL, &none);
	assert_int_equal(none.connect_count, 0);
}

static void test_forbidden(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_CONFIG struct config permitted = CONFIG_INIT;

	refuses("forbid share", "", NULL, NULL, -EPERM,
		"jailmount.conf:1:1: the jail asks for share");
	refuses("\nforbid persist", "", NULL, NULL, -EPERM,
		"jailmount.conf:2:1: the jail asks for persist");
	refuses("forbid capability setuid", "", NULL, NULL, -EPERM,
		"allow capability CAP_SETUID");
	refuses("forbid capability all", "", NULL, NULL, -EPERM,
		"allow capability CAP_SETUID");
	refuses("", "forbid capability setuid", NULL, NULL, -EPERM,
		"web.conf:1:1: the jail");
	refuses("forbid network host", "network host", NULL, NULL, -EPERM,
		"network host");
	refuses("forbid connect", "connect 10.0.0.1:1", NULL, NULL, -EPERM,
		"connect");
	/* What it does not ask for, and exceptions. */
	applies("forbid network host ; forbid network own ; forbid connect\n"
		"forbid syscall ; forbid capability sys_admin",
		"", NULL, NULL, &config);
	applies("forbid share ; forbid persist ; forbid capability all",
		"permit share ; permit persist ; permit capability setuid",
		NULL, NULL, &permitted);
}

static void test_volumes_of_the_host(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	applies("",
		"volume /mnt/data:/data\n"
		"volume /cache:ro\n"
		"volume /www:rw\n"
		"volume /srv/more:/more\n",
		NULL, NULL, &config);
	assert_int_equal(config.persist_count, 1);
	assert_string_equal(config.persists[0].path, "/cache");
	assert_true(config.persists[0].read_only);
	assert_int_equal(config.share_count, 3);
	assert_string_equal(config.shares[0].source, "/srv/www");
	assert_true(config.shares[0].writable);
	assert_string_equal(config.shares[1].source, "/mnt/data");
	assert_string_equal(config.shares[1].path, "/data");
	assert_true(config.shares[1].writable);
	assert_string_equal(config.shares[2].path, "/more");
	assert_false(config.shares[2].writable);
	refuses("", "volume /srv/more:/data/more", NULL, NULL, -EINVAL,
		"with the host's settings");
	refuses("", "volume /more:ro", NULL, NULL, -EINVAL,
		"web.conf:1:8: the image neither keeps nor shares /more");
}

static void test_volumes_of_the_command_line(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_CONFIG struct config moved = CONFIG_INIT;

	applies("", "", NULL, "/data:ro", &config);
	assert_true(config.persists[0].read_only);
	assert_int_equal(config.persists[0].bytes, 1 << 20);
	applies("", "volume /www:rw", NULL, "/srv/other:/www:ro", &moved);
	assert_string_equal(moved.shares[0].source, "/srv/other");
	assert_false(moved.shares[0].writable);
	refuses("", "", NULL, "/www:rw", -EINVAL,
		"--volume /www:rw: the image shares /www read-only");
	refuses("", "volume /data:ro", NULL, "/data:rw", -EINVAL,
		"/data read-only");
	refuses("", "", NULL, "/srv/more:/more", -EINVAL,
		"the image neither keeps nor shares /more");
	refuses("", "", NULL, "/more", -EINVAL, "changes nothing");
}

static void check_listens(char *const *requests, const char *first,
			  const char *second)
{
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char **listens = NULL;

	read_good(&settings, "listen 8080:80 5353:53/udp\n", false);
	assert_int_equal(
		host_settings_listens(&settings, requests, &listens, &diag), 0);
	assert_int_equal(strv_length(listens), 2);
	assert_string_equal(listens[0], first);
	assert_string_equal(listens[1], second);
	strv_free(listens);
}

static void test_listens(void **state UNUSED)
{
	char web[] = "9090:80", dns[] = "53:53";
	char *requests[] = { web, NULL };
	char *other[] = { dns, NULL };
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	char **listens = NULL;

	check_listens(NULL, "8080:80", "5353:53/udp");
	check_listens(requests, "9090:80", "5353:53/udp");
	/* TCP and UDP are two. */
	read_good(&settings, "listen 5353:53/udp\n", false);
	assert_int_equal(
		host_settings_listens(&settings, other, &listens, NULL), 0);
	assert_int_equal(strv_length(listens), 2);
	strv_free(listens);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits_beyond),
		cmocka_unit_test(test_two_words),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_volumes_of_the_host),
		cmocka_unit_test(test_volumes_of_the_command_line),
		cmocka_unit_test(test_listens),
	};

	return cmocka_run_group_tests_name("host settings applied", tests, NULL,
					   NULL);
}
