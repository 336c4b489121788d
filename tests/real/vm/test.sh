#!/bin/bash
# test.sh - the tests of /dev/sg* in a virtual machine with a library of tgt, from nothing: makes
# the image, builds the tests, starts the library, runs them. Arguments are passed to the tests.
# Needs the Debian packages tgt qemu-system-x86 qemu-block-extra busybox-static cpio kmod.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=tests/real
image=${CARGO_TARGET_DIR:-target}/real-vm
sh "$here/vm/image.sh" "$image"

program=$(cargo test --locked --test scsi_sg --no-run --message-format json |
    sed -n 's/.*"executable":"\([^"]*scsi_sg[^"]*\)".*/\1/p' | tail -n 1)

# Emulation is slow enough.
cargo build --locked --release --example backup
backup=${CARGO_TARGET_DIR:-target}/release/examples/backup

export LIBRARY_IQN=iqn.2026-11.test.rsm:guest LIBRARY_SLOTS=10 LIBRARY_DRIVES=2 LIBRARY_PORTS=2
export LIBRARY_SIZE=2
export LIBRARY_TAPES="A00001L6 A00002L6 A00003L6 A00004L6"
LIBRARY_DIR=$(mktemp -d)
export LIBRARY_DIR LIBRARY_PORT
trap 'rm -rf "$LIBRARY_DIR"' EXIT
for _ in 1 2 3 4 5; do
    LIBRARY_PORT=$((20000 + RANDOM % 10000))
    coproc library { exec sh "$here/library.sh"; }
    # Its end of the pipe closes with this script, and the library ends with it.
    if read -r word <&"${library[0]}" && [ "$word" = ready ]; then break; fi
    word=
done
[ "${word:-}" = ready ] || { echo "the library does not come up" >&2; exit 1; }

# What the guest says to its second serial line is done at the library.
mkfifo "$LIBRARY_DIR/hands.in" "$LIBRARY_DIR/hands.out"
exec 8<>"$LIBRARY_DIR/hands.in" 9<>"$LIBRARY_DIR/hands.out"
# Parts of a shell that run beside it do not get the pipes of a coprocess themselves.
exec 6<&"${library[0]}" 7>&"${library[1]}"
(while read -r word; do printf '%s\n' "${word%$'\r'}"; done <&9 >&7) &
asks=$!
(while read -r word; do printf '%s\n' "$word"; done <&6 >&8) &
trap 'kill "$asks" $! 2>/dev/null; rm -rf "$LIBRARY_DIR"' EXIT

export RSM_TEST_SG=1 RSM_TEST_BACKUP=/payload/backup
VM_ENVIRONMENT="RSM_TEST_SG RSM_TEST_BACKUP" VM_PROGRAMS=$backup VM_HANDS=$LIBRARY_DIR \
    bash "$here/vm/run.sh" "$image" "127.0.0.1:$LIBRARY_PORT/$LIBRARY_IQN" "1 2 3" \
    "$program" --test-threads=1 "$@"
