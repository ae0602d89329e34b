/* links: mount/plan.o mount/plan_print.o mount/refusal.o mount/cgroup_io.o
 *        mount/cgroup_file.o mount/cgroup_v2.o */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "mount/plan.h"

enum { BASE = 1879048192, LENGTH = 65536 };

static char inner[] = "/var/tmp", outer[] = "/var", tmp[] = "/tmp",
	    hostname[] = "www", null[] = "/dev/null";

/* As the recipe may have them: the inner one first. */
static struct config_layer layers[] = {
	{ .kind = CONFIG_LAYER_WRITABLE, .path = inner, .bytes = 4096 },
	{ .kind = CONFIG_LAYER_OVERLAY, .path = outer, .bytes = 8192 },
	{ .kind = CONFIG_LAYER_WRITABLE, .path = tmp, .bytes = 4096 },
};

static struct config_device devices[] = {
	{ .path = null, .mode = S_IFCHR | 0666, .major = 1, .minor = 3 },
};

static struct config sample(void)
{
	return (struct config){
		.hostname = hostname,
		.layers = layers,
		.layer_count = ARRAY_SIZE(layers),
		.devices = devices,
		.device_count = ARRAY_SIZE(devices),
		.proc = true,
	};
}

static struct plan make(const struct config *config, bool assemble_only)
{
	const struct plan_options options = {
		.jail = "www",
		.range_base = BASE,
		.range_length = LENGTH,
		.assemble_only = assemble_only,
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct plan plan = PLAN_INIT;

	if (plan_make(config, &options, &plan, &diag) < 0)
		fail_msg("%s", diag.text);
	return plan;
}

/* Where the first step of a kind stands, -1 if there is none. */
static int place(const struct plan *plan, enum step_kind kind)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == kind)
			return (int)i;
	}
	return -1;
}

static void phases_follow_one_another(void **state)
{
	const struct config config = sample();
	CLEANUP_PLAN struct plan plan = make(&config, false);

	(void)state;
	for (size_t i = 1; i < plan.step_count; i++)
		assert_true(step_phase(plan.steps[i - 1].kind) <=
			    step_phase(plan.steps[i].kind));
}

/* Where dm-verity protects it, it is between the loop device and the mount. */
static void verity_is_below_the_mount(void **state)
{
	const struct config config = sample();
	const struct plan_options options = {
		.jail = "www",
		.verity = true,
		.assemble_only = true,
	};
	CLEANUP_PLAN struct plan without = make(&config, true);
	CLEANUP_PLAN struct plan plan = PLAN_INIT;

	(void)state;
	assert_int_equal(place(&without, STEP_VERITY), -1);
	assert_int_equal(plan_make(&config, &options, &plan, NULL), 0);
	assert_int_equal(place(&plan, STEP_VERITY),
			 place(&plan, STEP_LOOP) + 1);
	assert_int_equal(place(&plan, STEP_SQUASHFS),
			 place(&plan, STEP_VERITY) + 1);
}

static void powers_are_given_up_in_order(void **state)
{
	static const enum step_kind order[] = {
		STEP_USER_NAMESPACE,
		STEP_LOOP,
		STEP_SQUASHFS,
		STEP_IDMAP,
		STEP_LAYER,
		STEP_CGROUP_NAMESPACE,
		STEP_PRIVATE,
		STEP_ROOT,
		STEP_DEV,
		STEP_OVERLAY,
		STEP_PROC,
		STEP_PIVOT,
		STEP_RLIMITS,
		STEP_ENTER_USER_NAMESPACE,
		STEP_NO_NEW_PRIVS,
		STEP_SECCOMP,
		STEP_CAPABILITIES,
	};
	const struct config config = sample();
	CLEANUP_PLAN struct plan plan = make(&config, false);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		assert_int_not_equal(place(&plan, order[i]), -1);
		if (i > 0)
			assert_true(place(&plan, order[i - 1]) <
				    place(&plan, order[i]));
	}
}

