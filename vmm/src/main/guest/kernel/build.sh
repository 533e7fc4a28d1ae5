#!/bin/sh
# Builds the guest kernel.
#
#   build.sh LINUX_SOURCE_TAR OUT_DIR
#
# Unpacks and builds in OUT_DIR/build and leaves OUT_DIR/vmlinux. The result
# depends on the source, on this directory's files and on the compiler, on
# nothing else. Prints "compiled N" now and then, N being the objects so far.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source_tar=$1
out=$(cd "$2" && pwd)
build=$out/build
config=$here/microvm.config

export LC_ALL=C TZ=UTC
export KBUILD_BUILD_TIMESTAMP='2000-01-01 00:00:00' KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_USER=microsandbox KBUILD_BUILD_HOST=microsandbox
unset MAKEFLAGS ARCH CROSS_COMPILE KCONFIG_ALLCONFIG KCONFIG_CONFIG

rm -rf "$build"
mkdir "$build"
echo "unpacking $(basename "$source_tar")"
tar --extract --file="$source_tar" --directory="$build" --strip-components=1
for patch in "$here"/patches/*.patch; do
	echo "applying $(basename "$patch")"
	patch --directory="$build" --strip=1 --fuzz=0 --forward < "$patch"
done

make -C "$build" KCONFIG_ALLCONFIG="$config" allnoconfig > /dev/null
lost=$(grep '^CONFIG_' "$config" | grep -vxFf "$build/.config" || true)
if [ -n "$lost" ]; then
	echo "These lines of microvm.config did not survive (a dependency is off," >&2
	echo "or this kernel no longer has the option):" >&2
	echo "$lost" >&2
	exit 1
fi

make -C "$build" -j"$(nproc)" vmlinux 2>&1 | awk '
	/^  (CC|AS|AR) / { if (++n % 20 == 0) { print "compiled", n; fflush() } next }
	{ print; fflush() }'
# A pipe hides the status of make: the file is what counts.
[ -f "$build/vmlinux" ] || { echo "vmlinux was not built" >&2; exit 1; }
mv "$build/vmlinux" "$out/vmlinux"
rm -rf "$build"
