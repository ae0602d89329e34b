#!/bin/bash
# Debian 12's first kernel, 6.1, has a squashfs that knows no idmapped mounts:
# a jail is refused with the reason, and nothing is left of the attempt.
. "$(dirname "$0")/../lib.sh"
. "$SRC/tests/vm/lib.sh"

vm_boot linux-image-amd64 refused
plan_done
