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
# Gigabytes: not in a /tmp that may be memory. (Without root, mmdebstrap needs a place
# that its sub-uids can reach.)
[ "$(id -u)" != 0 ] || export TMPDIR="$(cd "$(dirname "$out")" && pwd)"
# For the hooks, which are shell commands: their $1 is the new system's root.
export MICROSANDBOX_SCRIPTS="$here" MICROSANDBOX_RECIPE="$recipe"

set -- --variant=apt --format=tar --skip=output/dev
packages=$(paste -s -d, "$recipe/packages")
[ -z "$packages" ] || set -- "$@" "--include=$packages"
while IFS= read -r option; do
	set -- "$@" "--dpkgopt=$option"
done < "$recipe/dpkg-options"
set -- "$@" \
	--customize-hook='chroot "$1" sh -euc "$(cat "$MICROSANDBOX_SCRIPTS/setup.sh")" < /dev/null' \
	--customize-hook='cat "$MICROSANDBOX_RECIPE/environment" > "$1/etc/environment"' \
	--customize-hook='chroot "$1" sh -euc "$(cat "$MICROSANDBOX_RECIPE/run.sh")" < /dev/null' \
	--customize-hook='chroot "$1" sh -euc "$(cat "$MICROSANDBOX_SCRIPTS/seal.sh")" < /dev/null' \
	"$(cat "$recipe/suite")" "$out"
while IFS= read -r mirror; do
	set -- "$@" "$mirror"
done < "$recipe/mirrors"

exec mmdebstrap "$@"
