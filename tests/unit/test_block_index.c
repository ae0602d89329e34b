/* The index of blocks and what is put together by it: lib/block_index.h,
 * pull_assemble() of lib/pull.h. */
#include "lib/block_index.h"
#include "lib/fdio.h"
#include "lib/pull.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { BLOCK = 4096, DATA = 64 * BLOCK };

/* A file with the shape of an image: data, tree, footer. */
struct sample {
	int fd;
	struct image_layout layout;
	struct block_index index;
};

static void fill(uint8_t *data, size_t length, uint64_t seed)
{
	for (size_t i = 0; i < length; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1;
		data[i] = (uint8_t)(seed >> 56);
	}
}

static void write_at(int fd, const void *data, size_t length, uint64_t offset)
{
	assert_int_equal(pwrite_all(fd, data, length, offset), 0);
}

/* `data` of DATA bytes, with its first half in four blocks. */
static void sample_make(struct sample *sample, const uint8_t *data)
{
	struct block_index_range ranges[] = {
		{ 3 * DATA / 8, DATA / 8 }, { 0, DATA / 8 },
		{ 2 * DATA / 8, DATA / 8 }, { 0, DATA / 8 }, /* shared */
		{ DATA / 8, DATA / 8 },
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_FREE uint8_t *tree = NULL;
	uint8_t root[HASHTREE_DIGEST_SIZE];
	uint8_t footer[IMAGE_FOOTER_SIZE];
	struct image_layout *layout = &sample->layout;

	*sample = (struct sample){ .fd = memfd_create("sample", MFD_CLOEXEC) };
	assert_true(sample->fd >= 0);
	write_at(sample->fd, data, DATA, 0);
	layout->squashfs_length = DATA;
	layout->tree_offset = DATA;
	layout->tree_length = hashtree_length(DATA);
	layout->file_length = DATA + layout->tree_length + sizeof(footer);
	assert_int_equal(
		hashtree_compute(sample->fd, DATA, 1, root, &tree, &diag), 0);
	write_at(sample->fd, tree, (size_t)layout->tree_length, DATA);
	memset(footer, root[0], sizeof(footer));
	write_at(sample->fd, footer, sizeof(footer),
		 DATA + layout->tree_length);
	assert_int_equal(block_index_make(sample->fd, layout, ranges,
					  ARRAY_SIZE(ranges), &sample->index,
					  &diag),
			 0);
}

static void sample_done(struct sample *sample)
{
	close_fd(&sample->fd);
	block_index_done(&sample->index);
}

static void test_round_trip(void **state UNUSED)
{
	CLEANUP_BUF struct buf text = BUF_INIT, again = BUF_INIT;
	CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	uint8_t data[DATA];
	struct sample sample;

	fill(data, sizeof(data), 1);
	sample_make(&sample, data);
	assert_int_equal(sample.index.entries[3].offset, 3 * DATA / 8);
	assert_int_equal(block_index_write(&sample.index, &text), 0);
	assert_int_equal(
		block_index_parse(text.data, text.length, &index, &diag), 0);
	assert_int_equal(index.count, sample.index.count);
	assert_int_equal(index.entries[index.count - 1].offset +
				 index.entries[index.count - 1].length,
			 sample.layout.file_length);
	assert_int_equal(block_index_write(&index, &again), 0);
	assert_int_equal(again.length, text.length);
	assert_memory_equal(again.data, text.data, text.length);
	sample_done(&sample);
}

/* Each byte of the header and of the lengths counts. */
static void test_damaged(void **state UNUSED)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	uint8_t data[DATA];
	struct sample sample;

	fill(data, sizeof(data), 1);
	sample_make(&sample, data);
	assert_int_equal(block_index_write(&sample.index, &text), 0);
	for (size_t at = 0; at < text.length; at++) {
		CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		size_t in_entry =
			(at - BLOCK_INDEX_HEADER_SIZE) % BLOCK_INDEX_ENTRY_SIZE;

		if (at >= BLOCK_INDEX_HEADER_SIZE && in_entry >= 4)
			continue; /* a digest may be anything */
		text.data[at] ^= 1;
		assert_int_equal(block_index_parse(text.data, text.length,
						   &index, &diag),
				 -EBADMSG);
		text.data[at] ^= 1;
	}
	for (size_t length = 0; length < text.length; length += 7) {
		CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;

		assert_int_equal(
			block_index_parse(text.data, length, &index, NULL),
			-EBADMSG);
	}
	sample_done(&sample);
}

static void test_overlapping(void **state UNUSED)
{
	struct block_index_range ranges[] = { { 0, 4096 }, { 4095, 10 } };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct block_index index;
	uint8_t data[DATA];
	struct sample sample;

	fill(data, sizeof(data), 1);
	sample_make(&sample, data);
	assert_int_equal(block_index_make(sample.fd, &sample.layout, ranges, 2,
					  &index, &diag),
			 -EBADMSG);
	ranges[1] = (struct block_index_range){ UINT64_MAX - 4, 10 };
	assert_int_equal(block_index_make(sample.fd, &sample.layout, ranges, 2,
					  &index, &diag),
			 -EBADMSG);
	sample_done(&sample);
}

