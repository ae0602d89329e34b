# Builds jailpack and jailmount. `make help` tells the rest.
#
#   BUILD=dir   where everything that is built goes (default: build)
#   SAN=1       address and undefined behaviour sanitizers
#   DEV=1       warnings are errors, no optimization
#   CC=clang

BUILD  ?= build
PREFIX ?= /usr/local
VERSION := 0.1.0

PKG_CONFIG ?= pkg-config
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wimplicit-fallthrough \
	-Wdate-time
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection
CPPFLAGS_ALL := -I. -D_GNU_SOURCE -DJAIL_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = -std=gnu17 -g $(OPTIMIZE) $(WARNINGS) $(HARDENING) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
OPTIMIZE := -O2 -D_FORTIFY_SOURCE=2

ifeq ($(DEV),1)
OPTIMIZE := -Og
WARNINGS += -Werror
endif
ifeq ($(SAN),1)
OPTIMIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
LDFLAGS_ALL += -fsanitize=address,undefined
endif

lib_sources   := $(wildcard lib/*.c)
pack_sources  := $(wildcard pack/*.c)
mount_sources := $(wildcard mount/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

# What each tool links. lib/ needs jansson and libcrypto alone.
lib_packages   := jansson libcrypto
pack_packages  := $(lib_packages) libsquashfs1 libelf libarchive
mount_packages := $(lib_packages) libseccomp
libraries = $(shell $(PKG_CONFIG) --libs $(1)) -pthread

all: $(BUILD)/jailpack $(BUILD)/jailmount

$(BUILD)/libjail.a: $(call objects,$(lib_sources))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/jailpack: $(call objects,$(pack_sources)) $(BUILD)/libjail.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(call libraries,$(pack_packages))

$(BUILD)/jailmount: $(call objects,$(mount_sources)) $(BUILD)/libjail.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(call libraries,$(mount_packages))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -pthread -MMD -MP -c -o $@ $<

clean:
	rm -rf $(BUILD)

.PHONY: all clean
-include $(patsubst %.o,%.d,$(call objects,$(lib_sources) $(pack_sources) $(mount_sources)))
