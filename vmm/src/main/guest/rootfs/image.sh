#!/bin/sh
# Makes the image of the root file system: a tree from tree.sh, with the agent and the runners.
#
#   image.sh TREE_TAR ADDITIONS_DIR OUT_IMAGE
#
# Copies ADDITIONS_DIR over the tree; root owns every file of it. Runs as root, possibly
# of a user namespace, because it keeps owners and uses the tree's own Python.
set -eu

tree_tar=$1
additions=$(cd "$2" && pwd)
out=$3

root=$(mktemp -d "$(dirname "$out")/root.XXXXXX")
trap 'umount "$root" 2> /dev/null || true; rm -rf --one-file-system "$root"' EXIT
trap 'exit 1' HUP INT TERM
# Works in memory if there is enough, because some disks take half a minute.
needed=$(($(stat --format=%s "$tree_tar") / 1024 * 3))
available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
if [ "$available" -gt "$needed" ]; then
	mount -t tmpfs -o size=90% tmpfs "$root" || echo "unpacking on the disk"
fi
chmod 0755 "$root"

tar --extract --file="$tree_tar" --directory="$root" --same-owner \
	--preserve-permissions --numeric-owner --xattrs --xattrs-include='*' \
	--exclude='./dev/*'
# Mount points. The guest fills /dev itself.
for point in dev proc sys run mnt; do
	mkdir -p -m 0755 "$root/$point"
done
# Empty, because sandboxes have no network.
rm -f "$root/etc/resolv.conf"
: > "$root/etc/resolv.conf"

# --keep-directory-symlink, because /sbin is a link in most trees.
tar --create --directory="$additions" --owner=0 --group=0 --numeric-owner . |
	tar --extract --directory="$root" --same-owner --preserve-permissions \
		--numeric-owner --no-overwrite-dir --keep-directory-symlink

# Nobody in a sandbox can write compiled code of the runners, so this compiles it. It is
# marked by hash, because the time of its source changes below.
if [ -x "$root/usr/bin/python3" ]; then
	chroot "$root" python3 -m compileall -q --invalidation-mode unchecked-hash \
		/usr/lib/microsandbox/runners
fi

# Everything that was added here gets the time of the tree, so that the image does not
# depend on when it was made.
time=$(stat --format=%Y "$root/overlay")
find "$root" -newermt "@$time" -exec touch --no-dereference --date="@$time" {} +

SOURCE_DATE_EPOCH=$time mkfs.erofs --quiet \
	-U 6d736278-0000-4000-8000-000000000001 "$out" "$root"
