/** What a front with workers costs, beside a server that does everything in one process. */
@NullMarked
package dev.microsandbox.mcp.bench.front;

import org.jspecify.annotations.NullMarked;
