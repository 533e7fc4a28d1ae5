#!/bin/sh -eu
# Runs in the new system last: removes what the build left behind, and everything
# that would make two builds from the same packages differ.

# Empty, not missing: a sandbox that needs an identity gets its own.
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id

# mmdebstrap goes on after this: without its configuration in /tmp, its apt would be
# working on the host.
find /tmp /var/log /var/tmp -mindepth 1 ! -name 'mmdebstrap.*' -delete
rm -rf /root/.cache /root/.npm /workspace/.cache
rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid-
rm -f /var/lib/dpkg/*-old /var/cache/debconf/*-old /var/cache/apt/*.bin
rm -f /var/cache/ldconfig/aux-cache

# What this build wrote gets the time of the newest package index. Files from
# packages are older and keep theirs: compiled Python files hold the time of their
# source, and are useless when it changes.
newest=0
for release in /var/lib/apt/lists/*Release; do
	date=$(sed -n 's/^Date: //p' "$release" | head -n 1)
	seconds=$(date --date="$date" +%s)
	[ "$seconds" -le "$newest" ] || newest=$seconds
done
find / \( -path /proc -o -path /sys -o -path /dev \) -prune -o \
	-newermt "@$newest" -exec touch --no-dereference --date="@$newest" {} +
# image.sh reads the time here.
touch --date="@$newest" /overlay
