@NullMarked
package dev.microsandbox.mcp.front;

import org.jspecify.annotations.NullMarked;
