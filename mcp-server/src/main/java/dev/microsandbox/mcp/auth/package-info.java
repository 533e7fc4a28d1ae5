/** Access control: API keys, namespaces, and the checks against DNS rebinding. */
@NullMarked
package dev.microsandbox.mcp.auth;

import org.jspecify.annotations.NullMarked;
