/** The server's configuration, from defaults, a YAML file, the environment and flags. */
@NullMarked
package dev.microsandbox.mcp.config;

import org.jspecify.annotations.NullMarked;
