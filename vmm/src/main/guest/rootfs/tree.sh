#!/bin/sh
# Makes a Debian system as a tar archive.
#
#   tree.sh RECIPE_DIR OUT_TAR
#
# RECIPE_DIR holds a recipe taken apart, one item a line: suite, mirrors,
# packages, dpkg-options, environment, and the script run.sh.
#
# As root, or as a user with user namespaces and sub-uids (mmdebstrap decides).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
recipe=$(cd "$1" && pwd)
out=$2
# Root works beside the output, since /tmp may be small, and in memory where there is
# plenty, which is faster. (Without root, mmdebstrap needs a place that its sub-uids
# can reach.)
if [ "$(id -u)" = 0 ]; then
	TMPDIR=$(mktemp -d "$(dirname "$out")/system.XXXXXX")
	export TMPDIR
	trap 'umount "$TMPDIR" 2> /dev/null || true; rm -rf --one-file-system "$TMPDIR"' EXIT
	trap 'exit 1' HUP INT TERM
	available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
	if [ "$available" -gt $((8 * 1024 * 1024)) ]; then
		mount -t tmpfs -o size=90% tmpfs "$TMPDIR" || echo "installing on the disk"
	fi
fi
# For the hooks, which are shell commands: their $1 is the new system's root.
export MICROSANDBOX_SCRIPTS="$here" MICROSANDBOX_RECIPE="$recipe"

set -- --variant=apt --format=tar --skip=output/dev
packages=$(paste -s -d, "$recipe/packages")
[ -z "$packages" ] || set -- "$@" "--include=$packages"
while IFS= read -r option; do
	set -- "$@" "--dpkgopt=$option"
done < "$recipe/dpkg-options"
# Packages with alternatives, such as Java, make links to manual pages, also where those are excluded.
set -- "$@" \
	--setup-hook='mkdir -p "$1/usr/share/man/man1"' \
	--customize-hook='chroot "$1" sh -euc "$(cat "$MICROSANDBOX_SCRIPTS/setup.sh")" < /dev/null' \
	--customize-hook='cat "$MICROSANDBOX_RECIPE/environment" > "$1/etc/environment"' \
	--customize-hook='chroot "$1" sh -euxc "$(cat "$MICROSANDBOX_RECIPE/run.sh")" < /dev/null' \
	--customize-hook='chroot "$1" sh -euc "$(cat "$MICROSANDBOX_SCRIPTS/seal.sh")" < /dev/null' \
	"$(cat "$recipe/suite")" "$out"
while IFS= read -r mirror; do
	set -- "$@" "$mirror"
done < "$recipe/mirrors"

mmdebstrap "$@"