static void outer_layers_come_first(void **state)
{
	const struct config config = sample();
	CLEANUP_PLAN struct plan plan = make(&config, false);
	int first = place(&plan, STEP_WRITABLE);
	static const char *const paths[] = { tmp, outer, inner };
	static const size_t indices[] = { 2, 1, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const struct step *step = &plan.steps[(size_t)first + i];

		assert_string_equal(step->layer->path, paths[i]);
		assert_int_equal(step->layer_index, indices[i]);
		assert_int_equal(step->kind,
				 i == 1 ? STEP_OVERLAY : STEP_WRITABLE);
	}
}

static void nothing_that_is_not_asked_for(void **state)
{
	const struct config config = { .name = hostname };
	CLEANUP_PLAN struct plan plan = make(&config, false);

	(void)state;
	assert_int_equal(place(&plan, STEP_DEV), -1);
	assert_int_equal(place(&plan, STEP_PROC), -1);
	assert_int_equal(place(&plan, STEP_HOSTNAME), -1);
	assert_int_equal(place(&plan, STEP_LAYER), -1);
	assert_int_not_equal(place(&plan, STEP_SECCOMP), -1);
}

static void a_network_of_its_own_is_entered_first(void **state UNUSED)
{
	char address[] = "10.0.0.7/24", *addresses[] = { address, NULL };
	struct config config = sample();
	struct plan plan;

	plan = make(&config, false);
	assert_int_equal(place(&plan, STEP_NETWORK), -1);
	plan_done(&plan);
	config.network = CONFIG_NETWORK_OWN;
	config.addresses = addresses;
	plan = make(&config, false);
	assert_int_not_equal(place(&plan, STEP_NETWORK), -1);
	assert_true(place(&plan, STEP_NETWORK) < place(&plan, STEP_ROOT));
	plan_done(&plan);
	/* Nothing runs. */
	plan = make(&config, true);
	assert_int_equal(place(&plan, STEP_NETWORK), -1);
	plan_done(&plan);
}

static void logs_alone_need_a_dev(void **state)
{
	const struct config config = { .log_syslog = true };
	CLEANUP_PLAN struct plan plan = make(&config, false);

	(void)state;
	assert_int_not_equal(place(&plan, STEP_DEV), -1);
}

static void assembling_makes_mounts_alone(void **state)
{
	static const enum step_kind absent[] = {
		STEP_USER_NAMESPACE,   STEP_CGROUP,  STEP_IDMAP,
		STEP_PRIVATE,	       STEP_PROC,    STEP_PIVOT,
		STEP_CGROUP_NAMESPACE, STEP_SECCOMP, STEP_HOSTNAME,
	};
	const struct config config = sample();
	CLEANUP_PLAN struct plan plan = make(&config, true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_int_equal(place(&plan, absent[i]), -1);
	assert_int_not_equal(place(&plan, STEP_ROOT), -1);
	assert_int_not_equal(place(&plan, STEP_OVERLAY), -1);
}

static void a_range_must_be_usable(void **state)
{
	static const struct plan_options bad[] = {
		{ .jail = "x", .range_base = 0, .range_length = LENGTH },
		{ .jail = "x", .range_base = BASE, .range_length = 0 },
		{ .jail = "x", .range_base = UINT32_MAX, .range_length = 2 },
	};
	const struct config config = sample();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_PLAN struct plan plan = PLAN_INIT;

		assert_int_equal(plan_make(&config, &bad[i], &plan, NULL),
				 -EINVAL);
		assert_null(plan.steps);
	}
}

static void a_line_for_each_step(void **state)
{
	const struct config config = sample();
	CLEANUP_PLAN struct plan plan = make(&config, false);
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t lines = 0;

	(void)state;
	assert_int_equal(plan_print(&plan, false, &text, NULL), 0);
	for (const char *c = text.data; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, plan.step_count);
	assert_non_null(strstr(text.data, "layer: tmpfs for /var: 8192 bytes"));
	assert_non_null(strstr(text.data, "capabilities: none\n"));
}

