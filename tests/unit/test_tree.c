/* The tree that becomes the image: pack/tree.h. */
/* links: pack/tree.o */
#include "pack/tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state)
{
	struct tree *tree;

	if (tree_new(&tree, NULL) < 0)
		return -1;
	*state = tree;
	return 0;
}

static int tear_down(void **state)
{
	tree_free(*state);
	return 0;
}

static struct node *add(struct tree *tree, const char *path, mode_t mode)
{
	struct node *node;

	if (tree_add(tree, path, mode, &node, NULL) != 0)
		fail_msg("cannot add %s", path);
	return node;
}

static struct node *add_link(struct tree *tree, const char *path,
			     const char *target)
{
	struct node *node = add(tree, path, S_IFLNK | 0777);

	node->target = strdup(target);
	return node;
}

static void test_children_are_sorted(void **state)
{
	/* strcmp order is that of bytes, and a prefix comes first. */
	static const char *const names[] = { "/b",  "/a.b", "/a",	"/A",
					     "/ab", "/~",   "/\xc3\xa4" };
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add(tree, names[i], S_IFREG | 0644);
	assert_int_equal(tree->root->child_count, ARRAY_SIZE(names));
	assert_int_equal(tree->node_count, 1 + ARRAY_SIZE(names));
	for (size_t i = 1; i < tree->root->child_count; i++)
		assert_true(strcmp(tree->root->children[i - 1]->name,
				   tree->root->children[i]->name) < 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct node *node = tree_find(tree, names[i]);

		assert_non_null(node);
		assert_string_equal(node->name, names[i] + 1);
	}
}

static void test_find(void **state)
{
	struct tree *tree = *state;
	struct node *file;

	add(tree, "/etc", S_IFDIR | 0755);
	file = add(tree, "/etc/passwd", S_IFREG | 0644);
	assert_ptr_equal(tree_find(tree, "/"), tree->root);
	assert_ptr_equal(tree_find(tree, "/etc/passwd"), file);
	assert_null(tree_find(tree, "/etc/pass"));
	assert_null(tree_find(tree, "/etc/passwd2"));
	assert_null(tree_find(tree, "/etc/passwd/x"));
	assert_null(tree_find(tree, "/usr/passwd"));
}

static void test_add_refuses(void **state)
{
	struct tree *tree = *state;
	struct node *node = NULL, *file;

	file = add(tree, "/f", S_IFREG | 0644);
	assert_int_equal(tree_add(tree, "/no/x", S_IFREG, &node, NULL),
			 -ENOENT);
	assert_int_equal(tree_add(tree, "/f/x", S_IFREG, &node, NULL),
			 -ENOTDIR);
	assert_null(node);
	assert_int_equal(tree_add(tree, "/f", S_IFDIR, &node, NULL), -EEXIST);
	assert_ptr_equal(node, file);
	assert_int_equal(tree_add(tree, "/", S_IFDIR, &node, NULL), -EEXIST);
	assert_ptr_equal(node, tree->root);
	assert_int_equal(tree->node_count, 2);
}

static void test_resolve(void **state)
{
	struct tree *tree = *state;
	struct node *library;

	add(tree, "/usr", S_IFDIR | 0755);
	add(tree, "/usr/lib", S_IFDIR | 0755);
	library = add(tree, "/usr/lib/libx.so.1.2", S_IFREG | 0644);
	add_link(tree, "/lib", "usr/lib");
	add_link(tree, "/usr/lib/libx.so.1", "libx.so.1.2");
	add_link(tree, "/lib64", "/usr/./lib/../lib/");
	add_link(tree, "/up", "../../usr");
	assert_ptr_equal(tree_resolve(tree, "/lib/libx.so.1"), library);
	assert_ptr_equal(tree_resolve(tree, "/lib64/libx.so.1"), library);
	assert_ptr_equal(tree_resolve(tree, "/up/lib/libx.so.1.2"), library);
	assert_ptr_equal(tree_resolve(tree, "/lib/../lib/libx.so.1"), library);
	assert_ptr_equal(tree_resolve(tree, "/.."), tree->root);
	assert_null(tree_resolve(tree, "/lib/liby"));
	assert_null(tree_resolve(tree, "/lib/libx.so.1/x"));
}

