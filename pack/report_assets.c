/*
 * The parts of the page that are not C, as they lie beside this file: the
 * assembler includes them, the Makefile says that this file depends on them.
 */
#include "pack/report_internal.h"

#define FILE_OF(path) ".incbin \"" path "\"\n"

/* A string of C made of files. */
#define TEXT_OF(symbol, files)                                                 \
	__asm__(".pushsection .rodata\n"                                       \
		".global " #symbol "\n" #symbol ":\n" files ".byte 0\n"        \
		".popsection\n")

/* clang-format off */
TEXT_OF(report_skeleton, FILE_OF("pack/report.html"));
TEXT_OF(report_style,
	FILE_OF("pack/report_page.css")
	FILE_OF("pack/report_treemap.css")
	FILE_OF("pack/report_tables.css")
	FILE_OF("pack/report_graph.css")
	FILE_OF("pack/report_detail.css")
	FILE_OF("pack/report_media.css"));
TEXT_OF(report_script,
	FILE_OF("pack/report_page.js")
	FILE_OF("pack/report_squarify.js")
	FILE_OF("pack/report_treemap.js")
	FILE_OF("pack/report_reasons.js")
	FILE_OF("pack/report_graph.js")
	FILE_OF("pack/report_table.js"));
/* clang-format on */
