/**
 * Text from elsewhere: made harmless where it leaves for the log, a terminal or a client. Stands
 * alone.
 */
@NullMarked
package dev.microsandbox.mcp.text;

import org.jspecify.annotations.NullMarked;
