/**
 * What one message may hold, and what becomes of one whose handling fails. Here the content of a
 * message meets the SDK, which expects it to be right.
 */
@NullMarked
package dev.microsandbox.mcp.transport.message;

import org.jspecify.annotations.NullMarked;
