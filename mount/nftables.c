#include "mount/nftables.h"

#include "lib/shared_library.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <string.h>

#define FUNCTIONS(X)                                                           \
	X(ctx_buffer_error)                                                    \
	X(ctx_free)                                                            \
	X(ctx_get_error_buffer)                                                \
	X(ctx_new)                                                             \
	X(run_cmd_from_buffer)

static const char *const names[] = {
#define NAME(name) "nft_" #name,
	FUNCTIONS(NAME)
#undef NAME
};

struct nftables {
#define MEMBER(name) __typeof__(nft_##name) *(name);
	FUNCTIONS(MEMBER)
#undef MEMBER
};

_Static_assert(sizeof(struct nftables) == ARRAY_SIZE(names) * sizeof(void *),
	       "one pointer for each name");

static int load(struct nftables *ret_library, struct diag *diag)
{
	/* The version of the interface that <nftables/libnftables.h>
	 * describes. */
	static const struct shared_library shared = {
		.sonames = { "libnftables.so.1" },
		.does = "filters packets",
		.package = "libnftables1",
		.names = names,
		.count = ARRAY_SIZE(names),
	};

	return shared_library_load(&shared, ret_library, diag);
}

int nftables_run(const char *rules, struct diag *diag)
{
	struct nftables library = { 0 };
	struct nft_ctx *context;
	const char *words;
	int r = load(&library, diag);

	if (r < 0)
		return r;
	context = library.ctx_new(NFT_CTX_DEFAULT);
	if (!context)
		return diag_oom(diag);
	if (library.ctx_buffer_error(context) != 0) {
		r = diag_oom(diag);
	} else if (library.run_cmd_from_buffer(context, rules) != 0) {
		words = library.ctx_get_error_buffer(context);
		r = diag_set(diag, -EIO, "cannot set the packet filter: %.*s",
			     (int)strcspn(words, "\n"), words);
		diag_hint(diag, "the kernel needs nf_tables with conntrack, "
				"log and reject: CONFIG_NFT_CT, CONFIG_NFT_LOG,"
				" CONFIG_NFT_LIMIT, CONFIG_NFT_REJECT_INET");
	}
	library.ctx_free(context);
	return r;
}
