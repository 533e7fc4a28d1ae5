/** What the benchmarks share: samples, processor time and memory of processes, temporary files. */
@NullMarked
package dev.microsandbox.mcp.bench.measure;

import org.jspecify.annotations.NullMarked;
