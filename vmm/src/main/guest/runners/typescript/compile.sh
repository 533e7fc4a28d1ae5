# Compiles main.ts to main.mjs, bundled with what it imports from /workspace and installed packages.
# esbuild resolves imports from its working directory, but only if the code is its standard input.
code=$PWD/main.ts
program=$PWD/main.mjs
cd /workspace
exec env NODE_PATH=/usr/local/lib/node_modules:/usr/share/nodejs \
	/usr/bin/esbuild --bundle --platform=node --format=esm --target=node18 --loader=ts \
	--sourcefile=main.ts --sourcemap=inline --log-level=warning \
	--banner:js='import { createRequire as __r } from "node:module"; globalThis.require = __r("/workspace/main.ts");' \
	--outfile="$program" < "$code"
