#include "pack/block_store.h"

#include "lib/fdio.h"
#include "lib/le.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>

enum {
	/* An entry of the index, little-endian. */
	ENTRY_OFFSET_AT = 0,
	ENTRY_LENGTH_AT = 8,
	ENTRY_DIGEST_AT = 12,
	ENTRY_SIZE = BLOCK_STORE_ENTRY_SIZE,

	/* Of the bound, what the index may take: 150 bytes a block are one in
	 * sixteen where blocks are as small as they can be, 4 KiB. */
	INDEX_SHARE = 16,
	INDEX_ALIGN = 64 << 10,
	LOCK_FILE_BYTES = 64 << 10,

	READERS_MAX = 512, /* threads of all processes */
};

_Static_assert(ENTRY_DIGEST_AT + SHA256_SIZE == (int)ENTRY_SIZE, "entry");

struct block_store {
	MDB_env *index;
	MDB_dbi table;
	int blocks;
	uint64_t blocks_bound;
};

struct place {
	uint64_t offset;
	uint32_t length;
	uint8_t digest[SHA256_SIZE];
};

/* What LMDB returns: an errno, or a negative code of its own. */
static int index_error(struct diag *diag, int error, const char *doing)
{
	/* Full, or made larger by a process with another bound. */
	if (error == MDB_MAP_FULL || error == MDB_MAP_RESIZED)
		return -EFBIG;
	return diag_set(diag, error > 0 ? -error : -EBADMSG, "%s: %s", doing,
			mdb_strerror(error));
}

/* --- Opening --- */

static uint64_t index_bound(uint64_t bound)
{
	return bound / INDEX_SHARE / INDEX_ALIGN * INDEX_ALIGN;
}

static int open_index(struct block_store *store, const char *path,
		      uint64_t bound, struct diag *diag)
{
	CLEANUP_FREE char *file = NULL;
	MDB_txn *transaction;
	int r, dead;

	if (asprintf(&file, "%s/index", path) < 0)
		return diag_oom(diag);
	r = mdb_env_create(&store->index);
	if (r)
		return index_error(diag, r, "cannot begin the index");
	r = mdb_env_set_mapsize(store->index, index_bound(bound));
	if (r == 0)
		r = mdb_env_set_maxreaders(store->index, READERS_MAX);
	/* Without the flush of the page that says which tree counts: a power
	 * failure may lose the last transaction, and nothing else. */
	if (r == 0)
		r = mdb_env_open(store->index, file,
				 MDB_NOSUBDIR | MDB_NOMETASYNC, 0600);
	if (r == 0)
		r = mdb_txn_begin(store->index, NULL, MDB_RDONLY, &transaction);
	if (r == 0) {
		r = mdb_dbi_open(transaction, NULL, 0, &store->table);
		if (r == 0)
			r = mdb_txn_commit(transaction);
		else
			mdb_txn_abort(transaction);
	}
	/* The slots of readers that were killed. */
	if (r == 0)
		r = mdb_reader_check(store->index, &dead);
	return r ? index_error(diag, r, "cannot open the index") : 0;
}

static int open_blocks(struct block_store *store, const char *path,
		       struct diag *diag)
{
	CLEANUP_FREE char *file = NULL;

	if (asprintf(&file, "%s/blocks", path) < 0)
		return diag_oom(diag);
	store->blocks =
		open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return store->blocks < 0
		       ? diag_errno(diag, -errno, "cannot open %s", file)
		       : 0;
}

int block_store_open(const char *path, uint64_t bound,
		     struct block_store **ret_store, struct diag *diag)
{
	struct block_store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return diag_oom(diag);
	store->blocks = -1;
	store->blocks_bound = bound - index_bound(bound) - LOCK_FILE_BYTES;
	r = open_blocks(store, path, diag);
	if (r == 0)
		r = open_index(store, path, bound, diag);
	if (r < 0) {
		block_store_close(store);
		return diag_wrap(diag, r, "%s", path);
	}
	*ret_store = store;
	return 0;
}

void block_store_close(struct block_store *store)
{
	if (!store)
		return;
	if (store->index)
		mdb_env_close(store->index);
	close_fd(&store->blocks);
	free(store);
}

/* --- Entries --- */

static MDB_val key_value(const uint8_t key[SHA256_SIZE])
{
	/* LMDB's structure serves both ways; it does not write to keys. */
	union {
		const uint8_t *read;
		void *written;
	} pointer = { .read = key };

	return (MDB_val){ SHA256_SIZE, pointer.written };
}

static void digest_entry(const uint8_t key[SHA256_SIZE], const void *bytes,
			 size_t length, uint8_t ret_digest[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, key, SHA256_SIZE);
	sha256_update(&hash, bytes, length);
	sha256_final(&hash, ret_digest);
}

static void write_place(const struct place *place, uint8_t entry[ENTRY_SIZE])
{
	le64_put(entry + ENTRY_OFFSET_AT, place->offset);
	le32_put(entry + ENTRY_LENGTH_AT, place->length);
	memcpy(entry + ENTRY_DIGEST_AT, place->digest, SHA256_SIZE);
}

