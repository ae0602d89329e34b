/*
 * Versions of Debian packages and their order: deb-version(7). Pure.
 */
#ifndef JAIL_DEBIAN_VERSION_H
#define JAIL_DEBIAN_VERSION_H

/*
 * <0 if `a` is older than `b`, 0 if they are the same, >0 if it is newer. Any
 * text is put somewhere; what is no version only promises to be equal to
 * itself.
 */
int debian_version_compare(const char *a, const char *b);

#endif
