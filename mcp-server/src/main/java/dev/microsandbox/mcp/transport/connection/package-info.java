/**
 * Guards the HTTP server's connections: how many there may be, how long they may keep the server
 * waiting, and that nothing is read from one after a refused request.
 */
@NullMarked
package dev.microsandbox.mcp.transport.connection;

import org.jspecify.annotations.NullMarked;