static void read_place(const uint8_t *entry, struct place *ret_place)
{
	ret_place->offset = le64_get(entry + ENTRY_OFFSET_AT);
	ret_place->length = le32_get(entry + ENTRY_LENGTH_AT);
	memcpy(ret_place->digest, entry + ENTRY_DIGEST_AT, SHA256_SIZE);
}

static int find(const struct block_store *store, const uint8_t key[SHA256_SIZE],
		struct place *ret_place)
{
	MDB_val name = key_value(key), entry;
	MDB_txn *transaction;
	int r = mdb_txn_begin(store->index, NULL, MDB_RDONLY, &transaction);

	/* More threads than the index has readers: not known to this one. */
	if (r)
		return -ENOENT;
	r = mdb_get(transaction, store->table, &name, &entry);
	if (r == 0 && entry.mv_size == ENTRY_SIZE)
		read_place(entry.mv_data, ret_place);
	else
		r = r == MDB_NOTFOUND ? -ENOENT : -EBADMSG;
	mdb_txn_abort(transaction);
	return r;
}

/* A generation that was evicted has lost its bytes: nobody's fault. */
static bool is_evicted(const struct block_store *store)
{
	struct stat status;

	return fstat(store->blocks, &status) == 0 && status.st_nlink == 0;
}

int block_store_get(const struct block_store *store,
		    const uint8_t key[SHA256_SIZE], void *bytes, size_t size,
		    size_t *ret_length)
{
	uint8_t digest[SHA256_SIZE];
	struct place place;
	int r = find(store, key, &place);

	if (r == 0)
		r = place.length > size ? -EBADMSG
					: pread_all(store->blocks, bytes,
						    place.length, place.offset);
	if (r == 0) {
		digest_entry(key, bytes, place.length, digest);
		if (memcmp(digest, place.digest, sizeof(digest)) != 0)
			r = -EBADMSG;
	}
	if (r < 0)
		return r == -ENOENT || is_evicted(store) ? -ENOENT : -EBADMSG;
	*ret_length = place.length;
	return 0;
}

/* --- Storing --- */

struct storing {
	struct block_store *store;
	MDB_txn *transaction;
	const uint8_t *bytes;
	uint64_t end; /* of what is in `blocks` */
};

static int blocks_end(const struct block_store *store, uint64_t *ret_end,
		      struct diag *diag)
{
	struct stat status;

	if (fstat(store->blocks, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at the blocks");
	*ret_end = (uint64_t)status.st_size;
	return 0;
}

static int put_entry(struct storing *storing, const struct block_entry *entry,
		     struct diag *diag)
{
	struct block_store *store = storing->store;
	struct place place = { storing->end, entry->length, { 0 } };
	const uint8_t *bytes = storing->bytes + entry->offset;
	MDB_val name = key_value(entry->key), value;
	uint8_t written[ENTRY_SIZE];
	int r;

	r = mdb_get(storing->transaction, store->table, &name, &value);
	if (r == 0 && !entry->replace)
		return 0;
	if (r && r != MDB_NOTFOUND)
		return index_error(diag, r, "cannot search the index");
	if (entry->length > store->blocks_bound ||
	    storing->end > store->blocks_bound - entry->length)
		return -EFBIG;
	r = pwrite_all(store->blocks, bytes, entry->length, storing->end);
	if (r < 0)
		return diag_errno(diag, r, "cannot write the blocks");
	storing->end += entry->length;
	digest_entry(entry->key, bytes, entry->length, place.digest);
	write_place(&place, written);
	value = (MDB_val){ sizeof(written), written };
	r = mdb_put(storing->transaction, store->table, &name, &value, 0);
	return r ? index_error(diag, r, "cannot write the index") : 0;
}

static int put_entries(struct storing *storing,
		       const struct block_entry *entries, size_t count,
		       struct diag *diag)
{
	int r = mdb_txn_begin(storing->store->index, NULL, 0,
			      &storing->transaction);

	if (r)
		return index_error(diag, r, "cannot change the index");
	for (size_t i = 0; r == 0 && i < count; i++)
		r = put_entry(storing, &entries[i], diag);
	if (r < 0) {
		mdb_txn_abort(storing->transaction);
		return r;
	}
	r = mdb_txn_commit(storing->transaction);
	return r ? index_error(diag, r, "cannot write the index") : 0;
}

int block_store_put(struct block_store *store,
		    const struct block_entry *entries, size_t count,
		    const uint8_t *bytes, struct diag *diag)
{
	struct storing storing = { .store = store, .bytes = bytes };
	uint64_t before = 0;
	int r = blocks_end(store, &before, diag);

	if (r < 0)
		return r;
	storing.end = before;
	r = put_entries(&storing, entries, count, diag);
	/* What nothing points to only takes room. */
	if (r < 0)
		(void)!ftruncate(store->blocks, (off_t)before);
	return r;
}
