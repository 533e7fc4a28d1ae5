/** Measurements that compare this product with a peer in the same run. */
@NullMarked
package dev.microsandbox.mcp.bench;

import org.jspecify.annotations.NullMarked;
