/* The host's word on a jail: mount/host_settings.h, mount/volume.h. */
/* links: mount/host_settings_read.o mount/host_settings_words.o
 * mount/host_settings_network.o mount/host_settings_powers.o
 * mount/host_settings_apply.o mount/host_settings_file.o mount/volume.o
 * mount/listen_table.o mount/socket_address.o mount/state.o mount/state_range.o
 */
#include "mount/host_settings.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

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

static void test_everything(void **state UNUSED)
{
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;

	read_good(&settings,
		  "limit memory 1G ; most cpu 200%  # for all\n"
		  "forbid network host\n"
		  "forbid capability sys_admin net_admin\n",
		  true);
	read_good(&settings,
		  "image \"/srv/jails/the web.sqfs\"\n"
		  "boot\n"
		  "after db cache ; after log\n"
		  "listen 127.0.0.1:8080:80 \\\n"
		  "       [::1]:8443:443\n"
		  "network own 10.0.0.7/24\n"
		  "connect db.example:5432 10.0.0.9:53/udp\n"
		  "volume /srv/www:/var/www:ro\n"
		  "volume /var/lib/app:ro\n"
		  "limit memory none\n"
		  "limit io write 10M\n"
		  "most cpu 50%\n"
		  "permit network host\n",
		  false);
	assert_string_equal(settings.image, "/srv/jails/the web.sqfs");
	assert_true(settings.boot);
	assert_int_equal(strv_length(settings.after), 3);
	assert_string_equal(settings.after[2], "log");
	assert_int_equal(strv_length(settings.listens), 2);
	assert_int_equal(settings.network, CONFIG_NETWORK_OWN);
	assert_string_equal(settings.addresses[0], "10.0.0.7/24");
	assert_int_equal(settings.connect_count, 2);
	assert_true(settings.connects[1].udp);
	assert_int_equal(settings.volume_count, 2);
	assert_string_equal(settings.volumes[0].volume.source, "/srv/www");
	assert_string_equal(settings.volumes[0].volume.path, "/var/www");
	assert_null(settings.volumes[1].volume.source);
	/* memory, cpu, io write */
	assert_int_equal(settings.defaults[1].value, 1 << 30);
	assert_int_equal(settings.limits[1].value, 0);
	assert_int_equal(settings.limits[1].at.line, 10);
	assert_int_equal(settings.most[2].value, 500);
	assert_int_equal(settings.limits[7].value, 10 << 20);
	assert_int_equal(settings.forbidden[POWER_NETWORK_HOST].line, 0);
	assert_int_equal(
		settings.forbidden_capabilities[capability_number("sys_admin")]
			.line,
		3);
	assert_int_equal(
		settings.forbidden_capabilities[capability_number("setuid")]
			.line,
		0);
}

