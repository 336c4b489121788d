#!/bin/bash
# run.sh IMAGE TARGET UNITS PROGRAM [ARGUMENT...] - runs a program inside a virtual machine whose
# kernel gives it /dev/sg* for the UNITS ("1 2 3") of an iSCSI TARGET (127.0.0.1:PORT/NAME), behind
# virtio-scsi. Software emulation: no root, no hardware support. IMAGE is what image.sh made. Prints
# what the program prints and ends with its status; 124 after VM_SECONDS, 125 if the guest died.
# The environment variables named in VM_ENVIRONMENT are the program's, too, and the programs
# VM_PROGRAMS lie beside it, in /payload. With VM_HANDS=DIR, lines that the guest writes to
# /dev/ttyS1 come out of the pipe DIR/hands.out, and those of DIR/hands.in are its answers. Needs the
# Debian packages qemu-system-x86, qemu-block-extra and cpio.
set -euo pipefail
image=$1 target=$2 units=$3 program=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The programs with their libraries, behind the file system of the image.
mkdir -p "$work/root/payload/lib"
add() { # FILE NAME
    cp "$1" "$work/root/payload/$2"
    strip "$work/root/payload/$2" 2>/dev/null || true
    while read -r library; do
        case $library in
        */ld-linux*)
            mkdir -p "$work/root$(dirname "$library")"
            cp -L "$library" "$work/root$library"
            ;;
        *) cp -L "$library" "$work/root/payload/lib/" ;;
        esac
    done < <(ldd "$1" | grep -o '/[^ ]*')
}
add "$program" program
for extra in ${VM_PROGRAMS:-}; do add "$extra" "$(basename "$extra")"; done
echo "UNITS=$(wc -w <<<"$units")" >"$work/root/payload/settings"
{
    for name in ${VM_ENVIRONMENT:-}; do printf 'export %s=%q\n' "$name" "${!name}"; done
    printf 'exec ./program'
    printf ' %q' "$@"
    echo
} >"$work/root/payload/command"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/payload.gz"
cat "$image/base.gz" "$work/payload.gz" >"$work/initrd"

devices=(-device "virtio-scsi-pci,id=scsi")
for unit in $units; do
    devices+=(-drive "if=none,id=unit$unit,format=raw,file=iscsi://$target/$unit"
        -device "scsi-generic,drive=unit$unit,bus=scsi.0,lun=$unit")
done
if [ -n "${VM_HANDS:-}" ]; then
    devices+=(-chardev "pipe,id=hands,path=$VM_HANDS/hands" -device "isa-serial,chardev=hands")
fi
status=0
timeout -k 5 "${VM_SECONDS:-300}" qemu-system-x86_64 \
    -accel tcg -cpu max -m "${VM_MEMORY:-768}" -nodefaults -no-user-config -no-reboot \
    -display none -serial stdio -kernel "$image/kernel" -initrd "$work/initrd" \
    -append "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off tsc=reliable" \
    "${devices[@]}" </dev/null 2>&1 | tr -d '\r' | tee "$work/console" || status=$?
[ "$status" != 124 ] || exit 124
status=$(sed -n 's/^guest ended with //p' "$work/console" | tail -n 1)
exit "${status:-125}"
