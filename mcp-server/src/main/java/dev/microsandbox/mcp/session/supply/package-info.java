/**
 * Where sandboxes come from, within the totals: new ones, ready ones, and each from its order to
 * its end.
 */
@NullMarked
package dev.microsandbox.mcp.session.supply;

import org.jspecify.annotations.NullMarked;
