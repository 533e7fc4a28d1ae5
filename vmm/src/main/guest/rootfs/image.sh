#!/bin/sh
# Makes the root file system's image: a tree from tree.sh, and the agent on top.
#
#   image.sh TREE_TAR ADDITIONS_DIR OUT_IMAGE
#
# ADDITIONS_DIR is laid over the tree as it is, every file of it owned by root.
# Runs as root, be it that of a user namespace: owners are kept, and the tree's own
# Python is used.
set -eu

tree_tar=$1
additions=$(cd "$2" && pwd)
out=$3

root=$(mktemp -d "$(dirname "$out")/root.XXXXXX")
trap 'umount "$root" 2> /dev/null || true; rm -rf --one-file-system "$root"' EXIT
trap 'exit 1' HUP INT TERM
# In memory where there is plenty: some disks take half a minute for the files.
needed=$(($(stat --format=%s "$tree_tar") / 1024 * 3))
available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
if [ "$available" -gt "$needed" ]; then
	mount -t tmpfs -o size=90% tmpfs "$root" || echo "unpacking on the disk"
fi
chmod 0755 "$root"

tar --extract --file="$tree_tar" --directory="$root" --same-owner \
	--preserve-permissions --numeric-owner --xattrs --xattrs-include='*' \
	--exclude='./dev/*'
# Mount points. What is in /dev is the guest's to make.
for point in dev proc sys run mnt; do
	mkdir -p -m 0755 "$root/$point"
done
# Left to the network's set-up in the guest.
rm -f "$root/etc/resolv.conf"
: > "$root/etc/resolv.conf"

# /sbin is a link in most trees.
tar --create --directory="$additions" --owner=0 --group=0 --numeric-owner . |
	tar --extract --directory="$root" --same-owner --preserve-permissions \
		--numeric-owner --no-overwrite-dir --keep-directory-symlink

# Nobody in a sandbox can write the runners' compiled code, so it is made here. It
# holds its source's hash: the time of the source does not matter.
if [ -x "$root/usr/bin/python3" ]; then
	chroot "$root" python3 -m compileall -q --invalidation-mode unchecked-hash \
		/usr/lib/microsandbox/runners
fi

# One time for all that was added here, that of the tree: nothing in the image depends
# on when it was made.
time=$(stat --format=%Y "$root/overlay")
find "$root" -newermt "@$time" -exec touch --no-dereference --date="@$time" {} +

SOURCE_DATE_EPOCH=$time mkfs.erofs --quiet \
	-U 6d736278-0000-4000-8000-000000000001 "$out" "$root"
