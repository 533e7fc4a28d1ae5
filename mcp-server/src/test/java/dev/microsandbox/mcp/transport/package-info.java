@NullMarked
package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.NullMarked;
