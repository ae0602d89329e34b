#include "pack/seal.h"

#include "lib/bill.h"
#include "lib/fdio.h"
#include "pack/tree_bill.h"

static void enter(const struct seal_options *options, const char *phase)
{
	if (options->phase)
		options->phase(options->context, phase);
}

static int sign(const struct signer *signer, int fd,
		struct image_layout *layout, struct diag *diag)
{
	CLEANUP_BUF struct buf der = BUF_INIT;
	int r = signer_sign(signer, layout->root_hash, &der, diag);

	return r < 0 ? r : image_write_signature(fd, layout, &der, diag);
}

static int write_image(const struct tree *tree, const struct config *config,
		       const struct seal_options *options, int fd,
		       struct image_layout *ret_layout, struct diag *diag)
{
	CLEANUP_IMAGE_WRITER struct image_writer image = { 0 };
	struct bill_writer bill = { .write = image_write_bill,
				    .context = &image };
	CLEANUP_BUF struct buf contract = BUF_INIT;
	uint64_t squashfs_length;
	int r;

	/* First what fails quickly. */
	r = config_write(config, &contract, diag);
	if (r == 0)
		r = squash_write(tree, &options->squash, fd, &squashfs_length,
				 diag);
	enter(options, "hashing");
	if (r == 0)
		r = image_write_begin(&image, fd, squashfs_length, &contract,
				      diag);
	if (r == 0)
		r = tree_bill_write(tree, true, &bill, diag);
	if (r == 0)
		r = image_write_finish(&image, options->squash.threads,
				       ret_layout, diag);
	if (r == 0 && options->signer)
		r = sign(options->signer, fd, ret_layout, diag);
	return r;
}

int seal_image(const struct tree *tree, const struct config *config,
	       const struct seal_options *options,
	       struct image_layout *ret_layout, struct diag *diag)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	struct image_layout layout;
	int r = output_begin(&output, options->path, diag);

	if (r < 0)
		return r;
	r = write_image(tree, config, options, output.fd, &layout, diag);
	if (r < 0)
		return diag_wrap(diag, r, "cannot make %s", options->path);
	enter(options, "flushing to disk");
	r = output_commit(&output, 0666, diag);
	if (r == 0)
		*ret_layout = layout;
	return r;
}
