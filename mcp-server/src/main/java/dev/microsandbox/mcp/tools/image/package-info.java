/** Pictures from a guest, made fit to be shown. Nothing in them is trusted. */
@NullMarked
package dev.microsandbox.mcp.tools.image;

import org.jspecify.annotations.NullMarked;