static void test_mistakes(void **state UNUSED)
{
	static const struct {
		const char *text, *wanted;
		bool defaults;
	} bad[] = {
		{ "imag /x\n", "web.conf:1:1: unknown setting 'imag'", false },
		{ "image x\n", "web.conf:1:7: 'x' is not an absolute path",
		  false },
		{ "image /a\nimage /b\n",
		  "web.conf:2:1: image stands in line 1 already", false },
		{ "image\n", "web.conf:1:1: image has the wrong number",
		  false },
		{ "boot yes\n", "web.conf:1:1: boot has the wrong number",
		  false },
		{ "after ../x\n", "web.conf:1:7: \"../x\" is no name", false },
		{ "listen 80\n", "web.conf:1:8: '80' is not", false },
		{ "network here\n", "web.conf:1:9: 'here' is not one of",
		  false },
		{ "network own\n", "web.conf:1:1: only a network of its own",
		  false },
		{ "network host 10.0.0.1/8\n",
		  "web.conf:1:1: only a network of its own", false },
		{ "network own 10.0.0.0/8\n", "web.conf:1:13: '10.0.0.0/8'",
		  false },
		{ "connect nowhere\n", "web.conf:1:9: 'nowhere'", false },
		{ "limit memory lots\n", "web.conf:1:14: 'lots' is not a size",
		  false },
		{ "limit memory 1G 2G\n", "web.conf:1:17: a limit is one value",
		  false },
		{ "limit memory 1G\nlimit memory 2G\n",
		  "web.conf:2:1: limit memory stands in line 1", false },
		{ "limit speed 1\n", "web.conf:1:7: unknown limit 'speed'",
		  false },
		{ "limit memory none\n", "'none' is not a size", true },
		{ "most memory none\n", "'none' is not a size", true },
		{ "volume /a\n", "web.conf:1:8: '/a' changes nothing", false },
		{ "volume a:/b\n", "web.conf:1:8: 'a:/b' is not [HOSTPATH:]",
		  false },
		{ "volume /a:/b/../c\n", "web.conf:1:8: '/a:/b/../c' is not",
		  false },
		{ "volume /etc:/b\n", "web.conf:1:8: /etc cannot be shared",
		  false },
		{ "volume /a:/b\nvolume /c:/b\n",
		  "web.conf:2:8: /b is in line 1 already", false },
		{ "forbid everything\n",
		  "web.conf:1:8: nothing is called 'everything'", false },
		{ "forbid network\n",
		  "web.conf:1:8: nothing is called 'network'", false },
		{ "forbid capability fly\n",
		  "web.conf:1:19: unknown capability 'fly'", false },
		{ "image /x\n", "jailmount.conf:1:1: image is about one jail",
		  true },
		{ "permit share\n",
		  "jailmount.conf:1:1: permit is about one jail", true },
		{ "image <<END\n/x\nEND\n",
		  "web.conf:1:7: image takes no here-document", false },
		{ "image ${HOME}\n", "web.conf:1:7:", false },
		{ "image /a\r\n", "web.conf:1:9: a carriage return", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_HOST_SETTINGS struct host_settings settings =
			HOST_SETTINGS_INIT;
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		int r = host_settings_read(&settings,
					   bad[i].defaults ? "jailmount.conf"
							   : "web.conf",
					   bad[i].text, strlen(bad[i].text),
					   bad[i].defaults, &diag);

		if (r != -EINVAL || !strstr(diag.text, bad[i].wanted))
			fail_msg("%s gives %d: %s", bad[i].text, r,
				 diag.text ? diag.text : "nothing");
	}
}

/* --- Files ---------------------------------------------------------------- */

static void write_file(const char *directory, const char *name, mode_t mode)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, "boot\n", 5), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close_fd(&fd);
}

static void remove_file(const char *directory, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(unlink(path), 0);
}

static void test_files(void **state UNUSED)
{
	char directory[] = "/tmp/test-host-settings.XXXXXX";
	CLEANUP_HOST_SETTINGS struct host_settings settings =
		HOST_SETTINGS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char **names = NULL;
	bool root = geteuid() == 0;

	assert_non_null(mkdtemp(directory));
	assert_int_equal(host_settings_load(directory, "web", &settings, &diag),
			 0);
	assert_false(settings.boot);
	write_file(directory, "web.conf", 0644);
	write_file(directory, "db.conf", 0664);
	write_file(directory, "Web.conf", 0644);
	write_file(directory, "web.conf.dpkg-old", 0644);
	assert_true(host_settings_exist(directory, "web"));
	assert_false(host_settings_exist(directory, "../web"));
	assert_false(host_settings_exist(directory, "none"));
	assert_int_equal(host_settings_list(directory, &names, &diag), 0);
	assert_int_equal(strv_length(names), 2);
	assert_string_equal(names[0], "db");
	assert_string_equal(names[1], "web");
	strv_free(names);
	/* Whoever is not root has written what root is not to read. */
	assert_int_equal(host_settings_load(directory, "web", &settings, &diag),
			 root ? 0 : -EPERM);
	assert_int_equal(settings.boot, root);
	assert_int_equal(host_settings_load(directory, "db", &settings, &diag),
			 -EPERM);
	assert_non_null(strstr(diag.text, "others than root can write"));
	/* The defaults have no image to boot. */
	write_file(directory, "jailmount.conf", 0644);
	assert_false(host_settings_exist(directory, "jailmount"));
	remove_file(directory, "jailmount.conf");
	remove_file(directory, "web.conf");
	remove_file(directory, "db.conf");
	remove_file(directory, "Web.conf");
	remove_file(directory, "web.conf.dpkg-old");
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("host settings", tests, NULL, NULL);
}
