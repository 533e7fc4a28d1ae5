@NullMarked
package dev.microsandbox.mcp.transport.connection;

import org.jspecify.annotations.NullMarked;
