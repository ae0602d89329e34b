/*
 * What a fuzz target defines, in tests/fuzz/fuzz_NAME.c. It is linked with
 * libFuzzer by `make fuzz`, and with replay.c for `make check`, which feeds it
 * every file of tests/fuzz/corpus/NAME.
 */
#ifndef JAIL_FUZZ_H
#define JAIL_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0. Anything that a sanitizer or an assertion stops is a finding. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
