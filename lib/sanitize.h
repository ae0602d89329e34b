/*
 * What the address sanitizer has to be told, where it is built in: it keeps
 * notes of what is on the stack, and cannot know of frames that are left
 * without a return.
 */
#ifndef JAIL_SANITIZE_H
#define JAIL_SANITIZE_H

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

/* The frames that were in this memory are gone; it is ordinary memory. */
static inline void sanitize_forget_frames(const void *memory, size_t length)
{
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(memory, length);
#else
	(void)memory;
	(void)length;
#endif
}

#endif