static void an_object_for_each_step(void **state)
{
	const struct config config = sample();
	CLEANUP_PLAN struct plan plan = make(&config, false);
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_t *json;

	(void)state;
	assert_int_equal(plan_print(&plan, true, &text, NULL), 0);
	json = json_loads(text.data, 0, NULL);
	assert_non_null(json);
	assert_int_equal(json_array_size(json), plan.step_count);
	for (size_t i = 0; i < plan.step_count; i++)
		assert_string_equal(json_string_value(json_object_get(
					    json_array_get(json, i), "step")),
				    step_name(plan.steps[i].kind));
	json_decref(json);
}

/* --- What is not done yet is refused. ------------------------------------- */

static void refuses(const struct config *config, bool assemble_only,
		    const char *wish)
{
	const struct plan_options options = {
		.jail = "www",
		.range_base = BASE,
		.range_length = LENGTH,
		.assemble_only = assemble_only,
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct plan plan = PLAN_INIT;

	assert_int_equal(plan_make(config, &options, &plan, &diag),
			 -EOPNOTSUPP);
	assert_null(plan.steps);
	if (!strstr(diag.text, wish))
		fail_msg("'%s' is not in '%s'", wish, diag.text);
}

static void what_is_not_done_is_refused(void **state UNUSED)
{
	char path[] = "/data", name[] = "ftp";
	char *list[] = { path, NULL };
	struct config_persist persist = { .path = path };
	struct config_share share = { .source = path, .path = path };
	struct config_service services[] = {
		{ .name = name, .arguments = list },
		{ .name = name, .arguments = list },
	};
	struct config config;
	struct plan plan;

	config = sample();
	config.persists = &persist;
	config.persist_count = 1;
	refuses(&config, true, ": persist /data");
	config = sample();
	config.shares = &share;
	config.share_count = 1;
	refuses(&config, true, ": share /data");
	config = sample();
	config.services = services;
	config.service_count = 2;
	plan = make(&config, false);
	plan_done(&plan);
	services[0].per_connection = true;
	config.service_count = 1;
	plan = make(&config, false);
	plan_done(&plan);
	config.health.path = path;
	refuses(&config, false, ": check http where");
	config.health.path = NULL;
	config.ready = CONFIG_READY_HTTP;
	refuses(&config, false, ": ready http where");
	config.ready = CONFIG_READY_NOTIFY;
	refuses(&config, false, ": ready notify where");
	config.service_count = 2;
	plan = make(&config, false);
	plan_done(&plan);
}

static void io_is_limited_once_devices_are_known(void **state UNUSED)
{
	struct config config = sample();
	struct plan plan = make(&config, false);

	assert_int_equal(place(&plan, STEP_IO_LIMITS), -1);
	plan_done(&plan);
	config.limits.io.write_operations = 1;
	plan = make(&config, false);
	assert_true(place(&plan, STEP_IO_LIMITS) > place(&plan, STEP_LOOP));
	plan_done(&plan);
	plan = make(&config, true);
	assert_int_equal(place(&plan, STEP_IO_LIMITS), -1);
	plan_done(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(io_is_limited_once_devices_are_known),
		cmocka_unit_test(what_is_not_done_is_refused),
		cmocka_unit_test(phases_follow_one_another),
		cmocka_unit_test(powers_are_given_up_in_order),
		cmocka_unit_test(verity_is_below_the_mount),
		cmocka_unit_test(outer_layers_come_first),
		cmocka_unit_test(nothing_that_is_not_asked_for),
		cmocka_unit_test(a_network_of_its_own_is_entered_first),
		cmocka_unit_test(logs_alone_need_a_dev),
		cmocka_unit_test(assembling_makes_mounts_alone),
		cmocka_unit_test(a_range_must_be_usable),
		cmocka_unit_test(a_line_for_each_step),
		cmocka_unit_test(an_object_for_each_step),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
