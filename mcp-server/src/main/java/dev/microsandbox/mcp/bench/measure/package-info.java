/** The parts that all benchmarks share: samples, resource usage of processes, temporary files. */
@NullMarked
package dev.microsandbox.mcp.bench.measure;

import org.jspecify.annotations.NullMarked;
