#!/bin/sh
# image.sh DIR - makes DIR/kernel and DIR/base.gz: a Debian kernel with the SCSI generic driver, and
# a file system in memory that loads it and runs what run.sh adds. Besides the devices of run.sh
# the guest has one of the kernel's own, by scsi_debug. Nothing is installed into this
# system but what it needs to do so: Debian packages busybox-static, cpio and kmod; the kernel is
# downloaded. It is made once: an image that is there is left as it is.
set -eu
PATH=$PATH:/usr/sbin:/sbin
out=$1
[ ! -e "$out/base.gz" ] || exit 0
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
(cd "$work" && apt-get download -q "$package" && dpkg -x ./*.deb kernel)
version=$(ls "$work/kernel/boot" | sed -n 's/^vmlinuz-//p')
# Merged and separate /usr keep modules in different places.
[ -d "$work/kernel/lib" ] || ln -s usr/lib "$work/kernel/lib"
depmod -b "$work/kernel" "$version"

root=$work/root
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/modules"
cp /bin/busybox "$root/bin/busybox"
for name in sh mount insmod ls wc sleep stty poweroff kill; do ln -s busybox "$root/bin/$name"; done
for module in virtio_pci virtio_scsi sg scsi_debug; do
    modprobe -d "$work/kernel" -S "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$work/modules"
while read -r module; do
    name=$(basename "$module")
    case $name in
    *.xz) xz -dc "$module" >"$root/modules/${name%.xz}" ;;
    *) cp "$module" "$root/modules/$name" ;;
    esac
    echo "${name%.xz}" >>"$root/modules/order"
done <"$work/modules"

cat >"$root/init" <<'INIT'
#!/bin/sh
export PATH=/bin LD_LIBRARY_PATH=/payload/lib HOME=/tmp TMPDIR=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devices /dev
while read -r module; do
    case $module in
    # One tape drive that can be told to be late, to forget commands and to go away.
    scsi_debug.ko) insmod "/modules/$module" ptype=1 ;;
    *) insmod "/modules/$module" ;;
    esac
done </modules/order
# What it says is not said back to it.
stty -F /dev/ttyS1 raw -echo 2>/dev/null
. /payload/settings
tries=0
while [ "$(ls /sys/class/scsi_generic | wc -l)" -le "$UNITS" ] && [ $tries -lt 600 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
cd /payload
sh ./command
echo "guest ended with $?"
poweroff -f
INIT
chmod 755 "$root/init"
cp "$work/kernel/boot/vmlinuz-$version" "$out/kernel"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/base.gz.new"
mv "$out/base.gz.new" "$out/base.gz"
