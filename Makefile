# Builds jailpack and jailmount; `make help` lists what else there is.

VERSION := 0.1.0

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
bindir  := $(PREFIX)/bin
sbindir := $(PREFIX)/sbin
mandir  := $(PREFIX)/share/man
# mount(8) looks for its helpers here alone.
helperdir := /sbin
recipedir := $(PREFIX)/share/jailpack/recipes
unitdir := $(PREFIX)/lib/systemd/system

PKG_CONFIG ?= pkg-config
INSTALL    ?= install

# --- Flags -----------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wimplicit-fallthrough \
	-Wdate-time
OPTIMIZE := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection
ifneq (,$(filter x86_64 i686,$(shell uname -m)))
HARDENING += -fcf-protection
endif
SANITIZE :=

ifeq ($(DEV),1)
OPTIMIZE := -Og
WARNINGS += -Werror
endif
# The sanitizers have interceptors of their own for what _FORTIFY_SOURCE wraps.
ifeq ($(SAN),1)
OPTIMIZE := -O1 -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
endif
ifeq ($(FUZZ),1)
OPTIMIZE := -O1 -fno-omit-frame-pointer
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
endif

CPPFLAGS_ALL := -I. -D_GNU_SOURCE -DJAIL_VERSION='"$(VERSION)"' \
	-DJAIL_RECIPE_DIR='"$(recipedir)"' $(CPPFLAGS)
CFLAGS_ALL := -std=gnu17 -g -pthread $(OPTIMIZE) $(SANITIZE) $(WARNINGS) \
	$(HARDENING) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

# V=1 shows the commands.
ifneq ($(V),1)
Q := @
say = @echo '  $(1)  $@'
endif

quote = '$(subst ','\'',$(1))'
command_line = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL)

# --- What is built ---------------------------------------------------------

