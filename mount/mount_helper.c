#include "mount/mount_helper.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>

bool mount_helper_is_called(const char *program)
{
	return program && strcmp(path_name(program), "mount.jail") == 0;
}

/* mount(8) keeps these to itself, or they are how an image is mounted. */
static bool is_harmless(const char *option, size_t length)
{
	static const char *const known[] = {
		"ro",	    "nosuid",	"nodev",   "auto",  "noauto",  "user",
		"nouser",   "users",	"owner",   "group", "_netdev", "nofail",
		"defaults", "relatime", "noatime", "loop",  "async",
	};

	/* "x-systemd.automount", "comment=..." */
	if (length == 0 || strncmp(option, "x-", 2) == 0 ||
	    strncmp(option, "X-", 2) == 0 ||
	    strncmp(option, "comment=", 8) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i]) == length &&
		    memcmp(known[i], option, length) == 0)
			return true;
	return false;
}

static int check_options(const char *text, bool sloppy, struct diag *diag)
{
	while (text && *text) {
		size_t length = strcspn(text, ",");

		/* What mount(8) says where nobody has said "ro". */
		if (!is_harmless(text, length) && !sloppy &&
		    !(length == 2 && memcmp(text, "rw", 2) == 0)) {
			(void)diag_set(diag, -EINVAL,
				       "the mount option %.*s means nothing to "
				       "a jail",
				       (int)length, text);
			diag_hint(diag, "its image is read-only, and its "
					"layers are the image's to say");
			return -EINVAL;
		}
		text += length + (text[length] == ',');
	}
	return 0;
}

/* What is given by letters. */
struct letters {
	const char *options;
	bool sloppy, fake;
};

/* One argument of letters; how many more it takes, or -EINVAL. */
static int take_letters(const char *word, const char *next,
			struct letters *letters, struct diag *diag)
{
	for (const char *letter = word + 1; *letter; letter++) {
		switch (*letter) {
		case 's':
			letters->sloppy = true;
			break;
		case 'f':
			letters->fake = true;
			break;
		case 'n':
		case 'v':
		case 'r':
		case 'w':
			break;
		case 'o':
		case 't':
		case 'N':
			if (letter[1] || !next)
				return diag_set(diag, -EINVAL,
						"-%c needs a value", *letter);
			if (*letter == 'o')
				letters->options = next;
			if (*letter == 'N')
				return diag_set(diag, -EINVAL,
						"-N is not known here");
			return 1;
		default:
			return diag_set(diag, -EINVAL, "unknown option -%c",
					*letter);
		}
	}
	return 0;
}

int mount_helper_parse(int argc, char *const *argv, struct options *options,
		       struct diag *diag)
{
	struct letters letters = { 0 };
	int r;

	*options = OPTIONS_INIT;
	options->action = ACTION_ASSEMBLE;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1]) {
			r = take_letters(argv[i], argv[i + 1], &letters, diag);
			if (r < 0)
				return r;
			i += r;
		} else if (!options->object) {
			options->object = argv[i];
		} else if (!options->directory) {
			options->directory = argv[i];
		} else {
			return diag_set(diag, -EINVAL, "unexpected argument %s",
					argv[i]);
		}
	}
	if (!options->directory)
		return diag_set(diag, -EINVAL,
				"usage: mount.jail IMAGE DIRECTORY "
				"[-sfnv] [-o OPTIONS]");
	options->dry_run = letters.fake;
	return check_options(letters.options, letters.sloppy, diag);
}