/* --- Putting together ----------------------------------------------------- */

struct remote {
	int fd;
	uint64_t fetched;
	unsigned int requests;
	int error;
};

static int fetch(void *context, int fd, uint64_t offset, uint64_t length,
		 struct diag *diag)
{
	struct remote *remote = context;
	CLEANUP_FREE uint8_t *data = malloc((size_t)length);

	if (remote->error)
		return diag_set(diag, remote->error, "it does not want to");
	assert_non_null(data);
	assert_int_equal(pread_all(remote->fd, data, (size_t)length, offset),
			 0);
	write_at(fd, data, (size_t)length, offset);
	remote->fetched += length;
	remote->requests++;
	return 0;
}

static void same_file(int one, int other, uint64_t length)
{
	for (uint64_t at = 0; at < length; at += BLOCK) {
		size_t size =
			length - at < BLOCK ? (size_t)(length - at) : BLOCK;
		uint8_t a[BLOCK], b[BLOCK];

		assert_int_equal(pread_all(one, a, size, at), 0);
		assert_int_equal(pread_all(other, b, size, at), 0);
		assert_memory_equal(a, b, size);
	}
}

/* `to` out of `from`; what had to be fetched. */
static uint64_t assemble(struct sample *from, struct sample *to,
			 unsigned int *requests)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct pull_base base = { .fd = from->fd, .index = from->index };
	struct remote remote = { .fd = to->fd };
	struct pull_source source = { .fetch = fetch, .context = &remote };
	CLEANUP_CLOSE int fd = memfd_create("assembled", MFD_CLOEXEC);
	uint64_t reused = 0;

	assert_true(fd >= 0);
	if (pull_assemble(&to->index, &base, 1, &source, fd, &reused, &diag) <
	    0)
		fail_msg("%s", diag.text);
	same_file(fd, to->fd, to->layout.file_length);
	assert_true(reused + remote.fetched + to->layout.tree_length >=
		    to->layout.file_length);
	*requests = remote.requests;
	return remote.fetched;
}

static void test_assemble(void **state UNUSED)
{
	uint8_t data[DATA], changed[DATA];
	struct sample old, new;
	unsigned int requests;
	uint64_t fetched;

	fill(data, sizeof(data), 1);
	sample_make(&old, data);
	/* The same again: nothing but nothing. */
	sample_make(&new, data);
	assert_int_equal(assemble(&old, &new, &requests), 0);
	assert_int_equal(requests, 0);
	sample_done(&new);
	/* A block: that one, and the footer. The tree is not fetched. */
	memcpy(changed, data, sizeof(data));
	changed[DATA / 8 + 5] ^= 1;
	sample_make(&new, changed);
	assert_int_equal(assemble(&old, &new, &requests),
			 DATA / 8 + IMAGE_FOOTER_SIZE);
	assert_int_equal(requests, 2);
	sample_done(&new);
	/* What is cut by content is found where it was moved to. */
	memcpy(changed, data, sizeof(data));
	memmove(changed + DATA / 2 + 1, changed + DATA / 2, DATA / 2 - 1);
	sample_make(&new, changed);
	fetched = assemble(&old, &new, &requests);
	assert_in_range(fetched, 1, 3 * 8192);
	sample_done(&new);
	sample_done(&old);
}

/* A base that is not what its index says has nothing to give. */
static void test_false_base(void **state UNUSED)
{
	uint8_t data[DATA];
	struct sample old, new;
	unsigned int requests;

	fill(data, sizeof(data), 1);
	sample_make(&old, data);
	sample_make(&new, data);
	fill(data, sizeof(data), 2);
	write_at(old.fd, data, sizeof(data), 0);
	assert_int_equal(assemble(&old, &new, &requests), DATA);
	sample_done(&new);
	sample_done(&old);
}

static void test_no_parts(void **state UNUSED)
{
	struct remote remote = { .error = -EOPNOTSUPP };
	struct pull_source source = { .fetch = fetch, .context = &remote };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CLOSE int fd = memfd_create("assembled", MFD_CLOEXEC);
	uint64_t reused = 7;
	uint8_t data[DATA];
	struct sample sample;

	fill(data, sizeof(data), 1);
	sample_make(&sample, data);
	assert_int_equal(pull_assemble(&sample.index, NULL, 0, &source, fd,
				       &reused, &diag),
			 -EOPNOTSUPP);
	assert_int_equal(reused, 7);
	sample_done(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_assemble),
		cmocka_unit_test(test_false_base),
		cmocka_unit_test(test_no_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
