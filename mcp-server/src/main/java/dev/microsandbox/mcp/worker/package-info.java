/**
 * The worker's side of its front. A worker is a process that runs the sessions and machines of one
 * namespace. It trusts its front, and nobody else can reach it.
 */
@NullMarked
package dev.microsandbox.mcp.worker;

import org.jspecify.annotations.NullMarked;
