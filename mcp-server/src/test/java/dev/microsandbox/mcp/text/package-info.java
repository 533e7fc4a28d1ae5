@NullMarked
package dev.microsandbox.mcp.text;

import org.jspecify.annotations.NullMarked;
