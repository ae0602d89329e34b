#!/bin/bash
# A jail under a kernel of Debian's with a pure cgroup v2, which the host that
# tests run on need not have.
. "$(dirname "$0")/../lib.sh"
. "$SRC/tests/vm/lib.sh"

vm_boot linux-image-6.12-amd64 io
plan_done
