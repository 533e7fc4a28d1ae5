/** Prepares images from a guest for display. Image data is untrusted. */
@NullMarked
package dev.microsandbox.mcp.tools.image;

import org.jspecify.annotations.NullMarked;
