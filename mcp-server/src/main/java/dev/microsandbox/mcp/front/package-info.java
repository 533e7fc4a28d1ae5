/**
 * The server's front: it passes each request that the transport has admitted on to the worker
 * process of the caller's namespace, over a Unix socket, and the answer back. It knows HTTP and
 * nothing of MCP's content.
 *
 * <p>A worker may have been taken over by a guest. Whatever comes from it is hostile: it must not
 * harm the front, other namespaces, or what browsers and reverse proxies think of this server.
 */
@NullMarked
package dev.microsandbox.mcp.front;

import org.jspecify.annotations.NullMarked;
