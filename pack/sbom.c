#include "pack/sbom.h"

#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/sha256.h"
#include "pack/question.h"

#include <sys/stat.h>
#include <time.h>

#define SCHEMA "http://cyclonedx.org/schema/bom-1.5.schema.json"

/* A regular file whose package is `package`, or none. */
static bool is_of(const struct bill_file *file, size_t package)
{
	return S_ISREG(file->mode) && file->package == package;
}

/* A name in a document that has to be UTF-8, behind what tells it from names
 * of another kind. Two names stay different: see lib/printable.h. */
static json_t *shown(const char *kind, const char *name)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_puts(&text, kind);
	printable_puts(&text, name);
	return buf_check(&text) < 0 ? NULL : json_string(text.data);
}

json_t *sbom_file_reference(const struct bill_file *file)
{
	return shown("file:", file->path);
}

json_t *sbom_package_reference(const struct bill_package *package)
{
	CLEANUP_BUF struct buf purl = BUF_INIT;

	sbom_purl(&purl, package);
	return buf_check(&purl) < 0 ? NULL : json_string(purl.data);
}

static json_t *sha256_json(const uint8_t digest[SHA256_SIZE])
{
	char text[2 * SHA256_SIZE + 1];

	sha256_format(digest, text);
	return json_pack("[{s:s,s:s}]", "alg", "SHA-256", "content", text);
}

static json_t *file_json(const struct bill_file *file)
{
	return json_pack("{s:s,s:o,s:o,s:o}", "type", "file", "bom-ref",
			 sbom_file_reference(file), "name",
			 shown("", file->path), "hashes",
			 sha256_json(file->digest));
}

/* Append every file of `package`. */
static int add_files(json_t *list, const struct bill *bill, size_t package)
{
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < bill->file_count; i++) {
		if (is_of(&bill->files[i], package))
			r = json_array_append_new(list,
						  file_json(&bill->files[i]));
	}
	return r;
}

static json_t *package_json(const struct bill *bill, size_t index)
{
	const struct bill_package *package = &bill->packages[index];
	json_t *files = json_array();
	json_t *object;

	if (add_files(files, bill, index) < 0) {
		json_decref(files);
		return NULL;
	}
	object =
		json_pack("{s:s,s:o,s:o,s:o,s:o}", "type", "library", "bom-ref",
			  sbom_package_reference(package), "name",
			  shown("", package->name), "purl",
			  sbom_package_reference(package), "components", files);
	/* A version that is not known is left out. */
	if (object && *package->version &&
	    json_object_set_new(object, "version",
				shown("", package->version)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *components_json(const struct bill *bill)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < bill->package_count; i++)
		r = json_array_append_new(list, package_json(bill, i));
	if (r == 0)
		r = add_files(list, bill, BILL_NO_PACKAGE);
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *metadata_json(const struct subject *subject,
			     const struct config *config, const uint32_t *time)
{
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1], date[32];
	json_t *object, *image;
	struct tm utc;
	time_t seconds;

	root_hash_format(subject->layout.root_hash, root_hash);
	image = json_pack("{s:s,s:s,s:s,s:s,s:[{s:s,s:s}]}", "type",
			  "container", "bom-ref", SBOM_IMAGE, "name",
			  config->name, "version",
			  config->version ? config->version : "", "properties",
			  "name", "jailpack:root_hash", "value", root_hash);
	object = json_pack("{s:{s:[{s:s,s:s,s:s}]},s:o}", "tools", "components",
			   "type", "application", "name", "jailpack", "version",
			   JAIL_VERSION, "component", image);
	if (!object || !time)
		return object;
	seconds = (time_t)*time;
	if (!gmtime_r(&seconds, &utc) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc) ||
	    json_object_set_new(object, "timestamp", json_string(date)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

int sbom_answer(const struct subject *subject, const uint32_t *time,
		struct buf *text, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	CLEANUP_BILL struct bill bill = BILL_INIT;
	char serial[SBOM_SERIAL_SIZE];
	json_t *object;
	int r = subject_config(subject, &config, diag);

	if (r == 0)
		r = subject_bill(subject, &bill, diag);
	if (r < 0)
		return r;
	sbom_serial(subject->layout.root_hash, serial);
	object = json_pack("{s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:o}", "$schema",
			   SCHEMA, "bomFormat", "CycloneDX", "specVersion",
			   "1.5", "serialNumber", serial, "version", 1,
			   "metadata", metadata_json(subject, &config, time),
			   "components", components_json(&bill), "dependencies",
			   sbom_dependencies(&bill));
	return json_answer(object, text, diag);
}