lib_sources   := $(wildcard lib/*.c)
pack_sources  := $(wildcard pack/*.c)
mount_sources := $(wildcard mount/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

# What each tool links. lib/ needs jansson and libcrypto, and jailmount no more
# than that. Of libcrypto it is SHA-256 alone: 20 kB out of its archive, where
# the shared library would cost every start a millisecond and 1.3 MB.
lib_packages  := jansson
pack_packages := libsquashfs1 libelf libarchive lmdb
libcrypto     := $(if $(wildcard $(shell $(CC) -print-file-name=libcrypto.a 2>/dev/null)), \
	-l:libcrypto.a,-lcrypto)
libraries = $(shell $(PKG_CONFIG) --libs $(lib_packages) $(1)) $(libcrypto)

all: $(BUILD)/jailpack $(BUILD)/jailmount

$(BUILD)/libjail.a: $(call objects,$(lib_sources))
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/jailpack: $(call objects,$(pack_sources)) $(BUILD)/libjail.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ \
		$(call libraries,$(pack_packages))

$(BUILD)/jailmount: $(call objects,$(mount_sources)) $(BUILD)/libjail.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ \
		$(call libraries)

$(BUILD)/%.o: %.c $(BUILD)/command-line
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The page of --report is included by the assembler, of which -MMD knows
# nothing.
$(BUILD)/pack/report_assets.o: $(wildcard pack/report*.html pack/report*.css \
	pack/report*.js)

# Changes when the flags do, and everything is built again.
$(BUILD)/command-line: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(command_line)) | cmp -s - $@ || { \
	    $(PKG_CONFIG) --print-errors --exists \
	        $(lib_packages) $(pack_packages) libcrypto libmnl libnftables || { \
	            echo 'make deps installs what is missing' >&2; exit 1; }; \
	    printf '%s\n' $(call quote,$(command_line)) >$@; }

# --- Test programs ---------------------------------------------------------
#
# A test names the objects that it links beyond lib/, and the pkg-config
# packages beyond what lib/ needs, in comments of its own:
#
#     /* links: pack/recipe.o pack/contract.o */
#     /* packages: libelf */

named_links = $(addprefix $(BUILD)/,$(shell awk '\
	/links:/ { on = 1 } \
	on { for (i = 1; i <= NF; i++) if ($$i ~ /\.o$$/) print $$i } \
	/\*\// { on = 0 }' $(1)))
named_packages = $(shell awk '/packages:/ { \
	sub(/.*packages:/, ""); sub(/\*\/.*/, ""); print }' $(1))

unit_tests    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
fuzz_sources  := $(wildcard tests/fuzz/fuzz_*.c)
fuzz_programs := $(patsubst %.c,$(BUILD)/%,$(fuzz_sources))
fuzz_replays  := $(addsuffix .replay,$(fuzz_programs))
bench_programs := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
test_programs := $(unit_tests) $(fuzz_programs) $(bench_programs)

link_test = $(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ \
	$(call libraries,$(1) $(call named_packages,$*.c))

.SECONDEXPANSION:

$(unit_tests): $(BUILD)/%: $(BUILD)/%.o $$(call named_links,$$*.c) \
		$(BUILD)/libjail.a
	$(call say,LD)
	$(call link_test,cmocka)

$(bench_programs): $(BUILD)/%: $(BUILD)/%.o $$(call named_links,$$*.c) \
		$(BUILD)/libjail.a
	$(call say,LD)
	$(call link_test)

$(fuzz_programs): LDFLAGS_ALL += -fsanitize=fuzzer
$(fuzz_programs): $(BUILD)/%: $(BUILD)/%.o $$(call named_links,$$*.c) \
		$(BUILD)/libjail.a
	$(call say,LD)
	$(call link_test)

# A fuzz target under the ordinary compiler, run over its corpus.
$(fuzz_replays): $(BUILD)/%.replay: $(BUILD)/%.o \
		$(BUILD)/tests/fuzz/replay.o $$(call named_links,$$*.c) \
		$(BUILD)/libjail.a
	$(call say,LD)
	$(call link_test)

fuzz-programs: $(fuzz_programs)

# --- Checks ----------------------------------------------------------------
#
# `make deps` has to be over before pkg-config is asked anything, hence the
# second make in what needs it.

run_tests = BUILD=$(call quote,$(BUILD)) tests/run.sh

check: deps
	+$(MAKE) --no-print-directory check-built

check-built: all $(unit_tests) $(fuzz_replays)
	$(run_tests) --leak-check unit cli root fuzz vm

check-unit: $(unit_tests)
	$(run_tests) unit

check-cli: all
	$(run_tests) cli

check-root: all
	$(run_tests) --leak-check root

check-fuzz: $(fuzz_replays)
	$(run_tests) fuzz

# Under Debian's own kernel, with a pure cgroup v2.
check-vm: all
	tests/deps.sh vm
	$(run_tests) vm

lint:
	tests/deps.sh build test lint
	tests/lint.sh

format:
	clang-format -i $(wildcard lib/*.[ch] pack/*.[ch] mount/*.[ch] \
		tests/unit/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch] \
		recipes/*/*.[ch])

# FUZZ_SECONDS for each target; what is found lies in $(BUILD)/fuzz/findings.
FUZZ_SECONDS ?= 60
fuzz:
	tests/deps.sh build fuzz
	+$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang FUZZ=1 \
		fuzz-programs
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh $(BUILD)/fuzz

bench:
	tests/deps.sh build bench
	+$(MAKE) --no-print-directory bench-built

bench-built: all $(bench_programs)
	BUILD=$(call quote,$(BUILD)) tests/bench/run.sh

demo:
	tests/deps.sh build demo
	+$(MAKE) --no-print-directory all
	BUILD=$(call quote,$(BUILD)) tests/demo.sh

deps:
	tests/deps.sh build test recipes vm

# --- Installing ------------------------------------------------------------

recipes := $(patsubst recipes/%,%,$(wildcard recipes/*.recipe \
	recipes/with/*.recipe recipes/*/Makefile recipes/*/*.c))
recipe_directories := $(sort $(patsubst %,$(recipedir)/%,$(dir $(recipes))))
units := jailmount@.service jailmount-update@.service \
	jailmount-update@.timer
manuals1 := $(wildcard docs/*.1)
manuals5 := $(wildcard docs/*.5)
manuals8 := $(wildcard docs/*.8)

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(sbindir) \
		$(addprefix $(DESTDIR),$(recipe_directories)) \
		$(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8 \
		$(DESTDIR)$(unitdir)
	$(INSTALL) -m 755 $(BUILD)/jailpack $(DESTDIR)$(bindir)/jailpack
	$(INSTALL) -m 755 $(BUILD)/jailmount $(DESTDIR)$(sbindir)/jailmount
	$(INSTALL) -d $(DESTDIR)$(helperdir)
	ln -sfn $(sbindir)/jailmount $(DESTDIR)$(helperdir)/mount.jail
	for unit in $(units); do \
	    to=$(DESTDIR)$(unitdir)/$$unit; \
	    sed 's|@sbindir@|$(sbindir)|' mount/$$unit >$$to && \
	    chmod 644 $$to || exit 1; \
	done
	for recipe in $(recipes); do \
	    $(INSTALL) -m 644 recipes/$$recipe \
	        $(DESTDIR)$(recipedir)/$$recipe || exit 1; \
	done
	$(if $(manuals1),$(INSTALL) -m 644 $(manuals1) \
		$(DESTDIR)$(mandir)/man1)
	$(if $(manuals5),$(INSTALL) -m 644 $(manuals5) \
		$(DESTDIR)$(mandir)/man5)
	$(if $(manuals8),$(INSTALL) -m 644 $(manuals8) \
		$(DESTDIR)$(mandir)/man8)

uninstall:
	rm -f $(DESTDIR)$(bindir)/jailpack $(DESTDIR)$(sbindir)/jailmount \
		$(DESTDIR)$(helperdir)/mount.jail \
		$(addprefix $(DESTDIR)$(unitdir)/,$(units))
	rm -f $(addprefix $(DESTDIR)$(recipedir)/,$(recipes))
	rm -f $(patsubst docs/%,$(DESTDIR)$(mandir)/man1/%,$(manuals1))
	rm -f $(patsubst docs/%,$(DESTDIR)$(mandir)/man5/%,$(manuals5))
	rm -f $(patsubst docs/%,$(DESTDIR)$(mandir)/man8/%,$(manuals8))
	-rmdir $(addprefix $(DESTDIR),$(filter-out %/./,$(recipe_directories))) \
		$(DESTDIR)$(recipedir) \
		$(DESTDIR)$(PREFIX)/share/jailpack

# The last commit as a tar archive; the same commit gives the same bytes.
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=jailpack-$(VERSION)/ HEAD | \
		gzip -9n >$(BUILD)/jailpack-$(VERSION).tar.gz
	@echo $(BUILD)/jailpack-$(VERSION).tar.gz

clean:
	rm -rf $(BUILD)

define HELP
make             build jailpack and jailmount in $(BUILD)/
make deps        install what building and testing need (Debian packages)
make demo        pack Apache, run it, wreck it, restore it, show the figures
make check       every test, and that nothing is left behind (as root)
make check-unit | check-cli | check-root | check-fuzz | check-vm
make lint        static analysis, layering, shell scripts, manual pages
make fuzz        each fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS)
make bench       side by side with the others; BENCH_QUICK=1 for a short run
make format      clang-format on every source file
make install     into PREFIX=$(PREFIX), honouring DESTDIR; make uninstall
make dist        a reproducible source archive of the last commit
make clean

BUILD=dir        where everything that is built goes
SAN=1            address and undefined behaviour sanitizers
DEV=1            warnings are errors, no optimization
CC=clang         another compiler
V=1              show the commands
endef

help:
	$(info $(HELP))
	@:

FORCE:

.PHONY: all bench bench-built check check-built check-cli check-fuzz \
	check-root check-unit check-vm clean demo deps dist format fuzz fuzz-programs \
	help install lint uninstall FORCE
.SECONDARY:
.DELETE_ON_ERROR:

-include $(wildcard $(patsubst %,$(BUILD)/%/*.d,lib pack mount tests/unit \
	tests/fuzz tests/bench))
