@NullMarked
package dev.microsandbox.mcp.log;

import org.jspecify.annotations.NullMarked;
