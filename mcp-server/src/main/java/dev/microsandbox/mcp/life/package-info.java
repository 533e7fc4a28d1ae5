/**
 * The life of MCP sessions. Transports open sessions, and computers belong to them, but sessions of
 * HTTP end only here; the one session of stdio ends with its transport. This package depends on
 * neither transports nor computers; both depend on it.
 */
@NullMarked
package dev.microsandbox.mcp.life;

import org.jspecify.annotations.NullMarked;
