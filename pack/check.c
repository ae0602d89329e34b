#include "pack/check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->list[i].path);
		free(findings->list[i].text);
	}
	free(findings->list);
	*findings = FINDINGS_INIT;
}

int findings_add(struct findings *findings, const struct check *check,
		 const char *path, const char *text)
{
	struct finding finding = { .check = check, .text = strdup(text) };

	if (path)
		finding.path = strdup(path);
	if (!finding.text || (path && !finding.path) ||
	    array_grow(&findings->list, findings->count,
		       sizeof(*findings->list)) < 0) {
		free(finding.text);
		free(finding.path);
		return -ENOMEM;
	}
	findings->list[findings->count++] = finding;
	return 0;
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int order;

	if (x->check->points != y->check->points)
		return x->check->points > y->check->points ? -1 : 1;
	order = strcmp(x->check->id, y->check->id);
	if (order == 0 && x->path && y->path)
		order = bill_compare_paths(x->path, y->path);
	return order ? order : strcmp(x->text, y->text);
}

void findings_rate(struct findings *findings)
{
	uint64_t more = 0; /* of the same check, so far */

	if (findings->count)
		qsort(findings->list, findings->count, sizeof(*findings->list),
		      compare_findings);
	findings->score = 0;
	for (size_t i = 0; i < findings->count; i++) {
		const struct check *check = findings->list[i].check;

		if (i == 0 || findings->list[i - 1].check != check) {
			findings->score += check->points;
			more = 0;
		} else if (more++ < check->points) {
			findings->score++;
		}
	}
}

/* --- Running the checks --- */

/* A library that may turn out not to be needed. */
struct candidate {
	const struct bill_file *file;
	char *soname;
};

struct run {
	const struct check_subject *subject;
	struct findings findings;
	struct candidate *libraries;
	size_t library_count;
	char **needed; /* NULL-terminated, may hold a name twice */
	size_t needed_count;
	struct diag *diag;
};

static void run_done(struct run *run)
{
	findings_done(&run->findings);
	for (size_t i = 0; i < run->library_count; i++)
		free(run->libraries[i].soname);
	free(run->libraries);
	for (size_t i = 0; i < run->needed_count; i++)
		free(run->needed[i]);
	free(run->needed);
}

static int add(struct run *run, const struct check *check,
	       const struct bill_file *file)
{
	return findings_add(&run->findings, check, file->path, check->text);
}

static int add_needed(struct run *run, char *const *names)
{
	for (; names && *names; names++) {
		char *copy = strdup(*names);

		if (!copy || array_grow(&run->needed, run->needed_count,
					sizeof(*run->needed)) < 0) {
			free(copy);
			return -ENOMEM;
		}
		run->needed[run->needed_count++] = copy;
	}
	return 0;
}

/* What it needs, and whether it is a library itself. */
static int note_object(struct run *run, const struct bill_file *file,
		       struct elf *elf)
{
	int r = add_needed(run, elf->needed);

	for (size_t i = 0; r == 0 && i < elf->dlopen_count; i++)
		r = add_needed(run, elf->dlopens[i].sonames);
	/* What another file asked for is needed, a program is no library. */
	if (r < 0 || !elf->soname || elf->interpreter || file->because)
		return r;
	if (array_grow(&run->libraries, run->library_count,
		       sizeof(*run->libraries)) < 0)
		return -ENOMEM;
	run->libraries[run->library_count++] =
		(struct candidate){ .file = file,
				    .soname = steal_ptr(&elf->soname) };
	return 0;
}

static int check_object(struct run *run, const struct bill_file *file,
			const struct buf *content)
{
	CLEANUP_DIAG struct diag damage = DIAG_INIT;
	CLEANUP_ELF struct elf elf = ELF_INIT;
	int r = elf_parse(content->data, content->length, check_symbols, &elf,
			  &damage);

	/* What nobody can load is no finding of ours. */
	if (r == -EBADMSG || r == -EFBIG)
		return 0;
	for (const struct check *check = checks_of_content; r == 0 && check->id;
	     check++) {
		if (check->object && check->object(file, &elf))
			r = add(run, check, file);
	}
	return r < 0 ? r : note_object(run, file, &elf);
}

static int check_content(struct run *run, const struct bill_file *file,
			 struct buf *content)
{
	struct elf_identity identity;
	int r;

	buf_reset(content);
	r = run->subject->content(run->subject->context, file->path, content,
				  run->diag);
	if (r == 0 && buf_check(content) < 0)
		r = -ENOMEM;
	if (r < 0 || content->length == 0)
		return r;
	if (elf_identify(content->data, content->length, &identity))
		return check_object(run, file, content);
	for (const struct check *check = checks_of_content; r == 0 && check->id;
	     check++) {
		if (check->content && check->content(file, content))
			r = add(run, check, file);
	}
	return r;
}

static int check_files(struct run *run)
{
	CLEANUP_BUF struct buf content = BUF_INIT;
	const struct bill *bill = run->subject->bill;
	int r = 0;

	for (size_t i = 0; r == 0 && i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];

		for (const struct check *check = checks_of_files;
		     r == 0 && check->id; check++) {
			if (check->file(run->subject, file))
				r = add(run, check, file);
		}
		if (r == 0 && S_ISREG(file->mode) &&
		    file->size <= CHECK_CONTENT_MAX)
			r = check_content(run, file, &content);
	}
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_libraries(struct run *run)
{
	int r = 0;

	if (run->needed_count)
		qsort(run->needed, run->needed_count, sizeof(*run->needed),
		      compare_names);
	for (size_t i = 0; r == 0 && i < run->library_count; i++) {
		const struct candidate *library = &run->libraries[i];

		if (!run->needed_count ||
		    !bsearch(&library->soname, run->needed, run->needed_count,
			     sizeof(*run->needed), compare_names))
			r = add(run, &check_unused_library, library->file);
	}
	return r;
}

static int check_contract(struct run *run)
{
	int r = 0;

	for (const struct check *check = checks_of_contract;
	     r == 0 && check->id; check++)
		r = check->contract(check, run->subject->config,
				    &run->findings);
	return r;
}

int check_run(const struct check_subject *subject,
	      struct findings *ret_findings, struct diag *diag)
{
	CLEANUP(run_done)
	struct run run = { .subject = subject, .diag = diag };
	int r = check_files(&run);

	if (r == 0)
		r = check_libraries(&run);
	if (r == 0)
		r = check_contract(&run);
	if (r == -ENOMEM)
		return diag_oom(diag);
	if (r < 0)
		return r;
	findings_rate(&run.findings);
	*ret_findings = run.findings;
	run.findings = FINDINGS_INIT;
	return 0;
}
