@NullMarked
package dev.microsandbox.mcp.auth;

import org.jspecify.annotations.NullMarked;
