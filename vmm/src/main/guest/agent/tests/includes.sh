#!/bin/sh
# Checks that the include graph of the agent has no circle, among sources (a .c file and its
# header are one node) and among folders.
set -eu
cd "$(dirname "$0")/.."

# Reads "including included" lines. Names the nodes of a circle, and fails.
acyclic() {
	tsort >/dev/null
}

includes() {
	find . -name '*.[ch]' -not -path './tests/*' -not -path './fuzz/*' |
		xargs grep '^#include "' |
		sed -nE 's|^\./(.*)\.[ch]:#include "(.*)\.h".*|\1 \2|p'
}

folders() {
	awk '{ sub("[^/]*$", "", $1); sub("[^/]*$", "", $2); if ($1 != $2) print "./" $1, "./" $2 }'
}

if printf 'a b\nb c\nc a\n' | acyclic 2>/dev/null; then
	echo "includes: tsort does not find a circle" >&2
	exit 1
fi
[ "$(includes | wc -l)" -gt 100 ]
includes | awk '$1 != $2' | acyclic
includes | folders | sort -u | acyclic
echo "includes: ok"
