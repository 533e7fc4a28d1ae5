@NullMarked
package dev.microsandbox.mcp.command;

import org.jspecify.annotations.NullMarked;
