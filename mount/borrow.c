#include "mount/borrow.h"

#include "mount/client.h"
#include "mount/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum {
	PATIENCE_SECONDS = 1,
	ASKED_MAX = 4, /* of the jails that seem to run the image */
};

/* In what comes with the answer to "lend". */
enum {
	LENT_IMAGE,
	LENT_LOOP,
	LENT_TAINT,
	LENT_VERITY,		   /* where that is what protects it */
	LENT_SEALED = LENT_VERITY, /* how many there are without */
	LENT_WITH_VERITY,
};

/* What the image claims to be: only then is it worth asking. */
static int read_claim(const char *path,
		      char ret_hash[2 * HASHTREE_DIGEST_SIZE + 1])
{
	CLEANUP_CLOSE int file =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct image_layout layout;
	int r = file < 0 ? -errno : image_read_layout(file, &layout, NULL);

	if (r == 0)
		root_hash_format(layout.root_hash, ret_hash);
	return r;
}

static int accept_loan(const char *path, const struct verify_options *options,
		       struct client_answer *answer,
		       struct verified_image *ret_image,
		       struct superblock_loan *ret_loan)
{
	int *lent = answer->descriptors;
	bool verity = answer->descriptor_count == LENT_WITH_VERITY;
	int r;

	/* Over which file that device is does not matter. */
	if (!verity && (answer->descriptor_count != LENT_SEALED ||
			!loop_is_over(lent[LENT_LOOP], lent[LENT_IMAGE])))
		return -EBADMSG;
	if (options->verity == (verity ? VERITY_NEVER : VERITY_ALWAYS))
		return -EPERM;
	r = verity ? verify_lent_verity(path,
					&(struct verity_loan){
						.loop = lent[LENT_LOOP],
						.verity = lent[LENT_VERITY] },
					options, ret_image)
		   : verify_lent(path, lent[LENT_IMAGE], options, ret_image);
	if (r < 0)
		return r;
	if (verity)
		ret_loan->verity = steal_fd(&lent[LENT_VERITY]);
	ret_loan->loop = steal_fd(&lent[LENT_LOOP]);
	ret_loan->taint = steal_fd(&lent[LENT_TAINT]);
	return 0;
}

static int ask(const char *jail, const char *path, const char *hash,
	       const struct verify_options *options,
	       struct verified_image *ret_image,
	       struct superblock_loan *ret_loan)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	int r = client_request_json(
		jail,
		json_pack("{s:s,s:s}", "command", "lend", "root_hash", hash),
		PATIENCE_SECONDS, &answer, NULL);

	return r < 0 ? r
		     : accept_loan(path, options, &answer, ret_image, ret_loan);
}

bool borrow_image(const char *path, const struct verify_options *options,
		  struct verified_image *ret_image,
		  struct superblock_loan *ret_loan)
{
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	char **jails = NULL;
	int asked = 0, r = -ENOENT;

	if (read_claim(path, hash) < 0 ||
	    state_list(STATE_DIRECTORY, &jails, NULL) < 0)
		return false;
	/* One that does not answer in time is reason enough to do without. */
	for (char **jail = jails;
	     r < 0 && r != -ETIMEDOUT && *jail && asked < ASKED_MAX; jail++) {
		if (!state_mentions(STATE_DIRECTORY, *jail, hash))
			continue;
		asked++;
		r = ask(*jail, path, hash, options, ret_image, ret_loan);
	}
	strv_free(jails);
	return r == 0;
}
