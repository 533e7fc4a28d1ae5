/**
 * Supplies sandboxes within the server's totals, new ones and ready ones, and manages each from its
 * start to its end.
 */
@NullMarked
package dev.microsandbox.mcp.session.supply;

import org.jspecify.annotations.NullMarked;