static void test_resolve_loops_end(void **state)
{
	struct tree *tree = *state;

	add_link(tree, "/a", "b");
	add_link(tree, "/b", "/a");
	add_link(tree, "/self", "self");
	add_link(tree, "/nowhere", "missing");
	assert_null(tree_resolve(tree, "/a"));
	assert_null(tree_resolve(tree, "/self"));
	assert_null(tree_resolve(tree, "/self/x"));
	assert_null(tree_resolve(tree, "/nowhere"));
}

static void test_path(void **state)
{
	struct tree *tree = *state;
	CLEANUP_FREE char *root = node_path(tree->root);
	CLEANUP_FREE char *deep = NULL;

	add(tree, "/a", S_IFDIR | 0755);
	add(tree, "/a/b", S_IFDIR | 0755);
	deep = node_path(add(tree, "/a/b/c", S_IFREG | 0644));
	assert_string_equal(root, "/");
	assert_string_equal(deep, "/a/b/c");
}

static void test_reason(void **state)
{
	struct tree *tree = *state;
	struct node *program = add(tree, "/p", S_IFREG | 0755);
	struct node *library = add(tree, "/l", S_IFREG | 0644);

	assert_int_equal(node_reason(program, NULL, NULL, "run %s", "/p"), 0);
	assert_int_equal(node_reason(library, program, NULL, "needed by /p"),
			 0);
	assert_string_equal(program->reason, "run /p");
	assert_ptr_equal(library->because, program);
	assert_int_equal(node_reason(library, NULL, NULL, "copy /l"), 0);
	assert_string_equal(library->reason, "copy /l");
	assert_null(library->because);
	assert_int_equal(node_reason(library, NULL, NULL, "%s", "a\nb\033\177"),
			 0);
	assert_string_equal(library->reason, "a?b??");
}

static void test_empty(void **state)
{
	struct tree *tree = *state;
	struct node *node = add_link(tree, "/x", "target");

	node->package = 3;
	assert_int_equal(node_reason(node, NULL, NULL, "a link"), 0);
	node_empty(node);
	assert_null(node->target);
	assert_int_equal(node->package, TREE_NO_PACKAGE);
	assert_string_equal(node->reason, "a link");
	assert_ptr_equal(tree_find(tree, "/x"), node);
}

static void test_packages(void **state)
{
	struct tree *tree = *state;
	char a[] = "a", one[] = "1", two[] = "2", amd64[] = "amd64",
	     sid[] = "sid";
	struct tree_package package = { a, one, amd64, NULL };
	size_t first, second, again, of_sid;

	assert_int_equal(tree_package(tree, &package, &first, NULL), 0);
	package.version = two;
	assert_int_equal(tree_package(tree, &package, &second, NULL), 0);
	package.version = one;
	assert_int_equal(tree_package(tree, &package, &again, NULL), 0);
	package.suite = sid;
	assert_int_equal(tree_package(tree, &package, &of_sid, NULL), 0);
	assert_int_equal(first, again);
	assert_int_not_equal(first, second);
	assert_int_not_equal(first, of_sid);
	assert_int_equal(tree->package_count, 3);
}

struct visits {
	char text[64];
	const char *stop;
};

static int visit(struct node *node, void *context)
{
	struct visits *visits = context;
	size_t length = strlen(visits->text);

	(void)snprintf(visits->text + length, sizeof(visits->text) - length,
		       "%s,", node->name);
	return visits->stop && strcmp(node->name, visits->stop) == 0 ? 7 : 0;
}

static void test_walk(void **state)
{
	struct tree *tree = *state;
	struct visits all = { .stop = NULL }, some = { .stop = "b" };

	add(tree, "/c", S_IFREG | 0644);
	add(tree, "/a", S_IFDIR | 0755);
	add(tree, "/a/b", S_IFREG | 0644);
	assert_int_equal(tree_walk(tree, visit, &all), 0);
	assert_string_equal(all.text, ",a,b,c,");
	assert_int_equal(tree_walk(tree, visit, &some), 7);
	assert_string_equal(some.text, ",a,b,");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_children_are_sorted),
		TEST(test_find),
		TEST(test_add_refuses),
		TEST(test_resolve),
		TEST(test_resolve_loops_end),
		TEST(test_path),
		TEST(test_reason),
		TEST(test_empty),
		TEST(test_packages),
		TEST(test_walk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
